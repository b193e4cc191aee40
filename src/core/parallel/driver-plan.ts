import type { ParallelSettings } from './settings.ts'

/** An MLTable file, as far as reading its rows needs it. */
export interface MltableBody {
  readonly paths?: readonly Readonly<Record<string, string>>[]
  readonly transformations?: readonly unknown[]
}

export interface DriverPlanRequest {
  readonly settings: ParallelSettings
  readonly input: { readonly path: string }
  /** The MLTable of an `mltable` input that has one. */
  readonly mltable?: MltableBody
  /** Fills in `${{…}}` and `$[[ ]]`; gives words of a command line where `quote` is set. */
  readonly evaluate: (template: string, options: { readonly quote: boolean }) => string
  /** Where the plan itself will stand, and the job's own state and logs. Absolute. */
  readonly planPath: string
  readonly stateDir: string
  readonly logDir: string
  /** CPU cores and GPUs of one instance. */
  readonly machine: { readonly cpus: number; readonly gpus: number }
}

const READERS = ['read_delimited', 'read_parquet', 'read_json_lines']

/** The file that the parallel driver works from (`compute/parallel/driver`), to be written as JSON. */
export function toDriverPlan(request: DriverPlanRequest): Record<string, unknown> {
  const { settings, evaluate, mltable } = request
  const { appendRowTo } = settings
  return {
    input: { name: settings.inputName, path: request.input.path },
    ...(mltable === undefined ? {} : { table: { ...mltable, tabular: isTabular(mltable) } }),
    mini_batch: settings.miniBatch,
    partition_keys: settings.partitionKeys,
    entry_script: settings.entryScript,
    argv: splitWords(evaluate(settings.programArguments, { quote: true })),
    append_row_to: appendRowTo === null ? null : evaluate(appendRowTo, { quote: false }),
    mini_batch_error_threshold: settings.miniBatchErrorThreshold,
    error_threshold: settings.errorThreshold,
    max_retries: settings.maxRetries,
    timeout_seconds: settings.timeoutSeconds,
    processes: processesOf(settings, request.machine),
    cpus: request.machine.cpus,
    logging_level: settings.loggingLevel,
    plan_path: request.planPath,
    state_dir: request.stateDir,
    log_dir: request.logDir,
  }
}

/** Scoring processes in all: as many as asked for an instance, else one a GPU, else one a core. */
export function processesOf(
  { maxConcurrencyPerInstance, instanceCount }: ParallelSettings,
  { cpus, gpus }: { readonly cpus: number; readonly gpus: number },
): number {
  return (
    Math.max(1, maxConcurrencyPerInstance ?? (gpus > 0 ? gpus : cpus)) * Math.max(1, instanceCount)
  )
}

/** A table is read as rows when it says how; without a reader an MLTable is a list of files. */
function isTabular({ transformations = [] }: MltableBody): boolean {
  return transformations.some((step) => {
    const name = typeof step === 'string' ? step : Object.keys(step ?? {})[0]
    return READERS.includes(name ?? '')
  })
}

/** The words of a command line, quotes and backslashes as in a POSIX shell; nothing is expanded. */
export function splitWords(text: string): string[] {
  const word = /((?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+)/g
  return [...text.matchAll(word)].map(([found]) => unquote(found))
}

function unquote(word: string): string {
  const part = /"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])|([^"'\\]+)/g
  return [...word.matchAll(part)]
    .map(([, double, single, escaped, plain]) =>
      double !== undefined
        ? double.replaceAll(/\\(["\\$`])/g, '$1')
        : (single ?? escaped ?? plain ?? ''),
    )
    .join('')
}

/** A value as one word of such a command line. */
export function quoteWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'"'"'`)}'`
}
