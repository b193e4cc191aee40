import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DatastoreEntity } from '../../src/assets/datastores.ts'
import { createDatastore } from '../../src/assets/datastores.ts'
import { assetsWorld, failureText, MLFLOW_MODEL, writeTree } from '../support/assets-world.ts'

const local = (name: string, path: string): DatastoreEntity => ({ name, type: 'local', path })

test('a file becomes data whose bytes are in the store, with both ids', async () => {
  await using world = assetsWorld()
  const folder = world.folder('d', { 'train.csv': 'a,b\n' })
  const path = join(folder, 'train.csv')
  const { entity, created } = await world.assets.create('data', {
    name: 'rides',
    type: 'uri_file',
    path,
  })
  assert.equal(created, true)
  assert.equal(entity['version'], '1')
  assert.match(
    String(entity['path']),
    /^azureml:\/\/datastores\/workspaceblobstore\/paths\/LocalUpload\/[0-9a-f]{64}\/train\.csv$/,
  )
  assert.match(
    String(entity['id']),
    /^\/subscriptions\/.*\/workspaces\/default\/data\/rides\/versions\/1$/,
  )
  assert.match(
    String(entity['asset_id']),
    /^azureml:\/\/locations\/local\/workspaces\/[0-9a-f-]{36}\/data\/rides\/versions\/1$/,
  )
  assert.equal(readFileSync(world.assets.places.locate(String(entity['path'])), 'utf8'), 'a,b\n')
})

test('the same name, version and content again is a success that changes only tags and description', async () => {
  await using world = assetsWorld()
  const path = world.folder('d', { x: '1' })
  const given = { name: 'd', version: '7', path }
  assert.equal((await world.assets.create('data', given)).created, true)
  const again = await world.assets.create('data', {
    ...given,
    description: 'better',
    tags: { a: '1' },
  })
  assert.equal(again.created, false)
  assert.equal(again.entity['description'], 'better')
  assert.equal(world.assets.list('data', { name: 'd' }).length, 1)
})

test('other content under the same version is refused and says what differs', async () => {
  await using world = assetsWorld()
  const path = world.folder('d', { x: '1' })
  await world.assets.create('data', { name: 'd', version: '7', path })
  writeTree(path, { x: '2' })
  const text = await failureText(() =>
    world.assets.create('data', { name: 'd', version: '7', path }),
  )
  assert.match(
    text,
    /^AssetExists: data d:7 exists with other content: files x \(changed\); path: "azureml:.*" is stored, "azureml:.*" was given/,
  )
  await world.assets.create('environment', { name: 'e', version: '1', image: 'a' })
  const other = { name: 'e', version: '1', image: 'b' }
  assert.match(
    await failureText(() => world.assets.create('environment', other)),
    /environment e:1 exists with other content: image: "a" is stored, "b" was given/,
  )
})

test('automatic versions go up from the greatest number and never come back', async () => {
  await using world = assetsWorld()
  const path = world.folder('d', { x: '1' })
  const make = async (version?: string) => {
    const { entity } = await world.assets.create('data', {
      name: 'd',
      path,
      ...(version && { version }),
    })
    return entity['version']
  }
  assert.deepEqual(
    [await make(), await make(), await make('10'), await make('beta'), await make()],
    ['1', '2', '10', 'beta', '11'],
  )
  world.assets.delete({ kind: 'data', name: 'd' }, { version: '11' })
  assert.equal(await make(), '12')
  assert.match(
    await failureText(() => make('11')),
    /AssetExists: data d:11 was deleted, and a version number is never used again/,
  )
  assert.deepEqual(world.assets.delete({ kind: 'data', name: 'd' }), ['12', 'beta', '10', '2', '1'])
  assert.equal(await make(), '13')
})

test('equal content is stored once, whatever it is called', async () => {
  await using world = assetsWorld()
  await world.assets.create('data', { name: 'a', path: world.folder('one', { x: '1' }) })
  await world.assets.create('data', { name: 'b', path: world.folder('two/one', { x: '1' }) })
  assert.equal(readdirSync(join(world.home.datastores, 'workspaceblobstore/LocalUpload')).length, 1)
})

test('names and versions that cannot be are refused with the letter that is wrong', async () => {
  await using world = assetsWorld()
  const path = world.folder('d', { x: '1' })
  const refuse = (name: string, version?: string) =>
    failureText(() => world.assets.create('data', { name, path, ...(version && { version }) }))
  assert.match(await refuse('../../etc'), /the data name "\.\.\/\.\.\/etc" holds "\/"/)
  assert.match(await refuse('..'), /begins with "\."/)
  assert.match(await refuse('a b'), /holds " "/)
  assert.match(await refuse('日本'), /holds "日"/)
  assert.match(await refuse('x'.repeat(256)), /has 256 characters, and 255 is the most/)
  assert.match(await refuse('d', '../1'), /the version "\.\.\/1"/)
  assert.match(await refuse('d', 'latest'), /a version cannot be called "latest"/)
  assert.match(await refuse(''), /the data name is empty/)
  const name = 'x'.repeat(255)
  assert.equal((await world.assets.create('data', { name, path })).entity['name'], name)
})

test('files with any name that the disk takes are kept as they are', async () => {
  await using world = assetsWorld()
  const names = ['with blank.csv', 'ünï—日本.csv', '#hash?%41.csv', 'n'.repeat(255)]
  const folder = world.folder(
    'strange names',
    Object.fromEntries(names.map((name) => [name, name])),
  )
  const { entity } = await world.assets.create('data', { name: 'odd', path: folder })
  const stored = world.assets.places.locate(String(entity['path']))
  assert.deepEqual(readdirSync(stored).sort(), [...names].sort())
  for (const name of names) {
    const one = await world.assets.create('data', {
      name: 'file',
      type: 'uri_file',
      path: join(folder, name),
    })
    assert.equal(readFileSync(world.assets.places.locate(String(one.entity['path'])), 'utf8'), name)
  }
})

test('a missing path, a loop of links and a folder given as a file are each told', async () => {
  await using world = assetsWorld()
  const folder = world.folder('d', { x: '1' })
  const refuse = (path: string, type = 'uri_folder') =>
    failureText(() => world.assets.create('data', { name: 'd', type, path }))
  assert.match(await refuse('/no/where'), /^FileNotFound: there is no file or folder \/no\/where/)
  assert.match(await refuse(folder, 'uri_file'), /is a folder, and type: uri_file needs a file/)
  symlinkSync('.', join(folder, 'loop'))
  assert.match(await refuse(folder), /the link .*\/loop leads back to a folder that it is in/)
  assert.deepEqual(world.assets.list('data'), [])
})

test('the model is the folder that holds MLmodel, at the root or one level down', async () => {
  await using world = assetsWorld()
  const create = (path: string) =>
    world.assets.create('model', { name: 'm', type: 'mlflow_model', path })
  const root = await create(world.folder('m', MLFLOW_MODEL))
  assert.match(String(root.entity['path']), /\/m$/)
  const above = world.folder('above', {})
  writeTree(join(above, 'weights'), MLFLOW_MODEL)
  writeTree(above, { 'notes.txt': '' })
  const below = await create(above)
  assert.match(String(below.entity['path']), /\/above\/weights$/)
  assert.deepEqual(
    below.warnings.map((w) => w.message),
    ['MLmodel was found in weights/: that folder is the model'],
  )
  const none = world.folder('none', { 'model.pkl': '', 'deep/er/MLmodel': '' })
  const refused = await failureText(() => create(none))
  assert.match(refused, /no MLflow model: .* it holds deep, model\.pkl/)
  assert.ok(refused.includes(`${none} is no MLflow model`), "it is told by the user's own path")
  writeTree(join(above, 'second'), MLFLOW_MODEL)
  assert.match(
    await failureText(() => create(above)),
    /holds several MLflow models: second\/MLmodel, weights\/MLmodel/,
  )
  assert.match(
    await failureText(() => create(join(none, 'model.pkl'))),
    /is a file; an MLflow model is a folder/,
  )
})

test('a model from one single file says so', async () => {
  await using world = assetsWorld()
  const path = join(world.folder('m', { 'model.pkl': 'weights' }), 'model.pkl')
  const { entity } = await world.assets.create('model', { name: 'one', path })
  assert.equal(entity['type'], 'custom_model')
  assert.equal(entity['single_file'], 'model.pkl')
})

test('an mltable needs an MLTable file whose paths are there', async () => {
  await using world = assetsWorld()
  const create = (path: string) => world.assets.create('data', { name: 't', type: 'mltable', path })
  const good = world.folder('good', {
    'a.csv': '',
    MLTable: 'paths:\n  - file: ./a.csv\n  - pattern: ./*.csv\n',
  })
  assert.equal((await create(good)).created, true)
  const bad = world.folder('bad', {
    MLTable: 'paths:\n  - file: ./a.csv\n  - folder: sub\n  - url: x\n',
  })
  const text = await failureText(() => create(bad))
  assert.match(text, /paths\[0\] of .* names the file \.\/a\.csv, which is not there/)
  assert.match(text, /paths\[1\] .* names the folder sub/)
  assert.match(text, /paths\[2\] .* is none of file, folder, pattern/)
  assert.match(
    await failureText(() => create(world.folder('no', { 'a.csv': '' }))),
    /there is no file .*\/MLTable/,
  )
})

test('a folder registered in place is not copied, and a change is an error that names the files', async () => {
  await using world = assetsWorld()
  const path = world.folder('big', { 'a.csv': '1', 'b.csv': '2' })
  const { entity } = await world.assets.create('data', { name: 'big', path }, { inPlace: true })
  assert.equal(entity['in_place'], true)
  assert.equal(entity['path'], `file://${path}`)
  assert.equal(existsSync(join(world.home.datastores, 'workspaceblobstore/LocalUpload')), false)
  const key = { kind: 'data', name: 'big' } as const
  assert.equal((await world.assets.bytes(key, { version: '1' })).localPath, path)
  writeFileSync(join(path, 'b.csv'), '22')
  assert.match(
    await failureText(() => world.assets.bytes(key, { version: '1' })),
    /DataChanged: data big:1 was registered in place and .* is no longer what it was: b\.csv \(changed\)/,
  )
})

test('a path on a local datastore is registered in place', async () => {
  await using world = assetsWorld()
  const path = world.folder('disk', { 'sub/a.csv': '1' })
  createDatastore(world.assets.context, local('mydata', path))
  const uri = 'azureml://datastores/mydata/paths/sub/'
  const { entity } = await world.assets.create('data', { name: 'd', path: uri })
  assert.equal(entity['path'], 'azureml://datastores/mydata/paths/sub')
  assert.equal(entity['in_place'], true)
})

test('an unknown datastore, a folder that is not there and a built-in name are each told', async () => {
  await using world = assetsWorld()
  const { context } = world.assets
  const path = 'azureml://datastores/mydat/paths/x'
  createDatastore(context, local('mydata', world.folder('disk', { x: '' })))
  const text = await failureText(() => world.assets.create('data', { name: 'd', path }))
  assert.match(
    text,
    /there is no datastore mydat \(did you mean "mydata"\? .* amlet datastore create -n mydat --path <folder>\)/,
  )
  assert.match(
    await failureText(() => createDatastore(context, local('x', '/no/where'))),
    /there is no folder \/no\/where/,
  )
  assert.match(
    await failureText(() => createDatastore(context, local('workspaceblobstore', world.root))),
    /is built in/,
  )
  assert.match(
    await failureText(() => createDatastore(context, local('home', world.home.root))),
    /overlap/,
  )
})

test('a dry run lists what would be uploaded and stores nothing', async () => {
  await using world = assetsWorld()
  const path = world.folder('d', { 'a.csv': '12', 'b.log': '', '.amlignore': '*.log\n' })
  const preview = () => world.assets.create('data', { name: 'd', path }, { dryRun: true })
  const { entity, created } = await preview()
  assert.equal(created, false)
  assert.deepEqual(entity['files'], [
    { path: '.amlignore', size_bytes: 6 },
    { path: 'a.csv', size_bytes: 2 },
  ])
  assert.equal(entity['is_stored'], false)
  assert.deepEqual(world.assets.list('data'), [])
  await world.assets.create('data', { name: 'd', path })
  assert.equal((await preview()).entity['is_stored'], true)
})

test('a folder that amlet itself lives in is stored without it', async () => {
  await using world = assetsWorld()
  writeTree(world.root, { 'train.py': 'x' })
  const { entity } = await world.assets.create('data', { name: 'd', path: world.root })
  const stored = world.assets.places.locate(String(entity['path']))
  assert.deepEqual(readdirSync(stored), ['train.py'])
})

test('a home that cannot be written to is told, and nothing is registered', async () => {
  await using world = assetsWorld()
  const path = world.folder('d', { x: '1' })
  writeTree(join(world.home.datastores, 'workspaceblobstore'), { '.staging': 'a file in the way' })
  const text = await failureText(() => world.assets.create('data', { name: 'd', path }))
  assert.match(text, /^StorageFailure: /)
  assert.doesNotMatch(text, /\n\s+at /)
  assert.deepEqual(world.assets.list('data'), [])
})
