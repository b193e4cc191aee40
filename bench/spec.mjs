// How long `amlet validate` takes for a pipeline of 1,000 steps, from the start of the command to its exit, and how much of it
// is CPU time. No server is asked.
//
// node bench/spec.mjs [rounds]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const ROUNDS = Number(process.argv[2] ?? 11)
const TARGET_MS = 450
const STEPS = 1_000

const program = path.resolve(import.meta.dirname, '../dist/bin/amlet.mjs')
const folder = mkdtempSync(path.join(tmpdir(), 'amlet-bench-spec-'))
const file = path.join(folder, 'pipeline.yml')

/** A chain: each step reads what the one before it wrote. Nine lines a step. */
function pipeline() {
  const steps = Array.from({ length: STEPS }, (_, i) => {
    const input = i === 0 ? 'start' : `\${{parent.jobs.step_${i - 1}.outputs.o}}`
    return [
      `  step_${i}:`,
      '    type: command',
      '    command: cat ${{inputs.x}} > ${{outputs.o}}/f',
      '    environment: azureml:env:1',
      '    inputs:',
      `      x: ${input}`,
      '    outputs:',
      '      o:',
      '        type: uri_folder',
    ].join('\n')
  })
  return `type: pipeline\nsettings:\n  default_compute: azureml:cpu\njobs:\n${steps.join('\n')}\n`
}

function run() {
  const startedAt = performance.now()
  const script = `TIMEFORMAT='%3U %3S'; time '${process.execPath}' '${program}' validate '${file}' >/dev/null`
  const { stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  const wallMs = performance.now() - startedAt
  if (status !== 0) throw new Error(`validate ended with ${status}: ${stderr}`)
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number)
  return { wallMs, cpuMs: (user + system) * 1000 }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

writeFileSync(file, pipeline())
run()
const runs = Array.from({ length: ROUNDS }, run)
rmSync(folder, { recursive: true })
const wall = median(runs.map(({ wallMs }) => wallMs))
const cpu = median(runs.map(({ cpuMs }) => cpuMs))
const verdict = wall <= TARGET_MS ? 'met' : 'missed'
console.log(
  `validate ${STEPS} steps: ${wall.toFixed(0)} ms from command to exit (${cpu.toFixed(0)} ms CPU), target ${TARGET_MS} ms: ${verdict}`,
)
