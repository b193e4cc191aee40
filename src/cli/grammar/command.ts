import type { Context } from '../context.ts'
import type { Outcome } from '../output/outcome.ts'
import type { Args } from './args.ts'

/**
 * How an option takes values. `value`: one word; `list`: one or more, repeatable, in the order typed; `flag`: none;
 * `tri`: none or true/false.
 */
export type FlagKind = 'value' | 'list' | 'flag' | 'tri'

/** What Tab offers for a value that only the server or the disk knows. */
export type Completion = 'file' | 'job' | 'compute' | 'datastore' | 'schedule' | 'version' | 'name'

export interface Flag {
  /** Long names without dashes; the first one is the name that code uses. */
  readonly names: readonly string[]
  /** One letter. It belongs to the command: `-s` is stream here and stage there. */
  readonly letter?: string
  readonly kind: FlagKind
  readonly help: string
  readonly required?: boolean
  readonly choices?: readonly string[]
  /** Shown in help; code applies its own defaults. */
  readonly standard?: string
  readonly isInteger?: boolean
  readonly completes?: Completion
  /** Heading in help; `Arguments` when left out. */
  readonly section?: string
  /** Taken for the sake of scripts, not shown in help. */
  readonly isHidden?: boolean
  /** An option that az has not: it never makes a prefix ambiguous that az understands. */
  readonly isOwn?: boolean
}

/** Words that are no options: `amlet validate FILE…`, `amlet exec -- COMMAND`. */
export interface Positional {
  readonly name: string
  readonly help: string
  readonly required: boolean
  readonly many: boolean
  /** Everything after `--` (or after the first such word), untouched. */
  readonly isCommandLine?: boolean
  readonly choices?: readonly string[]
  readonly completes?: Completion
}

interface Example {
  readonly title: string
  readonly line: string
}

export type Run = (context: Context, args: Args) => Promise<Outcome>

export interface Command {
  /** `job create`, `workspace outbound-rule list`. */
  readonly words: string
  readonly summary: string
  /** Made when asked for: of all commands one runs. */
  readonly flags: () => readonly Flag[]
  readonly positional?: Positional
  readonly examples?: readonly Example[]
  /** Loads what runs the command, at the moment it runs. */
  readonly load: () => Promise<Run>
  readonly isHidden?: boolean
}

/** A command or group of Azure's that only a cloud has: recognised, and refused in one line. */
export interface CloudOnly {
  readonly words: string
  readonly reason: string
}
