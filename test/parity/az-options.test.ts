import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { findCommand } from '../../src/cli/grammar/find-command.ts'
import { parseArgs } from '../../src/cli/grammar/parse.ts'
import { unknownCommand } from '../../src/cli/help/unknown.ts'
import { COMMANDS } from '../../src/cli/table/commands.ts'
import { flagsOf } from '../../src/cli/table/flags-of.ts'

const { commands }: { commands: Readonly<Record<string, readonly string[]>> } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'az-options.json'), 'utf8'),
)

interface Option {
  readonly name: string
  readonly letter: string | undefined
  readonly isRequired: boolean
  readonly isList: boolean
  readonly isTri: boolean
}

function read(text: string): Option {
  const [long = '', ...rest] = text.split(' ')
  return {
    name: long.replace(/^--|[!*]/g, ''),
    letter: rest.find((word) => word.startsWith('-'))?.replace(/[-!*]/g, ''),
    isRequired: text.includes('!'),
    isList: text.includes('*'),
    isTri: rest.includes('tri'),
  }
}

/** Options that az wants and amlet can do without: it asks for less. */
const OPTIONAL_HERE = new Set([
  'model download --version',
  'datastore create --file',
  'compute update --name',
  'schedule update --name',
  'workspace show --name',
  'workspace update --name',
])

for (const [words, texts] of Object.entries(commands)) {
  const command = COMMANDS.get(words)
  if (command === undefined) {
    test(`\`${words}\` is refused by name, with the reason`, () => {
      assert.match(unknownCommand(words.split(' ')).message, /is not something amlet has: .{10,}/)
    })
    continue
  }
  test(`\`${words}\` takes az's options, their letters and their kinds`, () => {
    const flags = flagsOf(command)
    for (const option of texts.map(read)) {
      const flag = flags.find(({ names }) => names.includes(option.name))
      const place = `${words} --${option.name}`
      assert.ok(flag, `${place} is not there`)
      if (option.letter !== undefined) assert.equal(flag.letter, option.letter, place)
      if (option.isTri) assert.equal(flag.kind, 'tri', place)
      if (option.isList) assert.equal(flag.kind, 'list', place)
      const isOptional = OPTIONAL_HERE.has(place) || /^(online|batch)-deployment /.test(words)
      if (option.isRequired && !isOptional) assert.equal(flag.required, true, place)
      if (flag.required) assert.ok(option.isRequired || words === 'registry delete', place)
    }
  })
  test(`\`${words}\` is parsed with all of az's options at once, short and long`, () => {
    for (const spell of [long, short]) {
      const line = ['ml', ...words.split(' '), ...texts.map(read).flatMap((o) => spell(words, o))]
      const found = findCommand(line, COMMANDS)
      assert.equal(found.type, 'command', line.join(' '))
      if (found.type === 'command')
        assert.doesNotThrow(() => parseArgs(command, flagsOf(command), found.rest), line.join(' '))
    }
  })
}

function long(words: string, { name }: Option): string[] {
  return [`--${name}`, ...sampleOf(words, name)]
}

function short(words: string, { name, letter }: Option): string[] {
  return [letter === undefined ? `--${name}` : `-${letter}`, ...sampleOf(words, name)]
}

function sampleOf(words: string, name: string): string[] {
  const flag = flagsOf(COMMANDS.get(words)!).find(({ names }) => names.includes(name))!
  if (flag.kind === 'flag' || flag.kind === 'tri') return []
  return [flag.choices?.[0] ?? (flag.isInteger ? '1' : 'a=b')]
}
