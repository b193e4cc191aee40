import type { Client } from '../client/client.ts'
import type { Config } from './config.ts'
import type { Log } from './log.ts'

/** What a command may use besides its arguments. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly log: Log
  readonly config: Config
  /** `--output`, the configured default, or json. */
  readonly output: string
  /** True when the caller chose what goes to stdout (`--query`, or an output other than json). */
  readonly hasChosenOutput: boolean
  /** The words before parsing, for messages that repeat them. */
  readonly argv: readonly string[]
  /** A client of this home's server, started when none answers. */
  readonly connect: (options?: { readonly autoStart?: boolean }) => Promise<Client>
}
