import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bindingsOf,
  evaluateCommand,
  expressionsOf,
  inputsNamedWhole,
  parseTemplate,
  renderLiteral,
  soleBinding,
} from './template.ts'

test('every form of expression is understood', () => {
  const text =
    '${{inputs.a}} ${{outputs.b}} ${{ search_space.c }} ${{parent.inputs.g.i}} ${{parent.jobs.s.outputs.o}} ${{name}} ${{x}}'
  assert.deepEqual(bindingsOf(text), [
    { from: 'inputs', name: 'a' },
    { from: 'outputs', name: 'b' },
    { from: 'search_space', name: 'c' },
    { from: 'parent.inputs', name: 'g.i' },
    { from: 'parent.jobs', job: 's', port: 'outputs', name: 'o' },
    { from: 'macro', name: 'name' },
    { from: 'unknown', name: 'x' },
  ])
  assert.deepEqual(soleBinding('${{jobs.s.outputs.o}}'), {
    from: 'parent.jobs',
    job: 's',
    port: 'outputs',
    name: 'o',
  })
  assert.equal(soleBinding('${{inputs.a}}/sub'), undefined)
})

test('what is not closed is a problem at its place', () => {
  const places = [
    'a ${{inputs.x',
    'a ${{inputs.x} b ${{inputs.y}}',
    'a $[[ b',
    '${{inputs x}}',
    '${{}}',
  ].map((text) => parseTemplate(text).problems.map(({ offset, message }) => `${offset} ${message}`))
  assert.deepEqual(places, [
    ['2 this "${{" is never closed'],
    ['2 this "${{" is never closed'],
    ['2 this "$[[" is never closed'],
    ['0 "${{inputs x}}" has blanks inside, and an expression is one word'],
    ['0 "${{ }}" names nothing'],
  ])
})

test('a block is dropped with the input that has no value, the rest is filled in', () => {
  const text =
    'run ${{inputs.a}} $[[--b ${{inputs.b}}]] $[[--c ${{inputs.c}}]] > ${{outputs.o}}/f ${{inputs.d}}'
  const values = { inputs: { a: '1', c: 'x y' }, outputs: { o: '/out' } }
  assert.equal(evaluateCommand(text, values), 'run 1  --c x y > /out/f ${{inputs.d}}')
})

test('names that every object has are no inputs', () => {
  assert.equal(
    evaluateCommand('${{inputs.constructor}}', { inputs: {} }),
    '${{inputs.constructor}}',
  )
})

test('literals are written as Python writes them', () => {
  const shown = [true, false, 'x', 1, -0, 0.1, 0.00001, 1.5e-7, 123456.5, 0.0001, 1e21].map(
    (value) => renderLiteral(value),
  )
  assert.deepEqual(shown, [
    'True',
    'False',
    'x',
    '1',
    '0',
    '0.1',
    '1e-05',
    '1.5e-07',
    '123456.5',
    '0.0001',
    '1000000000000000000000',
  ])
  assert.deepEqual(
    [1, 1e16, -2].map((value) => renderLiteral(value, 'number')),
    ['1.0', '1e+16', '-2.0'],
  )
})

const BITS = [
  '${{',
  '}}',
  '$[[',
  ']]',
  '{',
  '}',
  '[',
  '$',
  ' ',
  'inputs.',
  'a',
  '.',
  '\n',
  'parent.jobs.x.outputs.y',
]

test('an input is named whole where its path does not go on', () => {
  const command =
    'cp -r ${{inputs.a}} . && cat ${{inputs.b}}/x "${{ inputs.c }}" $[[ --d=${{inputs.d}} ]] ${{outputs.e}}'
  assert.deepEqual([...inputsNamedWhole(command)], ['a', 'c', 'd'])
  assert.deepEqual([...inputsNamedWhole('cat ${{inputs.a}}/x ${{inputs.a}}')], ['a'])
})

test('random text is taken apart whole, soon and without a throw', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...BITS), { maxLength: 40 }).map((bits) => bits.join('')),
  )
  fc.assert(
    fc.property(text, (given) => {
      const template = parseTemplate(given)
      const whole = template.parts.map((part) => given.slice(part.start, part.end)).join('')
      assert.equal(whole, given)
      assert.equal(evaluateCommand(given, {}).length <= given.length, true)
      for (const part of expressionsOf(template)) assert.match(part.body, /^[^\s{}]+$/)
    }),
    { numRuns: 5_000 },
  )
  const start = process.cpuUsage()
  for (const bit of ['${{', '$[[', '${{a}}', '$[[${{inputs.a}}]]', '}}${{'])
    parseTemplate(bit.repeat(100_000))
  assert.ok(process.cpuUsage(start).user < 5_000_000, 'five seconds of the processor')
})
