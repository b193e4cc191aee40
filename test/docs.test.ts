import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

const ROOT = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

/** `src/engine/engine.ts` → `submit`: a file and what it defines, as the pages write it. */
const POINTER = /`((?:src|scripts|test|examples)\/[\w./-]+)`(?: → `(\w+)`)?/g

interface Pointer {
  readonly file: string
  readonly name: string | undefined
}

export function findDeadPointers(text: string): string[] {
  const pointers: Pointer[] = [...text.matchAll(POINTER)].map(([, file = '', name]) => ({
    file,
    name,
  }))
  return pointers.flatMap(({ file, name }) => {
    if (!existsSync(path.join(ROOT, file))) return [`${file} is not there`]
    if (name === undefined || defines(read(file), name)) return []
    return [`${file} does not define ${name}`]
  })
}

function defines(text: string, name: string): boolean {
  const declaration = new RegExp(`\\b(?:function\\*?|class|interface|type|const)\\s+${name}\\b`)
  const method = new RegExp(`^\\s+(?:async\\s+|static\\s+|get\\s+)*${name}\\s*[(<]`, 'm')
  return declaration.test(text) || method.test(text)
}

test('every file and function that the architecture page names is there', () => {
  const page = read('docs/architecture.md')
  const named = [...page.matchAll(POINTER)].filter(([, , name]) => name !== undefined)
  assert.ok(named.length >= 15, `only ${named.length} functions are named`)
  assert.deepEqual(findDeadPointers(page), [])
})

test('a pointer to a file or function that is not there is found', () => {
  assert.deepEqual(
    findDeadPointers(
      'see `src/nowhere.ts` and `src/core/errors.ts` → `throwOnErrors`, `src/core/errors.ts` → `gone`',
    ),
    ['src/nowhere.ts is not there', 'src/core/errors.ts does not define gone'],
  )
})

test('links between the pages lead somewhere', () => {
  const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: ROOT })
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map(([, target = '']) => path.join(path.dirname(page), target))
      .filter((target) => !existsSync(path.join(ROOT, target)))
      .map((target) => `${page} → ${target}`),
  )
  assert.deepEqual(dead, [])
})

test('a decision record has at most 60 lines and says where it stands', () => {
  for (const file of globSync('docs/adr/*.md', { cwd: ROOT })) {
    const text = read(file)
    assert.ok(text.split('\n').length <= 61, `${file} has ${text.split('\n').length} lines`)
    assert.match(text, /^(Status: )?(accepted|superseded|proposed)/im, file)
  }
})
