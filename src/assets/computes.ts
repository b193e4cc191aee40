import { AmletError } from '../core/errors.ts'
import { parseReference } from '../core/refs/parse.ts'
import { didYouMean } from '../core/suggest.ts'
import { type ComputeRow, getCompute, listComputes, recordCompute } from '../store/computes.ts'
import type { Db } from '../store/db.ts'
import { readSetting } from '../store/settings.ts'
import type { Context, Notes } from './context.ts'
import { thereAre } from './not-found.ts'

export const LOCAL_COMPUTE = 'local'

/** Where something will run. */
export interface ComputeChoice {
  readonly name: string
  /** Selects the executor. */
  readonly type: string
  /** What was asked for, when that is not what runs it. */
  readonly insteadOf?: string
}

/** The compute of this machine exists from the start. Safe to repeat. */
export function ensureLocalCompute(db: Db, atMs: number): void {
  if (getCompute(db, LOCAL_COMPUTE) !== undefined) return
  const entity = { name: LOCAL_COMPUTE, type: 'local', description: 'processes on this machine' }
  recordCompute(db, { name: LOCAL_COMPUTE, type: 'local', entity, createdBy: 'amlet', atMs })
}

/** The compute that runs what names none, or one that nobody defined. */
export function defaultCompute(db: Db): ComputeRow {
  const name = readSetting(db, 'default_compute') ?? LOCAL_COMPUTE
  const row = getCompute(db, name) ?? getCompute(db, LOCAL_COMPUTE)
  if (row !== undefined) return row
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `the default compute ${name} is not defined`,
    hint: `amlet compute create -n ${name} --type local`,
  })
}

/**
 * The compute that a text names: `azureml:cpu-cluster`, an ARM id, `local`, `serverless`, or nothing. One that
 * nobody defined is run on the default, with a line.
 *
 * @throws AmletError `Substitution` instead, when the request is strict; `InvalidReference`.
 */
export function resolveCompute(
  ctx: Pick<Context, 'db'>,
  text: string | undefined,
  notes: Notes,
): ComputeChoice {
  const { db } = ctx
  if (text === undefined || text === '') return choice(defaultCompute(db))
  const name = computeName(text)
  const row = getCompute(db, name)
  if (row !== undefined) return standIn(row, notes)
  const fallback = defaultCompute(db)
  if (name === 'serverless') return choice(fallback)
  const near = didYouMean(
    name,
    listComputes(db).map((known) => known.name),
  )
  notes.substitute(
    `compute ${name} is not defined here; the job runs on ${fallback.name}`,
    `${near === undefined ? '' : `${near} `}${thereAre(listComputes(db).map((known) => known.name))}; to define it: amlet compute create -n ${name} --type local`,
  )
  return { ...choice(fallback), insteadOf: name }
}

/** Computes that only Azure has: this machine stands in for them. */
const CLOUD_TYPES = new Set(['amlcompute', 'computeinstance', 'virtualmachine', 'synapsespark'])

function standIn(row: ComputeRow, notes: Notes): ComputeChoice {
  if (!CLOUD_TYPES.has(row.type)) return choice(row)
  notes.substitute(`compute ${row.name} is of type ${row.type}; this machine stands in for it`)
  return { name: row.name, type: LOCAL_COMPUTE, insteadOf: row.type }
}

function choice({ name, type }: ComputeRow): ComputeChoice {
  return { name, type }
}

function computeName(text: string): string {
  const ref = parseReference(text, { kind: 'compute' })
  if (ref.type === 'problem')
    throw new AmletError({ code: 'InvalidReference', message: ref.message, hint: ref.hint })
  return 'name' in ref ? ref.name : text
}
