import type { JobEntity } from '../../core/entity.ts'
import { MACHINE_ENVIRONMENT } from '../../core/environment/machine.ts'
import { AmletError } from '../../core/errors.ts'
import { didYouMean } from '../../core/suggest.ts'
import { type JobRow, listDescendants } from '../../store/jobs.ts'
import { getPlan } from '../../store/plans.ts'
import { type Fields, type Route, route, type Values } from '../route.ts'
import type { Services } from '../services.ts'
import { findJob } from './find-job.ts'
import { showPlan } from './job-plan.ts'
import { toJobView } from './job-view.ts'
import { readEntity, YAML_FIELDS } from './read-entity.ts'
import { type Submission, submitJob } from './submit.ts'
import { validateFile } from './validate.ts'

const CREATE_FIELDS = {
  ...YAML_FIELDS,
  skip_validation: {
    type: 'boolean',
    doc: 'Accepted; problems that keep a job from running are found anyway',
  },
  git: { type: 'object', doc: "Facts of the caller's git checkout" },
  environment: {
    type: 'string',
    enum: ['machine'],
    doc: "`machine`: the machine's own Python instead of building environments",
  },
} as const satisfies Fields

type CreateValues = Values<typeof CREATE_FIELDS>

/** Operations that make jobs. */
export function jobCreateRoutes(services: Services): Route[] {
  return [
    route({
      method: 'POST',
      path: '/jobs',
      summary: 'Submits a job',
      body: CREATE_FIELDS,
      status: 201,
      handler: async ({ body, tree, signal }) => {
        const read = await readEntity('job', body, tree)
        const watched = { name: body.progress, signal }
        const { job, warnings } = await services.reads.during(watched, (progress) =>
          submitJob(services, { ...toSubmission(body, read), progress }),
        )
        return { job: toJobView(services, job), warnings: [...read.warnings, ...warnings] }
      },
    }),
    route({
      method: 'POST',
      path: '/jobs/validate',
      summary: 'Checks a job, and as warnings whether what it names is here; records nothing',
      body: CREATE_FIELDS,
      handler: (request) => validateFile(services, 'job', request),
    }),
    route({
      method: 'POST',
      path: '/jobs/plan',
      summary: 'What a submission would run, and what it would reuse',
      body: CREATE_FIELDS,
      handler: async ({ body, tree }) => {
        const read = await readEntity('job', body, tree)
        return showPlan(services, toSubmission(body, read))
      },
    }),
    route({
      method: 'POST',
      path: '/jobs/{name}/resume',
      summary: 'A new job like this one that takes over its completed steps',
      body: {
        name: { type: 'string', doc: 'Name of the new job' },
        from: { type: 'string', doc: 'A step that runs again, with all that reads from it' },
      },
      status: 201,
      handler: async ({ params, body }) => {
        const { job, warnings } = await resume(services, params['name'] ?? '', body)
        return { job: toJobView(services, job), warnings }
      },
    }),
  ]
}

interface Read {
  readonly entity: Record<string, unknown>
  readonly sources: Submission['sources']
}

function toSubmission(body: CreateValues, { entity, sources }: Read): Submission {
  const { git } = body
  return {
    entity: entity as unknown as JobEntity,
    sources,
    cwd: body.cwd,
    strict: body.strict ?? false,
    ...(git === undefined ? {} : { git: git as Readonly<Record<string, string>> }),
    ...(body.environment === undefined ? {} : { environment: body.environment as 'machine' }),
  }
}

async function resume(
  services: Services,
  name: string,
  { name: newName, from }: { readonly name?: string; readonly from?: string },
) {
  const job = findJob(services.db, name)
  if (job.parent !== null)
    throw new AmletError({
      code: 'InvalidState',
      message: `job ${job.name} is a step of ${job.root}; whole jobs are resumed`,
      hint: `amlet job resume -n ${job.root}`,
    })
  if (job.endedMs === null)
    throw new AmletError({
      code: 'InvalidState',
      message: `job ${job.name} is ${job.status}; only a job that has ended can be resumed`,
      hint: `wait for it, or cancel it: amlet job cancel -n ${job.name}`,
    })
  const { name: _, ...entity } = job.entity as unknown as JobEntity
  const submission = {
    entity: { ...entity, ...(newName === undefined ? {} : { name: newName }) } as JobEntity,
    sources: { get: () => undefined },
    cwd: job.experiment,
    strict: false,
    ...(ranOnMachine(services, job) ? { environment: 'machine' as const } : {}),
  }
  if (from !== undefined) expectStep(services, job, from)
  return submitJob(services, submission, {
    resumes: job.name,
    ...(from === undefined ? {} : { from }),
  })
}

/** Whether it was submitted with `--env machine`; what resumes it is to be alike. */
function ranOnMachine({ db }: Services, job: JobRow): boolean {
  const names = [job, ...listDescendants(db, job.name)].map(({ name }) => name)
  return names.some(
    (name) => getPlan(db, name)?.process?.environment.digest === MACHINE_ENVIRONMENT,
  )
}

function expectStep({ db }: Services, job: JobRow, step: string): void {
  const steps = listDescendants(db, job.name).map((child) => child.step)
  if (steps.includes(step)) return
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `job ${job.name} has no step "${step}"`,
    hint: didYouMean(step, steps) ?? `its steps are ${steps.join(', ') || 'none'}`,
  })
}
