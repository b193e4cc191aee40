// Other engines running the same text through `bash -c`, each where it is installed.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const run = (command, args, options) =>
  execFileSync(command, args, { stdio: 'ignore', maxBuffer: 1 << 28, ...options })
const works = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0

/** The step that `step` reads: the one before it in a chain, the first in a fan. */
export const SHAPES = { chain: (step) => step - 1, fan: () => 0 }

const ninja = {
  name: 'ninja -j2',
  isThere: () => works('ninja', '--version'),
  write(dir, { shape, count }) {
    const rules =
      'rule step\n  command = bash -c "cat $in > $out"\nrule first\n  command = bash -c "echo 0 > $out"\n'
    const builds = Array.from({ length: count }, (_, step) =>
      step === 0 ? 'build o/0: first' : `build o/${step}: step o/${SHAPES[shape](step)}`,
    )
    writeFileSync(path.join(dir, 'build.ninja'), `${rules}${builds.join('\n')}\n`)
  },
  clear(dir) {
    for (const name of ['o', '.ninja_log', '.ninja_deps'])
      rmSync(path.join(dir, name), { recursive: true, force: true })
  },
  run: (dir) => run('ninja', ['-j2', '--quiet'], { cwd: dir }),
}

const globalModules = () => {
  const { stdout } = spawnSync('npm', ['root', '-g'], { encoding: 'utf8' })
  return [process.env.AMLET_BENCH_MODULES, stdout?.trim()].filter(Boolean)
}
const wireitFolder = () =>
  globalModules()
    .map((folder) => path.join(folder, 'wireit'))
    .find(existsSync)

const wireit = {
  name: 'wireit',
  isThere: () => wireitFolder() !== undefined,
  write(dir, { shape, count }) {
    const steps = Array.from({ length: count }, (_, step) => {
      const source = step === 0 ? 'echo 0' : `cat o/${SHAPES[shape](step)}`
      const before = step === 0 ? [] : [`s${SHAPES[shape](step)}`]
      return [`s${step}`, { command: `bash -c '${source} > o/${step}'`, dependencies: before }]
    })
    const all = shape === 'fan' ? steps.map(([name]) => name) : [`s${count - 1}`]
    const wired = { ...Object.fromEntries(steps), all: { dependencies: all } }
    const scripts = Object.fromEntries(Object.keys(wired).map((name) => [name, 'wireit']))
    const manifest = { name: 'bench', private: true, scripts, wireit: wired }
    writeFileSync(path.join(dir, 'package.json'), JSON.stringify(manifest))
    mkdirSync(path.join(dir, 'node_modules'))
    symlinkSync(wireitFolder(), path.join(dir, 'node_modules', 'wireit'))
  },
  clear(dir) {
    for (const name of ['o', '.wireit'])
      rmSync(path.join(dir, name), { recursive: true, force: true })
    mkdirSync(path.join(dir, 'o'))
  },
  run: (dir) =>
    run(process.execPath, ['node_modules/wireit/bin/wireit.js'], {
      cwd: dir,
      env: {
        ...process.env,
        WIREIT_PARALLEL: '2',
        WIREIT_LOGGER: 'simple',
        npm_lifecycle_event: 'all',
        npm_package_json: path.join(dir, 'package.json'),
        npm_config_user_agent: 'npm/10',
      },
    }),
}

const PYTHON = process.env.AMLET_BENCH_PYTHON ?? 'python3'
const LUIGI = `
import os, subprocess, sys, luigi
sys.setrecursionlimit(100000)
count, shape = int(sys.argv[1]), sys.argv[2]
class Step(luigi.Task):
    n = luigi.IntParameter()
    def before(self):
        return self.n - 1 if shape == "chain" else 0
    def requires(self):
        return [] if self.n == 0 else [Step(n=self.before())]
    def output(self):
        return luigi.LocalTarget(f"o/{self.n}")
    def run(self):
        source = "echo 0" if self.n == 0 else f"cat o/{self.before()}"
        subprocess.run(["bash", "-c", f"{source} > o/{self.n}"], check=True)
last = [Step(n=count - 1)] if shape == "chain" else [Step(n=n) for n in range(count)]
assert luigi.build(last, workers=2, local_scheduler=True, log_level="CRITICAL")
`
const luigi = {
  name: 'luigi, 2 workers',
  isThere: () => works(PYTHON, '-c', 'import luigi'),
  write(dir) {
    writeFileSync(path.join(dir, 'flow.py'), LUIGI)
  },
  clear(dir) {
    rmSync(path.join(dir, 'o'), { recursive: true, force: true })
    mkdirSync(path.join(dir, 'o'))
  },
  run: (dir, { shape, count }) => run(PYTHON, ['flow.py', String(count), shape], { cwd: dir }),
}

/** The one that is the measure, and those that are there for comparison. */
export const ANCHOR = ninja
export const SLOW_PEERS = [wireit, luigi]
