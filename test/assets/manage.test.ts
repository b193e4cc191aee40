import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCompute, listComputeViews, removeCompute } from '../../src/assets/compute-views.ts'
import { createRegistry, listRegistryViews, removeRegistry } from '../../src/assets/registries.ts'
import type { AmletError } from '../../src/core/errors.ts'
import { openDb } from '../../src/store/db.ts'
import { migrate } from '../../src/store/migrate.ts'
import { TRACKING_MIGRATIONS } from '../../src/store/tracking/migrations.ts'
import { assetsWorld, failureText, insertPlainJob, MLFLOW_MODEL } from '../support/assets-world.ts'

const M = { kind: 'model', name: 'm' } as const

test('description, tags, properties and stage can change, the rest cannot', async () => {
  await using world = assetsWorld()
  const path = world.folder('m', MLFLOW_MODEL)
  await world.assets.create('model', { name: 'm', type: 'mlflow_model', path })
  const shown = world.assets.get(M, { version: '1' })
  const wanted = { ...shown, description: 'good', tags: { a: 1 }, stage: 'Production' }
  const updated = world.assets.update(M, { label: 'latest' }, wanted)
  assert.equal(updated['description'], 'good')
  assert.deepEqual(updated['tags'], { a: '1' })
  assert.equal(updated['stage'], 'Production')
  assert.match(
    await failureText(() => world.assets.update(M, { version: '1' }, { ...shown, path: '/x' })),
    /InvalidValue: path of model m:1 cannot be changed/,
  )
  const container = world.assets.getContainer(M)
  world.assets.update(M, {}, { ...container, description: 'all of them' })
  assert.equal(world.assets.getContainer(M)['description'], 'all of them')
})

test('lists leave out what is archived, unless asked', async () => {
  await using world = assetsWorld()
  for (const image of ['a', 'b']) await world.assets.create('environment', { name: 'e', image })
  const key = { kind: 'environment', name: 'e' } as const
  world.assets.archive(key, { version: '1' })
  const versions = (archived?: 'all' | 'archived') =>
    world.assets
      .list('environment', { name: 'e', ...(archived && { archived }) })
      .map((entity) => entity['version'])
  assert.deepEqual([versions(), versions('all'), versions('archived')], [['2'], ['2', '1'], ['1']])
  assert.equal(world.assets.list('environment')[0]?.['latest_version'], '2')
  world.assets.archive(key)
  assert.deepEqual(world.assets.list('environment'), [])
  assert.equal(world.assets.list('environment', { archived: 'archived' }).length, 1)
  assert.throws(
    () => world.assets.get(key, { label: 'latest' }),
    (error: AmletError) => /amlet environment restore -n e$/.test(error.diagnostics[0].hint ?? ''),
  )
})

test('a download has the files of the model in a folder of its name', async () => {
  await using world = assetsWorld()
  const path = world.folder('m', { ...MLFLOW_MODEL, 'sub/x': '1' })
  await world.assets.create('model', { name: 'm', type: 'mlflow_model', path })
  const target = join(world.root, 'down')
  const { path: got, fileCount } = await world.assets.download(M, { version: '1' }, target)
  assert.equal(got, join(target, 'm'))
  assert.equal(fileCount, 6)
  assert.equal(readFileSync(join(got, 'sub/x'), 'utf8'), '1')
  writeFileSync(join(target, 'file'), '')
  assert.match(
    await failureText(() => world.assets.download(M, { version: '1' }, join(target, 'file'))),
    /StorageFailure: .* cannot be written/,
  )
})

test('a registry of this server takes shared versions; the built-in one takes nothing', async () => {
  await using world = assetsWorld()
  const path = world.folder('m', MLFLOW_MODEL)
  await world.assets.create('model', { name: 'm', type: 'mlflow_model', path })
  const target = { registry: 'team', name: 'shared', version: '5' }
  const share = () => world.assets.share(M, { version: '1' }, target)
  assert.match(
    await failureText(share),
    /there is no registry team .*amlet registry create -n team/,
  )
  createRegistry(world.assets.context, { name: 'team' })
  assert.equal(share()['id'], 'azureml://registries/team/models/shared/versions/5')
  assert.equal(share()['version'], '5')
  const found = world.assets.resolve('azureml://registries/team/models/shared/labels/latest', {
    kind: 'model',
  })
  assert.equal(found.type === 'version' && found.row.version, '5')
  assert.deepEqual(
    world.assets.list('model', { registry: 'team' }).map((e) => e['name']),
    ['shared'],
  )
  const { context } = world.assets
  assert.deepEqual(
    listRegistryViews(context).map((r) => r['name']),
    ['azureml', 'team'],
  )
  assert.match(
    await failureText(() => removeRegistry(context, 'team')),
    /still holds 1 assets, such as model shared/,
  )
  const given = { name: 'e', image: 'x' }
  assert.match(
    await failureText(() => world.assets.create('environment', given, { registry: 'azureml' })),
    /Forbidden: registry azureml is built in and read-only/,
  )
  assert.equal(
    world.assets.list('environment', { registry: 'azureml' })[0]?.['name'],
    'sklearn-1.5',
  )
})

test('a model comes from a job’s output, a run’s artifact and a datastore path', async () => {
  await using world = assetsWorld()
  const out = join(world.home.datastores, 'workspaceblobstore/azureml/train/model')
  mkdirSync(out, { recursive: true })
  for (const [name, text] of Object.entries(MLFLOW_MODEL)) writeFileSync(join(out, name), text)
  const uri = 'azureml://datastores/workspaceblobstore/paths/azureml/train/model/'
  insertPlainJob(world.db, 'train', { model: { type: 'mlflow_model', uri } })
  const artifacts = join(
    world.home.datastores,
    'workspaceartifactstore/ExperimentRun/dcid.train/best',
  )
  mkdirSync(artifacts, { recursive: true })
  writeFileSync(join(artifacts, 'MLmodel'), '')
  const forms = ['azureml://jobs/train/outputs/model', uri, 'runs:/train/best']
  for (const path of forms) {
    const { entity } = await world.assets.create('model', { name: 'm', type: 'mlflow_model', path })
    const { localPath } = await world.assets.bytes(M, { version: String(entity['version']) })
    assert.ok(existsSync(join(localPath, 'MLmodel')), path)
    assert.equal(entity['in_place'], undefined)
  }
  const create = (path: string) => world.assets.create('model', { name: 'm', path })
  assert.match(
    await failureText(() => create('azureml://jobs/train/outputs/modell')),
    /job train has no output "modell" \(did you mean "model"\? its outputs are artifacts, model\)/,
  )
  for (const path of ['azureml://jobs/train/outputs/model/paths/../x', 'runs:/train/../dcid.other'])
    assert.match(
      await failureText(() => create(path)),
      /InvalidReference: the path .* leads out of/,
    )
  assert.match(
    await failureText(() => create('runs:/train/bst')),
    /has nothing at "ExperimentRun\/dcid\.train\/bst"/,
  )
})

test('a model that MLflow 3 logged is found by its run and name, and by its own id', async () => {
  await using world = assetsWorld()
  const metrics = openDb(world.home.metricsDb)
  migrate(metrics, TRACKING_MIGRATIONS)
  metrics.exec(`
    pragma foreign_keys = off;
    insert into logged_model (workspace_no, model_id, experiment_no, name, artifact_location, created_ms,
      updated_ms, status, source_run_id, lifecycle)
    values (1, 'm-0a1b', 1, 'model', 'x', 1, 1, 'LOGGED_MODEL_READY', 'train', 'active')`)
  metrics.close()
  const folder = join(world.home.datastores, 'workspaceartifactstore/ExperimentRun/dcid.m-0a1b')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'MLmodel'), '')
  for (const path of ['runs:/train/model', 'models:/m-0a1b']) {
    const { entity } = await world.assets.create('model', { name: 'm', type: 'mlflow_model', path })
    assert.match(String(entity['path']), /ExperimentRun\/dcid\.m-0a1b$/, path)
  }
})

test('an output is registered once, and an MLflow model without MLmodel is refused', async () => {
  await using world = assetsWorld()
  const out = join(world.home.datastores, 'workspaceblobstore/azureml/j/o')
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'model.pkl'), '')
  const uri = 'azureml://datastores/workspaceblobstore/paths/azureml/j/o/'
  const given = { name: 'm', type: 'custom_model', uri, job: 'j', output: 'o', atMs: 1 }
  const register = (more = {}) => world.assets.registerOutput(world.db, { ...given, ...more })
  assert.equal(register().version, '1')
  assert.equal(register().version, '1')
  assert.equal(register({ job: 'k' }).version, '2')
  assert.match(
    await failureText(() => register({ type: 'mlflow_model', job: 'l' })),
    /output "o" cannot be registered as model m: .* is no MLflow model/,
  )
})

test('the compute of this machine is there from the start and stays', async () => {
  await using world = assetsWorld()
  const { context } = world.assets
  assert.deepEqual(
    listComputeViews(context).map((c) => [c['name'], c['is_default']]),
    [['local', true]],
  )
  createCompute(context, { name: 'cpu-cluster', type: 'amlcompute', size: 'Standard_DS3_v2' })
  assert.match(
    world.assets.resolveCompute('azureml:cpu-cluster').warnings[0]?.message ?? '',
    /stands in for it/,
  )
  assert.match(
    await failureText(() => removeCompute(context, 'local')),
    /is this machine and cannot be deleted/,
  )
  removeCompute(context, 'CPU-Cluster')
  assert.match(
    await failureText(() => removeCompute(context, 'loca')),
    /there is no compute loca \(did you mean "local"\?/,
  )
})

test('gc removes what nothing refers to, and only that', async () => {
  await using world = assetsWorld()
  const { assets, db, home } = world
  const uploads = join(home.datastores, 'workspaceblobstore/LocalUpload')
  const shared = world.folder('shared', { x: '1' })
  await assets.create('data', { name: 'a', path: shared })
  await assets.create('data', { name: 'b', path: shared })
  await assets.create('data', { name: 'c', path: world.folder('c', { x: 'only c' }) })
  assets.delete({ kind: 'data', name: 'a' })
  assets.delete({ kind: 'data', name: 'c' })
  const staging = join(home.datastores, 'workspaceblobstore/.staging')
  mkdirSync(join(staging, 'upload-999999999-x'), { recursive: true })
  mkdirSync(join(staging, 'attempt-of-nobody'), { recursive: true })
  const ofOther = `upload-${process.ppid}-x`
  mkdirSync(join(staging, ofOther))
  const plan = await assets.gc({ dryRun: true })
  assert.deepEqual(plan.items.map((item) => item.reason).sort(), [
    'left by interrupted work',
    'left by interrupted work',
    'upload that nothing refers to',
  ])
  assert.equal(plan.freed_bytes, 6)
  assert.equal(readdirSync(uploads).length, 2)
  await assets.gc({ dryRun: false })
  assert.equal(readdirSync(uploads).length, 1)
  assert.deepEqual(readdirSync(staging), [ofOther], 'of a process that lives')
  assert.equal((await assets.bytes({ kind: 'data', name: 'b' }, { version: '1' })).isFile, false)
  assert.deepEqual((await assets.gc({ dryRun: false })).items, [])
  assert.equal(db.get<{ n: number }>('select count(*) as n from asset_version')?.n, 3)
})

test('gc lets be what a job was just given, and takes it when the job never came', async () => {
  let now = 1_000
  await using world = assetsWorld({ clock: () => now })
  const input = { type: 'uri_folder', path: world.folder('d', { x: '1' }) } as const
  const code = world.folder('code', { 'a.py': '' })
  const job = {
    type: 'command',
    command: 'x',
    environment: { image: 'i' },
    code,
    inputs: { input },
  } as const
  await world.assets.pinJob(job, { sources: new Map() })
  assert.deepEqual((await world.assets.gc({ dryRun: false })).items, [])
  now += 3_600_000
  assert.equal((await world.assets.gc({ dryRun: false })).items.length, 2)
  await world.assets.pinJob(job, { sources: new Map() })
})

test('gc removes environments that nobody asked for in a long time', async () => {
  await using world = assetsWorld({ clock: () => 100 * 86_400_000 })
  const removed: string[] = []
  const environments = {
    list: async () => [
      { digest: 'old', path: '/e/old', usedAtMs: 0 },
      { digest: 'new', path: '/e/new', usedAtMs: 99 * 86_400_000 },
    ],
    measure: async () => 5,
    remove: async (digest: string) => {
      removed.push(digest)
    },
  }
  assert.equal((await world.assets.gc({ dryRun: true, environments })).freed_bytes, 5)
  assert.deepEqual(removed, [])
  await world.assets.gc({ dryRun: false, environments })
  assert.deepEqual(removed, ['old'])
})

test('with mode bits stored files and folders cannot be written to, and gc still removes them', async () => {
  await using world = assetsWorld({ protection: 'mode-bits' })
  const path = world.folder('d', { 'sub/x': '1' })
  await world.assets.create('data', { name: 'd', path })
  const { localPath } = await world.assets.bytes({ kind: 'data', name: 'd' }, { version: '1' })
  for (const name of ['', 'sub', 'sub/x'])
    assert.equal(statSync(join(localPath, name)).mode & 0o222, 0, name)
  assert.equal((await world.assets.create('data', { name: 'd', path })).created, true)
  world.assets.delete({ kind: 'data', name: 'd' })
  assert.equal((await world.assets.gc({ dryRun: false })).items.length, 1)
  assert.deepEqual(readdirSync(join(world.home.datastores, 'workspaceblobstore/LocalUpload')), [])
})
