import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'

/** `@path` and `key=@path` stand for the file's content when there is such a file, as in az. */
export function expandFiles(words: readonly string[]): string[] {
  const end = words.indexOf('--')
  return words.map((word, i) => (end >= 0 && i > end ? word : expand(word)))
}

function expand(word: string): string {
  const equals = word.indexOf('=')
  if (word.startsWith('@')) return readOr(word)
  return equals < 0 ? word : word.slice(0, equals + 1) + readOr(word.slice(equals + 1))
}

function readOr(value: string): string {
  if (!value.startsWith('@') || value.length === 1) return value
  const path = value.slice(1).replace(/^~(?=\/)/, homedir())
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').replace(/\r?\n$/, '')
  } catch {
    return value
  }
}
