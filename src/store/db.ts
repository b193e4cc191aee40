import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { AmletError } from '../core/errors.ts'

export type SqlValue = SQLInputValue
/** Values by the names in the statement, or in the order of its `?`, which costs a third where there are many. */
export type SqlParams = Readonly<Record<string, SqlValue>> | readonly SqlValue[]
export type Row = Record<string, null | number | bigint | string | Uint8Array>

/** A database that is open, with its prepared statements. The only door to SQLite in amlet. */
export interface Db {
  /** First row, or undefined. */
  get<T = Row>(sql: string, params?: SqlParams): T | undefined
  all<T = Row>(sql: string, params?: SqlParams): T[]
  /** Number of rows changed. */
  run(sql: string, params?: SqlParams): number
  exec(sql: string): void
  /** Runs `work` in one transaction; a nested call joins the outer one. */
  transaction<T>(work: () => T): T
  close(): void
}

export interface OpenOptions {
  readonly readOnly?: boolean
  /** FULL survives power loss, NORMAL survives kill -9. */
  readonly synchronous?: 'FULL' | 'NORMAL'
  readonly busyTimeoutMs?: number
}

/**
 * 32 MB of log before it is put into the database. A step of a job changes some twenty pages, mostly the same ones as
 * the step before: with SQLite's own thousand each is written into the database every fifty steps.
 */
const CHECKPOINT_PAGES = 8_000

/**
 * Opens (and creates, mode as the folder's) a database in WAL mode. `:memory:` is for tests.
 *
 * @throws AmletError `StorageFailure` for a damaged file, here and in every operation; what else SQLite refuses is
 * thrown as it is.
 */
export function openDb(file: string, options: OpenOptions = {}): Db {
  const { readOnly = false, synchronous = 'FULL', busyTimeoutMs = 5_000 } = options
  return orDamaged(file, () => {
    const database = new DatabaseSync(file, { readOnly, timeout: busyTimeoutMs })
    if (!readOnly)
      database.exec(`pragma journal_mode = wal; pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.exec(`pragma synchronous = ${synchronous}; pragma foreign_keys = on`)
    return new SqliteDb(database, file)
  })
}

/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGED = new Set([11, 26])

function orDamaged<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const { errcode, message } = cause as Error & { readonly errcode?: number }
    if (errcode === undefined || !DAMAGED.has(errcode & 0xff)) throw cause
    const problem = {
      code: 'StorageFailure',
      message: `${file} is damaged: ${message}`,
      hint: `move the home away and restore a backup (amlet server restore --path <backup>), or save what can be read: sqlite3 ${file} .recover`,
    } as const
    throw new AmletError(problem, [], { cause })
  }
}

/** Prepared statements that are kept; amlet's own are about three hundred. */
const MOST_STATEMENTS = 1_000

class SqliteDb implements Db {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #file: string
  #depth = 0

  constructor(database: DatabaseSync, file: string) {
    this.#database = database
    this.#file = file
  }

  get<T>(sql: string, params: SqlParams = []): T | undefined {
    return orDamaged(this.#file, () => this.#statement(sql).get(...toArguments(params))) as
      | T
      | undefined
  }

  all<T>(sql: string, params: SqlParams = []): T[] {
    return orDamaged(this.#file, () => this.#statement(sql).all(...toArguments(params))) as T[]
  }

  run(sql: string, params: SqlParams = []): number {
    return orDamaged(this.#file, () =>
      Number(this.#statement(sql).run(...toArguments(params)).changes),
    )
  }

  exec(sql: string): void {
    orDamaged(this.#file, () => this.#database.exec(sql))
  }

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work()
    this.#database.exec('begin immediate')
    this.#depth = 1
    try {
      const result = work()
      this.#database.exec('commit')
      return result
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback')
      throw error
    } finally {
      this.#depth = 0
    }
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      // Searches put their statements together: there is no end of them.
      if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear()
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

/** As `node:sqlite` takes them: one object of names, or the values themselves. */
function toArguments(params: SqlParams): SQLInputValue[] {
  return (Array.isArray(params) ? params : [params]) as SQLInputValue[]
}
