import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import { dataFolder } from '../compute/launch-ports.ts'
import { AmletError } from '../core/errors.ts'
import type { JobError, OutputRecord, Outputs } from '../core/lifecycle/event.ts'
import { describeProcessEnd } from '../core/lifecycle/failure.ts'
import { lastLines } from '../core/lifecycle/log-tail.ts'
import type { JobPlan, PlannedOutput } from '../core/plan/job-plan.ts'
import { artifactUri } from '../core/plan/place.ts'
import {
  isWritten,
  keepArtifacts,
  publishOutput,
  stagingUri,
  takeReplacement,
} from '../storage/outputs.ts'
import type { EngineDeps } from './deps.ts'
import { readErrorFile } from './error-file.ts'

export interface Ended {
  readonly plan: JobPlan
  readonly attempt: string
  readonly code: number | null
  readonly signal: string | null
  /** Somebody stopped it, or it was to be cancelled: its outputs are partial whatever its code. */
  readonly wasStopped: boolean
}

export interface Outcome {
  readonly outputs: Outputs
  readonly error?: JobError
}

/**
 * Looks at what an attempt left and puts it where it belongs: outputs at their places when it succeeded, and
 * left as partial when not. Safe to do again.
 */
export function collectAttempt(deps: EngineDeps, ended: Ended): Outcome {
  const { plan, attempt } = ended
  const workDir = path.join(deps.runs, attempt, 'exe', 'wd')
  keepArtifacts(workDir, deps.places.locate(artifactUri(plan.name)))
  const replaced = takeReplacements(deps, ended)
  if (ended.wasStopped) return { outputs: partialOutputs(deps, ended) }
  const error = ended.code === 0 ? missingOutput(deps, ended, replaced) : processError(deps, ended)
  if (error !== undefined) return { error, outputs: partialOutputs(deps, ended) }
  return publish(deps, ended)
}

/** What became of outputs whose folder the command put something else in place of, by their names. */
function takeReplacements(deps: EngineDeps, { plan, attempt }: Ended): ReadonlyMap<string, string> {
  const folder = dataFolder(path.join(deps.runs, attempt))
  const replaced = new Map<string, string>()
  for (const output of plan.outputs) {
    if (output.mode === 'direct') continue
    const link = path.join(folder, output.name)
    const what = takeReplacement(output, { attempt, link }, deps.places)
    if (what !== undefined) replaced.set(output.name, what)
  }
  return replaced
}

function publish(deps: EngineDeps, { plan, attempt }: Ended): Outcome {
  for (const output of plan.outputs) publishOutput(output, attempt, deps.places)
  return registerOutputs(deps, plan, plan.outputs.map(recordOf))
}

export type RegisterDeps = Pick<EngineDeps, 'db' | 'registerOutput' | 'now'>

/** Registers what is to be registered; the first refusal is the job's error. Inside a transaction. */
export function registerOutputs(
  deps: RegisterDeps,
  plan: Pick<JobPlan, 'name'>,
  found: readonly { readonly output: PlannedOutput; readonly record: OutputRecord }[],
): Outcome {
  const outputs: Record<string, OutputRecord> = {}
  for (const { output, record } of found) {
    const { register, name, type } = output
    outputs[name] = record
    if (register === undefined) continue
    try {
      const given = { job: plan.name, output: name, type, uri: record.uri, atMs: deps.now() }
      outputs[name] = { ...record, asset: deps.registerOutput(deps.db, { ...given, ...register }) }
    } catch (error) {
      if (!(error instanceof AmletError)) throw error
      const message = `the output "${name}" could not be registered: ${error.message}`
      return { outputs, error: { code: error.code, message, ...hintOf(error) } }
    }
  }
  return { outputs }
}

const hintOf = ({ diagnostics: [{ hint }] }: AmletError) => (hint === undefined ? {} : { hint })

function recordOf(output: PlannedOutput) {
  const { type, uri, mode } = output
  return { output, record: { type, uri, mode } }
}

function partialOutputs(deps: EngineDeps, { plan, attempt }: Ended): Outputs {
  const written = plan.outputs.filter((output) => isWritten(output, attempt, deps.places))
  return Object.fromEntries(
    written.map((output) => {
      const uri = output.isExplicit ? output.uri : stagingUri(output, attempt)
      return [output.name, { type: output.type, uri, mode: output.mode, is_partial: true }]
    }),
  )
}

/** What the mini-batches of a parallel job write beside their rows is theirs to say: its folders may stay empty. */
function mayBeEmpty({ type }: JobPlan, output: PlannedOutput): boolean {
  if (output.mode === 'direct') return true
  const isFolder = output.type === 'uri_folder' || output.type === 'mltable'
  return type === 'parallel' && isFolder && output.register === undefined
}

function missingOutput(
  deps: EngineDeps,
  { plan, attempt }: Ended,
  replaced: ReadonlyMap<string, string>,
): JobError | undefined {
  const missing = plan.outputs.find(
    (output) =>
      replaced.has(output.name) ||
      (!mayBeEmpty(plan, output) && !isWritten(output, attempt, deps.places)),
  )
  if (missing === undefined) return undefined
  const { name, type } = missing
  const what = replaced.get(name)
  const how = what === undefined ? 'wrote nothing to' : 'removed the folder of'
  const then = what === undefined ? '' : ` and ${what}`
  return {
    code: 'OutputMissing',
    message: `the command ended well, but ${how} its output "${name}"${then}`,
    exit_code: 0,
    log: readTail(deps, attempt),
    hint: `write ${type === 'uri_file' ? 'the file' : 'files into the folder'} that \${{outputs.${name}}} stands for`,
    shell: `amlet job shell ${plan.name}`,
  }
}

function processError(deps: EngineDeps, { plan, attempt, code, signal }: Ended): JobError {
  const singleFileInputs = plan.inputs.flatMap(({ name, source }) =>
    source.from === 'data' && source.data.singleFile !== undefined ? [name] : [],
  )
  const log = readTail(deps, attempt)
  const error = describeProcessEnd({ job: plan.name, code, signal, log, singleFileInputs })
  const told = readErrorFile(path.join(deps.runs, attempt))
  if (told === undefined) return error
  const { message, trace } = told
  return { ...error, message, ...(trace.length > 0 && { log: trace.slice(-TAIL_LINES) }) }
}

const TAIL_LINES = 20
const TAIL_BYTES = 16_384
/** Of a job of one process, and of the first of several. */
const LOG_NAMES = ['std_log.txt', 'std_log_process_0.txt', 'std_log_process_00.txt']

/** The last lines of an attempt's log; none when there is no log. */
function readTail(deps: EngineDeps, attempt: string): string[] {
  for (const name of LOG_NAMES) {
    const text = readEnd(path.join(deps.runs, attempt, 'user_logs', name))
    if (text !== undefined) return lastLines(text, TAIL_LINES)
  }
  return []
}

function readEnd(file: string): string | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return undefined
  }
  try {
    const { size } = fstatSync(descriptor)
    const from = Math.max(0, size - TAIL_BYTES)
    const buffer = Buffer.alloc(size - from)
    const length = readSync(descriptor, buffer, 0, buffer.length, from)
    return buffer.toString('utf8', 0, length)
  } finally {
    closeSync(descriptor)
  }
}
