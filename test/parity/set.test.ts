import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Diagnostic } from '../../src/core/errors.ts'
import { applyOverrides } from '../../src/core/spec/overrides.ts'
import { applyUpdate, type UpdateStep } from '../../src/core/spec/update.ts'
import type { YamlNode } from '../../src/core/yaml/node.ts'
import { parseYaml } from '../../src/core/yaml.ts'

type Mapping = Readonly<Record<string, unknown>>

function golden<T>(file: string): T {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, file), 'utf8'))
}

/** Fields of an object that differ from those of another. */
function changed(after: Mapping, before: Mapping): Mapping {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])]
  const text = (value: unknown) => JSON.stringify(value)
  const differing = names.filter((name) => text(after[name]) !== text(before[name]))
  return Object.fromEntries(differing.map((name) => [name, name in after ? after[name] : '(gone)']))
}

test('update reads --set, --add and --remove as az does', () => {
  const { base, cases } = golden<{
    base: Mapping
    cases: [UpdateStep['op'], string[], boolean, Mapping][]
  }>('update.json')
  assert.ok(cases.length > 150)
  for (const [op, values, forceString, expected] of cases) {
    const { value, diagnostics } = applyUpdate(base, [{ op, values }], { forceString })
    const place = `--${op} ${values.join(' ')}`
    assert.deepEqual(diagnostics, [], place)
    assert.deepEqual(changed(value, base), expected, place)
  }
})

function plain(node: YamlNode): unknown {
  if (node.kind === 'map')
    return Object.fromEntries(node.entries.map(({ name, value }) => [name, plain(value)]))
  return node.kind === 'seq' ? node.items.map(plain) : node.value
}

test('create reads --set as az does', () => {
  const { doc, cases } = golden<{ doc: string; cases: [string, Mapping][] }>('overrides.json')
  const { root } = parseYaml(doc, 'doc.yml')
  assert.ok(root?.kind === 'map' && cases.length > 30)
  const before = plain(root) as Mapping
  for (const [pair, expected] of cases) {
    const diagnostics: Diagnostic[] = []
    const after = plain(applyOverrides(root, [pair], diagnostics)) as Mapping
    assert.deepEqual(diagnostics, [], pair)
    assert.deepEqual(changed(after, before), expected, pair)
  }
})
