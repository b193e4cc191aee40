import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMMANDS } from '../table/commands.ts'
import { flagsOf } from '../table/flags-of.ts'
import { closestWords } from './closest.ts'
import { findCommand } from './find-command.ts'

function found(line: string): string {
  const result = findCommand(line.split(' ').filter(Boolean), COMMANDS)
  return result.type === 'command'
    ? `${result.command.words} | ${result.rest.join(' ')}`
    : `${result.type}: ${result.words.join(' ')}`
}

test('ml in front is optional and words may be written in capitals', () => {
  assert.equal(found('ml job create -f x'), 'job create | -f x')
  assert.equal(found('JOB Create -f x'), 'job create | -f x')
  assert.equal(found('account get-access-token'), 'account get-access-token | ')
})

test('help is asked for by word or option, for a group or a command', () => {
  assert.equal(found(''), 'help: ')
  assert.equal(found('--help'), 'help: ')
  assert.equal(found('job'), 'help: job')
  assert.equal(found('job -h'), 'help: job')
  assert.equal(found('job create -f x --help'), 'help: job create')
  assert.equal(found('help job create'), 'help: job create')
  assert.equal(found('exec -- pytest --help'), 'exec | -- pytest --help')
})

test('what is no command is unknown', () => {
  assert.equal(found('job crate -f x'), 'unknown: job crate')
  assert.equal(found('--version'), 'version | ')
})

test('the word that was meant is found', () => {
  assert.deepEqual(closestWords('shw', ['show', 'list', 'stream']), ['show'])
  assert.deepEqual(closestWords('craete', ['create', 'cancel']), ['create'])
  assert.deepEqual(closestWords('xyzzy', ['create', 'cancel']), [])
})

test('no command has two options of one name or letter', () => {
  for (const command of COMMANDS.values()) {
    const flags = flagsOf(command)
    const names = flags.flatMap((flag) => flag.names)
    const letters = flags.map((flag) => flag.letter).filter((letter) => letter !== undefined)
    assert.equal(new Set(names).size, names.length, command.words)
    assert.equal(new Set(letters).size, letters.length, command.words)
  }
})

test('every command can be loaded', async () => {
  for (const command of COMMANDS.values())
    assert.equal(typeof (await command.load()), 'function', command.words)
})
