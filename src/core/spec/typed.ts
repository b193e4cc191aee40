import type { JobEntity } from '../entity.ts'
import type { Table } from './field.ts'
import { tableOf } from './field.ts'
import { SCHEMA_TYPES } from './json-schema.ts'
import { type LoadRequest, type LoadResult, loadEntity } from './load.ts'

/** A result whose entity has the type of its kind. It is whole only when no diagnostic is an error. */
export type TypedResult<T> = Omit<LoadResult, 'entity'> & { readonly entity?: T }

/** `loadEntity` for a job. The field tables vouch for the type: what did not pass was left out, and reported. */
export function loadJob(request: Omit<LoadRequest, 'kind'>): TypedResult<JobEntity> {
  return typed(loadEntity({ ...request, kind: 'job' }))
}

function typed<T>({ entity, ...rest }: LoadResult): TypedResult<T> {
  return entity === undefined ? rest : { ...rest, entity: entity as T }
}

/** The field tables by the names that `amlet schema` takes, one or more for each. */
export function fieldTables(): Readonly<Record<string, readonly Table[]>> {
  return Object.fromEntries(
    Object.entries(SCHEMA_TYPES).map(([name, type]) => {
      const inner = type.kind === 'custom' ? type.like : type
      if (inner.kind === 'object') return [name, [tableOf(inner.table)]]
      if (inner.kind === 'tagged') return [name, Object.values(inner.tables).map(tableOf)]
      if (inner.kind !== 'choice') return [name, []]
      const objects = inner.members.flatMap((member) => (member.kind === 'object' ? [member] : []))
      return [name, objects.map(({ table }) => tableOf(table))]
    }),
  )
}
