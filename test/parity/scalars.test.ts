import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { renderLiteral } from '../../src/core/expressions/template.ts'
import { literalOf } from '../../src/core/spec/check-scalar.ts'
import { child } from '../../src/core/yaml/node.ts'
import { parseYaml } from '../../src/core/yaml.ts'

/** Made with PyYAML 6: text behind `k: `, the type it is read as, and Python's `str()` of the value. */
type Row = readonly [text: string, type: string, rendered: string | null]

const rows: readonly Row[] = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'scalars.json'), 'utf8'),
)

function read(text: string): readonly [type: string, rendered: string | null] {
  const { root, diagnostics } = parseYaml(`k: ${text}\n`, 'scalars.yml')
  if (diagnostics.length > 0) return ['error', null]
  const value = child(root, 'k')
  if (value?.kind !== 'scalar') return ['other', null]
  if (value.type === 'timestamp') return ['timestamp', null]
  if (value.type === 'null') return ['null', 'None']
  return [value.type, renderLiteral(literalOf(value))]
}

test('unquoted scalars have the type and the text that PyYAML and Python give them', () => {
  assert.ok(rows.length > 150)
  const wrong = rows.flatMap(([text, type, rendered]) => {
    const [ourType, ourText] = read(text)
    const same = ourType === type && (ourText === rendered || type === 'other')
    return same ? [] : [`${text}: ${ourType} ${ourText}, PyYAML ${type} ${rendered}`]
  })
  assert.deepEqual(wrong, [])
})
