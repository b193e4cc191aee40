import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { condaOnlyDiagnostics, type Substitution } from '../core/environment/plan.ts'
import { throwOnErrors } from '../core/errors.ts'
import { compileInBackground } from './compile.ts'
import { buildWithConda, condaVariables, findConda } from './conda.ts'
import { buildEmpty } from './empty.ts'
import { failBuild } from './failure.ts'
import type { BuiltEnvironment, Receipt } from './folder.ts'
import { environmentFolder, openEnvironment, RECEIPT, receiptText } from './folder.ts'
import { installWithUv } from './install.ts'
import { withLock } from './lock.ts'
import { endOrphan, forgetBuilder, noteBuilder } from './orphans.ts'
import { pickPython } from './pick-python.ts'
import { checkPrograms } from './programs.ts'
import type { Python } from './pythons.ts'
import type { ResolvedPlan } from './resolve.ts'
import { ensureUv, seconds } from './uv.ts'

export interface BuildRequest {
  /** `AMLET_HOME`. */
  readonly home: string
  readonly plan: ResolvedPlan
  /** Called with each line of the build's log, as it comes. */
  readonly log: (line: string) => void
  readonly signal?: AbortSignal | undefined
  /** Takes a Python of another minor version when the one asked for is not to be had. Off by default. */
  readonly allowNearPython?: boolean
  readonly env?: NodeJS.ProcessEnv
}

interface Builder {
  readonly request: BuildRequest
  readonly folder: string
  readonly startedAt: number
  readonly env: NodeJS.ProcessEnv
}

const running = new Map<string, Promise<BuiltEnvironment>>()

/**
 * Gives the folder that holds an environment; builds it when it is not there. Built once per digest, whoever
 * asks at the same time and from whichever process. A folder is there whole or not at all: after a crash the
 * next request builds again. An environment that is there costs a look at the disk.
 *
 * @throws AmletError `EnvironmentBuildFailed` with the resolver's own words and the line of the conda file.
 * Rejects with the signal's reason when aborted; others who wait for the same environment go on.
 */
export async function buildEnvironment(request: BuildRequest): Promise<BuiltEnvironment> {
  const { home, plan, log, signal } = request
  const folder = environmentFolder(home, plan.digest)
  const ready = await openEnvironment(folder)
  if (ready !== undefined) {
    log(`${title(plan)}: built before`)
    return ready
  }
  const other = running.get(folder)
  if (other === undefined) return start(request, folder)
  log(`${title(plan)}: another job is building it, waiting`)
  try {
    return await abortable(other, signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (isAbort(error)) return buildEnvironment(request)
    throw error
  }
}

function start(request: BuildRequest, folder: string): Promise<BuiltEnvironment> {
  const { env = process.env, plan, log, signal, home } = request
  const builder = { request, folder, env, startedAt: performance.now() }
  const work = async () => {
    await mkdir(join(home, 'environments'), { recursive: true })
    const onWait = () => log(`${title(plan)}: another process is building it, waiting`)
    try {
      return await withLock(`${folder}.lock`, () => buildNoted(builder), { onWait, signal })
    } catch (error) {
      log(`${title(plan)}: failed after ${seconds(builder.startedAt)}`)
      throw error
    }
  }
  const promise = work().finally(() => running.delete(folder))
  running.set(folder, promise)
  return promise
}

async function buildNoted(builder: Builder): Promise<BuiltEnvironment> {
  try {
    return await buildLocked(builder)
  } finally {
    await forgetBuilder(builder.folder)
  }
}

async function buildLocked(builder: Builder): Promise<BuiltEnvironment> {
  const { folder, request, startedAt } = builder
  const there = await openEnvironment(folder)
  if (there !== undefined) return there
  await removeLeftovers(builder)
  for (const { text } of request.plan.notes) request.log(`note: ${text}`)
  const receipt = await buildFolder(builder)
  const built = await openEnvironment(folder)
  if (built === undefined)
    throw failBuild(`the environment in ${folder} cannot be used after its build`)
  request.log(`${title(request.plan)}: ready after ${seconds(startedAt)}`)
  if (receipt.tool !== 'none') compileInBackground(built)
  return { ...built, wasBuilt: true }
}

/** What a build left that was killed, and a finished folder that no longer works (its Python is gone). */
async function removeLeftovers({ folder, request }: Builder): Promise<void> {
  if (await endOrphan(folder)) request.log('ending what still builds it for a server that is gone')
  const parent = join(request.home, 'environments')
  const names = await readdir(parent)
  const drafts = names.filter((name) => name.startsWith(`.${request.plan.digest}.`))
  if (drafts.length > 0 || names.includes(request.plan.digest))
    request.log('removing what an earlier build left unfinished')
  for (const name of drafts) await rm(join(parent, name), { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
}

async function buildFolder(builder: Builder): Promise<Receipt> {
  const { request, env, folder } = builder
  const { plan, log, signal } = request
  const conda = plan.hasCondaPackages ? await findConda(env) : undefined
  if (conda !== undefined) {
    log(`${title(plan)}: building with ${conda.name}`)
    const onStart = (pid: number) => noteBuilder(folder, pid)
    await buildWithConda(conda, { plan, folder, log, signal, env, onStart })
    const variables = await condaVariables(folder, env)
    return finish(builder, folder, { tool: conda.name, notes: [], variables })
  }
  throwOnErrors(condaOnlyDiagnostics(plan))
  await checkPrograms(plan, env)
  const { python, notes } = await pickPython(request)
  const draft = join(request.home, 'environments', `.${plan.digest}.${randomUUID()}`)
  try {
    const tool = await fillDraft(builder, python, draft)
    return await finish(builder, draft, { tool, notes, python })
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

async function fillDraft(
  { request, env, folder }: Builder,
  python: Python,
  draft: string,
): Promise<string> {
  const { plan, log, home, signal } = request
  const version = python.version.join('.')
  if (plan.requirements.length === 0) {
    log(`${title(plan)}: Python ${version} (${python.path}) without packages`)
    await buildEmpty(python, draft)
    return 'none'
  }
  const uv = await ensureUv({ home, log, signal, env })
  log(`${title(plan)}: building with uv ${uv.version} and Python ${version} (${python.path})`)
  const onStart = (pid: number) => noteBuilder(folder, pid)
  await installWithUv(uv, { plan, python, folder: draft, log, signal, onStart })
  return `uv ${uv.version}`
}

interface Made {
  readonly tool: string
  readonly notes: readonly Substitution[]
  readonly python?: Python
  /** What its tool would set in a process that uses it. */
  readonly variables?: Readonly<Record<string, string>>
}

/** The receipt is written last, and what is built beside its place is then moved there: whole or not at all. */
async function finish(
  builder: Builder,
  made: string,
  { tool, notes, python, variables }: Made,
): Promise<Receipt> {
  const { request, folder, startedAt } = builder
  const receipt: Receipt = {
    digest: request.plan.digest,
    tool,
    python: python?.version.join('.') ?? '',
    requirements: request.plan.requirements.map(({ value }) => value),
    notes: [...request.plan.notes, ...notes],
    buildMs: Math.round(performance.now() - startedAt),
    variables: { ...variables, ...request.plan.variables },
  }
  const draft = join(made, `${RECEIPT}.draft`)
  await writeFile(draft, receiptText(receipt))
  await rename(draft, join(made, RECEIPT))
  if (made !== folder) await rename(made, folder)
  return receipt
}

function title(plan: ResolvedPlan): string {
  return `environment ${plan.digest.slice(0, 12)}`
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function abortable<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  if (signal === undefined) return promise
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
