// A rerun in which nothing has changed; how soon a server with ten times as many finished jobs answers, and its memory.
// Then what the engine costs beside others that run the same text through `bash -c`: a chain and a fan of steps that each
// write one line from their predecessor, in turns on the same machine; and how the cost of a step grows with their number.
// The server is warm and needs no environment.
//
// node bench/engine.mjs [steps] [pairs] [--no-slope] [--no-peers]
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { AMLET, openBenchHome } from './home.mjs'
import { ANCHOR, SHAPES, SLOW_PEERS } from './peers.mjs'
import { atMost, judge, median, ms, note, printMissed, timed, times } from './report.mjs'

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const STEPS = Number(words[0] ?? 1000)
const PAIRS = Number(words[1] ?? 5)
const has = (flag) => process.argv.includes(flag)
const home = openBenchHome('engine')
const RERUNS = 10
const FORCED = ['--set', 'settings.force_rerun=true']

function pipelineFile(shape, count) {
  const jobs = Array.from({ length: count }, (_, step) => {
    const before = SHAPES[shape](step)
    const reads =
      step === 0 ? '' : `\n    inputs: {from: "\${{parent.jobs.s${before}.outputs.out}}"}`
    const source = step === 0 ? 'echo 0' : 'cat ${{inputs.from}}/line'
    return `  s${step}:
    command: ${source} > \${{outputs.out}}/line
    environment: {image: none}${reads}
    outputs: {out: {type: uri_folder}}`
  })
  const file = path.join(home.folder, `${shape}-${count}.yml`)
  writeFileSync(file, `type: pipeline\ncompute: local\njobs:\n${jobs.join('\n')}\n`)
  return file
}

/** A peer with a folder of its own, ready to be run again and again. */
function preparePeer(peer, work) {
  const dir = path.join(home.folder, `${peer.name.split(' ')[0]}-${work.shape}`)
  mkdirSync(dir)
  peer.write(dir, work)
  return async () => {
    peer.clear(dir)
    return timed(() => peer.run(dir, work))
  }
}

async function compare(shape) {
  const work = { shape, count: STEPS }
  const file = pipelineFile(shape, STEPS)
  const anchor = ANCHOR.isThere() ? preparePeer(ANCHOR, work) : undefined
  const own = []
  const theirs = []
  for (let pair = 0; pair < PAIRS; pair += 1) {
    if (anchor) theirs.push(await anchor())
    own.push(home.timeJob(file, ...FORCED))
  }
  const what = `${shape} of ${STEPS}`
  note(`${what}, amlet`, ms(median(own)), `${(median(own) / STEPS).toFixed(2)} ms a step`)
  if (anchor === undefined) note(`${what}, ${ANCHOR.name}`, '-', 'not installed: no comparison')
  else {
    note(`${what}, ${ANCHOR.name}`, ms(median(theirs)))
    const ratio = median(own.map((value, i) => value / theirs[i]))
    atMost(`${what}, amlet over ${ANCHOR.name}`, ratio, { most: 4, show: times })
  }
  if (!has('--no-peers')) await compareSlow(work, median(own))
}

/** Those that take many times as long run once. */
async function compareSlow(work, own) {
  for (const peer of SLOW_PEERS) {
    const what = `${work.shape} of ${work.count}, ${peer.name}`
    if (!peer.isThere()) {
      note(what, '-', 'not installed: no comparison')
      continue
    }
    const theirs = await preparePeer(peer, work)()
    note(what, ms(theirs), `one run; amlet takes 1/${(theirs / own).toFixed(1)} of it`)
  }
}

/** Ten times as many finished jobs as there are steps come of it too. A file with a new comment is read anew. */
function rerun() {
  const file = pipelineFile('chain', STEPS)
  home.timeJob(file)
  const own = Array.from({ length: RERUNS }, () => home.timeJob(file))
  atMost(`unchanged rerun of ${STEPS}`, median(own), { most: 500 })
  const edited = Array.from({ length: PAIRS }, (_, time) => {
    appendFileSync(file, `# ${time}\n`)
    return home.timeJob(file)
  })
  note('the same with another comment each time', ms(median(edited)))
  return (RERUNS + 1 + PAIRS) * (STEPS + 1)
}

/** A step's cost between two lengths of a chain; the shorter ones are run several times. */
function slope() {
  const [small, middle, large] = [100, 1_000, 10_000].map((count) => {
    const file = pipelineFile('chain', count)
    const runs = count === 10_000 ? 1 : 3
    const taken = Array.from({ length: runs }, () => home.timeJob(file, ...FORCED))
    return { count, ms: median(taken) }
  })
  const perStep = (from, to) => (to.ms - from.ms) / (to.count - from.count)
  const low = perStep(small, middle)
  const high = perStep(middle, large)
  const more = `${low.toFixed(2)} ms a step from 100 to 1,000, ${high.toFixed(2)} from there to 10,000`
  atMost('slope of a chain, 10,000 over 1,000', high / low, { most: 1.2, show: times, more })
}

/** From the start of the server's process to its word that it answers. */
async function startServer() {
  const startedAt = performance.now()
  const child = spawn(AMLET, ['server', 'run'], {
    env: home.env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = await new Promise((resolve, reject) => {
    child.stderr.once('data', (text) => resolve(String(text)))
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  const taken = performance.now() - startedAt
  if (!said.startsWith('API:')) throw new Error(`the server does not answer: ${said}`)
  child.stderr.destroy()
  child.unref()
  return taken
}

async function ready(finished) {
  const starts = []
  for (let round = 0; round < 5; round += 1) {
    home.amlet('server', 'stop')
    starts.push(await startServer())
  }
  const node = []
  for (let round = 0; round < 5; round += 1)
    node.push(
      await timed(
        () => new Promise((resolve) => spawn(process.execPath, ['-e', '0']).once('exit', resolve)),
      ),
    )
  const more = `${finished} finished jobs; node -e 0 takes ${ms(median(node))}`
  atMost('server ready', median(starts), { most: 300, more })
}

async function alone(finished) {
  home.amlet('job', 'list')
  await setTimeout(60_000)
  const resident = home.residentMiB()
  judge('server alone after 60 s and a job list', {
    shown: `${resident.toFixed(0)} MiB`,
    target: '≤ 150 MiB',
    isMet: resident <= 150,
    more: `${finished} finished jobs`,
  })
}

try {
  console.log(
    `engine: ${STEPS} steps, median of ${PAIRS} interleaved pairs, Node ${process.versions.node}`,
  )
  home.amlet('job', 'list')
  home.timeJob(pipelineFile('chain', 10), ...FORCED)
  const finished = rerun()
  await ready(finished)
  await alone(finished)
  await compare('chain')
  await compare('fan')
  const withSlope = !has('--no-slope')
  if (withSlope) slope()
  note('server after all this', `${home.residentMiB().toFixed(0)} MiB`)
  await ready(finished + 2 * PAIRS * (STEPS + 1) + (withSlope ? 13_304 : 0))
  printMissed()
} finally {
  home.close()
}
