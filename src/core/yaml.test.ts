import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { toPlain } from './yaml/node.ts'
import { decodeYaml, parseYaml } from './yaml.ts'

function plain(text: string): unknown {
  const { root, diagnostics } = parseYaml(text, 'x.yml')
  assert.deepEqual(diagnostics, [])
  return root === undefined ? undefined : toPlain(root)
}

function problem(text: string): string {
  const [first] = parseYaml(text, 'x.yml').diagnostics
  return first === undefined
    ? 'none'
    : `${first.source?.line}:${first.source?.column} ${first.message}`
}

test('maps, lists, flow collections and block scalars are read', () => {
  const text = 'a: 1\nb:\n- x\n- y: [1, {c: d}]\ne: |\n  two\n  lines\nf: >-\n  folded\n  text\n'
  assert.deepEqual(plain(text), {
    a: 1,
    b: ['x', { y: [1, { c: 'd' }] }],
    e: 'two\nlines\n',
    f: 'folded text',
  })
})

test('merges and aliases are carried out, own keys winning', () => {
  const text = 'base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\nlist: [*b]\n'
  assert.deepEqual(plain(text), {
    base: { x: 1, y: 2 },
    more: { x: 1, y: 3 },
    list: [{ x: 1, y: 2 }],
  })
})

test('a lone "!" is no tag, as in PyYAML', () => {
  assert.deepEqual(plain('a: !\nb: ! 12\nc: ! "12"\nd: ! x\n'), { a: null, b: 12, c: 12, d: 'x' })
})

test('problems are told with line and column', () => {
  const told = {
    'a: b: c': problem('a: b: c'),
    tab: problem('a:\n\tb: 1'),
    twice: problem('a: 1\nb: 2\na: 3'),
    quote: problem('a: "open'),
    alias: problem('a: *nope'),
    tag: problem('a: !secret x'),
    documents: problem('a: 1\n---\nb: 2'),
    ended: problem('...\na: 1'),
    braces: problem('a: {{x}}'),
    nul: problem('a: \0'),
  }
  assert.deepEqual(told, {
    'a: b: c': '1:5 a second ": " in one value is not YAML',
    tab: '2:1 a tab cannot begin a value here',
    twice: '3:1 the key "a" stands twice in this mapping',
    quote: '1:4 this quote is never closed',
    alias: '1:4 there is no anchor "&nope" before this alias',
    tag: '1:4 the tag "!secret" does not fit this value or is not known',
    documents: '2:1 a second document begins here, and a file holds one',
    ended: '1:1 "..." ends a document, and none has begun',
    braces: '1:5 a list or mapping cannot be a key',
    nul: '1:4 the character U+0000 cannot stand in YAML',
  })
})

test('a byte order mark and CRLF are fine, UTF-16 and Latin-1 are told', () => {
  assert.equal(decodeYaml(new TextEncoder().encode('\ufeffa: 1'), 'x'), 'a: 1')
  assert.deepEqual(plain('a: 1\r\nb: 2\r\n'), { a: 1, b: 2 })
  const latin = decodeYaml(new Uint8Array([97, 58, 32, 0xe9, 10]), 'x.yml')
  assert.equal(typeof latin === 'string' ? '' : latin.source?.column, 4)
  const wide = decodeYaml(new Uint8Array([0xff, 0xfe, 97, 0]), 'x.yml')
  assert.equal(typeof wide === 'string' ? '' : wide.message, 'the file is UTF-16, not UTF-8')
})

test('what another library writes as YAML 1.1 is read back', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      // The library forgets to quote this one, and PyYAML refuses it bare.
      fc.string().filter((text) => text !== '<<'),
      fc.integer(),
      fc.boolean(),
      tie('map'),
      tie('list'),
    ),
    map: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/), tie('any')),
    list: fc.array(tie('any')),
  })).map
  fc.assert(
    fc.property(value, (data) => {
      const text = stringify(data, {
        version: '1.1',
        defaultStringType: 'QUOTE_DOUBLE',
        lineWidth: 0,
      })
      assert.deepEqual(plain(text), JSON.parse(JSON.stringify(data)))
    }),
    { numRuns: 300 },
  )
})

/** Far more of the processor than any of these takes, whatever else the machine does. */
const SOON_MS = 5_000

function within(run: () => void): void {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  assert.ok((user + system) / 1000 < SOON_MS, `took ${(user + system) / 1000} ms`)
}

test('alias bombs, deep nesting and huge scalars end soon, with a problem or a value', () => {
  const bomb = Array.from({ length: 40 }, (_, i) => {
    const before = i === 0 ? 'x' : `*a${i - 1}`
    return `a${i}: &a${i} [${Array(9).fill(before).join(', ')}]`
  }).join('\n')
  within(() => assert.match(problem(bomb), /stands for more than 200000 values/))
  const wide = `base: &b {${Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`)}}`
  const merges = Array.from({ length: 2_000 }, (_, i) => `m${i}: {<<: *b}`).join('\n')
  within(() => assert.match(problem(`${wide}\n${merges}`), /stands for more than 200000 values/))
  within(() => assert.match(problem(`a: ${'['.repeat(100_000)}`), /nested more than 200 levels/))
  within(() => assert.match(problem(`a: ${'{b: '.repeat(100_000)}`), /nested more than 200 levels/))
  const stairs = Array.from({ length: 3_000 }, (_, i) => `${' '.repeat(i)}k:`).join('\n')
  within(() => assert.match(problem(stairs), /nested more than 200 levels/))
  within(() => assert.deepEqual(plain(`a: ${'x'.repeat(4_000_000)}`), { a: 'x'.repeat(4_000_000) }))
  within(() => assert.match(problem(`a: ${'9'.repeat(3_000_000)}`), /none/))
  within(() => assert.match(problem('x'.repeat(17 * 1024 * 1024)), /characters, more than/))
  within(() => problem(`${'a: &x b\n'.repeat(100_000)}`))
  within(() => problem(`? ${'- '.repeat(50_000)}`))
  within(() => problem(`"${'\\x41'.repeat(400_000)}"`))
})

const YAML_BITS = [
  ' ',
  '\n',
  '\t',
  ':',
  ': ',
  '-',
  '- ',
  '#',
  ' #',
  ',',
  '[',
  ']',
  '{',
  '}',
  '&a',
  '*a',
  '!',
  '!!str ',
  '|',
  '>',
  '>-',
  '|+2',
  "'",
  '"',
  '\\',
  '%',
  '@',
  '?',
  '? ',
  '<<: ',
  '---',
  '...',
  '\r',
  'a',
  'b',
  '1',
  '0x',
  '1:2',
  'yes',
  '~',
  '${{inputs.x}}',
  '\u2028',
  '\ufeff',
  '\0',
]

test('any text ends soon and never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...YAML_BITS), { maxLength: 60 }), (bits) => {
      parseYaml(bits.join(''), 'x.yml')
    }),
    { numRuns: 4_000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      parseYaml(text, 'x.yml')
    }),
    { numRuns: 1_000 },
  )
})
