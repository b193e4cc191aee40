import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ignore from 'ignore'

/** True for what is left out. `path` is relative, with `/`; a folder that is left out is never entered. */
export type IgnoreRule = (path: string, isFolder: boolean) => boolean

/** What no snapshot of code holds: caches of the interpreter, and the repository's own history. */
const NEVER_CODE = new Set(['__pycache__', '.git'])

const nothing: IgnoreRule = () => false

/** `.amlignore`, else `.gitignore`, of `root` alone: Azure reads only one, and none above or below. */
export function readIgnoreRule(root: string): IgnoreRule {
  const text = readFirst([join(root, '.amlignore'), join(root, '.gitignore')])
  if (text === undefined) return nothing
  const rules = ignore({ ignorecase: false, allowRelativePaths: true }).add(text)
  return (path, isFolder) => rules.ignores(isFolder ? `${path}/` : path)
}

/** The rule for a code folder: its ignore file, and what never belongs to code. */
export function readCodeIgnoreRule(root: string): IgnoreRule {
  const own = readIgnoreRule(root)
  return (path, isFolder) => NEVER_CODE.has(lastSegment(path)) || own(path, isFolder)
}

function readFirst(files: readonly string[]): string | undefined {
  for (const file of files) {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'EISDIR' && code !== 'ENOTDIR') throw error
    }
  }
  return undefined
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
