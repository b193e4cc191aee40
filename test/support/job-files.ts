import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Client } from '../../src/client/client.ts'
import type { StreamEvent } from '../../src/core/wire.ts'

export type Json = Readonly<Record<string, unknown>>

export interface Folder extends Disposable {
  readonly path: string
  /** Writes a file below the folder and gives its absolute path. */
  write(name: string, text: string): string
}

/** A folder of its own for YAML and sources, removed at the end. */
export function makeFolder(): Folder {
  const folder = mkdtempSync(path.join(tmpdir(), 'amlet-files-'))
  return {
    path: folder,
    write: (name, text) => {
      const file = path.join(folder, name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, text)
      return file
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The YAML of a command job that needs nothing but a shell. */
export function commandYaml(command: string, more = ''): string {
  return `type: command\ncommand: ${JSON.stringify(command)}\nenvironment:\n  image: any\n${more}`
}

/** Submits a file; nothing is built, the machine's own Python is the environment. */
export async function submit(client: Client, file: string, more: Json = {}): Promise<string> {
  const body = { file, cwd: path.dirname(file), environment: 'machine', ...more }
  const { job } = await client.post<{ job: { name: string } }>('/jobs', body)
  return job.name
}

/** All events of a job up to its end. */
export async function follow(client: Client, name: string, query = {}): Promise<StreamEvent[]> {
  return Array.fromAsync(client.stream<StreamEvent>(`/jobs/${name}/stream`, { query }))
}

/** The job as it ended. */
export async function ended(client: Client, name: string): Promise<Json> {
  const last = (await follow(client, name)).at(-1)
  if (last?.type !== 'end') throw new Error(`the stream of ${name} ended without its job`)
  return last.job
}

/** Log text of the events, of one step where one is given. */
export function logOf(events: readonly StreamEvent[], step?: string): string {
  return events
    .filter((event) => event.type === 'log' && (step === undefined || event.step === step))
    .map((event) => (event.type === 'log' ? event.text : ''))
    .join('')
}
