import path from 'node:path'
import type { Executor } from '../compute/executor.ts'
import type { IntentRow } from '../store/attempts.ts'
import type { LiveJob } from './live.ts'
import { takeObservation } from './observations.ts'
import type { Enqueue, Outbox } from './outbox.ts'
import type { World } from './turn.ts'

/** How long to wait before an engine that gave no answer is asked again. */
const ASK_AGAIN_MS = 2_000

export interface Adoption {
  readonly intents: readonly IntentRow[]
  readonly outbox: Outbox
  readonly enqueue: Enqueue
}

/**
 * Finds the attempts of an earlier life again. One that its engine does not know is submitted, under its own id,
 * when that was still to be done, and is lost when it had been done. No verdict falls on an engine that is silent.
 */
export async function adoptAttempts(world: World, adoption: Adoption): Promise<void> {
  const groups = new Map<Executor, LiveJob[]>()
  for (const job of world.live.all()) {
    const executor = world.deps.executorOf(job.compute)
    if (job.state.attempt === null || job.state.endedMs !== null || executor === undefined) continue
    groups.set(executor, [...(groups.get(executor) ?? []), job])
  }
  await Promise.all([...groups].map(([executor, jobs]) => adopt(world, adoption, executor, jobs)))
}

async function adopt(
  world: World,
  adoption: Adoption,
  executor: Executor,
  jobs: readonly LiveJob[],
): Promise<void> {
  const { deps } = world
  const attempts = jobs.flatMap(({ state: { attempt } }) =>
    attempt === null ? [] : [{ attemptId: attempt, runDir: path.join(deps.runs, attempt) }],
  )
  const found = await executor.adopt(attempts).catch((error: unknown) => {
    deps.logError(`the compute of type ${executor.type} does not answer`, error)
    return new Map<string, 'unknown'>()
  })
  const silent: LiveJob[] = []
  for (const job of jobs) {
    const { attempt } = job.state
    if (attempt === null) continue
    const answer = found.get(attempt) ?? 'unknown'
    if (answer === 'unknown') silent.push(job)
    else resolve(world, adoption, job, { attempt, isKnown: answer === 'known' })
  }
  if (silent.length === 0) return
  const timer = setTimeout(() => {
    const open = silent
      .map((job) => world.live.get(job.name))
      .filter((job) => job !== undefined)
      .filter((job) => job.state.endedMs === null)
    adopt(world, adoption, executor, open).catch((error: unknown) =>
      deps.logError('attempts could not be adopted', error),
    )
  }, ASK_AGAIN_MS)
  timer.unref()
}

function resolve(
  world: World,
  { intents, outbox, enqueue }: Adoption,
  job: LiveJob,
  { attempt, isKnown }: { attempt: string; isKnown: boolean },
): void {
  const isSubmitPending = intents.some(
    (intent) => intent.attempt === attempt && intent.type === 'submit',
  )
  const order = { job: job.name, attempt }
  if (!isKnown && isSubmitPending) {
    const isCancelled = job.state.status === 'CancelRequested'
    outbox.add([
      { ...order, type: 'submit' },
      ...(isCancelled ? [{ ...order, type: 'cancel' } as const] : []),
    ])
    return
  }
  if (job.state.status === 'CancelRequested') outbox.add([{ ...order, type: 'cancel' }])
  if (isKnown) return
  const lost = {
    attemptId: attempt,
    atMs: world.deps.now(),
    source: 'engine',
    state: 'lost',
    cause: 'gone',
  } as const
  enqueue((turn) => takeObservation(world, turn, lost), 'now')
}
