/** What the names of a filter may be, for each thing that can be searched. One table a thing. */

export type ClauseType = 'attribute' | 'metric' | 'parameter' | 'tag' | 'dataset'

export type Comparator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'LIKE'
  | 'ILIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL'

export interface Grammar {
  /** Prefix before the first dot → what it names. */
  readonly prefixes: Readonly<Record<string, ClauseType>>
  /** Attribute → how its values compare. */
  readonly attributes: Readonly<Record<string, 'string' | 'number' | 'integer' | 'id'>>
  /** Other spellings of attributes. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Attributes that may stand on the left of IN; all string attributes when absent. */
  readonly listAttributes?: readonly string[]
  readonly orderAttributes: readonly string[]
  /** Whether metrics, params and tags may be ordered by. */
  readonly orderByKeys: boolean
  readonly nullComparators: boolean
  readonly stringComparators: readonly Comparator[]
}

export const NUMBER_COMPARATORS: readonly Comparator[] = ['=', '!=', '>', '>=', '<', '<=']
export const KEY_COMPARATORS: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE']
export const LIST_COMPARATORS: readonly Comparator[] = [...KEY_COMPARATORS, 'IN', 'NOT IN']

const ATTRIBUTE_PREFIXES = {
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
} as const
const METRIC_PREFIXES = { metric: 'metric', metrics: 'metric' } as const
const PARAM_PREFIXES = {
  parameter: 'parameter',
  parameters: 'parameter',
  param: 'parameter',
  params: 'parameter',
} as const
const TAG_PREFIXES = { tag: 'tag', tags: 'tag' } as const

export const RUN_GRAMMAR: Grammar = {
  prefixes: {
    ...METRIC_PREFIXES,
    ...PARAM_PREFIXES,
    ...TAG_PREFIXES,
    ...ATTRIBUTE_PREFIXES,
    dataset: 'dataset',
    datasets: 'dataset',
  },
  attributes: {
    run_id: 'string',
    run_name: 'string',
    user_id: 'string',
    status: 'string',
    artifact_uri: 'string',
    start_time: 'number',
    end_time: 'number',
  },
  aliases: {
    created: 'start_time',
    Created: 'start_time',
    'run name': 'run_name',
    'Run name': 'run_name',
    'Run Name': 'run_name',
  },
  listAttributes: ['run_id'],
  orderAttributes: [
    'start_time',
    'end_time',
    'status',
    'run_id',
    'run_name',
    'user_id',
    'artifact_uri',
  ],
  orderByKeys: true,
  nullComparators: true,
  stringComparators: LIST_COMPARATORS,
}

export const EXPERIMENT_GRAMMAR: Grammar = {
  prefixes: { attribute: 'attribute', ...TAG_PREFIXES },
  attributes: {
    name: 'string',
    experiment_id: 'id',
    creation_time: 'integer',
    last_update_time: 'integer',
  },
  listAttributes: ['experiment_id'],
  orderAttributes: ['name', 'experiment_id', 'creation_time', 'last_update_time'],
  orderByKeys: false,
  nullComparators: true,
  stringComparators: KEY_COMPARATORS,
}

export const REGISTERED_MODEL_GRAMMAR: Grammar = {
  prefixes: { attribute: 'attribute', ...TAG_PREFIXES },
  attributes: { name: 'string' },
  listAttributes: ['name'],
  orderAttributes: ['name', 'timestamp', 'last_updated_timestamp', 'creation_timestamp'],
  orderByKeys: false,
  nullComparators: false,
  stringComparators: LIST_COMPARATORS,
}

export const MODEL_VERSION_GRAMMAR: Grammar = {
  prefixes: { attribute: 'attribute', ...TAG_PREFIXES },
  attributes: {
    name: 'string',
    run_id: 'string',
    source_path: 'string',
    version_number: 'integer',
  },
  listAttributes: ['name', 'run_id'],
  orderAttributes: ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'],
  orderByKeys: false,
  nullComparators: false,
  stringComparators: LIST_COMPARATORS,
}

export const LOGGED_MODEL_GRAMMAR: Grammar = {
  prefixes: { attributes: 'attribute', metrics: 'metric', params: 'parameter', tags: 'tag' },
  attributes: {
    model_id: 'string',
    name: 'string',
    model_type: 'string',
    status: 'string',
    source_run_id: 'string',
    experiment_id: 'id',
    artifact_location: 'string',
    creation_timestamp: 'number',
    last_updated_timestamp: 'number',
  },
  aliases: {
    creation_time: 'creation_timestamp',
    creation_timestamp_ms: 'creation_timestamp',
    last_updated_time: 'last_updated_timestamp',
    last_updated_timestamp_ms: 'last_updated_timestamp',
    artifact_uri: 'artifact_location',
  },
  orderAttributes: [
    'model_id',
    'name',
    'model_type',
    'status',
    'source_run_id',
    'experiment_id',
    'artifact_location',
    'creation_timestamp',
    'last_updated_timestamp',
  ],
  orderByKeys: true,
  nullComparators: false,
  stringComparators: LIST_COMPARATORS,
}

export const DATASET_KEYS = ['name', 'digest', 'context'] as const
