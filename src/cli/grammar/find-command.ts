import type { Command } from './command.ts'

export type Found =
  | { readonly type: 'command'; readonly command: Command; readonly rest: readonly string[] }
  /** Help for these words: a group, a command or nothing. */
  | { readonly type: 'help'; readonly words: readonly string[] }
  | { readonly type: 'unknown'; readonly words: readonly string[] }

/** The command that the leading words name, in any case, with or without `ml` in front. */
export function findCommand(
  argv: readonly string[],
  commands: ReadonlyMap<string, Command>,
): Found {
  const words = leadingWords(argv)
  if (words[0] === 'help') return { type: 'help', words: words.slice(1) }
  if (argv[0] === '--version' || argv[0] === '-v')
    return findCommand(['version', ...argv.slice(1)], commands)
  const skipped = argv[0]?.toLowerCase() === 'ml' ? 1 : 0
  const own = words.slice(skipped)
  for (let length = Math.min(own.length, 3); length > 0; length -= 1) {
    const command = commands.get(own.slice(0, length).join(' '))
    if (command === undefined) continue
    const rest = argv.slice(skipped + length)
    if (asksForHelp(rest, command)) return { type: 'help', words: command.words.split(' ') }
    return { type: 'command', command, rest }
  }
  const [option] = argv.slice(skipped)
  if (own.length === 0 && option !== undefined && !/^(--?h(e|el|elp)?|--)$/.test(option))
    return { type: 'unknown', words: [option] }
  const isGroup = own.length === 0 || hasGroup(own, commands)
  return isGroup ? { type: 'help', words: own } : { type: 'unknown', words: own }
}

function leadingWords(argv: readonly string[]): string[] {
  const end = argv.findIndex((word) => word.startsWith('-'))
  return (end < 0 ? argv : argv.slice(0, end)).map((word) => word.toLowerCase())
}

function hasGroup(words: readonly string[], commands: ReadonlyMap<string, Command>): boolean {
  const prefix = `${words.join(' ')} `
  for (const known of commands.keys()) if (known.startsWith(prefix)) return true
  return false
}

/** `--help`, `-h` anywhere before `--`; words of a command line that is run are not ours. */
function asksForHelp(rest: readonly string[], command: Command): boolean {
  for (const word of rest) {
    if (word === '--') return false
    if (word === '--help' || word === '-h') return true
    if (command.positional?.isCommandLine && !word.startsWith('-')) return false
  }
  return false
}
