import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { stopCompiling } from '../../src/environments/compile.ts'
import { ensureEnvironment } from '../../src/environments/ensure.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const EXAMPLE = join(ROOT, 'examples', 'nyc-taxi')
const SHARED = process.env['AMLET_SHARED'] ?? join(ROOT, '..', 'shared')
const ARTICLE = join(SHARED, 'reference', 'article.md')
const RECORDS = join(SHARED, 'data', 'nyc-taxi')
const FILES = ['MLmodel', 'conda.yaml', 'model.lgb', 'python_env.yaml', 'requirements.txt']
const absent = (path: string) => (existsSync(path) ? false : `${path} is not there`)

let home = ''
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'amlet-taxi-'))
})
after(async () => {
  await stopCompiling()
  await rm(home, { recursive: true })
})

async function makeData(folder: string, ...args: readonly string[]): Promise<void> {
  await run('python3', [join(EXAMPLE, 'data', 'make_data.py'), '--output', folder, ...args])
}

test("the pipeline and its component are the article's, word for word", {
  skip: absent(ARTICLE),
}, async () => {
  const article = await readFile(ARTICLE, 'utf8')
  for (const name of ['pipeline.yml', 'component.yml']) {
    const block = article.split(`\`${name}\`\n\`\`\`yaml\n`)[1]?.split('```')[0]
    assert.equal(await readFile(join(EXAMPLE, '03_pipeline', name), 'utf8'), block)
  }
})

test('the same seed makes the same trips', async () => {
  const folders = [join(home, 'a'), join(home, 'b')]
  for (const folder of folders) await makeData(folder, '--train', '300', '--valid', '50')
  for (const name of ['train.csv', 'valid.csv']) {
    const [first, second] = await Promise.all(
      folders.map((folder) => readFile(join(folder, name), 'utf8')),
    )
    assert.equal(first, second)
  }
})

test('made trips have the columns of the real ones', { skip: absent(RECORDS) }, async () => {
  await makeData(join(home, 'c'), '--train', '10', '--valid', '10')
  const header = (text: string) => text.split(/\r?\n/)[0]
  const real = await readFile(join(RECORDS, 'greenTaxiData.csv'), 'utf8')
  assert.equal(header(await readFile(join(home, 'c', 'train.csv'), 'utf8')), header(real))
})

/** The interpreter of the example's own environment. */
async function python(): Promise<string> {
  const conda_file = parse(await readFile(join(EXAMPLE, 'environment.yml'), 'utf8'))
  const built = await ensureEnvironment({ home, entity: { conda_file }, log: () => undefined })
  return built.python
}

async function buildModel(train: string, valid: string, ...more: readonly string[]) {
  const script = join(EXAMPLE, '02_python_script', 'build_model.py')
  const args = [script, '--input_train_data', train, '--input_valid_data', valid, ...more]
  const { stdout } = await run(await python(), args, {
    env: { ...process.env, MLFLOW_TRACKING_URI: '' },
  })
  const number = (name: string) => Number(new RegExp(`^${name}: (.*)$`, 'm').exec(stdout)?.[1])
  return { stdout, number }
}

test('a model is trained, written as an MLflow model, gone on from and opened by mlflow', async () => {
  const folder = join(home, 'd')
  await makeData(folder)
  const [train, valid] = [join(folder, 'train.csv'), join(folder, 'valid.csv')]
  const model = join(home, 'model')
  const fresh = await buildModel(train, valid, '--output_model', model, '--rounds', '40')
  assert.deepEqual((await readdir(model)).sort(), FILES)
  const next = await buildModel(train, valid, '--model', model)
  assert.ok(
    next.stdout.startsWith(`model: ${model}\n${FILES.map((name) => `  ${name}\n`).join('')}`),
  )
  assert.equal(next.number('before_rmse'), fresh.number('rmse'))
  assert.equal(next.number('trees'), 100)
  assert.ok(next.number('rmse') < fresh.number('rmse'))
  const open = `import mlflow.lightgbm, sys; print(mlflow.lightgbm.load_model(sys.argv[1]).num_trees())`
  assert.equal((await run(await python(), ['-c', open, model])).stdout, '40\n')
})

test('it works on the real records of green and of yellow cabs', {
  skip: absent(RECORDS),
}, async () => {
  const green = join(RECORDS, 'greenTaxiData.csv')
  const yellow = join(RECORDS, 'yellowTaxiData.csv')
  const model = join(home, 'green-model')
  const first = await buildModel(green, green, '--output_model', model)
  assert.ok(first.number('r2') > 0.7)
  const second = await buildModel(yellow, yellow, '--model', model)
  assert.ok(second.number('rmse') < second.number('before_rmse'))
})
