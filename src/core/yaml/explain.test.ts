import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseYaml } from '../yaml.ts'

/** What is told of a text: `line:column message; hint`. */
function told(text: string): readonly string[] {
  return parseYaml(text, '/w/f.yml').diagnostics.map(
    ({ source, message, hint }) => `${source?.line}:${source?.column} ${message}; ${hint}`,
  )
}

test('a line that is indented like none around it is named itself, not what follows from it', () => {
  assert.deepEqual(told('jobs:\n  a:\n    x: 1\n   y: 2\n    z: 3\n'), [
    '4:4 this line is indented by 3 spaces, and those that it could belong to by 2 or 4; line it up with one of them',
  ])
  assert.deepEqual(told('a:\n  text: |\n      one\n       two\n  b: 1\n c: 2\n'), [
    '6:2 this line is indented by 1 space, and those that it could belong to by 0 or 2; line it up with one of them',
  ])
})

test('a bracket that is left open is named, and not a line further down', () => {
  const open = '2:6 this "{" is still open where the next key begins, in line 3; close it'
  assert.deepEqual(told('inputs:\n  a: {value: 1\ncommand: >-\n  x\n'), [open])
  assert.deepEqual(told('inputs:\n  a: {value: 1\ncommand: x\n'), [open])
  assert.match(told('a: {b: 1,\n    c: 2 3: 4}\n').join(), /^2:/)
})

test('blanks that look like a space, and brackets without their dollar, are named', () => {
  assert.deepEqual(told('a: 1\nb:\u00a02\n'), [
    '2:3 the blank here is no ordinary space (U+00A0); put a space in its place',
  ])
  assert.match(
    told('a: {{parent.inputs.x}}\n').join(),
    /; write "\$\{\{…\}\}", or put the value in quotes$/,
  )
})

test('keys that stand twice in a row are one problem: a line is missing above them', () => {
  assert.deepEqual(told('a:\n  type: x\n  code: y\n  n: 1\n  type: x\n  code: y\n'), [
    '5:3 the key "type" stands twice in this mapping, and 1 more from here on; is a line missing above this one, such as the name of a step?',
  ])
  assert.deepEqual(told('a: 1\na: 2\n'), [
    '2:1 the key "a" stands twice in this mapping; keep one of the two; YAML would silently drop the first',
  ])
})
