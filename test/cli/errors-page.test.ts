import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ERROR_CODES } from '../../src/core/errors.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const page = readFileSync(path.join(ROOT, 'docs/errors.md'), 'utf8')

const headings = [...page.matchAll(/^## ([A-Z]\w+)$/gm)].map(([, code = '']) => code)

test('the page of errors has a heading for each code, and no other', () => {
  assert.deepEqual(headings.toSorted(), Object.keys(ERROR_CODES).toSorted())
})

test('every error on the page is explained', () => {
  for (const code of headings) {
    const [, text = ''] = page.split(`## ${code}\n`)
    const [paragraph = ''] = text.split('\n## ')
    assert.ok(paragraph.trim().length > 60, `${code} has no explanation`)
  }
})

test('every code of the table is raised somewhere', () => {
  const sources = globSync('src/**/*.ts', { cwd: ROOT })
    .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('core/errors.ts'))
    .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
    .join('\n')
  const unused = Object.keys(ERROR_CODES).filter((code) => !sources.includes(`'${code}'`))
  assert.deepEqual(unused, [])
})
