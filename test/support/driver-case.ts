import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after } from 'node:test'

/** Folder of the driver. */
export const DRIVER = path.resolve(import.meta.dirname, '../../src/compute/parallel/driver')
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A parallel job as its driver sees it, without a server. */
export interface Case {
  readonly python: string
  readonly folder: string
  readonly plan: string
  readonly error: string
}

/** A job folder with `files` numbered inputs, an entry script and the settings of a plan. */
export function makeCase(script: string, settings: Record<string, unknown> = {}, files = 20): Case {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'amlet-parallel-'))
  folders.push(folder)
  for (const name of ['in', 'code', 'out']) mkdirSync(path.join(folder, name))
  for (let i = 0; i < files; i++)
    writeFileSync(path.join(folder, 'in', `${String(i).padStart(3, '0')}.txt`), `${i}\n`)
  writeFileSync(path.join(folder, 'code', 'score.py'), script)
  const plan = path.join(folder, 'plan.json')
  const body = {
    input: { name: 'data', path: path.join(folder, 'in') },
    plan_path: plan,
    state_dir: path.join(folder, 'state'),
    log_dir: path.join(folder, 'logs'),
    mini_batch: { count: 1 },
    entry_script: 'score.py',
    argv: [],
    append_row_to: path.join(folder, 'out', 'rows.txt'),
    mini_batch_error_threshold: -1,
    error_threshold: -1,
    max_retries: 2,
    timeout_seconds: 60,
    processes: 2,
    logging_level: 'INFO',
    ...settings,
  }
  writeFileSync(plan, JSON.stringify(body))
  return { python: 'python3', folder, plan, error: path.join(folder, 'error.json') }
}

export function start({ python, folder, plan, error }: Case, ...options: string[]): ChildProcess {
  return spawn(python, ['-B', DRIVER, plan, ...options], {
    cwd: path.join(folder, 'code'),
    env: { ...process.env, AMLET_ERROR_FILE: error, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export async function finish(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk) => chunks.push(chunk))
  child.stderr?.on('data', (chunk) => chunks.push(chunk))
  const [code] = await once(child, 'close')
  return { code, text: Buffer.concat(chunks).toString() }
}

/** Resolves when what it has written matches. */
export function untilText(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      text += String(chunk)
      if (pattern.test(text)) resolve()
    })
    child.once('close', () => reject(new Error(`it ended without ${pattern}:\n${text}`)))
  })
}

/** The driver, started and awaited. */
export const run = (job: Case, ...options: string[]) => finish(start(job, ...options))
export const rowsOf = ({ folder }: Case) =>
  readFileSync(path.join(folder, 'out', 'rows.txt'), 'utf8')
    .trim()
    .split('\n')
export const errorOf = ({ error }: Case): { message: string; debug_info: string } =>
  JSON.parse(readFileSync(error, 'utf8')).error
export const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => `${String(i).padStart(3, '0')}.txt`)
