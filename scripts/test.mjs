// `npm test`: types, lint, then every test in one run of Node's own runner, whose summary ends the output.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const soak = process.argv.includes('--soak')
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const bin = path.join(root, 'node_modules', '.bin')
const env = {
  ...process.env,
  PATH: `${bin}${path.delimiter}${process.env.PATH}`,
  // Tests start hundreds of programs: their TypeScript is stripped and compiled once.
  NODE_COMPILE_CACHE: path.join(root, 'node_modules', '.cache', 'amlet-compile'),
  ...(soak ? { AMLET_SOAK: '1' } : {}),
}

/** Debian packages that tests drive for real; without them those tests skip and say so. */
const DEBIAN_PACKAGES = { tmux: 'tmux' }

/** A file whose test left a process behind may wait for it without an end: then what there is is told. */
const LONGEST_MINUTES = soak ? 240 : 75

function run(command, args) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env,
    timeout: LONGEST_MINUTES * 60_000,
    killSignal: 'SIGINT',
  })
  if (error?.code === 'ETIMEDOUT') return 1
  if (error) throw error
  return signal ? 1 : (status ?? 1)
}

function has(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { env }).status === 0
}

function installDebianPackages() {
  const missing = Object.entries(DEBIAN_PACKAGES).filter(([program]) => !has(program))
  if (missing.length === 0) return
  const wanted = missing.map(([, name]) => name)
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    console.log(
      `not installed and not ours to install: ${wanted.join(', ')}; their tests will skip`,
    )
    return
  }
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore' }
  const install = () =>
    spawnSync('apt-get', ['install', '-y', '-qq', ...wanted], quiet).status === 0
  if (install()) return
  spawnSync('apt-get', ['update', '-qq'], quiet)
  if (!install()) console.log(`could not be installed: ${wanted.join(', ')}; their tests will skip`)
}

installDebianPackages()
if (names.length === 0) {
  for (const step of [
    ['tsc', '--noEmit'],
    ['biome', 'check', '--error-on-warnings', '.'],
  ]) {
    const code = run(path.join(bin, step[0]), step.slice(1))
    if (code !== 0) {
      console.error(`${step[0]} found problems; no test was run`)
      process.exit(code)
    }
  }
}
const files =
  names.length > 0 ? names : globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root })
// No `--test-force-exit`: with it a file leaves before all its results are told, and tests are lost from the count (node 24.21).
process.exit(
  run(process.execPath, [
    '--test',
    `--test-concurrency=${Math.max(2, Math.min(4, os.availableParallelism()))}`,
    `--test-timeout=${(soak ? 180 : 25) * 60_000}`,
    ...files.sort(),
  ]),
)
