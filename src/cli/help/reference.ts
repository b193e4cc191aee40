import type { Command, Flag } from '../grammar/command.ts'
import { flagLabel } from '../grammar/parse.ts'
import { COMMANDS } from '../table/commands.ts'
import { groupSummary } from './groups.ts'

/** The page docs/cli.md: every command with its options, from the table that the parser reads. */
export function cliReference(): string {
  const shown = [...COMMANDS.values()].filter((command) => !command.isHidden)
  const groups = Map.groupBy(shown, ({ words }) => (words.includes(' ') ? words.split(' ')[0] : ''))
  const names = [...groups.keys()].filter((name) => name !== undefined).sort()
  const sections = names.map((name) => {
    const commands = groups.get(name) ?? []
    const heading = name === '' ? '## Commands of their own' : `## ${name}`
    const summary = name === '' ? '' : `${groupSummary(name)}\n\n`
    return `${heading}\n\n${summary}${commands.map(commandText).join('\n')}`
  })
  return `${INTRODUCTION}\n${sections.join('\n')}`
}

const INTRODUCTION = `# Commands

Written by \`node scripts/docs.mjs\` from the command table. \`amlet ml …\` is the same as \`amlet …\`, so \`alias az=amlet\` works.
Every command takes the global options of \`amlet <command> --help\`: \`--output\`, \`--query\`, \`--verbose\`, \`--debug\`,
\`--only-show-errors\`. An asterisk marks what is required.
`

function commandText(command: Command): string {
  const flags = command.flags().filter((flag) => flag.isHidden !== true)
  const options = flags.map(optionText)
  const { positional } = command
  const word =
    positional === undefined ? '' : ` \`${positional.name}${positional.many ? '…' : ''}\``
  const list = options.length === 0 ? '' : `  \n  ${options.join(' · ')}`
  return `- **${command.words}**${word}: ${command.summary}${list}\n`
}

function optionText(flag: Flag): string {
  const label = flagLabel(flag).replaceAll('/', ' ')
  return `\`${label}\`${flag.required ? '\\*' : ''}`
}
