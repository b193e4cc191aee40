// How much the engine costs over ninja, which runs the same text through `bash -c`: a chain and a fan of steps that
// each write one line from their predecessor, both started in turns on the same machine; a rerun in which nothing has
// changed; and how the cost of a step grows with their number. The server is warm and needs no environment.
//
// node bench/engine.mjs [steps] [pairs] [--slope]
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const [steps = '1000', pairs = '5'] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const withSlope = process.argv.includes('--slope')
const STEPS = Number(steps)
const PAIRS = Number(pairs)
const AMLET = process.env.AMLET_BENCH_COMMAND ?? path.resolve(import.meta.dirname, '..', 'amlet')
const folder = mkdtempSync(path.join(tmpdir(), 'amlet-bench-'))
const env = { ...process.env, AMLET_HOME: path.join(folder, 'home') }
const hasNinja = spawnSync('ninja', ['--version']).status === 0

/** The step that `step` reads: the one before it in a chain, the first in a fan. */
const SHAPES = {
  chain: (step) => step - 1,
  fan: () => 0,
}

const amlet = (...args) =>
  execFileSync(AMLET, args, {
    env,
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  })

function writePipeline(file, shape, count) {
  const jobs = Array.from({ length: count }, (_, step) => {
    const reads =
      step === 0 ? '' : `\n    inputs: {from: "\${{parent.jobs.s${shape(step)}.outputs.out}}"}`
    const source = step === 0 ? 'echo 0' : 'cat ${{inputs.from}}/line'
    return `  s${step}:
    command: ${source} > \${{outputs.out}}/line
    environment: {image: none}${reads}
    outputs: {out: {type: uri_folder}}`
  })
  writeFileSync(file, `type: pipeline\ncompute: local\njobs:\n${jobs.join('\n')}\n`)
}

function writeNinja(dir, shape, count) {
  mkdirSync(dir, { recursive: true })
  const rules =
    'rule step\n  command = bash -c "cat $in > $out"\nrule first\n  command = bash -c "echo 0 > $out"\n'
  const builds = Array.from({ length: count }, (_, step) =>
    step === 0 ? 'build o/0: first' : `build o/${step}: step o/${shape(step)}`,
  )
  writeFileSync(path.join(dir, 'build.ninja'), `${rules}${builds.join('\n')}\n`)
}

function timed(work) {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}

function timeAmlet(file, { isForced = true } = {}) {
  const force = isForced ? ['--set', 'settings.force_rerun=true'] : []
  return timed(() =>
    amlet('job', 'create', '-f', file, '--stream', '-o', 'none', '--env', 'machine', ...force),
  )
}

function timeNinja(dir) {
  rmSync(path.join(dir, 'o'), { recursive: true, force: true })
  rmSync(path.join(dir, '.ninja_log'), { force: true })
  return timed(() => execFileSync('ninja', ['-j2', '--quiet'], { cwd: dir, stdio: 'ignore' }))
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const row = (what, ms, note = '') =>
  console.log(`${what.padEnd(34)} ${ms.toFixed(0).padStart(8)} ms  ${note}`)

function compare(name) {
  const file = path.join(folder, `${name}.yml`)
  const dir = path.join(folder, name)
  writePipeline(file, SHAPES[name], STEPS)
  writeNinja(dir, SHAPES[name], STEPS)
  const times = { amlet: [], ninja: [] }
  for (let pair = 0; pair < PAIRS; pair += 1) {
    if (hasNinja) times.ninja.push(timeNinja(dir))
    times.amlet.push(timeAmlet(file))
  }
  const ours = median(times.amlet)
  if (!hasNinja) return row(`${name} of ${STEPS}`, ours, 'ninja is not installed: no comparison')
  const ninja = median(times.ninja)
  row(`${name} of ${STEPS}, ninja -j2`, ninja)
  row(`${name} of ${STEPS}, amlet`, ours, `${(ours / ninja).toFixed(2)} x ninja (goal 4)`)
}

function rerun() {
  const file = path.join(folder, 'chain.yml')
  timeAmlet(file, { isForced: false })
  const times = Array.from({ length: PAIRS }, () => timeAmlet(file, { isForced: false }))
  row(`unchanged rerun of ${STEPS}`, median(times), '(goal 500 ms)')
}

function slope() {
  const perStep = (from, to) => {
    const [small, large] = [from, to].map((count) => {
      const file = path.join(folder, `slope${count}.yml`)
      writePipeline(file, SHAPES.chain, count)
      return timeAmlet(file)
    })
    return (large - small) / (to - from)
  }
  const low = perStep(100, 1_000)
  const high = perStep(1_000, 10_000)
  console.log(
    `a step between 100 and 1,000: ${low.toFixed(2)} ms, between 1,000 and 10,000: ${high.toFixed(2)} ms: ${(high / low).toFixed(2)} x (goal 1.2)`,
  )
}

function residentMiB() {
  const { pid } = JSON.parse(readFileSync(path.join(env.AMLET_HOME, 'server.json'), 'utf8'))
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

try {
  console.log(`median of ${PAIRS} interleaved pairs`)
  amlet('job', 'list')
  compare('chain')
  compare('fan')
  rerun()
  if (withSlope) slope()
  console.log(`the server after this: ${residentMiB().toFixed(0)} MiB resident`)
} finally {
  spawnSync(AMLET, ['server', 'stop'], { env, stdio: 'ignore' })
  rmSync(folder, { recursive: true, force: true })
}
