import type { ComponentEntity, JobEntity } from '../../core/entity.ts'
import { AmletError, type Diagnostic } from '../../core/errors.ts'
import type { SpecKind } from '../../core/spec/load.ts'
import type { Services } from '../services.ts'
import { scheduledJob, scheduledSources } from './scheduled-job.ts'
import { planSubmission, type Submission } from './submit.ts'

interface Asked {
  readonly entity: Readonly<Record<string, unknown>>
  readonly sources: Submission['sources']
  readonly cwd: string
}

/**
 * What a job, component or schedule names that is not in this workspace, what would stand in for something, and
 * what else would keep a job from being submitted. No bytes are looked at, and nothing is recorded.
 */
export async function lookUp(
  services: Services,
  kind: SpecKind,
  { entity, sources, cwd }: Asked,
): Promise<readonly Diagnostic[]> {
  switch (kind) {
    case 'job':
      return lookUpJob(services, { entity: entity as unknown as JobEntity, sources, cwd })
    case 'component':
      return services.assets.lookUp(entity as unknown as ComponentEntity, { kind, sources })
    case 'schedule':
      return told(async () => {
        const job = scheduledJob(services, entity['create_job'] as object)
        return lookUpJob(services, { entity: job, sources: scheduledSources(sources), cwd })
      })
    default:
      return []
  }
}

async function lookUpJob(
  services: Services,
  job: Pick<Submission, 'entity' | 'sources' | 'cwd'>,
): Promise<readonly Diagnostic[]> {
  const found = await services.assets.lookUp(job.entity, { kind: 'job', sources: job.sources })
  if (found.some(isError)) return found
  const submission = { ...job, strict: false }
  const planned = await told(async () => {
    const { plan } = await planSubmission(services, submission, 'leave')
    return plan.diagnostics.filter(isError)
  })
  return [...found, ...planned]
}

const isError = ({ severity }: Diagnostic) => severity !== 'warning'

/** Findings, also those that were thrown. */
async function told(find: () => Promise<readonly Diagnostic[]>): Promise<readonly Diagnostic[]> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof AmletError) return error.diagnostics
    throw error
  }
}
