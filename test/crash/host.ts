/**
 * A server without surfaces: an engine with the local executor on a home. Brings one small pipeline, with another
 * in it, to its end, and is killed on the way where it is told to be.
 *
 * Arguments: home, name of the job. Variables: CRASH_AT, the number of the checkpoint at which this process kills
 * itself; KILL_WORKER_AT, the one at which it kills the worker; BOOT_ID_FILE, in place of the machine's boot id;
 * SIDE_FILE, where each step notes its start; STEP_DOES and STEP_ENDS, what each step
 * does besides, before and after it writes.
 */
import { LocalExecutor } from '../../src/compute/local/local-executor.ts'
import { getJob } from '../../src/store/jobs.ts'
import { makeWorld, plan, step, untilEnded } from '../support/engine-world.ts'

const [home = '', name = ''] = process.argv.slice(2)
const { env } = process
const crashAt = Number(env['CRASH_AT'] ?? 0)
const killWorkerAt = Number(env['KILL_WORKER_AT'] ?? 0)
const bootIdFile = env['BOOT_ID_FILE']

const command = (job: string, from: readonly string[]) =>
  [
    `echo ${name}-${job} >> ${env['SIDE_FILE']}`,
    env['STEP_DOES'] ?? ':',
    `cat /dev/null ${from.map((input) => `$AZURE_ML_INPUT_${input}/n`).join(' ')} > $AZURE_ML_OUTPUT_out/n`,
    `echo ${job} >> $AZURE_ML_OUTPUT_out/n`,
    env['STEP_ENDS'] ?? ':',
  ].join('\n')

const entity = {
  type: 'pipeline',
  settings: { force_rerun: true },
  jobs: {
    a: step(command('a', [])),
    b: step(command('b', ['a']), ['a']),
    inner: {
      type: 'pipeline',
      inputs: { a: '${{parent.jobs.a.outputs.out}}', b: '${{parent.jobs.b.outputs.out}}' },
      component: {
        type: 'pipeline',
        inputs: { a: { type: 'uri_folder' }, b: { type: 'uri_folder' } },
        jobs: {
          c: step(command('c', ['a', 'b']), ['a', 'b'], {
            inputs: { a: '${{parent.inputs.a}}', b: '${{parent.inputs.b}}' },
          }),
        },
      },
    },
  },
} as const

const executor = new LocalExecutor({
  home,
  idleSeconds: 20,
  slots: { cpus: 2 },
  ...(bootIdFile !== undefined && { bootIdFile }),
})
let passed = 0
const world = await makeWorld({
  home,
  executor,
  busyTimeoutMs: 100,
  deps: {
    checkpoint: () => {
      passed += 1
      const { workerPid } = executor
      if (passed === killWorkerAt && workerPid !== undefined) process.kill(workerPid, 'SIGKILL')
      if (passed === crashAt) process.kill(process.pid, 'SIGKILL')
    },
    logError: (message, error) => console.error(message, error),
  },
})
if (getJob(world.db, name) === undefined) world.engine.submit(plan(entity, name))
console.log('submitted')
const row = await untilEnded(world, name)
console.log(JSON.stringify({ status: row.status, passed }))
await world.close()
process.exit(0)
