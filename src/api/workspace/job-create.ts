import type { JobEntity } from '../../core/entity.ts'
import { type Fields, type Route, route, type Values } from '../route.ts'
import type { Services } from '../services.ts'
import { showPlan } from './job-plan.ts'
import { resumable, resumeJob } from './job-resume.ts'
import { toBriefView, toJobView } from './job-view.ts'
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
  resumes: {
    type: 'string',
    doc: 'A job that has ended: its completed steps that are as here are taken over',
  },
  from: { type: 'string', doc: 'A step of that job that runs again, with all that reads from it' },
  brief: {
    type: 'boolean',
    doc: 'Answers with name, status and services of the job alone, for who follows it',
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
        const { resumes, from } = body
        const resumed = resumes === undefined ? undefined : resumable(services, { resumes, from })
        const submission = { ...toSubmission(body, read), ...resumed?.environment }
        const watched = { name: body.progress, signal }
        const { job, warnings } = await services.reads.during(watched, (progress) =>
          submitJob(services, { ...submission, progress }, resumed?.options),
        )
        const view = body.brief ? toBriefView(services, job) : toJobView(services, job)
        return { job: view, warnings: [...read.warnings, ...warnings] }
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
        const { job, warnings } = await resumeJob(services, params['name'] ?? '', body)
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
