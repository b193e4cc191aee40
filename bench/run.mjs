// `npm run bench`: every benchmark in turn, each beside its peers. Nothing else should run on the machine.
//
// npm run bench [-- NAME…] [NUMBER…] [--install-peers] [--OPTION…]
//
// `--install-peers` puts wireit (npm) and luigi (PyPI) into a folder of their own and takes it away afterwards. Numbers and
// other options go to the benchmark, each of which says in its first lines what it takes: `npm run bench -- engine 50 1`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const NAMES = [
  'engine',
  'hand-over',
  'cli',
  'spec',
  'assets',
  'environments',
  'mlflow',
  'parallel',
  'sweep',
]
const words = process.argv.slice(2).filter((word) => word !== '--install-peers')
const isOption = (word) => word.startsWith('--') || /^\d+$/.test(word)
const asked = words.filter((word) => !isOption(word))
const options = words.filter(isOption)
const unknown = asked.filter((name) => !NAMES.includes(name))
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(', ')}; there are ${NAMES.join(', ')}`)
  process.exit(2)
}
if (options.length > 0 && asked.length !== 1) {
  console.error(`${options.join(' ')} can only go to one benchmark: name it`)
  process.exit(2)
}

function installPeers() {
  const folder = mkdtempSync(path.join(tmpdir(), 'amlet-bench-peers-'))
  const python = path.join(folder, 'venv', 'bin', 'python')
  const commands = [
    ['npm', 'install', '--silent', '--no-fund', '--no-audit', '--prefix', folder, 'wireit'],
    ['python3', '-m', 'venv', path.join(folder, 'venv')],
    [python, '-m', 'pip', 'install', '--quiet', 'luigi'],
  ]
  for (const [command, ...args] of commands) {
    const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    if (status !== 0) console.log(`could not be installed: ${args.at(-1)}`)
  }
  process.env.AMLET_BENCH_MODULES = path.join(folder, 'node_modules')
  process.env.AMLET_BENCH_PYTHON = python
  return folder
}

const peers = process.argv.includes('--install-peers') ? installPeers() : undefined
let failed = 0
try {
  for (const name of asked.length > 0 ? asked : NAMES) {
    console.log(`\n== ${name}`)
    const file = path.join(import.meta.dirname, `${name}.mjs`)
    const { status } = spawnSync(process.execPath, [file, ...options], { stdio: 'inherit' })
    if (status !== 0) failed += 1
  }
} finally {
  if (peers !== undefined) rmSync(peers, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
