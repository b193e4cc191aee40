import { realpathSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { EnvironmentEntity } from '../core/entity.ts'
import { AmletError, type Diagnostic, type SourceRef } from '../core/errors.ts'
import type { HomePaths } from '../files/home.ts'
import type { Progress } from '../files/progress.ts'
import { TreeThreads } from '../files/tree-threads.ts'
import { HttpCache } from '../storage/http-cache.ts'
import type { Db } from '../store/db.ts'
import { type WorkspaceIdentity, workspaceIdentity } from '../store/settings.ts'
import { Layouts } from './layouts.ts'
import { Leases } from './leases.ts'

/** The environments of the built-in `azureml` registry, by name without `AzureML-`. */
interface CuratedEnvironments {
  find(name: string): { readonly entity: EnvironmentEntity; readonly version: string } | undefined
  list(): readonly string[]
}

export interface AssetsOptions {
  readonly db: Db
  readonly home: HomePaths
  /** Milliseconds since 1970 UTC. */
  readonly clock?: () => number
  /** Who creates, when the request does not say. */
  readonly user?: string
  readonly curated?: CuratedEnvironments
  /** Stored trees are made read-only; for machines where no mount protects them. */
  readonly protection?: 'mode-bits'
}

/** What everything in this folder works with. */
export interface Context {
  readonly db: Db
  readonly home: HomePaths
  readonly now: () => number
  readonly user: string
  readonly identity: WorkspaceIdentity
  readonly trees: TreeThreads
  /** Stored trees that are not files yet. */
  readonly layouts: Layouts
  /** What `gc` must let be. */
  readonly leases: Leases
  /** Remote files on this machine. */
  readonly remote: HttpCache
  readonly curated: CuratedEnvironments
  readonly isProtecting: boolean
}

const NO_CURATED: CuratedEnvironments = { find: () => undefined, list: () => [] }

/** What every walk of a user's files is told: never to enter amlet's own folder, which may stand among them. */
export const walkFacts = ({ home }: Pick<Context, 'home'>) => ({
  cacheFolder: home.cache,
  exclude: realpathSync(home.root),
})

export function createContext(options: AssetsOptions): Context {
  const { db, home, clock = Date.now, user = userInfo().username } = options
  const curated = options.curated ?? NO_CURATED
  const identity = workspaceIdentity(db)
  const trees = new TreeThreads()
  const isProtecting = options.protection === 'mode-bits'
  return {
    ...{ db, home, now: clock, user, identity, trees, curated },
    isProtecting,
    layouts: new Layouts(trees, isProtecting),
    leases: new Leases(clock),
    remote: new HttpCache(join(home.cache, 'http')),
  }
}

const NOWHERE = (): SourceRef | undefined => undefined

/** Gathers what a request is told besides its answer; with `strict`, a substitution is refused instead. */
export class Notes {
  readonly list: Diagnostic[]
  /** Counts what is read of the files that the request brings, when somebody watches. */
  readonly progress: Progress | undefined
  readonly #strict: boolean
  readonly #place: () => SourceRef | undefined

  constructor(strict = false, progress?: Progress, list: Diagnostic[] = [], place = NOWHERE) {
    this.list = list
    this.#strict = strict
    this.progress = progress
    this.#place = place
  }

  /** The same notes, for what is to be told about one place of the file. */
  at(place: () => SourceRef | undefined): Notes {
    return new Notes(this.#strict, this.progress, this.list, place)
  }

  note(message: string): void {
    this.list.push({ code: 'Note', severity: 'warning', message })
  }

  /** @throws AmletError `Substitution` when the request is strict. */
  substitute(message: string, hint?: string): void {
    const problem = { code: 'Substitution', message, hint, source: this.#place() } as const
    if (this.#strict) throw new AmletError(problem)
    this.list.push({ ...problem, severity: 'warning' })
  }
}
