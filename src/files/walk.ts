import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { AmletError, type Diagnostic } from '../core/errors.ts'
import { shellWord } from '../core/shell-word.ts'
import type { IgnoreRule } from './ignore-rules.ts'
import type { Progress } from './progress.ts'

/** One file of a tree. Links stand for what they point to. */
export interface WalkedFile {
  /** Relative to the root, with `/`; '' when the root is itself a file. */
  readonly path: string
  /** Absolute path on disk. */
  readonly source: string
  readonly sizeBytes: number
  /** Milliseconds with fractions, as fine as the file system tells them. */
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly inode: number
  readonly isExecutable: boolean
}

export interface WalkedTree {
  readonly root: string
  readonly isFile: boolean
  /** Sorted by path, by code unit. */
  readonly files: readonly WalkedFile[]
  /** Links that lead out of the root; what they point to is in `files` all the same. */
  readonly outsideLinks: readonly string[]
}

export interface WalkOptions {
  readonly ignore?: IgnoreRule | undefined
  /** Absolute path of a folder that is never entered: amlet's own, which changes all the time. */
  readonly exclude?: string | undefined
  /** Looked at in every folder: whether anybody still waits. */
  readonly progress?: Progress | undefined
}

const MOST_PROBLEMS = 20

/**
 * Lists a file or folder without reading any content. Links are followed, as Azure's client does; folders
 * without files are not told, as in a blob store.
 *
 * @throws AmletError with every problem found: `FileNotFound` for a missing root or a dangling link, `InvalidValue`
 *   for a loop of links, a pipe, a socket or a device, `StorageFailure` for what may not be read.
 */
export function walkTree(root: string, options: WalkOptions = {}): WalkedTree {
  const stats = statRoot(root)
  if (stats.isFile()) return singleFile(root, stats)
  if (!stats.isDirectory()) throw new AmletError(notAFile(root, ''))
  const walk = new Walk(root, options)
  walk.enter(root, '', [realpathSync(root)])
  const [first, ...rest] = walk.problems
  if (first !== undefined) throw new AmletError(first, rest)
  walk.files.sort((a, b) => (a.path < b.path ? -1 : 1))
  const { files, outsideLinks } = walk
  return { root, isFile: false, files, outsideLinks }
}

function statRoot(root: string): Stats {
  try {
    return statSync(root)
  } catch (cause) {
    throw new AmletError(cannotRead(root, cause), [], { cause })
  }
}

function singleFile(root: string, stats: Stats): WalkedTree {
  const files = [toWalkedFile('', root, stats)]
  return { root, isFile: true, files, outsideLinks: [] }
}

class Walk {
  readonly files: WalkedFile[] = []
  readonly outsideLinks: string[] = []
  readonly problems: Diagnostic[] = []
  readonly #root: string
  readonly #realRoot: string
  readonly #ignore: IgnoreRule
  readonly #exclude: string | undefined
  readonly #progress: Progress | undefined

  constructor(root: string, { ignore = () => false, exclude, progress }: WalkOptions) {
    this.#progress = progress
    this.#root = root
    this.#realRoot = realpathSync(root)
    this.#ignore = ignore
    this.#exclude = exclude
  }

  /** `above` holds the real paths of the folders we are in: meeting one again is a loop. */
  enter(folder: string, path: string, above: readonly string[]): void {
    if (above.at(-1) === this.#exclude) return
    this.#progress?.expectWanted()
    let entries: Dirent[]
    try {
      entries = readdirSync(folder, { withFileTypes: true })
    } catch (cause) {
      this.#report(cannotRead(folder, cause))
      return
    }
    for (const entry of entries) {
      const at = path === '' ? entry.name : `${path}/${entry.name}`
      const source = `${folder}${sep}${entry.name}`
      if (entry.isSymbolicLink()) this.#follow(source, at, above)
      else if (entry.isDirectory()) {
        const real = above.at(-1) ?? this.#realRoot
        if (!this.#ignore(at, true)) this.enter(source, at, [...above, join(real, entry.name)])
      } else if (!this.#ignore(at, false)) this.#take(source, at)
    }
  }

  #follow(source: string, at: string, above: readonly string[]): void {
    if (this.#ignore(at, false)) return
    let real: string
    let stats: Stats
    try {
      stats = statSync(source)
      real = realpathSync(source)
    } catch (cause) {
      if (!this.#ignore(at, true)) this.#report(badLink(source, at, cause))
      return
    }
    if (stats.isDirectory() && this.#ignore(at, true)) return
    if (!isInside(this.#realRoot, real)) this.outsideLinks.push(at)
    if (!stats.isDirectory()) this.#take(source, at)
    else if (above.includes(real)) this.#report(loop(source, at))
    else this.enter(source, at, [...above, real])
  }

  #take(source: string, at: string): void {
    try {
      const stats = statSync(source)
      if (stats.isFile()) this.files.push(toWalkedFile(at, source, stats))
      else this.#report(notAFile(this.#root, at))
    } catch (cause) {
      this.#report(source.includes(REPLACED) ? notText(source) : cannotRead(source, cause))
    }
  }

  #report(problem: Diagnostic): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(problem)
  }
}

function toWalkedFile(path: string, source: string, stats: Stats): WalkedFile {
  return {
    path,
    source,
    sizeBytes: stats.size,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
    inode: stats.ino,
    isExecutable: (stats.mode & 0o100) !== 0,
  }
}

/** True when `path` is `folder` or lies below it. Both absolute, without links. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** What stands in a name for bytes that are no text. */
const REPLACED = '\ufffd'

function notText(source: string): Diagnostic {
  return {
    code: 'InvalidValue',
    message: `the name of ${source} is not UTF-8 text, and cannot be stored`,
    hint: `rename it: its bytes are shown by ls -b ${shellWord(source.slice(0, source.lastIndexOf(sep)))}`,
  }
}

function loop(source: string, at: string): Diagnostic {
  return {
    code: 'InvalidValue',
    message: `the link ${source} leads back to a folder that it is in`,
    hint: `remove it, or name "${at}" in .amlignore`,
  }
}

function badLink(source: string, at: string, cause: unknown): Diagnostic {
  if ((cause as NodeJS.ErrnoException).code === 'ELOOP') return loop(source, at)
  return {
    code: 'FileNotFound',
    message: `the link ${source} points to nothing that can be read`,
    hint: `remove it, or name "${at}" in .amlignore`,
  }
}

function notAFile(root: string, at: string): Diagnostic {
  const path = at === '' ? root : join(root, at)
  return {
    code: 'InvalidValue',
    message: `${path} is neither a file nor a folder`,
    hint: `remove it, or name "${at || basename(root)}" in .amlignore`,
  }
}

/** What went wrong when a path could not be read, in words for people. */
export function cannotRead(path: string, cause: unknown): Diagnostic {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { code: 'FileNotFound', message: `there is no file or folder ${path}` }
  if (code === 'EACCES' || code === 'EPERM')
    return {
      code: 'StorageFailure',
      message: `${path} may not be read by this user`,
      hint: `check its permissions: ls -ld ${shellWord(path)}`,
    }
  if (code === 'ELOOP') return loop(path, basename(path))
  if (code === 'ENAMETOOLONG')
    return {
      code: 'InvalidValue',
      message: `the path ${path.slice(0, 80)}… is too long for this file system`,
    }
  return { code: 'StorageFailure', message: `${path} cannot be read: ${message}` }
}
