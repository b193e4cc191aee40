/** Fields that many messages share. */
import type { Fields } from './message.ts'

export const RUN_ID = { type: 'string', required: true, alias: 'run_uuid' } as const
export const TEXT = { type: 'string' } as const
export const REQUIRED_TEXT = { type: 'string', required: true } as const
export const TEXTS = { type: 'string', many: true } as const
export const INT = { type: 'int' } as const
export const LONG = { type: 'long' } as const

const KEY_VALUE_FIELDS = { key: TEXT, value: TEXT } as const satisfies Fields
export const KEY_VALUES = { type: 'object', many: true, fields: KEY_VALUE_FIELDS } as const

export const METRIC_FIELDS = {
  key: TEXT,
  value: { type: 'float' },
  timestamp: LONG,
  step: LONG,
  model_id: TEXT,
  dataset_name: TEXT,
  dataset_digest: TEXT,
} as const satisfies Fields

export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const
const VIEW_TYPES = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] as const
export const VIEW_TYPE = { type: 'enum', values: VIEW_TYPES } as const

/** Lifecycles that a view shows; the active ones when it does not say. */
export function lifecyclesOf(view: string | undefined): readonly string[] {
  if (view === 'ALL') return ['active', 'deleted']
  return view === 'DELETED_ONLY' ? ['deleted'] : ['active']
}
