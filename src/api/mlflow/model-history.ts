/** What clients before 3.x note of the models they log: a list in a tag of the run. */

import { asMapping, isMapping } from '../../core/mapping.ts'
import { invalid } from '../../core/mlflow/errors.ts'

export const MODEL_HISTORY_TAG = 'mlflow.log-model.history'

const REQUIRED_KEYS = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'] as const
const KEPT_KEYS = ['run_id', 'artifact_path', 'utc_time_created', 'model_uuid'] as const

/** What is kept of a model's `MLmodel`. @throws INVALID_PARAMETER_VALUE */
export function readModelJson(text: string): Record<string, unknown> {
  let model: unknown
  try {
    model = JSON.parse(text)
  } catch {
    throw invalid(`Malformed model info. \n ${text} \n is not a valid JSON.`)
  }
  const object = asMapping(model)
  const missing = REQUIRED_KEYS.filter((key) => !Object.hasOwn(object, key))
  if (missing.length > 0)
    throw invalid(
      `Model json is missing mandatory fields: {${missing.map((key) => `'${key}'`).join(', ')}}`,
    )
  const kept = KEPT_KEYS.filter((key) => Object.hasOwn(object, key)).map((key) => [
    key,
    object[key],
  ])
  const flavors = Object.entries(asMapping(object['flavors']))
  return {
    ...Object.fromEntries(kept),
    flavors: Object.fromEntries(flavors.map(([name, flavor]) => [name, withoutConfig(flavor)])),
  }
}

function withoutConfig(flavor: unknown): unknown {
  if (!isMapping(flavor)) return flavor
  const { config: _config, ...rest } = flavor
  return rest
}

/** The tag's new value. */
export function addToHistory(history: string | undefined, model: Record<string, unknown>): string {
  let models: unknown
  try {
    models = JSON.parse(history ?? '[]')
  } catch {
    models = []
  }
  return spacedJson([...(Array.isArray(models) ? models : []), model])
}

/** JSON with Python's spaces: the text is shown, and compared, as it is. */
export function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).map(
    ([key, entry]) => `${JSON.stringify(key)}: ${spacedJson(entry)}`,
  )
  return `{${fields.join(', ')}}`
}
