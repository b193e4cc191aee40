import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Command, Flag } from '../../src/cli/grammar/command.ts'
import { parseArgs } from '../../src/cli/grammar/parse.ts'
import { UsageError } from '../../src/cli/grammar/usage-error.ts'

interface Golden {
  readonly spec: readonly (Omit<Flag, 'help' | 'isInteger'> & { readonly int?: boolean })[]
  readonly cases: readonly (readonly [string[], Readonly<Record<string, unknown>> | string])[]
}

const { spec, cases }: Golden = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'argparse.json'), 'utf8'),
)
const flags: Flag[] = spec.map(({ int, ...flag }) => ({
  ...flag,
  help: '',
  isInteger: int ?? false,
}))
const command: Command = {
  words: 'x',
  summary: '',
  flags: () => flags,
  load: () => assert.fail('nothing is run'),
}

function parse(tokens: readonly string[]): unknown {
  try {
    const args = parseArgs(command, flags, tokens)
    const values = flags.map(({ names: [name = ''], kind, isInteger }) => {
      if (kind === 'list') return [name, args.list(name)]
      if (kind === 'value') return [name, isInteger ? args.number(name) : args.text(name)]
      return [name, args.state(name)]
    })
    return Object.fromEntries(values.filter(([, value]) => value !== undefined))
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error))
    return error.message
  }
}

test('a line of options means what it means to argparse, and its errors are argparse’s', () => {
  assert.ok(cases.length > 200)
  for (const [tokens, expected] of cases)
    if (typeof expected !== 'string') assert.deepEqual(parse(tokens), expected, tokens.join(' '))
    else if (/^argument --local/.test(expected)) assert.equal(typeof parse(tokens), 'string')
    else assert.equal(parse(tokens), expected, tokens.join(' '))
})
