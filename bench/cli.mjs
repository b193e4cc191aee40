// CPU time (user + system) that a command costs, its whole process tree, beside `node -e 0` of the same Node, run in turns; and
// how long after it was written the first line of a log is on stdout. The server is warm and not counted.
//
// node bench/cli.mjs [rounds]
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const ROUNDS = Number(process.argv[2] ?? 21)
const TARGET = 2.5
const LINE_TARGET_MS = 300

const amlet = path.resolve(import.meta.dirname, '..', 'amlet')
const folder = mkdtempSync(path.join(tmpdir(), 'amlet-bench-cli-'))
const env = { ...process.env, AMLET_HOME: path.join(folder, 'home'), LC_ALL: 'C' }

const job = 'type: command\ncommand: echo hi\nenvironment: {image: "python:3.11"}\n'
writeFileSync(path.join(folder, 'job.yml'), job)
const stamp = job.replace('echo hi', 'sleep 0.5; date +%s%3N')
writeFileSync(path.join(folder, 'stamp.yml'), stamp)

const COMMANDS = {
  version: 'version',
  '--help': '--help',
  'job list': 'job list',
  'job show': 'job show -n first',
  'job create': 'job create -f job.yml',
}

/** Milliseconds of CPU of a command line and all it started, by the shell's own account. */
function cpuMs(line) {
  const script = `TIMEFORMAT='%3U %3S'; time ${line} >/dev/null 2>"$0"`
  const { stderr, status } = spawnSync('bash', ['-c', script, path.join(folder, 'err')], {
    cwd: folder,
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${line} ended with ${status}`)
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number)
  return (user + system) * 1000
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

function measure(line) {
  const floors = []
  const costs = []
  for (let round = 0; round < ROUNDS; round += 1) {
    floors.push(cpuMs(`'${process.execPath}' -e 0`))
    costs.push(cpuMs(line))
  }
  return { floor: median(floors), cost: median(costs) }
}

/** Milliseconds between a line being written by a job and being read from the command that follows it. */
function lineDelayMs() {
  return new Promise((resolve, reject) => {
    const child = spawn(amlet, ['job', 'create', '-f', 'stamp.yml', '--stream'], {
      cwd: folder,
      env,
    })
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const [written] = /^\d{13}$/m.exec(text) ?? []
      if (written !== undefined) resolve(Date.now() - Number(written))
    })
    child.once('close', () => reject(new Error('the job wrote no line')))
  })
}

try {
  spawnSync(amlet, ['job', 'create', '-f', 'job.yml', '-n', 'first', '--stream'], {
    cwd: folder,
    env,
  })
  console.log(`CPU in ms, median of ${ROUNDS} pairs run in turns, Node ${process.versions.node}`)
  console.log('command       node -e 0   amlet   ratio   target')
  for (const [name, words] of Object.entries(COMMANDS)) {
    const { floor, cost } = measure(`'${amlet}' ${words}`)
    const row = [
      name.padEnd(12),
      floor.toFixed(0).padStart(10),
      cost.toFixed(0).padStart(7),
      (cost / floor).toFixed(2).padStart(7),
      `≤ ${TARGET}`.padStart(8),
    ]
    console.log(row.join(' '))
  }
  const delays = []
  for (let round = 0; round < 5; round += 1) delays.push(await lineDelayMs())
  console.log(
    `first log line: ${median(delays)} ms after it was written (target ≤ ${LINE_TARGET_MS})`,
  )
} finally {
  spawnSync(amlet, ['server', 'stop'], { env })
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
