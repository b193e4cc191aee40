import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Executor, Launch } from '../../src/compute/executor.ts'
import type { JobEntity, PipelineNode } from '../../src/core/entity.ts'
import { AmletError } from '../../src/core/errors.ts'
import { isTerminal } from '../../src/core/lifecycle/status.ts'
import type { LaunchRequest } from '../../src/core/plan/job-plan.ts'
import { type Plan, planJob } from '../../src/core/plan/plan-job.ts'
import type { ResolvedAssets } from '../../src/core/plan/resolved.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { Engine } from '../../src/engine/engine.ts'
import { getJob, type JobRow } from '../../src/store/jobs.ts'
import { openHomeDb } from '../../src/store/open.ts'
import { removeHome } from './end-home.ts'

export const ENVIRONMENT = { id: 'machine', entity: { name: 'machine' }, digest: 'machine' }

/** What every reference of a test's entities stands for. */
export const RESOLVED: ResolvedAssets = {
  data: new Map(),
  code: new Map(),
  environments: new Map([['machine', ENVIRONMENT]]),
  components: new Map(),
}

/** A step that runs `command`, reads `from` and writes the output `out`. */
export function step(command: string, from: readonly string[] = [], more = {}): PipelineNode {
  const inputs = from.map((job): [string, string] => [job, `\${{parent.jobs.${job}.outputs.out}}`])
  return {
    type: 'command',
    inputs: Object.fromEntries(inputs),
    component: {
      type: 'command',
      command,
      environment: 'machine',
      inputs: Object.fromEntries(from.map((job) => [job, { type: 'uri_folder' }])),
      outputs: { out: { type: 'uri_folder' } },
    },
    ...more,
  }
}

export function plan(entity: JobEntity, name: string, resolved = RESOLVED): Plan {
  return planJob(entity, resolved, {
    name,
    experiment: 'tests',
    compute: 'local',
    datastore: 'workspaceblobstore',
    hash: sha256,
  })
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export interface WorldOptions {
  readonly home?: string
  readonly executor: Executor
  readonly deps?: Partial<EngineDeps>
  readonly busyTimeoutMs?: number
}

/** An engine on a home of its own, with the executor that the test brings. */
export async function makeWorld(options: WorldOptions) {
  const { home = makeHome(), executor, deps = {}, busyTimeoutMs = 5_000 } = options
  const db = openHomeDb(path.join(home, 'amlet.db'), { busyTimeoutMs })
  const errors: unknown[] = []
  const engine = new Engine({
    db,
    runs: path.join(home, 'runs'),
    places: { locate: (uri) => locate(home, uri) },
    executorOf: (compute) => (compute === 'local' ? executor : undefined),
    isStopped: () => false,
    executors: [executor],
    buildLaunch,
    ensureEnvironment: async () => ({}),
    expectUnchanged: async () => undefined,
    registerOutput: (_db, { name, version }) => ({ id: name, name, version: version ?? '1' }),
    controllers: new Map(),
    now: Date.now,
    makeId: randomUUID,
    hash: sha256,
    logError: (_message, error) => errors.push(error),
    ...deps,
  })
  await engine.start()
  return { home, db, engine, errors, close: () => closeWorld(engine, db) }
}

async function closeWorld(engine: Engine, db: { close(): void }) {
  await engine.stop()
  db.close()
}

const homes: string[] = []
process.on('exit', () => {
  for (const home of homes) removeHome(home)
})

/** A new, empty home; it is removed when the test's process ends. */
export function makeHome(): string {
  const home = mkdtempSync(path.join(tmpdir(), 'amlet-engine-'))
  mkdirSync(path.join(home, 'runs'))
  homes.push(home)
  return home
}

function locate(home: string, uri: string): string {
  const match = /^azureml:\/\/datastores\/([^/]+)\/paths\/(.*?)\/?$/.exec(uri)
  if (match === null) throw new AmletError({ code: 'InvalidReference', message: uri })
  return path.join(home, 'datastores', match[1]!, match[2]!)
}

/** A launch as small as it can be: inputs by their path, outputs by links, as the runtime contract names them. */
function buildLaunch(request: LaunchRequest): Launch {
  const { runDir } = request
  const workDir = path.join(runDir, 'exe', 'wd')
  const wd = path.join(runDir, 'cap', 'data-capability', 'wd')
  const inputs = request.inputs.map(({ name, path: at, text }) => [
    `AZURE_ML_INPUT_${name}`,
    at ?? text ?? '',
  ])
  const outputs = request.outputs.map(({ name, fileName = '' }) => [
    `AZURE_ML_OUTPUT_${name}`,
    path.join(wd, name, fileName),
  ])
  return {
    attemptId: request.attemptId,
    jobName: request.jobName,
    runDir,
    workDir,
    command: request.process.command,
    env: { PATH: process.env['PATH'] ?? '', ...Object.fromEntries([...inputs, ...outputs]) },
    prepare: [
      { op: 'mkdir', path: workDir },
      ...request.outputs.map(({ name, path: target }) => ({
        op: 'link' as const,
        path: path.join(wd, name),
        target,
        readOnly: false,
      })),
    ],
    slots: { cpus: 1, gpus: 0, memoryBytes: 0 },
    processCount: 1,
    nodeCount: 1,
    graceSeconds: 1,
  }
}

/** Resolves with the row of a job once it has ended. */
export function untilEnded(
  { engine, db }: Pick<Awaited<ReturnType<typeof makeWorld>>, 'engine' | 'db'>,
  name: string,
): Promise<JobRow> {
  return untilJob({ engine, db }, name, (row) => isTerminal(row.status))
}

/** Resolves with the row of a job once `isSo` says yes to it. */
export function untilJob(
  { engine, db }: Pick<Awaited<ReturnType<typeof makeWorld>>, 'engine' | 'db'>,
  name: string,
  isSo: (row: JobRow) => boolean,
): Promise<JobRow> {
  return new Promise((resolve) => {
    const look = () => {
      const row = getJob(db, name)
      if (row === undefined || !isSo(row)) return false
      unsubscribe()
      resolve(row)
      return true
    }
    const unsubscribe = engine.subscribe(({ jobs }) => jobs.includes(name) && look())
    look()
  })
}
