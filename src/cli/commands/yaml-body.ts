import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { AmletError } from '../../core/errors.ts'
import type { YamlBody } from '../../core/wire.ts'
import type { Context } from '../context.ts'
import type { Args } from '../grammar/args.ts'
import { UsageError } from '../grammar/usage-error.ts'

interface BodyOptions {
  /** Options that beat the file: name, version, path… */
  readonly params?: Readonly<Record<string, unknown>>
  /** The server reads files itself. */
  readonly isLocal: boolean
  /** What came on standard input, where it has been read. */
  readonly text?: string
}

/** What a create sends: the file as it stands, and everything that was typed. The server parses it. */
export function yamlBody(args: Args, { cwd }: Context, options: BodyOptions): YamlBody {
  const file = args.text('file')
  const set = args.knows('set') ? args.list('set') : undefined
  const params = dropUndefined(options.params ?? {})
  const registry = args.knows('registry-name') ? args.text('registry-name') : undefined
  checkSet(set)
  return {
    cwd,
    ...(file === undefined ? {} : fileOf(file, cwd, options)),
    ...(set === undefined ? {} : { set }),
    ...(Object.keys(params).length === 0 ? {} : { params }),
    ...(registry === undefined ? {} : { registry }),
    ...(args.knows('strict') && args.isOn('strict') ? { strict: true } : {}),
  }
}

/** az refuses a word without `=` from the option's own parser: exit code 1, not 2. */
export function checkSet(set: readonly string[] | undefined): void {
  if (set?.every((pair) => pair.indexOf('=') > 0) ?? true) return
  throw new UsageError('usage error: --set KEY=VALUE [KEY=VALUE ...]', [], 1)
}

/** `a=1 b=2` as a mapping; `""` is the empty one. */
export function readPairs(
  pairs: readonly string[] | undefined,
): Record<string, string> | undefined {
  if (pairs === undefined) return undefined
  const filled = pairs.flatMap((pair) => pair.trim().split(/\s+(?=[^\s=]+=)/)).filter(Boolean)
  return Object.fromEntries(
    filled.map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    }),
  )
}

function fileOf(
  file: string,
  cwd: string,
  { isLocal, text }: BodyOptions,
): Pick<YamlBody, 'file' | 'text'> {
  if (file === '-') return { file: '<stdin>', text: text ?? readFileSync(0, 'utf8') }
  const path = resolve(cwd, file)
  if (!existsSync(path))
    throw new AmletError({
      code: 'FileNotFound',
      message: `No such file or directory: ${file}`,
      hint: `check the path given with --file; the current folder is ${cwd}`,
    })
  return isLocal ? { file: path } : { file: path, text: readFileSync(path, 'utf8') }
}

export function dropUndefined(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
