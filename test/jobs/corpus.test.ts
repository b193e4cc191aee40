import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type CliWorld, makeCliWorld } from '../support/cli.ts'

/**
 * Public job files, unchanged, run to their end through the command line. Levels of the corpus: A needs a shell, B the
 * standard library, C packages from PyPI; D has a remote input and is left out: nothing here is changed.
 */
const ROOT = path.resolve(import.meta.dirname, '../..')
const SHARED = process.env['AMLET_SHARED'] ?? path.join(ROOT, '..', 'shared')
const FILES = path.join(SHARED, 'corpus', 'files')

interface Runnable {
  readonly path: string
  readonly level: string
}

/** Not run, each with its reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'cli/jobs/basics/hello-notebook.yml':
    'its command installs a notebook server by itself, a minute of downloads that tests no job',
}

/** Built on the machine's own Python: the packages that they pin have no builds for it. */
const MACHINE_PYTHON: Readonly<Record<string, string>> = {
  'cli/jobs/parallel/1a_oj_sales_prediction/pipeline.yml':
    'pins tensorflow 2.9.3; its stand-in scripts need the standard library only',
}

const runnable: readonly Runnable[] = existsSync(FILES)
  ? JSON.parse(readFileSync(path.join(SHARED, 'corpus', 'index.json'), 'utf8')).runnable
  : []
const chosen = runnable.filter((job) => job.level !== 'D' && !Object.hasOwn(LEFT_OUT, job.path))
if (runnable.length === 0) console.log(`SKIPPED: no corpus at ${FILES}; 0 of its jobs were run`)

let world: CliWorld
/** Packages are fetched once a machine, not once a test. */
const CACHE = {
  UV_CACHE_DIR: process.env['UV_CACHE_DIR'] ?? path.join(os.homedir(), '.cache', 'uv'),
}

async function amlet(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await world.run(words, { env: CACHE })
  assert.equal(code, 0, `amlet ${words.join(' ')}\n${stdout}${stderr}`)
  return stdout.trim()
}

before(async () => {
  world = makeCliWorld()
  if (chosen.length === 0) return
  const basics = path.join(FILES, 'cli/jobs/pipelines-with-components/basics')
  for (const name of ['train', 'score', 'eval'])
    await amlet(
      'component',
      'create',
      '-f',
      path.join(basics, '1b_e2e_registered_components', `${name}.yml`),
    )
  await amlet('data', 'create', '-f', path.join(basics, '4d_data_input', 'data.yml'))
  const store = path.join(
    world.home,
    'datastores/workspaceblobstore/azureml/4b_datastore_datapath_uri',
  )
  mkdirSync(store, { recursive: true })
  writeFileSync(path.join(store, 'hello-world.txt'), 'hello\n')
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

test('the corpus is there', { skip: runnable.length === 0 && 'no corpus beside the clone' }, () => {
  assert.ok(chosen.length >= 25, `${chosen.length} jobs are chosen`)
  console.log(`${chosen.length} of ${runnable.length} runnable jobs of the corpus are run`)
  for (const [file, reason] of Object.entries(LEFT_OUT)) console.log(`left out: ${file}: ${reason}`)
  for (const [file, reason] of Object.entries(MACHINE_PYTHON))
    console.log(`with --env machine: ${file}: ${reason}`)
})

for (const { path: file } of chosen)
  test(`${file} runs to Completed`, async () => {
    const own = Object.hasOwn(MACHINE_PYTHON, file) ? ['--env', 'machine'] : []
    const words = ['-f', path.join(FILES, file), '--stream', '--query', 'status', '-o', 'tsv']
    assert.equal(await amlet('job', 'create', ...words, ...own), 'Completed')
  })
