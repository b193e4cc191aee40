import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>
/** Sections of an INI file: `defaults` → `workspace` → value. */
export type Sections = Map<string, Map<string, string>>

export interface Setting {
  readonly name: string
  readonly value: string
  /** The variable or file that says so. */
  readonly source: string
}

/**
 * Settings such as `core.output` and `defaults.workspace`: a variable beats the folder's `.azure/config`, that beats
 * the user's file. Azure's own file is asked last, for `[defaults]` alone, so that a shell set up for az carries over.
 */
export class Config {
  readonly #env: Env
  readonly #cwd: string
  readonly #read = new Map<string, Sections>()

  constructor(env: Env, cwd: string) {
    this.#env = env
    this.#cwd = cwd
  }

  /** The user's own file, which `config set` writes. */
  get userFile(): string {
    const home = this.#env['AMLET_HOME'] || join(homedir(), '.amlet')
    return join(this.#env['AMLET_CONFIG_DIR'] || home, 'config')
  }

  /** The folder's file, which `--local` writes. */
  get localFile(): string {
    return join(this.#cwd, '.azure', 'config')
  }

  get(section: string, key: string): string | undefined {
    return this.find(section, key)?.value
  }

  find(section: string, key: string): Setting | undefined {
    for (const prefix of ['AMLET', 'AZURE']) {
      const source = `${prefix}_${section}_${key}`.toUpperCase().replaceAll('-', '_')
      const value = this.#env[source]
      if (value !== undefined && value !== '') return { name: key, value, source }
    }
    for (const file of this.#files(section)) {
      const value = this.sections(file).get(section)?.get(key)
      if (value !== undefined && value !== '') return { name: key, value, source: file }
    }
    return undefined
  }

  isOn(section: string, key: string): boolean {
    return /^(1|true|yes|on)$/i.test(this.get(section, key) ?? '')
  }

  /** Every key of a section, by the file that would be asked first. */
  list(section: string): Setting[] {
    const keys = this.#files(section).flatMap((file) => [
      ...(this.sections(file).get(section)?.keys() ?? []),
    ])
    const found = [...new Set(keys)].map((key) => this.find(section, key))
    return found.filter((setting) => setting !== undefined)
  }

  sections(file: string): Sections {
    const known = this.#read.get(file)
    if (known !== undefined) return known
    const sections = parseIni(readText(file))
    this.#read.set(file, sections)
    return sections
  }

  #files(section: string): string[] {
    const azure = join(this.#env['AZURE_CONFIG_DIR'] || join(homedir(), '.azure'), 'config')
    const user = [this.userFile, ...(section === 'defaults' ? [azure] : [])]
    return [
      ...this.#folderFiles().filter((file) => !user.includes(file) && file !== azure),
      ...user,
    ]
  }

  #folderFiles(): string[] {
    const files: string[] = []
    for (let folder = this.#cwd; ; folder = dirname(folder)) {
      files.push(join(folder, '.azure', 'config'))
      if (folder === dirname(folder)) return files
    }
  }
}

export function parseIni(text: string): Sections {
  const sections: Sections = new Map()
  let current = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[(.+)\]\s*$/.exec(line)
    const pair = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line)
    if (heading?.[1] !== undefined) {
      current = sections.get(heading[1]) ?? new Map()
      sections.set(heading[1], current)
    } else if (pair?.[1] !== undefined) current.set(pair[1], pair[2] ?? '')
  }
  return sections
}

export function printIni(sections: Sections): string {
  const blocks = [...sections].filter(([, pairs]) => pairs.size > 0)
  return blocks
    .map(([name, pairs]) => {
      const lines = [...pairs].map(([key, value]) => `${key} = ${value}\n`)
      return `[${name}]\n${lines.join('')}`
    })
    .join('\n')
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
