import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { COMMANDS } from '../table/commands.ts'
import { flagsOf } from '../table/flags-of.ts'
import type { Args } from './args.ts'
import type { Flag } from './command.ts'
import { parseArgs } from './parse.ts'
import { UsageError } from './usage-error.ts'

function parse(line: string, tokens: readonly string[]): Args {
  const command = COMMANDS.get(line)!
  return parseArgs(command, flagsOf(command), tokens)
}

function messageOf(line: string, tokens: readonly string[]): string {
  try {
    parse(line, tokens)
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error))
    return error.message
  }
  return 'no error'
}

test('an option reads the same in every way argparse allows', () => {
  for (const tokens of [
    ['--name', 'X'],
    ['--name=X'],
    ['--nam', 'X'],
    ['--n=X'],
    ['-n', 'X'],
    ['-nX'],
    ['-n=X'],
  ])
    assert.equal(parse('job show', tokens).text('name'), 'X', tokens.join(' '))
})

test('any prefix of a long option that no other option shares means that option', () => {
  fc.assert(
    fc.property(anyValueOption(), fc.nat(), ({ words, flag, flags }, cut) => {
      const [name = ''] = flag.names
      const length = 1 + (cut % name.length)
      const prefix = name.slice(0, length)
      const sharing = flags.filter((other) => other.names.some((long) => long.startsWith(prefix)))
      if (sharing.length > 1) return
      const value = flag.isInteger ? '7' : (flag.choices?.[0] ?? 'value')
      const word = COMMANDS.get(words)!.positional?.choices?.[0] ?? 'word'
      const tokens = [`--${prefix}`, value, ...requiredOf(flags, flag)]
      if (COMMANDS.get(words)!.positional?.required) tokens.push('--', word)
      assert.equal(parse(words, tokens).text(name), value)
    }),
  )
})

test('a list keeps its words in order, however they are spread over the line', () => {
  fc.assert(
    fc.property(fc.array(fc.array(pair(), { minLength: 1 }), { minLength: 1 }), (groups) => {
      const tokens = groups.flatMap((group) => ['--set', ...group])
      const args = parse('job create', ['-f', 'job.yml', ...tokens, '--stream'])
      assert.deepEqual(args.list('set'), groups.flat())
      assert.equal(args.isOn('stream'), true)
    }),
  )
})

test('no line of words does anything but parse or give a usage error', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('--set', '-n', '-f', '--', '-', '--name=', '-s', '-sy', '--nam', '-5', '--o'),
  )
  fc.assert(
    fc.property(fc.constantFrom(...COMMANDS.keys()), fc.array(word), (line, tokens) => {
      messageOf(line, tokens)
    }),
    { numRuns: 2000 },
  )
})

test('a prefix that two options share is refused, and names both', () => {
  assert.equal(messageOf('job list', ['--ar']), 'no error', 'only --archived-only starts with --ar')
  assert.equal(
    messageOf('job list', ['--a']),
    'ambiguous option: --a could match --all-results, --archived-only, --acquire-policy-token',
  )
})

test("an option of amlet's own never makes a prefix ambiguous that az understands", () => {
  assert.equal(parse('job create', ['-f', 'x', '--st']).isOn('stream'), true)
  assert.equal(parse('job create', ['-f', 'x', '--stri']).isOn('strict'), true)
})

test('letters belong to the command', () => {
  assert.equal(parse('job create', ['-f', 'x', '-s']).isOn('stream'), true)
  assert.equal(
    parse('model create', ['-n', 'm', '-p', '.', '-s', 'Production']).text('stage'),
    'Production',
  )
  assert.equal(parse('job list', ['-p', 'parent']).text('parent-job-name'), 'parent')
  assert.equal(parse('job download', ['-n', 'x', '-p', 'out']).text('download-path'), 'out')
})

test('letters of flags may stand in one word', () => {
  const args = parse('compute delete', ['-n', 'c', '-yojson'])
  assert.equal(args.isOn('yes'), true)
  assert.equal(args.text('output'), 'json')
})

test('a three-state flag is on when bare and takes true and false', () => {
  assert.equal(parse('job list', ['--all-results']).state('all-results'), true)
  assert.equal(parse('job list', ['--all-results', 'false']).state('all-results'), false)
  assert.equal(parse('job list', ['--all-results=true']).state('all-results'), true)
  assert.equal(parse('job list', ['--all-results', '-o', 'tsv']).state('all-results'), true)
  assert.equal(parse('job list', []).state('all-results'), undefined)
})

test('--no-wait is a flag of its own and takes no value', () => {
  assert.equal(parse('compute delete', ['-n', 'c', '--no-wait']).isOn('no-wait'), true)
  assert.equal(
    messageOf('compute delete', ['-n', 'c', '--no-wait=1']),
    "argument --no-wait: ignored explicit argument '1'",
  )
})

test('a value may be a negative number or hold blanks behind a dash', () => {
  assert.equal(parse('job show', ['-n', '-5']).text('name'), '-5')
  assert.equal(parse('job show', ['-n', '-a b']).text('name'), '-a b')
  assert.equal(parse('job show', ['--name=-x']).text('name'), '-x')
})

test('usage errors say what argparse says', () => {
  assert.equal(messageOf('job show', []), 'the following arguments are required: --name/-n')
  assert.equal(messageOf('job show', ['-n']), 'argument --name/-n: expected one argument')
  assert.equal(messageOf('job show', ['-n', 'x', '--nme', 'y']), 'unrecognized arguments: --nme y')
  assert.equal(
    messageOf('job create', ['-f', 'x', '--set']),
    'argument --set: expected at least one argument',
  )
  assert.equal(
    messageOf('job list', ['-r', 'many']),
    "argument --max-results/-r: invalid int value: 'many'",
  )
  assert.equal(
    messageOf('job list', ['-o', 'xml']),
    "amlet job list: 'xml' is not a valid value for '--output'. Allowed values: json, jsonc, yaml, yamlc, table, tsv, none.",
  )
})

test('an output format may be written in capitals', () => {
  assert.equal(parse('job list', ['-o', 'TSV']).text('output'), 'tsv')
})

test('of a repeated option the last value counts', () => {
  assert.equal(parse('job show', ['-n', 'a', '-n', 'b']).text('name'), 'b')
})

test('words after -- belong to the command that is run', () => {
  assert.deepEqual(parse('exec', ['--', 'pytest', '-x', '--name']).words, [
    'pytest',
    '-x',
    '--name',
  ])
  assert.deepEqual(parse('exec', ['pytest', '-x']).words, ['pytest', '-x'])
})

/** Some option of some command that takes one value. */
function anyValueOption() {
  const all = [...COMMANDS.values()].flatMap((command) => {
    const flags = flagsOf(command)
    const found = flags.filter((flag) => flag.kind === 'value')
    return found.map((flag) => ({ words: command.words, flag, flags }))
  })
  return fc.constantFrom(...all)
}

function requiredOf(flags: readonly Flag[], but: Flag): string[] {
  const command = flags.filter((flag) => flag.required && flag !== but)
  return command.flatMap((flag) => [`--${flag.names[0]}`, flag.choices?.[0] ?? '1'])
}

function pair() {
  return fc
    .tuple(fc.stringMatching(/^[a-z]{1,5}$/), fc.string())
    .map(([key, value]) => `${key}=${value}`)
}
