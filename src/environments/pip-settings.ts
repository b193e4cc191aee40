import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** pip's setting, the environment variable that names it, and uv's variable for the same thing. */
const SETTINGS = [
  { pip: 'index-url', pipEnv: 'PIP_INDEX_URL', uv: 'UV_DEFAULT_INDEX' },
  { pip: 'extra-index-url', pipEnv: 'PIP_EXTRA_INDEX_URL', uv: 'UV_INDEX' },
  { pip: 'find-links', pipEnv: 'PIP_FIND_LINKS', uv: 'UV_FIND_LINKS' },
  { pip: 'trusted-host', pipEnv: 'PIP_TRUSTED_HOST', uv: 'UV_INSECURE_HOST' },
  { pip: 'cert', pipEnv: 'PIP_CERT', uv: 'SSL_CERT_FILE' },
  { pip: 'no-index', pipEnv: 'PIP_NO_INDEX', uv: 'UV_NO_INDEX' },
] as const

const OLD_UV_NAMES: Readonly<Record<string, string>> = {
  UV_DEFAULT_INDEX: 'UV_INDEX_URL',
  UV_INDEX: 'UV_EXTRA_INDEX_URL',
}

/**
 * uv does not read pip's settings; a machine behind a mirror has them, though, in `pip.conf` or in `PIP_…`.
 * Gives uv's variables for those that uv has not been told by its own.
 */
export async function uvSettingsFromPip(env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const fromFiles = await readPipFiles(env)
  const settings: Record<string, string> = {}
  for (const { pip, pipEnv, uv } of SETTINGS) {
    const value = env[pipEnv] ?? fromFiles.get(pip)
    const isSet = env[uv] !== undefined || env[OLD_UV_NAMES[uv] ?? uv] !== undefined
    if (value === undefined || value.trim() === '' || isSet) continue
    const usable = value.split(/\s+/).filter((item) => isUsable(pip, item))
    if (usable.length > 0) settings[uv] = usable.join(pip === 'find-links' ? ',' : ' ')
  }
  return settings
}

/** pip passes over a folder that is not there; uv stops. */
function isUsable(setting: string, item: string): boolean {
  if (item === '') return false
  const isPath = setting === 'cert' || (setting === 'find-links' && !item.includes('://'))
  return !isPath || existsSync(item)
}

async function readPipFiles(env: NodeJS.ProcessEnv): Promise<Map<string, string>> {
  const settings = new Map<string, string>()
  const named = env['PIP_CONFIG_FILE']
  if (named === '/dev/null') return settings
  const config = env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config')
  const files = [
    '/etc/pip.conf',
    join(config, 'pip', 'pip.conf'),
    join(homedir(), '.pip', 'pip.conf'),
  ]
  for (const file of named === undefined ? files : [...files, named])
    for (const [key, value] of parseIni(await readFile(file, 'utf8').catch(() => '')))
      settings.set(key, value)
  return settings
}

/** The `[global]` and `[install]` settings; an indented line goes on with the value before it. */
function parseIni(text: string): Map<string, string> {
  const settings = new Map<string, string>()
  let section = ''
  let key = ''
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue
    const header = /^\[(.*)\]\s*$/.exec(line)?.[1]
    if (header !== undefined) section = header.trim()
    else if (section !== 'global' && section !== 'install') continue
    else if (/^\s/.test(line) && key !== '')
      settings.set(key, `${settings.get(key) ?? ''} ${line.trim()}`.trim())
    else {
      const [, name = '', value = ''] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line) ?? []
      key = name.trim().toLowerCase().replaceAll('_', '-')
      if (key !== '') settings.set(key, value.trim())
    }
  }
  return settings
}
