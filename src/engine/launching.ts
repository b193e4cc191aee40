import path from 'node:path'
import type { Launch } from '../compute/executor.ts'
import { AmletError } from '../core/errors.ts'
import type { JobPlan, PlacedInput, PlannedInput } from '../core/plan/job-plan.ts'
import type { ResolvedData } from '../core/plan/resolved.ts'
import { placeOutput } from '../storage/outputs.ts'
import { getOutputs } from '../store/jobs.ts'
import type { EngineDeps } from './deps.ts'
import { parallelSettingsOf, readMltable } from './parallel.ts'

export interface Starting {
  readonly plan: JobPlan
  readonly attempt: string
  readonly attemptNumber: number
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Makes the launch of an attempt: every input and output placed on this machine.
 *
 * @throws AmletError when something that it reads is gone.
 */
export function makeLaunch(deps: EngineDeps, starting: Starting): Launch {
  const { plan, attempt, attemptNumber, environment } = starting
  const { process } = plan
  if (process === undefined) throw new Error(`job ${plan.name} has nothing to launch`)
  const inputs = plan.inputs.map((input) => placeInput(deps, input))
  return deps.buildLaunch({
    attemptId: attempt,
    attemptNumber,
    jobName: plan.name,
    rootName: plan.root,
    experiment: plan.experiment,
    runDir: path.join(deps.runs, attempt),
    process,
    inputs,
    outputs: plan.outputs.map((output) => placeOutput(output, attempt, deps.places)),
    environment,
    ...parallelOf(deps, plan, inputs),
  })
}

/** The data of a plan that is used where it stands, so that it may have changed since the submission. */
export function changeableData({ inputs }: JobPlan): ResolvedData[] {
  return inputs.flatMap(({ source }) =>
    source.from === 'data' && !source.data.isImmutable && source.data.asset ? [source.data] : [],
  )
}

/** What the driver of a parallel job needs besides; the MLTable of its input is read now that it is there. */
function parallelOf({ places }: EngineDeps, plan: JobPlan, inputs: readonly PlacedInput[]) {
  if (plan.type !== 'parallel') return {}
  const settings = parallelSettingsOf(plan)
  const input = inputs.find(({ name }) => name === settings.inputName)
  const mltable =
    input?.type === 'mltable' ? readMltable(input.path, (uri) => places.locate(uri)) : undefined
  return { parallel: { settings, ...(mltable && { mltable }) } }
}

function placeInput(deps: EngineDeps, { name, type, mode, source }: PlannedInput): PlacedInput {
  const common = { name, mode: mode ?? 'ro_mount', ...(type && { type }) } as const
  switch (source.from) {
    case 'literal':
      return { ...common, text: source.text }
    case 'nothing':
      return common
    case 'data':
      return { ...common, ...placeData(source.data, source.subpath) }
    case 'output':
      return { ...common, ...placeBound(deps, source) }
  }
}

function placeData(data: ResolvedData, subpath: string | undefined): Partial<PlacedInput> {
  const { uri, localPath, isFile, singleFile } = data
  const below = subpath ?? ''
  return {
    uri: below === '' ? uri : joinUri(uri, below),
    isFile: isFile && below === '',
    ...(localPath !== undefined && { path: path.join(localPath, below) }),
    ...(singleFile !== undefined && { singleFile }),
  }
}

function placeBound(
  deps: EngineDeps,
  { job, output, subpath = '' }: { job: string; output: string; subpath?: string },
): Partial<PlacedInput> {
  const record = getOutputs(deps.db, job)?.[output]
  if (record === undefined || record.is_partial === true)
    throw new AmletError({
      code: 'OutputMissing',
      message: `the output "${output}" of job "${job}" is not there`,
      hint: 'run it again',
    })
  const uri = subpath === '' ? record.uri : joinUri(record.uri, subpath)
  const isFile = record.type === 'uri_file' && subpath === ''
  return { uri, isFile, path: deps.places.locate(uri) }
}

const joinUri = (uri: string, below: string) =>
  `${uri.replace(/\/+$/, '')}/${below.replace(/^\/+/, '')}`
