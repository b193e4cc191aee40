import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { homePaths } from '../../files/home.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { printIni, type Sections } from '../config.ts'
import type { Context } from '../context.ts'
import type { Args } from '../grammar/args.ts'
import type { Run } from '../grammar/command.ts'
import { UsageError } from '../grammar/usage-error.ts'
import { versionOf } from '../version.ts'

/** The versions of az and its extension whose behaviour amlet follows. */
const AZURE_CLI = '2.91.0'
const ML_EXTENSION = '2.45.0'

const NOWHERE = '00000000-0000-0000-0000-000000000000'

export const succeed: Run = async () => ({})

export const showVersion: Run = async () => ({
  value: { amlet: versionOf(), 'azure-cli': AZURE_CLI, extensions: { ml: ML_EXTENSION } },
})

export const upgrade: Run = async ({ log }) => {
  log.note(`this is amlet ${versionOf()}; upgrade it with npm or git, whichever it came by`)
  return {}
}

export const listExtensions: Run = async () => ({ value: [extension()] })
export const showExtension: Run = async () => ({ value: extension() })

function extension(): Record<string, unknown> {
  return { extensionType: 'whl', name: 'ml', path: '', preview: false, version: ML_EXTENSION }
}

interface Identity {
  readonly subscription: string
}

/** The made-up subscription of this home. Without a server, and `autoStart` off, zeros. */
async function identityOf(context: Context, autoStart: boolean): Promise<Identity> {
  try {
    const client = await context.connect({ autoStart })
    const { id } = await client.get<{ readonly id: string }>('/workspaces/default')
    return { subscription: /\/subscriptions\/([^/]+)/.exec(id)?.[1] ?? NOWHERE }
  } catch (error) {
    if (autoStart) throw error
    return { subscription: NOWHERE }
  }
}

async function account(context: Context, autoStart: boolean): Promise<Record<string, unknown>> {
  const { subscription } = await identityOf(context, autoStart)
  return {
    environmentName: 'AmletLocal',
    homeTenantId: NOWHERE,
    id: subscription,
    isDefault: true,
    managedByTenants: [],
    name: 'local',
    state: 'Enabled',
    tenantId: NOWHERE,
    user: { name: userInfo().username, type: 'user' },
  }
}

export const showAccount: Run = async (context) => ({ value: await account(context, true) })
export const showAccounts: Run = async (context) => ({ value: [await account(context, false)] })

/** The token of this home: good for its own server and for nothing else. */
export const showToken: Run = async (context) => {
  const expires = new Date(Date.now() + 24 * 3600 * 1000)
  const { subscription } = await identityOf(context, true)
  return {
    value: {
      accessToken: readFileSync(homePaths(context.env).token, 'utf8').trim(),
      expiresOn: expires.toISOString().replace('T', ' ').replace('Z', '000'),
      expires_on: Math.floor(expires.getTime() / 1000),
      subscription,
      tenant: NOWHERE,
      tokenType: 'Bearer',
    },
  }
}

async function group(context: Context, name?: string): Promise<Record<string, unknown>> {
  const { subscription } = await identityOf(context, false)
  const known = name ?? context.config.get('defaults', 'group') ?? 'amlet'
  return {
    id: `/subscriptions/${subscription}/resourceGroups/${known}`,
    location: 'local',
    managedBy: null,
    name: known,
    properties: { provisioningState: 'Succeeded' },
    tags: {},
    type: 'Microsoft.Resources/resourceGroups',
  }
}

export const showGroup: Run = async (context, args) => ({
  value: await group(context, args.text('name') ?? args.text('resource-group')),
})
export const listGroups: Run = async (context) => ({ value: [await group(context)] })
export const groupExists: Run = async () => ({ value: true })
export const showCloud: Run = async () => ({ value: { isActive: true, name: 'AmletLocal' } })

/** `configure --defaults k=v…`: silent. */
export const configure: Run = async (context, args) => {
  if (args.isOn('list-defaults')) return { value: context.config.list('defaults') }
  const pairs = (args.list('defaults') ?? []).map((pair) => toPair(`defaults.${pair}`))
  await writeSettings(context.config.userFile, context, pairs)
  return {}
}

export const setConfig: Run = async (context, args) => {
  await writeSettings(fileOf(context, args), context, args.words.map(toPair))
  return {}
}

export const unsetConfig: Run = async (context, args) => {
  const pairs = args.words.map((word) => ({ ...toKey(word), value: '' }))
  await writeSettings(fileOf(context, args), context, pairs)
  return {}
}

export const getConfig: Run = async (context, args) => {
  const [word] = args.words
  if (word === undefined) {
    const known = ['core', 'defaults', 'logging', 'extension']
    const names = new Set([...known, ...context.config.sections(context.config.userFile).keys()])
    const sections = [...names].map((name) => [name, context.config.list(name)] as const)
    return { value: Object.fromEntries(sections.filter(([, settings]) => settings.length > 0)) }
  }
  if (!word.includes('.')) return { value: context.config.list(word) }
  const { section, key } = toKey(word)
  const setting = context.config.find(section, key)
  if (setting !== undefined) return { value: setting }
  throw new UsageError(`Configuration '${word}' is not set.`, [], 1)
}

interface Pair {
  readonly section: string
  readonly key: string
  /** Empty forgets the key. */
  readonly value: string
}

function toKey(word: string): { readonly section: string; readonly key: string } {
  const dot = word.indexOf('.')
  if (dot > 0) return { section: word.slice(0, dot), key: word.slice(dot + 1) }
  throw new UsageError(`'${word}' is not a setting such as defaults.group`)
}

function toPair(word: string): Pair {
  const equals = word.indexOf('=')
  if (equals < 0) throw new UsageError(`usage error: expected KEY=VALUE, not '${word}'`, [], 1)
  return { ...toKey(word.slice(0, equals)), value: word.slice(equals + 1) }
}

function fileOf({ config }: Context, args: Args): string {
  return args.isOn('local') ? config.localFile : config.userFile
}

async function writeSettings(
  file: string,
  { config }: Context,
  pairs: readonly Pair[],
): Promise<void> {
  if (pairs.length === 0) return
  const { rename, writeFile } = await import('node:fs/promises')
  const { dirname } = await import('node:path')
  const sections: Sections = config.sections(file)
  for (const { section, key, value } of pairs) {
    const known = sections.get(section) ?? new Map<string, string>()
    sections.set(section, known)
    if (value === '') known.delete(key)
    else known.set(key, value)
  }
  makeFolder(dirname(file), 0o700)
  await writeFile(`${file}.new`, printIni(sections), { mode: 0o600 })
  await rename(`${file}.new`, file)
}
