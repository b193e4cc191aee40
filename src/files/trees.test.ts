import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { AmletError } from '../core/errors.ts'
import { copyTree } from './copy-tree.ts'
import { compareListing, takeListing } from './listing.ts'
import { layOutPack } from './pack.ts'
import { Progress } from './progress.ts'
import { readAndHash } from './read-file.ts'
import { readFiles, readFilesTogether } from './read-files.ts'
import { type StoreRequest, storeTree } from './store-tree.ts'
import { hashTree, listTree } from './trees.ts'
import { walkTree } from './walk.ts'

const root = mkdtempSync(join(tmpdir(), 'amlet-trees-'))
after(() => rmSync(root, { recursive: true, force: true }))

const HOUR_AGO = new Date(Date.now() - 3_600_000)

/** A folder whose files were written an hour ago, as far as their times tell. */
function folder(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(root, name)
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(path, file, '..'), { recursive: true })
    writeFileSync(join(path, file), text)
    utimesSync(join(path, file), HOUR_AGO, HOUR_AGO)
  }
  return path
}

function request(path: string, more: Partial<StoreRequest> = {}): StoreRequest {
  const store = join(root, 'store')
  return {
    root: path,
    ignore: 'data',
    cacheFolder: join(root, 'cache'),
    uploads: join(store, 'LocalUpload'),
    staging: join(store, '.staging'),
    name: 'data',
    ...more,
  }
}

const staged = () => readdirSync(join(root, 'store/.staging'))

test('a folder is stored once, whole, and read-only files stay readable', async () => {
  const path = folder('first', { 'a.csv': '1', 'sub/b c.csv': '2', 'run.sh': 'echo' })
  chmodSync(join(path, 'a.csv'), 0o444)
  chmodSync(join(path, 'run.sh'), 0o755)
  const stored = await storeTree(request(path))
  assert.equal(stored.isNew, true)
  assert.equal(stored.fileCount, 3)
  assert.equal(stored.path, join(root, 'store/LocalUpload', stored.hash, 'data'))
  assert.equal(readFileSync(join(stored.path, 'sub/b c.csv'), 'utf8'), '2')
  assert.ok(statSync(join(stored.path, 'run.sh')).mode & 0o100)
  assert.equal((await storeTree(request(path))).isNew, false)
  assert.deepEqual(staged(), [])
})

test('a stored copy that is no longer what it was is replaced when it is stored again', async () => {
  const path = folder('rotten', { 'a.csv': '1\n2\n', 'b.csv': '3' })
  const stored = await storeTree(request(path, { name: 'rotten' }))
  const file = join(stored.path, 'a.csv')
  writeFileSync(file, '1\n9\n')
  utimesSync(file, HOUR_AGO, HOUR_AGO)
  const again = await storeTree(request(path, { name: 'rotten' }))
  assert.deepEqual([again.path, again.isNew, again.isMended], [stored.path, true, true])
  assert.equal(readFileSync(file, 'utf8'), '1\n2\n')
  assert.deepEqual(staged(), [])
})

test('the hash follows path, mode and content, and nothing else', async () => {
  const hash = async (name: string, files: Record<string, string>) =>
    (
      await hashTree({
        root: folder(name, files),
        ignore: 'none',
        cacheFolder: join(root, 'cache'),
      })
    ).hash
  const base = await hash('h1', { a: '1', b: '2' })
  assert.equal(await hash('h2', { b: '2', a: '1' }), base)
  assert.notEqual(await hash('h3', { a: '2', b: '1' }), base)
  assert.notEqual(await hash('h4', { a: '1', c: '2' }), base)
  chmodSync(join(root, 'h2/a'), 0o755)
  assert.notEqual(await hash('h2', {}), base)
})

test('the hash of a single file is that of its content', async () => {
  const path = folder('one', { 'm.pkl': 'weights' })
  const { hash, isFile } = await storeTree(request(join(path, 'm.pkl'), { name: 'm.pkl' }))
  assert.equal(isFile, true)
  assert.equal(hash, createHash('sha256').update('weights').digest('hex'))
})

test('a file of several megabytes is stored and hashed as it is', async () => {
  const text = 'x'.repeat(3_500_001)
  const path = folder('large', { 'big.bin': text })
  const stored = await storeTree(request(join(path, 'big.bin'), { name: 'big.bin' }))
  assert.equal(stored.hash, createHash('sha256').update(text).digest('hex'))
  assert.equal(statSync(stored.path).size, text.length)
})

test('what has not changed is not read again, what has is noticed by any of its marks', async () => {
  const path = folder('cached', { a: 'aaaa', b: 'bbbb' })
  const ask = { root: path, ignore: 'none', cacheFolder: join(root, 'cache-2') } as const
  const { hash } = await hashTree(ask)
  await setImmediate()
  chmodSync(join(path, 'a'), 0o600)
  assert.equal((await hashTree(ask)).hash, hash)
  writeFileSync(join(path, 'a'), 'AAAA')
  utimesSync(join(path, 'a'), HOUR_AGO, HOUR_AGO)
  assert.notEqual((await hashTree(ask)).hash, hash, 'same size and time, other content')
})

test('a damaged cache costs a read and nothing more', async () => {
  const path = folder('damaged', { a: '1' })
  const cacheFolder = join(root, 'cache-3')
  const ask = { root: path, ignore: 'none', cacheFolder } as const
  const { hash } = await hashTree(ask)
  await setImmediate()
  const [file] = readdirSync(join(cacheFolder, 'fingerprints'))
  assert.match(file ?? '', /\.json$/)
  writeFileSync(join(cacheFolder, 'fingerprints', file ?? ''), '{"format":1,"entries":')
  assert.equal((await hashTree(ask)).hash, hash)
})

test('a file that is no longer what the walk saw is refused, and nothing is stored', () => {
  const path = folder('moving', { a: 'before' })
  const [file] = walkTree(path).files
  assert.ok(file)
  writeFileSync(join(path, 'a'), 'after it')
  assert.throws(
    () => readAndHash(file, { copyTo: join(root, 'moved') }),
    (error: AmletError) =>
      error.code === 'DataChanged' && error.message.includes(`${path}/a changed`),
  )
  assert.equal(existsSync(join(root, 'moved')), false)
})

test('an empty folder, or one where everything is ignored, is refused', async () => {
  mkdirSync(join(root, 'empty/sub'), { recursive: true })
  const ignored = folder('all-ignored', { '.amlignore': '*\n', a: '1' })
  for (const path of [join(root, 'empty'), ignored])
    await assert.rejects(
      storeTree(request(path)),
      (error: AmletError) => error.message === `the folder ${path} holds no file to store`,
    )
  assert.deepEqual(staged(), [])
})

test('additional includes stand in the root of the snapshot, and a clash is an error', () => {
  const code = folder('main', { 'train.py': '' })
  const lib = folder('lib', { 'u.py': '', '__pycache__/u.pyc': '' })
  const ask = { root: code, ignore: 'code', cacheFolder: join(root, 'cache') } as const
  const names = listTree({ ...ask, includes: [lib, join(lib, 'u.py')] }).files.map((f) => f.path)
  assert.deepEqual(names, ['lib/u.py', 'train.py', 'u.py'])
  const other = folder('other', { 'train.py': '' })
  assert.throws(
    () => listTree({ ...ask, includes: [join(other, 'train.py')] }),
    (error: AmletError) => error.message.includes('both hold "train.py"'),
  )
})

test('a listing tells what was added, changed and taken away', () => {
  const path = folder('listed', { same: '1', edited: '1', gone: '1' })
  const { entries, fileCount } = takeListing({ root: path })
  assert.equal(fileCount, 3)
  assert.deepEqual(compareListing({ root: path, entries, limit: 9 }), { count: 0, changed: [] })
  writeFileSync(join(path, 'edited'), '22')
  writeFileSync(join(path, 'new'), '')
  rmSync(join(path, 'gone'))
  const { count, changed } = compareListing({ root: path, entries, limit: 2 })
  assert.equal(count, 3)
  assert.deepEqual(changed, ['edited (changed)', 'gone (gone)'])
})

test('a copy goes over what is there and is writable', () => {
  const path = folder('copied', { 'sub/a': 'new' })
  chmodSync(join(path, 'sub/a'), 0o444)
  const target = folder('target', { 'sub/a': 'old', 'sub/b': 'kept' })
  assert.deepEqual(copyTree({ source: path, target }), { fileCount: 1, sizeBytes: 3 })
  assert.equal(readFileSync(join(target, 'sub/a'), 'utf8'), 'new')
  assert.equal(readFileSync(join(target, 'sub/b'), 'utf8'), 'kept')
  assert.ok(statSync(join(target, 'sub/a')).mode & 0o200)
})

test('many small files are stored as one pack, and laid out as a whole afterwards', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 2000 }, (_, i) => [`d${i % 7}/f ${i}`, `${i}`]),
  )
  const path = folder('many', { ...files, 'big.bin': 'x'.repeat(1_500_000), empty: '' })
  chmodSync(join(path, 'empty'), 0o755)
  const packs = join(root, 'store/.packs')
  const ask = request(path, { packs, cacheFolder: join(root, 'cache-4') })
  const stored = await storeTree(ask)
  assert.ok(stored.pack)
  assert.equal(existsSync(stored.path), false)
  const again = await storeTree(ask)
  assert.deepEqual([again.isNew, again.pack], [false, stored.pack])
  const staging = join(root, 'store/.staging/lay')
  mkdirSync(staging, { recursive: true })
  writeFileSync(join(staging, 'half'), 'left by a crash')
  layOutPack({ pack: stored.pack, target: stored.path, staging })
  assert.equal(existsSync(stored.pack), false)
  const plain = { root: stored.path, ignore: 'none', cacheFolder: join(root, 'cache-5') } as const
  assert.equal((await hashTree(plain)).hash, stored.hash)
  assert.deepEqual((await storeTree(ask)).isNew, false)
  assert.deepEqual(staged(), [])
})

test('whoever watches sees how many files and bytes of a tree have been read', async () => {
  const path = folder('watched', { a: '1234', 'b/c': '56' })
  const progress = new Progress()
  const cacheFolder = join(root, 'cache-watched')
  const request = { root: path, ignore: 'none', cacheFolder, progress: progress.buffer } as const
  assert.deepEqual(progress.read(), { files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 })
  await hashTree(request)
  assert.deepEqual(progress.read(), { files: 2, bytes: 6, totalFiles: 2, totalBytes: 6 })
})

test('two threads that share a tree read each file once, and the order of the hashes is that of the tree', async () => {
  const files: Record<string, string> = {}
  for (let i = 0; i < 2_500; i += 1) files[`d${i % 7}/f${i}`] = `${i}`
  const path = folder('shared', files)
  const progress = new Progress()
  const { files: walked } = walkTree(path)
  const target = join(root, 'shared-copy')
  const hashes = await readFilesTogether({ files: walked, copyTo: { root: target }, progress })
  assert.deepEqual(hashes, readFiles({ files: walked }))
  assert.equal(progress.read().files, walked.length)
  assert.deepEqual(
    walkTree(target).files.map((file) => file.path),
    walked.map((file) => file.path),
  )
})

test('an upload that nobody waits for any more stops, and leaves nothing', async () => {
  const path = folder('given-up', { a: '1', 'b/c': '2' })
  const progress = new Progress()
  progress.giveUp()
  const uploads = join(root, 'given-up-uploads')
  const staging = join(root, 'given-up-staging')
  const request: StoreRequest = {
    ...{ root: path, name: 'x', ignore: 'none', uploads, staging },
    ...{ cacheFolder: join(root, 'cache-given-up'), progress: progress.buffer },
  }
  await assert.rejects(storeTree(request), { code: 'UserError', message: /has gone/ })
  assert.deepEqual([existsSync(uploads), existsSync(staging)], [false, false])
  assert.throws(() => takeListing({ root: path, progress: progress.buffer }), /has gone/)
})
