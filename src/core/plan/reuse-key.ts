import type { InputSource, JobPlan, PlannedInput, PlannedOutput, ReusePart } from './job-plan.ts'
import { settingsPart } from './reuse-settings.ts'

/** Stands in a part for the job whose output is read, until that job's original is known. */
const BOUND = 'output of '

/**
 * What decides whether two runs are the same, part by part in a fixed order. The compute, names, tags and dates
 * are not in it, nor is the place of a component: what it holds counts.
 */
export function reusePartsOf(
  plan: Pick<JobPlan, 'process' | 'inputs' | 'outputs' | 'controlled'>,
  { command, paths }: { command: string; paths: ReadonlyMap<string, string | undefined> },
): ReusePart[] {
  const { process } = plan
  const variables = Object.entries(process?.environmentVariables ?? {}).sort(byKey)
  return [
    { name: 'command', value: command },
    { name: 'code', value: process?.code?.hash ?? 'none' },
    { name: 'environment', value: process?.environment.digest ?? 'none' },
    { name: 'environment_variables', value: JSON.stringify(variables) },
    { name: 'distribution', value: JSON.stringify(process?.distribution ?? null) },
    { name: 'instance_count', value: String(process?.instanceCount ?? 1) },
    ...(plan.controlled === undefined ? [] : [settingsPart(plan.controlled)]),
    ...[...plan.inputs].sort(byName).map(inputPart),
    ...[...plan.outputs].sort(byName).map((output) => outputPart(output, paths.get(output.name))),
  ]
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => compare(a, b)
const byName = (a: { readonly name: string }, b: { readonly name: string }) =>
  compare(a.name, b.name)
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function inputPart({ name, type, mode, source }: PlannedInput): ReusePart {
  const how = [type ?? '', mode ?? ''].join(' ')
  return { name: `inputs.${name}`, value: `${how} ${identityOf(source)}`.trim() }
}

function identityOf(source: InputSource): string {
  switch (source.from) {
    case 'literal':
      return `text ${source.text}`
    case 'data':
      return `data ${source.data.identity}${source.subpath ?? ''}`
    case 'output':
      return `${BOUND}${source.job}/${source.output}${source.subpath ?? ''}`
    case 'nothing':
      return 'nothing'
  }
}

const outputPart = ({ name, type, mode }: PlannedOutput, path: string | undefined): ReusePart => ({
  name: `outputs.${name}`,
  value: `${type} ${mode} ${path ?? 'generated'}`,
})

/**
 * The parts with each job that is read replaced by the job that first made those bytes: a reused step's outputs
 * are its original's. `originalOf` answers with the name it is given for a job that is not reused.
 */
export function bindReuseParts(
  plan: Pick<JobPlan, 'inputs' | 'reuseParts'>,
  originalOf: (job: string) => string,
): ReusePart[] {
  const bound = new Map(plan.inputs.map((input) => [`inputs.${input.name}`, input]))
  return plan.reuseParts.map((part) => {
    const input = bound.get(part.name)
    if (input?.source.from !== 'output') return part
    return inputPart({ ...input, source: { ...input.source, job: originalOf(input.source.job) } })
  })
}

/** The text that is hashed into a job's reuse key. */
export function reuseText(parts: readonly ReusePart[]): string {
  return JSON.stringify(parts.map(({ name, value }) => [name, value]))
}

/** Names of the parts that two runs do not share, in the order of `after`, then what only `before` has. */
export function differingParts(
  before: readonly ReusePart[],
  after: readonly ReusePart[],
): { readonly name: string; readonly before?: string; readonly after?: string }[] {
  const old = new Map(before.map(({ name, value }) => [name, value]))
  const now = new Set(after.map(({ name }) => name))
  const changed = after.flatMap(({ name, value }) => {
    const was = old.get(name)
    return was === value ? [] : [{ name, after: value, ...(was !== undefined && { before: was }) }]
  })
  const gone = before.filter(({ name }) => !now.has(name))
  return [...changed, ...gone.map(({ name, value }) => ({ name, before: value }))]
}
