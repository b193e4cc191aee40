import type { Command } from '../grammar/command.ts'
import { ASSET_COMMANDS } from './assets.ts'
import { AZURE_COMMANDS } from './azure.ts'
import { CHECK_COMMANDS } from './checks.ts'
import { ENDPOINT_COMMANDS } from './endpoints.ts'
import { JOB_COMMANDS } from './job.ts'
import { NATIVE_COMMANDS } from './native.ts'
import { PLACE_COMMANDS } from './places.ts'

/** Every command by its words. Parser, help, completion and docs/cli.md come from this one table. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...JOB_COMMANDS,
    ...ASSET_COMMANDS,
    ...PLACE_COMMANDS,
    ...ENDPOINT_COMMANDS,
    ...CHECK_COMMANDS,
    ...NATIVE_COMMANDS,
    ...AZURE_COMMANDS,
  ].map((command) => [command.words, command]),
)
