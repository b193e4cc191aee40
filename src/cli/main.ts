import { checkChosenOutput, readChoices } from './choices.ts'
import { Config } from './config.ts'
import type { Context } from './context.ts'
import type { Args } from './grammar/args.ts'
import type { Command } from './grammar/command.ts'
import { findCommand } from './grammar/find-command.ts'
import { parseArgs } from './grammar/parse.ts'
import { hasColour, Log } from './log.ts'
import type { Outcome } from './output/outcome.ts'
import { printError } from './print-error.ts'
import { COMMANDS } from './table/commands.ts'
import { flagsOf } from './table/flags-of.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Runs one command line and returns its exit code. */
export async function main(words: readonly string[], env: Env): Promise<number> {
  const cwd = currentFolder(env)
  const config = new Config(env, cwd)
  const log = makeLog(words, config, env)
  try {
    return await run(words, { env, cwd, config, log })
  } catch (error) {
    return printError(error, log, cwd)
  }
}

type Surroundings = Pick<Context, 'env' | 'cwd' | 'config' | 'log'>

async function run(words: readonly string[], around: Surroundings): Promise<number> {
  const startedMs = performance.now()
  const argv = words.some((word) => word.includes('@'))
    ? (await import('./grammar/expand-files.ts')).expandFiles(words)
    : words
  const found = findCommand(argv, COMMANDS)
  if (found.type === 'help')
    return write((await import('./help/help.ts')).helpFor(found.words, around.config), 0)
  if (found.type === 'unknown')
    throw (await import('./help/unknown.ts')).unknownCommand(found.words)
  const { command, rest } = found
  const args = parseArgs(command, flagsOf(command), rest)
  const choices = readChoices(args, around)
  if (choices.query !== undefined) await checkChosenOutput(choices.query)
  const context = makeContext(around, { ...choices, argv })
  const outcome = await runCommand(command, args, context)
  const { printOutcome } = await import('./output/print.ts')
  const text = await printOutcome(outcome, { ...choices, hasColour: hasColour(around.env) })
  around.log.info(`Command ran in ${((performance.now() - startedMs) / 1000).toFixed(3)} seconds`)
  return write(text, outcome.exitCode ?? 0)
}

async function runCommand(command: Command, args: Args, context: Context): Promise<Outcome> {
  const runLoaded = await command.load()
  return runLoaded(context, args)
}

function makeContext(
  around: Surroundings,
  choices: Pick<Context, 'output' | 'hasChosenOutput' | 'argv'>,
): Context {
  return {
    ...around,
    ...choices,
    connect: async (options) => (await import('./connect.ts')).connectFor(around, options),
  }
}

function write(text: string, exitCode: number): number {
  process.stdout.write(text)
  return exitCode
}

function makeLog(words: readonly string[], config: Config, env: Env): Log {
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  return new Log({
    isVerbose: own.includes('--verbose'),
    isDebug: own.includes('--debug'),
    onlyErrors: own.includes('--only-show-errors') || config.isOn('core', 'only_show_errors'),
    hasColour: hasColour(env),
  })
}

/** The folder as the shell calls it; it may have been removed. */
function currentFolder(env: Env): string {
  try {
    return process.cwd()
  } catch {
    return env['PWD'] ?? '/'
  }
}
