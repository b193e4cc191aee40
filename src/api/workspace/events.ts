import type { JobChange } from '../../core/wire.ts'
import { jobsChangedSince, lastChangeId } from '../../store/jobs.ts'
import { Pauses } from '../changes.ts'
import { NdjsonAnswer, type Route, route } from '../route.ts'
import type { Services } from '../services.ts'
import { toSummary } from './job-view.ts'

/** The stream of all changes. */
export function eventRoutes(services: Services): Route[] {
  return [
    route({
      method: 'GET',
      path: '/events',
      summary:
        'Every change of every job as it happens, one JSON value a line; goes on until closed',
      query: {
        from: {
          type: 'integer',
          doc: 'id of the last change already seen: later ones come first. Absent: only new changes',
        },
      },
      handler: ({ query, signal }) =>
        new NdjsonAnswer(changesSince(services, query.from ?? lastChangeId(services.db), signal)),
    }),
  ]
}

async function* changesSince(
  { db, changes }: Services,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<{ readonly type: 'start'; readonly id: number } | JobChange> {
  let id = from
  const pauses = new Pauses(changes, signal)
  yield { type: 'start', id }
  while (!signal.aborted) {
    const next = pauses.next()
    for (const job of jobsChangedSince(db, id)) {
      id = job.changeId
      yield { type: 'job', id, name: job.name, job: toSummary(job) }
    }
    if (id === lastChangeId(db)) await next
  }
}
