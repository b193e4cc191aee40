import type { Config } from '../config.ts'
import type { Command, Flag } from '../grammar/command.ts'
import { COMMANDS } from '../table/commands.ts'
import { flagsOf } from '../table/flags-of.ts'
import { groupSummary } from './groups.ts'
import { TOPICS } from './topics.ts'
import { nextWords, unknownCommand } from './unknown.ts'
import { wrap } from './wrap.ts'

/** The help page of a command, a group, a topic or of amlet itself. */
export function helpFor(words: readonly string[], config: Config): string {
  const own = words[0] === 'ml' ? words.slice(1) : words
  const command = COMMANDS.get(own.join(' '))
  if (command !== undefined) return commandHelp(command, config)
  const [first = ''] = own
  const topic = own.length === 1 ? TOPICS[first] : undefined
  if (topic !== undefined) return topic
  if (nextWords(own).length === 0) throw unknownCommand(own)
  return groupHelp(own)
}

const START = `Begin
    amlet job create -f job.yml --stream : Run a job and follow it.
    amlet validate job.yml               : Is the file right? Needs no server.
    amlet doctor                         : Is this machine ready?
    amlet <command> --help               : Options and examples of a command.
    amlet help exit-codes                : Also: environment, formatting, set.
`

interface Entry {
  readonly label: string
  readonly text: string
}

function commandHelp(command: Command, config: Config): string {
  const blocks = [block('Command', [{ label: `amlet ${command.words}`, text: command.summary }])]
  if (command.positional !== undefined) {
    const { name, help, required, many } = command.positional
    const mark = `${many ? '…' : ''}${required ? ' [Required]' : ''}`
    blocks.push(block('Words', [{ label: `${name}${mark}`, text: help }]))
  }
  for (const [section, flags] of bySection(flagsOf(command)))
    blocks.push(
      block(
        section,
        flags.map((flag) => flagEntry(flag, config)),
      ),
    )
  const examples = (command.examples ?? []).map(
    ({ title, line }) => `    ${title}.\n        ${line}\n`,
  )
  if (examples.length > 0) blocks.push(`Examples\n${examples.join('\n')}`)
  return `\n${blocks.join('\n')}`
}

/** Own arguments, generic updates, then the global ones. */
function bySection(flags: readonly Flag[]): [string, Flag[]][] {
  const shown = flags.filter((flag) => flag.isHidden !== true)
  const groups = Map.groupBy(shown, (flag) => flag.section ?? 'Arguments')
  return [...groups].map(([section, members]) => [section, members.toSorted(byNeed)])
}

function byNeed(a: Flag, b: Flag): number {
  if (a.required !== b.required) return a.required ? -1 : 1
  return (a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1
}

function flagEntry(flag: Flag, config: Config): Entry {
  const long = flag.names.map((name) => `--${name}`).join(' ')
  const label = `${long}${flag.letter ? ` -${flag.letter}` : ''}${flag.required ? ' [Required]' : ''}`
  const parts = [flag.help]
  if (flag.choices !== undefined) parts.push(`Allowed values: ${flag.choices.join(', ')}.`)
  if (flag.standard !== undefined) parts.push(`Default: ${flag.standard}.`)
  const configured = configuredValue(flag, config)
  if (configured !== undefined) parts.push(`Config: ${configured}.`)
  return { label, text: parts.join('  ') }
}

const CONFIGURED: Readonly<Record<string, readonly [section: string, key: string]>> = {
  output: ['core', 'output'],
  'resource-group': ['defaults', 'group'],
  'workspace-name': ['defaults', 'workspace'],
}

function configuredValue(flag: Flag, config: Config): string | undefined {
  const setting = CONFIGURED[flag.names[0] ?? '']
  return setting === undefined ? undefined : config.get(...setting)
}

function groupHelp(words: readonly string[]): string {
  const place = ['amlet', ...words].join(' ')
  const next = nextWords(words).sort()
  const entries = next.map((word) => entryOf([...words, word]))
  const groups = entries.filter(({ isGroup }) => isGroup)
  const commands = entries.filter(({ isGroup }) => !isGroup)
  const width = widest(entries)
  const blocks = [block('Group', [{ label: place, text: groupSummary(words.join(' ')) }])]
  if (groups.length > 0) blocks.push(block('Subgroups:', groups, width))
  if (commands.length > 0) blocks.push(block('Commands:', commands, width))
  if (words.length === 0) blocks.push(START)
  return `\n${blocks.join('\n')}`
}

function entryOf(words: readonly string[]): Entry & { readonly isGroup: boolean } {
  const label = words.at(-1) ?? ''
  const command = COMMANDS.get(words.join(' '))
  const isGroup = command === undefined
  return { label, text: isGroup ? groupSummary(words.join(' ')) : command.summary, isGroup }
}

function widest(entries: readonly Entry[]): number {
  return Math.max(...entries.map(({ label }) => label.length))
}

function block(heading: string, entries: readonly Entry[], width = widest(entries)): string {
  const isTitle = heading === 'Command' || heading === 'Group'
  const lines = entries.map(({ label, text }) => {
    const lead = `    ${isTitle ? label : label.padEnd(width)} : `
    return `${wrap(lead, text)}\n`
  })
  return `${heading}\n${lines.join('')}`
}
