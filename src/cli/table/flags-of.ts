import type { Command, Flag } from '../grammar/command.ts'
import { GLOBAL_FLAGS } from './common.ts'

/** The options of a command with the global ones; its own names and letters win. */
export function flagsOf(command: Command): Flag[] {
  const own = command.flags()
  const names = new Set(own.flatMap((flag) => flag.names))
  const letters = new Set(own.map((flag) => flag.letter))
  const shared = GLOBAL_FLAGS.filter((flag) => !flag.names.some((name) => names.has(name)))
  return [...own, ...shared.map((flag) => withoutTakenLetter(flag, letters))]
}

function withoutTakenLetter(flag: Flag, letters: ReadonlySet<string | undefined>): Flag {
  if (flag.letter === undefined || !letters.has(flag.letter)) return flag
  const { letter: _, ...rest } = flag
  return rest
}
