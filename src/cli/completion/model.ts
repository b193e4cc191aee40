import type { Command, Flag } from '../grammar/command.ts'
import { nextWords } from '../help/unknown.ts'
import { COMMANDS } from '../table/commands.ts'
import { flagsOf } from '../table/flags-of.ts'

/** What Tab offers after the words of a command or group. */
export interface Offer {
  readonly words: string
  /** Words that go on. */
  readonly next: readonly string[]
  readonly options: readonly string[]
  /** Options whose value is one of a few, or comes from the server. */
  readonly values: readonly OptionValues[]
}

interface OptionValues {
  readonly spellings: readonly string[]
  /** Fixed words; empty when they are asked for. */
  readonly choices: readonly string[]
  /** The argument of `__complete`, or `file`. */
  readonly asks: string | undefined
}

/** One offer for each command and each group, the whole first. */
export function offers(): Offer[] {
  const groups = new Set<string>([''])
  for (const { words, isHidden } of COMMANDS.values()) {
    if (isHidden) continue
    const parts = words.split(' ')
    for (let length = 1; length < parts.length; length += 1)
      groups.add(parts.slice(0, length).join(' '))
  }
  const ofGroups = [...groups].map((words) => groupOffer(words))
  const commands = [...COMMANDS.values()].filter((command) => !command.isHidden)
  return [...ofGroups, ...commands.map(commandOffer)]
}

function groupOffer(words: string): Offer {
  const next = nextWords(words === '' ? [] : words.split(' '))
  return { words, next: next.sort(), options: ['--help'], values: [] }
}

function commandOffer(command: Command): Offer {
  const flags = flagsOf(command).filter((flag) => flag.isHidden !== true)
  const kind = command.words.split(' ')[0] ?? ''
  return {
    words: command.words,
    next: command.positional?.choices ?? [],
    options: flags.flatMap((flag) => flag.names.map((name) => `--${name}`)).sort(),
    values: flags.map((flag) => valuesOf(flag, kind)).filter((values) => values !== undefined),
  }
}

function valuesOf(flag: Flag, kind: string): OptionValues | undefined {
  const spellings = [
    ...flag.names.map((name) => `--${name}`),
    ...(flag.letter === undefined ? [] : [`-${flag.letter}`]),
  ]
  if (flag.choices !== undefined) return { spellings, choices: flag.choices, asks: undefined }
  if (flag.completes === undefined) return undefined
  const asks = flag.completes === 'name' ? kind : flag.completes
  return { spellings, choices: [], asks }
}
