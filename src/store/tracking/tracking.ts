import { type Db, openDb } from '../db.ts'
import { migrate } from '../migrate.ts'
import { GroupCommit } from './group-commit.ts'
import { TRACKING_MIGRATIONS } from './migrations.ts'

/** One workspace of an open metrics.db: what the functions of this folder take first. */
export interface Scope {
  readonly db: Db
  readonly workspace: number
  /** The small number of a metric's key. Keys are few and come again with every point. */
  keyNumber(key: string): number
  /** Says that something of a run has changed, to whoever keeps copies. */
  touched(runNo: number): void
}

/** Keys whose numbers are remembered. */
const MOST_KEYS = 10_000

/** An open metrics.db: runs, their metrics, params and tags, datasets and logged models. */
export class Tracking {
  readonly db: Db
  readonly writes: GroupCommit
  readonly #workspaces = new Map<string, Scope>()
  readonly #keys = new Map<string, number>()
  readonly #listeners: ((runNo: number) => void)[] = []

  /** @param file metrics.db; `:memory:` is for tests. */
  constructor(file: string) {
    // NORMAL: survives kill -9, see docs/adr on the durability of metrics.
    this.db = openDb(file, { synchronous: 'NORMAL' })
    // Few, large checkpoints.
    this.db.exec('pragma wal_autocheckpoint = 8000')
    tune(this.db)
    migrate(this.db, TRACKING_MIGRATIONS)
    this.writes = new GroupCommit(this.db, () => this.#forget())
  }

  /** The workspace of that name; it is created, with its experiment `Default`, when new. */
  scope(name: string): Scope {
    const known = this.#workspaces.get(name)
    if (known !== undefined) return known
    const workspace = this.db.transaction(() => ensureWorkspace(this.db, name))
    const scope: Scope = {
      db: this.db,
      workspace,
      keyNumber: (key) => this.#keyNumber(key),
      touched: (runNo) => {
        for (const listener of this.#listeners) listener(runNo)
      },
    }
    this.#workspaces.set(name, scope)
    return scope
  }

  /** Calls `listener` for every run that is written to, before the write is committed. */
  onTouched(listener: (runNo: number) => void): void {
    this.#listeners.push(listener)
  }

  close(): void {
    this.writes.flush()
    this.db.close()
  }

  #keyNumber(key: string): number {
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    this.db.run('insert or ignore into metric_key (key) values (:key)', { key })
    const row = this.db.get<{ key_no: number }>('select key_no from metric_key where key = :key', {
      key,
    })
    const number = row?.key_no ?? 0
    if (this.#keys.size >= MOST_KEYS) this.#keys.clear()
    this.#keys.set(key, number)
    return number
  }

  #forget(): void {
    this.#keys.clear()
  }
}

/** Opens the workspaces of a metrics.db that exists, to read only: for a thread beside the one that writes. */
export function openTrackingReader(file: string): (workspace: string) => Scope {
  const db = openDb(file, { readOnly: true, synchronous: 'NORMAL' })
  tune(db)
  const refuse = () => {
    throw new Error('this connection only reads')
  }
  return (name) => {
    const workspace = findWorkspace(db, name)
    if (workspace === undefined) throw new Error(`there is no workspace ${name}`)
    return { db, workspace, keyNumber: refuse, touched: refuse }
  }
}

/** LIKE of MLflow is case sensitive. */
function tune(db: Db): void {
  db.exec('pragma case_sensitive_like = 1; pragma cache_size = -32000; pragma temp_store = memory')
}

function findWorkspace(db: Db, name: string): number | undefined {
  const sql = 'select workspace_no from workspace where name = :name'
  return db.get<{ workspace_no: number }>(sql, { name })?.workspace_no
}

function ensureWorkspace(db: Db, name: string): number {
  const found = findWorkspace(db, name)
  if (found !== undefined) return found
  const row = db.get<{ workspace_no: number }>(
    'insert into workspace (name) values (:name) returning workspace_no',
    { name },
  )
  const workspace = row?.workspace_no ?? 0
  db.run(
    `insert into experiment
       (workspace_no, experiment_id, name, artifact_location, lifecycle, created_ms, updated_ms)
     values (:workspace, 0, 'Default', 'mlflow-artifacts:/0', 'active', :now, :now)`,
    { workspace, now: Date.now() },
  )
  return workspace
}
