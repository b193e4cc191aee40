import assert from 'node:assert/strict'
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createDatastore } from '../../src/assets/datastores.ts'
import type { CommandJob, PathInput, PipelineJob } from '../../src/core/entity.ts'
import type { AmletError, SourceRef } from '../../src/core/errors.ts'
import { recordAssetUses } from '../../src/store/asset-uses.ts'
import {
  type AssetsWorld,
  assetsWorld,
  failure,
  failureText,
  insertPlainJob,
  MLFLOW_MODEL,
  writeTree,
} from '../support/assets-world.ts'

const NOWHERE = { sources: new Map<string, SourceRef>() }
const ENVIRONMENT = { image: 'ubuntu', conda_file: { dependencies: ['python=3.11'] } }

function command(inputs: Record<string, PathInput>, more: Partial<CommandJob> = {}): CommandJob {
  return { type: 'command', command: 'true', environment: ENVIRONMENT, inputs, ...more }
}

/** Three versions of an MLflow model `m`, and a model `one` that is a single file. */
async function withModels(world: AssetsWorld): Promise<void> {
  for (const tree of ['1', '2', '3'])
    await world.assets.create('model', {
      name: 'm',
      type: 'mlflow_model',
      path: world.folder(`m${tree}`, { ...MLFLOW_MODEL, 'model.lgb': tree }),
    })
  const path = join(world.folder('one', { 'model.pkl': 'weights' }), 'model.pkl')
  await world.assets.create('model', { name: 'one', path })
}

async function pinOne(world: AssetsWorld, input: PathInput) {
  const { entity, resolved, warnings } = await world.assets.pinJob(command({ x: input }), NOWHERE)
  const pinned = entity.inputs?.['x']
  assert.ok(typeof pinned === 'object')
  return {
    path: pinned.path,
    data: resolved.data.get(pinned.path),
    warnings: warnings.map((w) => w.message),
  }
}

test('a model is the same by Asset ID, ARM id, version, label, address and MLflow name', async () => {
  await using world = assetsWorld()
  await withModels(world)
  const shown = world.assets.get({ kind: 'model', name: 'm' }, { version: '3' })
  const id = String(shown['id'])
  const forms = [
    String(shown['asset_id']),
    id,
    `azureml:${id}`,
    'azureml:m:3',
    'm:3',
    'azureml:m@latest',
    'azureml://models/m/versions/3',
    'models:/m/3',
    'models:/m@latest',
  ]
  for (const path of forms) {
    const { data, path: pinned } = await pinOne(world, { type: 'mlflow_model', path })
    assert.equal(pinned, `azureml:${id}`, path)
    assert.deepEqual(readdirSync(data?.localPath ?? '').sort(), Object.keys(MLFLOW_MODEL).sort())
    assert.equal(data?.asset?.version, '3')
  }
})

test('latest is the newest version that is not archived; a label of one’s own is data', async () => {
  await using world = assetsWorld()
  await withModels(world)
  const key = { kind: 'model', name: 'm' } as const
  world.assets.archive(key, { version: '3' })
  const latest = await pinOne(world, { type: 'mlflow_model', path: 'azureml:m@latest' })
  assert.equal(latest.data?.asset?.version, '2')
  world.assets.setLabel(key, 'champion', '1')
  const champion = await pinOne(world, { type: 'mlflow_model', path: 'azureml:m@champion' })
  assert.equal(champion.data?.asset?.version, '1')
  world.assets.restore(key, { version: '3' })
  world.assets.archive(key)
  assert.match(
    await failureText(() => pinOne(world, { type: 'mlflow_model', path: 'azureml:m@latest' })),
    /model m has no version that is not archived/,
  )
})

test('an id of another workspace is looked up here with one line, and refused when strict', async () => {
  await using world = assetsWorld()
  await withModels(world)
  const path =
    'azureml://locations/westeurope/workspaces/00000000-0000-0000-0000-000000000001/models/m/versions/2'
  const { data, warnings } = await pinOne(world, { type: 'mlflow_model', path })
  assert.equal(data?.asset?.version, '2')
  assert.match(warnings.join('\n'), /names workspace 00000000-.* which is not known here/)
  const job = command({ x: { type: 'mlflow_model', path } })
  assert.match(
    await failureText(() => world.assets.pinJob(job, { ...NOWHERE, strict: true })),
    /^Substitution: /,
  )
})

test('a single-file model is told as the file, for every type that may be asked for', async () => {
  await using world = assetsWorld()
  await withModels(world)
  for (const type of ['custom_model', 'uri_folder', 'uri_file'] as const) {
    const { data, warnings } = await pinOne(world, { type, path: 'azureml:one@latest' })
    assert.equal(data?.singleFile, 'model.pkl')
    assert.equal(data?.isFile, true)
    assert.deepEqual(warnings, [
      type === 'uri_file'
        ? 'x → model one:1, INPUT_x (the file model.pkl)'
        : 'x → model one:1, INPUT_x/model.pkl (single file)',
    ])
  }
})

test('an MLflow model input gives the folder with MLmodel, also of a folder that is not registered', async () => {
  await using world = assetsWorld()
  const above = world.folder('above', { 'readme.txt': '' })
  writeTree(join(above, 'inner'), MLFLOW_MODEL)
  const { data, path } = await pinOne(world, { type: 'mlflow_model', path: above })
  assert.match(path, /\/above\/inner$/)
  assert.ok(readdirSync(data?.localPath ?? '').includes('MLmodel'))
  const none = world.folder('none', { 'model.pkl': '' })
  assert.match(
    await failureText(() => pinOne(world, { type: 'mlflow_model', path: none })),
    /is no MLflow model/,
  )
})

test('what is not there is told with what is, the nearest name and the line that makes it', async () => {
  await using world = assetsWorld()
  await withModels(world)
  const told = async (path: string, type: PathInput['type'] = 'mlflow_model') =>
    failureText(() => pinOne(world, { type: type ?? 'uri_folder', path }))
  assert.match(
    await told('azureml:n:1'),
    /there is no model n \(did you mean "m"\? there are one, m; to make it: amlet model create -n n -v 1 --path/,
  )
  assert.match(
    await told('azureml:m:9'),
    /model m has no version 9 \(it has 3, 2, 1; to make it: amlet model create -n m -v 9/,
  )
  assert.match(
    await told('azureml:m:latest'),
    /model m has no version latest \(did you mean azureml:m@latest\?\)/,
  )
  assert.match(await told('azureml:m@chamption'), /no label "chamption" \(its labels are latest\)/)
  assert.match(await told('azureml:m'), /model m is named without a version/)
  assert.match(
    await told('azureml:rides:1', 'uri_file'),
    /there is no data rides .*amlet data create -n rides -v 1 --path/,
  )
  assert.match(
    await told('azureml://registries/team/models/m/versions/1'),
    /there is no registry team/,
  )
  assert.match(await told('azureml://jobs/nope/outputs/o/paths/x'), /there is no job nope/)
})

test('a path that leaves its datastore is refused, by dots and by links', async () => {
  await using world = assetsWorld()
  const disk = world.folder('disk', { 'in.csv': '' })
  world.folder('other', { 'secret.csv': '' })
  createDatastore(world.assets.context, { name: 'mydata', type: 'local', path: disk })
  symlinkSync(join(world.root, 'user/other'), join(disk, 'link'))
  for (const path of [
    '../other/secret.csv',
    'a/../../other/secret.csv',
    '/../other',
    'link/secret.csv',
  ])
    assert.match(
      await failureText(() =>
        pinOne(world, { type: 'uri_file', path: `azureml://datastores/mydata/paths/${path}` }),
      ),
      /leads out of datastore mydata/,
      path,
    )
})

test('spaces and letters of every language in a datastore path, as they are or as a browser writes them', async () => {
  await using world = assetsWorld()
  const disk = world.folder('dîsk', { 'ünï/a b.csv': '1', 'ünï/100%25.csv': '2' })
  createDatastore(world.assets.context, { name: 'mydata', type: 'local', path: disk })
  const { workspace, subscriptionId } = world.assets.context.identity
  const long = `azureml://subscriptions/${subscriptionId}/resourcegroups/amlet/workspaces/${workspace}/datastores/mydata/paths`
  for (const start of ['azureml://datastores/mydata/paths', long])
    for (const path of ['ünï/a b.csv', '%C3%BCn%C3%AF/a%20b.csv']) {
      const { data } = await pinOne(world, { type: 'uri_file', path: `${start}/${path}` })
      assert.equal(data?.localPath, join(disk, 'ünï/a b.csv'))
    }
  const { data } = await pinOne(world, {
    type: 'uri_file',
    path: 'azureml://datastores/mydata/paths/ünï/100%25.csv',
  })
  assert.equal(data?.localPath, join(disk, 'ünï/100%25.csv'))
  assert.match(
    await failureText(() =>
      pinOne(world, {
        type: 'uri_file',
        path: 'azureml://datastores/mydata/paths/%2e%2e/%2e%2e/x',
      }),
    ),
    /leads out of datastore mydata|has nothing at/,
  )
})

test('where data is missing the line that puts it there makes its folder first', async () => {
  await using world = assetsWorld()
  const path = 'azureml://datastores/workspaceblobstore/paths/in/deep/rows.csv'
  const text = await failureText(() => pinOne(world, { type: 'uri_file', path }))
  assert.match(text, /put it there: mkdir -p (\S+\/in\/deep) && cp -r <data> \1\/rows\.csv/)
})

test('a datastore of Azure is refused where it is used, with the line that would make it work', async () => {
  await using world = assetsWorld()
  const entity = { name: 'blob', type: 'azure_blob', account_name: 'a', container_name: 'c' }
  createDatastore(world.assets.context, { ...entity, credentials: { account_key: 'secret' } })
  const text = await failureText(() =>
    pinOne(world, { type: 'uri_file', path: 'azureml://datastores/blob/paths/x' }),
  )
  assert.match(
    text,
    /OperationNotSupported: datastore blob is of type azure_blob.*amlet datastore create -n blob --path <folder>/,
  )
  assert.doesNotMatch(text, /secret/)
})

test('every problem of a pipeline is told at once, each at its line; nothing is stored', async () => {
  await using world = assetsWorld()
  const at = (line: number): SourceRef => ({ file: '/p/pipeline.yml', line, column: 5 })
  const sources = new Map([
    ['jobs.a.inputs.model.path', at(10)],
    ['jobs.a.component', at(11)],
    ['jobs.b.environment', at(20)],
  ])
  const code = world.folder('code', { 'x.py': '' })
  const job: PipelineJob = {
    type: 'pipeline',
    jobs: {
      a: {
        type: 'command',
        component: 'azureml:train:1',
        inputs: { model: { type: 'mlflow_model', path: 'azureml:m:1' } },
      },
      b: {
        type: 'command',
        component: { type: 'command', command: 'x', environment: 'azureml:env', code },
      },
    },
  }
  const problems = await failure(() => world.assets.pinJob(job, { sources }))
  assert.deepEqual(
    problems.map((problem) => [problem.message, problem.source?.line]),
    [
      ['there is no model m', 10],
      ['there is no component train', 11],
      ['there is no environment env', 20],
    ],
  )
  assert.deepEqual(readdirSync(join(world.home.datastores, 'workspaceblobstore')), [])
})

test('a compute nobody defined runs on the default with one line, and is refused when strict', async () => {
  await using world = assetsWorld()
  const job = command({}, { compute: 'azureml:cpu-cluster' })
  const { computes, warnings } = await world.assets.pinJob(job, NOWHERE)
  assert.deepEqual(computes.get('azureml:cpu-cluster'), {
    name: 'local',
    type: 'local',
    insteadOf: 'cpu-cluster',
  })
  assert.deepEqual(
    warnings.map((w) => w.message),
    ['compute cpu-cluster is not defined here; the job runs on local'],
  )
  assert.match(
    await failureText(() => world.assets.pinJob(job, { ...NOWHERE, strict: true })),
    /Substitution: compute cpu-cluster is not defined here/,
  )
  for (const compute of ['local', 'serverless', 'azureml:local'])
    assert.deepEqual((await world.assets.pinJob(command({}, { compute }), NOWHERE)).warnings, [])
})

test('code is snapshotted once, by what is in it; a single file becomes a folder', async () => {
  await using world = assetsWorld()
  const pin = async (code: string) => {
    const { entity, resolved } = await world.assets.pinJob(command({}, { code }), NOWHERE)
    assert.ok(entity.type === 'command' && entity.code !== undefined)
    return resolved.code.get(entity.code)
  }
  const code = world.folder('code', { 'train.py': 'print()' })
  const first = await pin(code)
  writeTree(code, { '__pycache__/train.pyc': 'bytes' })
  const second = await pin(code)
  assert.equal(second?.hash, first?.hash)
  assert.equal(second?.id, first?.id)
  assert.deepEqual(readdirSync(first?.localPath ?? ''), ['train.py'])
  const single = await pin(join(code, 'train.py'))
  assert.deepEqual(readdirSync(single?.localPath ?? ''), ['train.py'])
  writeFileSync(join(code, 'train.py'), 'print(2)')
  assert.notEqual((await pin(code))?.hash, first?.hash)
})

test('environments: inline ones are anonymous and shared, named and curated ones are found', async () => {
  await using world = assetsWorld()
  await world.assets.create('environment', { name: 'mine', image: 'a' })
  await world.assets.create('environment', { name: 'mine', image: 'b' })
  const pin = async (environment: CommandJob['environment']) => {
    const { entity, resolved, warnings } = await world.assets.pinJob(
      command({}, { environment }),
      NOWHERE,
    )
    assert.ok(entity.type === 'command' && typeof entity.environment === 'string')
    return { warnings, environment: resolved.environments.get(entity.environment) }
  }
  const inline = await pin(ENVIRONMENT)
  assert.equal(inline.environment?.entity.name, 'CliV2AnonymousEnvironment')
  assert.equal((await pin({ ...ENVIRONMENT })).environment?.id, inline.environment?.id)
  assert.deepEqual(
    world.assets.list('environment').map((e) => e['name']),
    ['mine'],
  )
  assert.equal((await pin('azureml:mine')).environment?.entity.image, 'b')
  assert.equal((await pin('azureml:mine:1')).environment?.entity.image, 'a')
  for (const name of [
    'azureml:AzureML-sklearn-1.5@latest',
    'azureml://registries/azureml/environments/sklearn-1.5/labels/latest',
    'azureml://registries/azureml/environments/sklearn-1.5/versions/30',
  ])
    assert.equal((await pin(name)).environment?.entity.image, 'mcr/sklearn', name)
  const other = await pin('azureml:AzureML-sklearn-1.5:12')
  assert.match(
    other.warnings[0]?.message ?? '',
    /sklearn-1\.5:12 stands for the one known here, version 30/,
  )
  assert.match(
    await failureText(() =>
      pin('azureml://registries/azureml/environments/sklern-1.5/labels/latest'),
    ),
    /there is no curated environment sklern-1\.5 \(did you mean "sklearn-1\.5"\?/,
  )
})

test('a curated environment that is not known is told with the nearest one, unless the name is one of the workspace', async () => {
  await using world = assetsWorld()
  const pin = (reference: string) => world.assets.resolve(reference, { kind: 'environment' })
  assert.throws(
    () => pin('azureml:AzureML-sklearn-1.6@latest'),
    ({ diagnostics: [{ message, hint = '' }] }: AmletError) =>
      message === 'there is no curated environment sklearn-1.6' && hint.includes('"sklearn-1.5"'),
  )
  await world.assets.create('environment', { name: 'AzureML-own', image: 'x' })
  const found = pin('azureml:AzureML-own@latest')
  assert.equal(found.type === 'version' && found.row.registry, '')
})

test('a registered component brings its own code and environment, pinned when it was registered', async () => {
  await using world = assetsWorld()
  const code = world.folder('code', { 'train.py': '' })
  const component = {
    type: 'command',
    name: 'train',
    command: 'true',
    code,
    environment: ENVIRONMENT,
  } as const
  await world.assets.create('component', component)
  const again = await world.assets.create('component', { ...component, version: '1' })
  assert.equal(again.created, false)
  await world.assets.create('component', { ...component, command: 'false' })
  world.assets.setLabel({ kind: 'component', name: 'train' }, 'default', '1')
  const job: PipelineJob = {
    type: 'pipeline',
    jobs: {
      a: { type: 'command', component: 'azureml:train' },
      b: { type: 'command', component: 'azureml:train@latest' },
    },
  }
  const { entity, resolved, uses } = await world.assets.pinJob(job, NOWHERE)
  assert.ok(entity.type === 'pipeline')
  const commandOf = (name: string) => {
    const node = entity.jobs[name]
    const found = resolved.components.get(node && 'component' in node ? String(node.component) : '')
    return found?.type === 'command' ? found.command : undefined
  }
  assert.equal(commandOf('a'), 'true')
  assert.equal(commandOf('b'), 'false')
  assert.equal(resolved.code.size, 1)
  assert.equal(resolved.environments.size, 1)
  assert.deepEqual(
    uses.filter((use) => use.kind === 'component').map((use) => `${use.input} ${use.version}`),
    ['a 1', 'b 2'],
  )
})

test('checking only stores and records nothing', async () => {
  await using world = assetsWorld()
  const code = world.folder('code', { 'x.py': '' })
  const input = { type: 'uri_folder', path: world.folder('d', { a: '' }) } as const
  const { resolved } = await world.assets.pinJob(command({ x: input }, { code }), {
    ...NOWHERE,
    bytes: 'hash',
  })
  assert.equal(resolved.data.size, 1)
  assert.deepEqual(readdirSync(join(world.home.datastores, 'workspaceblobstore')), [])
  assert.equal(world.db.all('select * from asset_version').length, 0)
})

test('lineage names the job that made a version, what it read, and who read the version', async () => {
  await using world = assetsWorld()
  await withModels(world)
  const job = command({ model: { type: 'mlflow_model', path: 'azureml:m:2' } })
  const { uses } = await world.assets.pinJob(job, NOWHERE)
  insertPlainJob(world.db, 'scoring')
  recordAssetUses(world.db, 'scoring', uses)
  const out = join(world.home.datastores, 'workspaceblobstore/azureml/scoring/scores')
  writeTree(out, { 'a.csv': '' })
  const made = world.assets.registerOutput(world.db, {
    name: 'scores',
    type: 'uri_folder',
    uri: 'azureml://datastores/workspaceblobstore/paths/azureml/scoring/scores/',
    job: 'scoring',
    output: 'scores',
    atMs: 1,
  })
  assert.equal(made.version, '1')
  const down = world.assets.lineage({ kind: 'model', name: 'm' }, { version: '2' })
  assert.deepEqual(down.used_by, [
    { job: 'scoring', input: 'model', outputs: [{ kind: 'data', name: 'scores', version: '1' }] },
  ])
  const up = world.assets.lineage({ kind: 'data', name: 'scores' }, { version: '1' })
  assert.deepEqual(up.made_by, {
    job: 'scoring',
    output: 'scores',
    inputs: [{ kind: 'model', name: 'm', version: '2', input: 'model' }],
  })
})

test('what is used in place is checked when it is pinned, and can be checked again before the start', async () => {
  await using world = assetsWorld()
  const path = world.folder('big', { 'a.csv': '1' })
  await world.assets.create('data', { name: 'big', path }, { inPlace: true })
  const { data } = await pinOne(world, { type: 'uri_folder', path: 'azureml:big:1' })
  assert.ok(data)
  assert.equal(data.isImmutable, false)
  await world.assets.expectUnchanged(data)
  writeFileSync(join(path, 'b.csv'), '')
  assert.match(
    await failureText(() => world.assets.expectUnchanged(data)),
    /^DataChanged: .*: b\.csv \(new\)/,
  )
})
