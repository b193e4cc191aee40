import type { ParallelFields, Resources } from '../entity.ts'

/** What a parallel job does with its input, defaults filled in (Azure's YAML page, "parallel"). */
export interface ParallelSettings {
  /** Name of the input that is divided. */
  readonly inputName: string
  readonly miniBatch: { readonly count: number } | { readonly bytes: number }
  readonly partitionKeys: readonly string[]
  readonly entryScript: string
  /** Still with their `${{…}}`. */
  readonly programArguments: string
  readonly appendRowTo: string | null
  /** Failed mini-batches and failed items that are tolerated; -1 is any number. */
  readonly miniBatchErrorThreshold: number
  readonly errorThreshold: number
  readonly maxRetries: number
  readonly timeoutSeconds: number
  readonly loggingLevel: string
  /** Absent: one a CPU core, or one a GPU. */
  readonly maxConcurrencyPerInstance?: number
  readonly instanceCount: number
}

/** Reads the fields of a parallel step or component that `core/spec` has checked. */
export function toParallelSettings(
  fields: ParallelFields,
  resources: Resources = {},
): ParallelSettings {
  const { task, retry_settings: retry = {}, max_concurrency_per_instance: concurrency } = fields
  return {
    inputName: inputNameOf(fields.input_data ?? ''),
    miniBatch: parseMiniBatchSize(fields.mini_batch_size ?? '1'),
    partitionKeys: fields.partition_keys ?? [],
    entryScript: task?.entry_script ?? '',
    programArguments: task?.program_arguments ?? '',
    appendRowTo: task?.append_row_to ?? null,
    miniBatchErrorThreshold: fields.mini_batch_error_threshold ?? -1,
    errorThreshold: fields.error_threshold ?? -1,
    maxRetries: retry.max_retries ?? 2,
    timeoutSeconds: retry.timeout ?? 60,
    loggingLevel: fields.logging_level ?? 'INFO',
    instanceCount: resources.instance_count ?? 1,
    ...(concurrency === undefined ? {} : { maxConcurrencyPerInstance: concurrency }),
  }
}

/** `${{inputs.data}}` names the input `data`. */
function inputNameOf(inputData: string): string {
  return /^\$\{\{\s*inputs\.(\S+?)\s*\}\}$/.exec(inputData.trim())?.[1] ?? ''
}

const UNIT_BYTES: Readonly<Record<string, number>> = { kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 }

/** `10` is a count of files or rows, `5kb` a size. Several units multiply, as in Azure's own pattern. */
export function parseMiniBatchSize(text: string): { count: number } | { bytes: number } {
  const [, digits = '1', units = ''] = /^(\d+)((?:[kmg]b)*)$/i.exec(text.trim()) ?? []
  const amount = Math.max(1, Number(digits))
  if (units === '') return { count: amount }
  const factors = units.toLowerCase().match(/[kmg]b/g) ?? []
  return { bytes: factors.reduce((bytes, unit) => bytes * (UNIT_BYTES[unit] ?? 1), amount) }
}
