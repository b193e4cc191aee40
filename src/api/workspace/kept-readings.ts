import type { LoadRequest, LoadResult, SourceMap, SpecFiles } from '../../core/spec/load.ts'

/** Characters of text that are kept at most, all files together: what is made of them takes some ten times as much. */
const MOST_CHARACTERS = 1_000_000
const FORGET_MS = 5 * 60_000

/** What reading a file of YAML gave. */
export interface Reading extends Pick<LoadResult, 'entity' | 'diagnostics'> {
  readonly sources: Pick<SourceMap, 'get'>
}

type Load = (request: LoadRequest) => Reading
type Request = LoadRequest & { readonly files: Omit<SpecFiles, 'list'> }

interface Kept {
  readonly text: string
  /** Every question that was asked of the disk while the file was read, with the answer. */
  readonly asked: RecordedFiles
  readonly found: Pick<Reading, 'entity' | 'diagnostics'>
  readonly size: number
}

/**
 * The files that were read last. Reading is a pure function of text, options and what the disk answers: where all of these are
 * what they were, so is the result. Nothing is believed by its name or time: the text is compared, and so is each
 * file that the text names. A result is frozen, because more than one job is made from it.
 */
export class KeptReadings {
  /** By everything that is asked besides the text; the one used last stands last. */
  readonly #kept = new Map<string, Kept>()
  #size = 0
  #forget: NodeJS.Timeout | undefined

  read(request: Request, load: Load): Reading {
    const key = keyOf(request)
    const kept = this.#kept.get(key)
    this.#drop(key)
    if (kept?.text === request.text && kept.asked.answersAs(request.files)) {
      this.#keep(key, kept)
      return { ...kept.found, sources: findAgain(kept.asked, request, load) }
    }
    const asked = new RecordedFiles(request.files)
    const { entity, diagnostics, sources } = load({ ...request, files: asked })
    const found = { ...(entity && { entity: frozen(entity) }), diagnostics }
    const size = request.text.length + asked.size
    if (size <= MOST_CHARACTERS) this.#keep(key, { text: request.text, asked, found, size })
    return { ...found, sources }
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.set(key, kept)
    this.#size += kept.size
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= MOST_CHARACTERS) break
      this.#drop(oldest)
    }
    this.#forget ??= setTimeout(() => this.#clear(), FORGET_MS).unref()
    this.#forget.refresh()
  }

  #drop(key: string): void {
    this.#size -= this.#kept.get(key)?.size ?? 0
    this.#kept.delete(key)
  }

  #clear(): void {
    this.#kept.clear()
    this.#size = 0
  }
}

function keyOf({ kind, file, baseDir, overrides, params, isOffline }: Request): string {
  return JSON.stringify([kind, file, baseDir, overrides, params, isOffline])
}

/** Places in the file are many and seldom wanted: they are not kept, and found again when one is asked for. */
function findAgain(asked: RecordedFiles, request: Request, load: Load): Reading['sources'] {
  let sources: Reading['sources'] | undefined
  return {
    get: (path) => {
      sources ??= load({ ...request, files: asked.replay() }).sources
      return sources.get(path)
    },
  }
}

type Content = ReturnType<SpecFiles['read']>

/** Passes questions on to the disk and remembers what it answered. */
class RecordedFiles implements SpecFiles {
  readonly #files: SpecFiles
  readonly #contents = new Map<string, Content>()
  readonly #kinds = new Map<string, ReturnType<SpecFiles['kind']>>()

  constructor(files: SpecFiles) {
    this.#files = files
  }

  read(path: string): Content {
    const content = this.#files.read(path)
    this.#contents.set(path, content)
    return content
  }

  kind(path: string): ReturnType<SpecFiles['kind']> {
    const kind = this.#files.kind(path)
    this.#kinds.set(path, kind)
    return kind
  }

  /** Characters, or bytes, of all that was read. */
  get size(): number {
    return [...this.#contents.values()].reduce((sum, content) => sum + (content?.length ?? 0), 0)
  }

  answersAs(files: SpecFiles): boolean {
    return (
      [...this.#kinds].every(([path, kind]) => files.kind(path) === kind) &&
      [...this.#contents].every(([path, content]) => isEqual(files.read(path), content))
    )
  }

  /** The same answers once more, whatever the disk holds by now. */
  replay(): SpecFiles {
    return {
      read: (path) => this.#contents.get(path),
      kind: (path) => this.#kinds.get(path),
    }
  }
}

function isEqual(a: Content, b: Content): boolean {
  if (typeof a === 'object' && typeof b === 'object') return Buffer.compare(a, b) === 0
  return a === b
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const item of Object.values(value)) frozen(item)
  return Object.freeze(value)
}
