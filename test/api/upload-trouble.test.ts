import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Client } from '../../src/client/client.ts'
import type { ReadProgress } from '../../src/core/wire.ts'
import { type Folder, makeFolder } from '../support/job-files.ts'
import { startTestServer } from '../support/server.ts'

const FILES = 3_000

function writeMany(folder: Folder): string {
  const root = path.join(folder.path, 'many files')
  for (let i = 0; i < FILES; i += 1) {
    const at = path.join(root, `d${i % 60}`)
    if (i < 60) mkdirSync(at, { recursive: true })
    writeFileSync(path.join(at, `f ${i}.txt`), `${i}`.repeat(400))
  }
  return root
}

const create = (client: Client, root: string, more: { signal?: AbortSignal } = {}) =>
  client.post<{ entity: { version: string; file_count: number } }>(
    '/data',
    { cwd: '/', params: { name: 'many', type: 'uri_folder', path: root }, progress: 'mine' },
    more,
  )

/** Resolves when some files have been read, or when it is over. */
async function untilReading(client: Client, isOver: () => boolean): Promise<void> {
  for (;;) {
    const { files } = await client.get<ReadProgress>('/progress/mine')
    if (files > 0 || isOver()) return
  }
}

const staged = (home: string) =>
  readdirSync(path.join(home, 'datastores/workspaceblobstore/.staging')).filter((name) =>
    name.startsWith('upload-'),
  )

test('a server that is killed in the middle of an upload has nothing half there, and the next try works', async () => {
  using folder = makeFolder()
  await using server = await startTestServer()
  const root = writeMany(folder)
  let isOver = false
  const first = create(server.client, root).finally(() => {
    isOver = true
  })
  const outcome = first.then(
    () => 'done',
    () => 'cut off',
  )
  await untilReading(server.client, () => isOver)
  await server.kill()
  assert.equal(await outcome, 'cut off', 'the kill came while the upload was under way')
  await using again = await startTestServer({ home: server.home })
  const listed = await again.client.get<{ value: unknown[] }>('/data?name=many')
  assert.ok(listed.value.length <= 1, 'there whole or not at all')
  const { entity } = await create(again.client, root)
  assert.equal(entity.version, String(listed.value.length + 1))
  assert.equal(entity.file_count, FILES)
  await again.client.post('/gc', { dry_run: false })
  assert.deepEqual(staged(server.home), [])
})

test('an upload whose sender goes away ends, is there whole or not at all, and leaves nothing behind', async () => {
  using folder = makeFolder()
  await using server = await startTestServer()
  const { client, home } = server
  const root = writeMany(folder)
  const stop = new AbortController()
  let isOver = false
  const sent = create(client, root, { signal: stop.signal })
    .catch(() => undefined)
    .finally(() => {
      isOver = true
    })
  await untilReading(client, () => isOver)
  assert.ok(!isOver, 'the sender went away while the upload was under way')
  stop.abort()
  await sent
  let left: ReadProgress
  do left = await client.get<ReadProgress>('/progress/mine')
  while (left.total_files > 0)
  const { value } = await client.get<{ value: unknown[] }>('/data?name=many')
  assert.deepEqual(staged(home), [])
  const { entity } = await create(client, root)
  assert.equal(entity.version, String(value.length + 1))
  assert.equal(entity.file_count, FILES)
})
