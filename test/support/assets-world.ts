import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Assets } from '../../src/assets/assets.ts'
import type { AssetsOptions } from '../../src/assets/context.ts'
import { AmletError, type Diagnostic } from '../../src/core/errors.ts'
import { fold, type Outputs } from '../../src/core/lifecycle/event.ts'
import type { JobPlan } from '../../src/core/plan/job-plan.ts'
import { type HomePaths, openHome } from '../../src/files/home.ts'
import type { Db } from '../../src/store/db.ts'
import { insertJobs } from '../../src/store/jobs.ts'
import { openHomeDb } from '../../src/store/open.ts'

export interface AssetsWorld extends AsyncDisposable {
  readonly root: string
  readonly home: HomePaths
  readonly db: Db
  readonly assets: Assets
  /** Writes files below a new folder of the user's and returns its path. */
  folder(name: string, files: Readonly<Record<string, string>>): string
}

/** A home with its assets, and a folder for a user's own files, both removed at the end. */
export function assetsWorld(
  options: Pick<AssetsOptions, 'clock' | 'protection'> = {},
): AssetsWorld {
  const root = mkdtempSync(path.join(tmpdir(), 'amlet-assets-'))
  const home = openHome({ AMLET_HOME: path.join(root, 'home') })
  const db = openHomeDb(home.db)
  const curated = {
    find: (name: string) =>
      name === 'sklearn-1.5' ? { entity: { image: 'mcr/sklearn' }, version: '30' } : undefined,
    list: () => ['sklearn-1.5'],
  }
  const assets = new Assets({ db, home, user: 'ada', curated, ...options })
  return {
    root,
    home,
    db,
    assets,
    folder(name, files) {
      const folder = path.join(root, 'user', name)
      mkdirSync(folder, { recursive: true })
      writeTree(folder, files)
      return folder
    },
    async [Symbol.asyncDispose]() {
      await assets.close()
      db.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

export function writeTree(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** The files that MLflow writes for a LightGBM model. */
export const MLFLOW_MODEL = {
  MLmodel: 'flavors: {}\n',
  'conda.yaml': 'dependencies: []\n',
  'model.lgb': 'tree\n',
  'python_env.yaml': 'python: 3.11\n',
  'requirements.txt': 'lightgbm\n',
} as const

/** The diagnostics that `work` fails with; it must fail. */
export async function failure(work: () => unknown): Promise<readonly Diagnostic[]> {
  try {
    await work()
  } catch (error) {
    if (error instanceof AmletError) return error.diagnostics
    throw error
  }
  throw new Error('this should have failed')
}

/** The same as text: `Code: message (hint)`. */
export async function failureText(work: () => unknown): Promise<string> {
  const diagnostics = await failure(work)
  return diagnostics.map((d) => `${d.code}: ${d.message}${d.hint ? ` (${d.hint})` : ''}`).join('\n')
}

/** Records a command job that has no inputs, with outputs that are there. */
export function insertPlainJob(db: Db, name: string, outputs: Outputs = {}): void {
  const plan: JobPlan = {
    ...{ name, parent: null, root: name, step: '', type: 'command', displayName: name },
    ...{ description: null, experiment: 'Default', compute: 'local', tags: {}, properties: {} },
    ...{ entity: {}, needs: [], inputs: [], outputs: [], continueOnStepFailure: true },
    ...{ isReusable: false, reuseParts: [] },
  }
  const created = { type: 'created', status: 'Completed', reason: null, outputs } as const
  insertJobs(db, [{ plan, position: 0, state: fold(undefined, created, 1), events: [created] }])
}
