import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { Assets } from '../../src/assets/assets.ts'
import { type AssetsWorld, assetsWorld, failureText } from '../support/assets-world.ts'

const PROGRAM = join(import.meta.dirname, '../support/create-data.ts')

function createData(world: AssetsWorld, args: readonly string[]): ChildProcess {
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  return spawn(process.execPath, [PROGRAM, world.home.root, ...args], { stdio: [...stdio] })
}

async function versionsOf(child: ChildProcess): Promise<string[]> {
  assert.ok(child.stdout)
  return (await text(child.stdout)).trim().split('\n')
}

test('ten processes that create the same name get versions without gaps or doubles', async () => {
  await using world = assetsWorld()
  const path = world.folder('d', { x: '1' })
  const children = Array.from({ length: 10 }, () => createData(world, ['d', path, '5']))
  const given = (await Promise.all(children.map(versionsOf))).flat().map(Number)
  given.sort((a, b) => a - b)
  assert.deepEqual(
    given,
    Array.from({ length: 50 }, (_, i) => i + 1),
  )
  const stored = world.assets.list('data', { name: 'd' }).map((entity) => Number(entity['version']))
  assert.deepEqual(stored.reverse(), given)
})

/** Kills `child` at the `count`-th change below `folder`, and waits for its end. False when it had ended by itself. */
async function killAtChange(child: ChildProcess, folder: string, count: number): Promise<boolean> {
  const watcher = watch(folder, { recursive: true })
  // Folders are renamed away while they are looked at.
  watcher.on('error', () => {})
  let seen = 0
  watcher.on('change', () => {
    seen += 1
    if (seen === count) child.kill('SIGKILL')
  })
  await once(child, 'exit')
  watcher.close()
  return child.signalCode === 'SIGKILL'
}

test('kill -9 at any time of an upload leaves nothing half there, and the next try works', async () => {
  await using world = assetsWorld()
  const files = Object.fromEntries(
    Array.from({ length: 1500 }, (_, i) => [`d${i % 20}/f${i}.txt`, `${i}`.repeat(50)]),
  )
  const store = join(world.home.datastores, 'workspaceblobstore')
  mkdirSync(join(store, '.staging'), { recursive: true })
  mkdirSync(join(store, 'LocalUpload'))
  let underWay = 0
  for (const count of [1, 20, 400]) {
    const path = world.folder(`d${count}`, { ...files, extra: `${count}` })
    const wasKilled = await killAtChange(createData(world, [`d${count}`, path, '1']), store, count)
    for (const hash of readdirSync(join(store, 'LocalUpload'))) {
      const stored = readdirSync(join(store, 'LocalUpload', hash), { recursive: true })
      assert.equal(stored.length, 1 + 20 + 1501, 'what is there is whole')
    }
    const before = world.assets.list('data', { name: `d${count}` }).length
    if (wasKilled && before === 0) underWay += 1
    const { entity } = await world.assets.create('data', { name: `d${count}`, path })
    assert.equal(entity['version'], String(before + 1))
    assert.equal(entity['file_count'], 1501)
  }
  assert.ok(underWay > 0, 'no kill came while the upload was under way')
  await world.assets.gc({ dryRun: false })
  assert.deepEqual(readdirSync(join(store, '.staging')), [])
})

test('a large folder is registered before its files are laid out, and a crash in between loses nothing', async () => {
  await using world = assetsWorld()
  const files = Object.fromEntries(Array.from({ length: 2500 }, (_, i) => [`f${i}`, `${i}`]))
  const path = world.folder('many', files)
  const store = join(world.home.datastores, 'workspaceblobstore')
  mkdirSync(join(store, 'LocalUpload'), { recursive: true })
  const packs = join(store, '.packs')
  let inBetween = 0
  for (const count of [1, 3, 30, 900]) {
    const wasKilled = await killAtChange(createData(world, ['many', path, '1']), store, count)
    const isStored = world.assets.list('data', { name: 'many' }).length > 0
    const isLaidOut = !existsSync(packs) || readdirSync(packs).length === 0
    if (wasKilled && isStored && !isLaidOut) inBetween += 1
    for (const hash of readdirSync(join(store, 'LocalUpload')))
      assert.equal(readdirSync(join(store, 'LocalUpload', hash, 'many')).length, 2500)
  }
  assert.ok(inBetween > 0, 'no kill came between the registration and the end of the layout')
  const next = new Assets({ db: world.db, home: world.home })
  await next.create('data', { name: 'many', path })
  for (const { version } of next.list('data', { name: 'many' }) as { version: string }[]) {
    const { localPath } = await next.bytes({ kind: 'data', name: 'many' }, { version })
    assert.equal(readFileSync(join(localPath, 'f2499'), 'utf8'), '2499')
  }
  assert.deepEqual(readdirSync(packs), [])
  await next.gc({ dryRun: false })
  assert.deepEqual(readdirSync(join(store, '.staging')), [])
  await next.close()
})

const APPEND = `
  const fs = require('node:fs')
  const file = fs.openSync(process.argv[1], 'a')
  console.log('writing')
  for (;;) fs.writeSync(file, 'more')`

test('a file that is written to during its upload is an error, and nothing is stored', async () => {
  await using world = assetsWorld()
  const path = world.folder('d', {})
  const file = join(path, 'growing.bin')
  // Reading it takes many turns of the processor: the writer has some of them on any machine.
  writeFileSync(file, '')
  truncateSync(file, 64_000_000)
  const writer = spawn(process.execPath, ['-e', APPEND, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const create = () => world.assets.create('data', { name: 'd', path })
  try {
    await once(createInterface(writer.stdout), 'line')
    assert.match(
      await failureText(create),
      /^DataChanged: .*growing\.bin changed while it was being/,
    )
  } finally {
    writer.kill('SIGKILL')
    await once(writer, 'exit')
  }
  const store = join(world.home.datastores, 'workspaceblobstore')
  assert.deepEqual(readdirSync(join(store, '.staging')), [])
  assert.equal(existsSync(join(store, 'LocalUpload')), false)
  assert.equal((await create()).entity['version'], '1')
})

test('a file that may not be read is named', {
  skip: process.getuid?.() !== 0 && 'needs root to be another user',
}, async () => {
  await using world = assetsWorld()
  const path = world.folder('d', { open: '1', closed: '2' })
  chmodSync(join(path, 'closed'), 0)
  chmodSync(world.root, 0o755)
  const script = `
    import { walkTree } from '${join(import.meta.dirname, '../../src/files/walk.ts')}'
    import { readAndHash } from '${join(import.meta.dirname, '../../src/files/read-file.ts')}'
    process.setuid(65534)
    try { walkTree('${path}').files.forEach((file) => readAndHash(file)) }
    catch (error) { console.log(error.diagnostics[0].message) }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  assert.equal((await text(child.stdout)).trim(), `${path}/closed may not be read by this user`)
})
