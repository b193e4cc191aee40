import { closestWords } from '../grammar/closest.ts'
import { UsageError } from '../grammar/usage-error.ts'
import { CLOUD_ONLY, OTHER_AZURE } from '../table/cloud-only.ts'
import { COMMANDS } from '../table/commands.ts'

/** The error for words that are no command: a suggestion, or why amlet has not got it. */
export function unknownCommand(words: readonly string[]): UsageError {
  const text = words.join(' ')
  const cloud = CLOUD_ONLY.find(
    (known) => text === known.words || text.startsWith(`${known.words} `),
  )
  if (cloud !== undefined)
    return new UsageError(`'${text}' is not something amlet has: ${cloud.reason}.`)
  const [first = ''] = words
  if (OTHER_AZURE.has(first))
    return new UsageError(`'${first}' belongs to Azure itself, not to amlet.`, [
      `Reach the real CLI with: command az ${text}`,
    ])
  return misspelled(words)
}

function misspelled(words: readonly string[]): UsageError {
  const depth = knownDepth(words)
  const wrong = words[depth] ?? ''
  const near = closestWords(wrong, nextWords(words.slice(0, depth)))
  const place = ['amlet', ...words.slice(0, depth)].join(' ')
  return new UsageError(`'${wrong}' is misspelled or not recognized by the system.`, [
    ...(near.length === 0 ? [] : [`Did you mean '${near.join("' or '")}' ?`]),
    '',
    `See: ${place} --help`,
  ])
}

/** How many of the words lead into the table. */
function knownDepth(words: readonly string[]): number {
  let depth = 0
  while (depth < words.length && nextWords(words.slice(0, depth)).includes(words[depth] ?? ''))
    depth += 1
  return depth
}

/** The words that can follow these. */
export function nextWords(words: readonly string[]): string[] {
  const prefix = words.length === 0 ? '' : `${words.join(' ')} `
  const found = new Set<string>()
  for (const command of COMMANDS.values()) {
    if (command.isHidden || !command.words.startsWith(prefix)) continue
    const next = command.words.slice(prefix.length).split(' ')[0]
    if (next) found.add(next)
  }
  return [...found]
}
