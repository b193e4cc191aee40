import { doubleText, RawJson, toJson } from '../../core/mlflow/json.ts'
import type { KeyValue } from '../../store/tracking/experiments.ts'
import type { PointRow } from '../../store/tracking/metrics.ts'
import { type DatasetInput, listRunData, type RunData } from '../../store/tracking/run-data.ts'
import type { RunRow } from '../../store/tracking/runs.ts'
import type { Scope } from '../../store/tracking/tracking.ts'

interface RunText {
  /** As a search shows the run: without the models it read. */
  readonly found: string
  readonly whole: string
}

/** Runs whose rows are held at the same time: a page may have 50,000. */
const AT_ONCE = 1_000

/**
 * Messages of runs as JSON text. Searches show the same runs again and again, and most of a run's message is the
 * same until it is written to; then its text is dropped.
 */
export class RunTexts {
  readonly #texts = new Map<number, RunText>()
  readonly #mostKept: number
  #kept = 0

  /** @param mostKept characters of messages kept. A page of 100 runs is a few hundred kilobytes. */
  constructor(mostKept: number) {
    this.#mostKept = mostKept
  }

  /** The message of one run. */
  run(scope: Scope, runNo: number): RawJson {
    return new RawJson(this.#read(scope, [runNo])[0]?.whole ?? '{}')
  }

  /** The message of a run that was just made: without outputs, which it cannot have. */
  created(scope: Scope, runNo: number): RawJson {
    const { text } = this.run(scope, runNo)
    return new RawJson(text.replace(/,"outputs":\{\}\}$/, '}'))
  }

  /** The messages of a page of a search, in its order. */
  page(scope: Scope, runNos: readonly number[]): RawJson {
    const texts = this.#read(scope, runNos).map((text) => text.found)
    return new RawJson(`[${texts.join(',')}]`)
  }

  #read(scope: Scope, runNos: readonly number[]): RunText[] {
    const missing = runNos.filter((runNo) => !this.#texts.has(runNo))
    const made = new Map<number, RunText>()
    for (let start = 0; start < missing.length; start += AT_ONCE)
      for (const data of listRunData(scope, missing.slice(start, start + AT_ONCE)))
        made.set(data.run.run_no, toText(data))
    const texts = runNos.flatMap((runNo) => made.get(runNo) ?? this.#texts.get(runNo) ?? [])
    // A page of so many would push everything else out, itself included.
    if (made.size <= AT_ONCE) for (const [runNo, text] of made) this.#keep(runNo, text)
    return texts
  }

  #keep(runNo: number, text: RunText): void {
    this.#kept += text.found.length
    this.#texts.set(runNo, text)
    for (const oldest of this.#texts.keys()) {
      if (this.#kept <= this.#mostKept) return
      this.drop(oldest)
    }
  }

  /** Forgets the message of a run that has been written to. */
  drop(runNo: number): void {
    const text = this.#texts.get(runNo)
    if (text === undefined) return
    this.#kept -= text.found.length
    this.#texts.delete(runNo)
  }

  clear(): void {
    this.#texts.clear()
    this.#kept = 0
  }
}

function toText(data: RunData): RunText {
  const info = infoText(data.run)
  const metrics = data.metrics.map((metric) => pointText(metric.key, metric))
  const parts = [
    ...list('metrics', metrics),
    ...list('params', data.params.map(pairText)),
    ...list('tags', data.tags.map(pairText)),
  ]
  const head = `{"info":${info},"data":{${parts.join(',')}},"inputs":`
  const datasets = list('dataset_inputs', data.datasets.map(datasetText))
  const models = list(
    'model_inputs',
    data.modelInputs.map((id) => `{"model_id":${JSON.stringify(id)}}`),
  )
  const outputs = list(
    'model_outputs',
    data.modelOutputs.map(({ model_id, step }) => JSON.stringify({ model_id, step })),
  )
  const end = `,"outputs":{${outputs.join(',')}}}`
  const found = `${head}{${datasets.join(',')}}${end}`
  const whole = models.length === 0 ? found : `${head}{${[...datasets, ...models].join(',')}}${end}`
  return { found, whole }
}

/** A list field; left out when empty. */
function list(name: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : [`"${name}":[${texts.join(',')}]`]
}

/** The message RunInfo. */
export function infoText(run: RunRow): string {
  return toJson({
    run_uuid: run.run_id,
    experiment_id: String(run.experiment_id),
    run_name: run.run_name,
    user_id: run.user_id,
    status: run.status,
    start_time: timeText(run.start_time),
    end_time: timeText(run.end_time),
    artifact_uri: run.artifact_uri,
    lifecycle_stage: run.lifecycle,
    run_id: run.run_id,
  })
}

function timeText(time: RunRow['start_time']): RawJson | undefined {
  return time === null ? undefined : new RawJson(String(time))
}

function pairText({ key, value }: KeyValue): string {
  return `{"key":${JSON.stringify(key)},"value":${JSON.stringify(value)}}`
}

/** The message Metric. */
export function pointText(key: string, point: PointRow, runId?: string): string {
  const value = point.is_nan === 1 ? '"NaN"' : doubleText(point.value)
  const run = runId === undefined ? '' : `,"run_id":${JSON.stringify(runId)}`
  return `{"key":${JSON.stringify(key)},"value":${value},"timestamp":${point.timestamp},"step":${point.step}${run}}`
}

function datasetText({ tags, name, digest, source_type, source, schema, profile }: DatasetInput) {
  const dataset = {
    name,
    digest,
    source_type,
    source,
    schema: schema ?? undefined,
    profile: profile ?? undefined,
  }
  const fields = list('tags', tags.map(pairText))
  return `{${[...fields, `"dataset":${JSON.stringify(dataset)}`].join(',')}}`
}
