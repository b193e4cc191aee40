import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Host, startHost } from './start-host.ts'

interface Sent {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

/** Sends a path as it is: `fetch` would tidy up what leads outside. */
function send(
  host: Host,
  method: string,
  target: string,
  {
    body,
    headers = {},
  }: { body?: Buffer | readonly Buffer[]; headers?: Record<string, string> } = {},
): Promise<Sent> {
  const { hostname, port } = new URL(host.url)
  return new Promise((resolve, reject) => {
    const sending = request({ hostname, port, method, path: `/api/2.0/${target}`, headers })
    sending.once('error', reject)
    sending.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      )
    })
    for (const part of Array.isArray(body) ? body : []) sending.write(part)
    sending.end(Array.isArray(body) ? undefined : body)
  })
}

const FILE = 'mlflow-artifacts/artifacts/0/run1/artifacts'
const folderOf = (host: Host) =>
  path.join(host.folder, 'datastores', 'workspaceartifactstore', 'ExperimentRun', 'dcid.run1')

test('a file comes back whole, in parts, and not at all when it is known', async () => {
  await using host = await startHost()
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, place) => place % 251))
  const put = await send(host, 'PUT', `${FILE}/a/data.bin`, { body: content })
  assert.deepEqual([put.status, put.body.length], [200, 0])
  const got = await send(host, 'GET', `${FILE}/a/data.bin`)
  assert.ok(got.body.equals(content))
  assert.equal(got.headers['x-content-type-options'], 'nosniff')
  assert.match(String(got.headers['content-disposition']), /^attachment; filename=data\.bin$/)
  const head = await send(host, 'HEAD', `${FILE}/a/data.bin`)
  assert.equal(head.headers['content-length'], '300000')
  const part = await send(host, 'GET', `${FILE}/a/data.bin`, { headers: { range: 'bytes=10-19' } })
  assert.equal(part.status, 206)
  assert.ok(part.body.equals(content.subarray(10, 20)))
  const end = await send(host, 'GET', `${FILE}/a/data.bin`, { headers: { range: 'bytes=-5' } })
  assert.ok(end.body.equals(content.subarray(-5)))
  const beyond = { headers: { range: 'bytes=400000-' } }
  assert.equal((await send(host, 'GET', `${FILE}/a/data.bin`, beyond)).status, 416)
  const known = { headers: { 'if-none-match': String(got.headers['etag']) } }
  assert.equal((await send(host, 'GET', `${FILE}/a/data.bin`, known)).status, 304)
})

test('uploads may be chunked, empty and replaced; nothing is left of the way', async () => {
  await using host = await startHost()
  const chunks = [Buffer.alloc(70_000, 'a'), Buffer.alloc(70_000, 'b')]
  assert.equal((await send(host, 'PUT', `${FILE}/x`, { body: chunks })).status, 200)
  assert.equal((await send(host, 'GET', `${FILE}/x`)).body.length, 140_000)
  assert.equal((await send(host, 'PUT', `${FILE}/x`, { body: Buffer.alloc(0) })).status, 200)
  assert.equal((await send(host, 'GET', `${FILE}/x`)).body.length, 0)
  const uploads = path.join(host.folder, 'datastores', 'workspaceartifactstore', '.uploads')
  assert.deepEqual(readdirSync(uploads), [])
  const below = await send(host, 'PUT', `${FILE}/x/y`, { body: Buffer.from('no') })
  assert.equal(below.status, 400)
  assert.equal((await send(host, 'GET', `${FILE}/x/y`)).status, 404)
})

test('no name and no link leads out of the folder', async () => {
  await using host = await startHost()
  writeFileSync(path.join(host.folder, 'secret'), 'secret')
  await send(host, 'PUT', `${FILE}/a`, { body: Buffer.from('a') })
  for (const name of [
    '../../../../secret',
    '%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret',
    '..%2f..%2f..%2f..%2fsecret',
    '%252e%252e/%252e%252e/secret',
    '..\\..\\secret',
    '%00',
    'a%00b',
  ])
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, body } = await send(host, method, `${FILE}/${name}`, {
        body: Buffer.from('x'),
      })
      assert.equal(status, 400, `${method} ${name}: ${body}`)
    }
  symlinkSync(host.folder, path.join(folderOf(host), 'out'))
  mkdirSync(path.join(folderOf(host), 'in'))
  symlinkSync(path.join(host.folder, 'secret'), path.join(folderOf(host), 'in', 'link'))
  for (const name of ['out/secret', 'in/link'])
    assert.equal((await send(host, 'GET', `${FILE}/${name}`)).status, 404, name)
  const put = await send(host, 'PUT', `${FILE}/out/new`, { body: Buffer.from('x') })
  assert.equal(put.status, 404)
  assert.ok(!existsSync(path.join(host.folder, 'new')))
  const list = await send(host, 'GET', 'mlflow-artifacts/artifacts?path=0/run1/artifacts/out')
  assert.equal(list.status, 404)
})

/** What names of artifacts are made of when they mean harm; percent signs as a client would send them. */
const HOSTILE_PARTS = [
  ...['..', '.', '/', '//', '%2e', '%2E%2e', '%252e%252e', '%2f', '%252f', '%5c', '%255c'],
  ...[
    '%00',
    '%0a',
    '%c0%ae',
    '%ef%bc%8f',
    '%e2%80%a5',
    '%e2%80%a4',
    '%23',
    '%3f',
    '%20',
    '~',
    '$HOME',
  ],
  ...[
    'C:',
    'file:',
    'a',
    'e%CC%81',
    '%C3%A9',
    'out',
    'in',
    'link',
    'x'.repeat(300),
    '%C3%A9'.repeat(130),
  ],
  ...['artifacts', 'dcid.run2', '.uploads', 'registry', 'models'],
]

test('names made of hostile parts are refused or stay inside, whatever is asked', async () => {
  await using host = await startHost()
  writeFileSync(path.join(host.folder, 'secret'), 'secret')
  await send(host, 'PUT', `${FILE}/a`, { body: Buffer.from('a') })
  symlinkSync(host.folder, path.join(folderOf(host), 'out'))
  mkdirSync(path.join(folderOf(host), 'in'))
  symlinkSync(path.join(host.folder, 'secret'), path.join(folderOf(host), 'in', 'link'))
  const outside = () => readdirSync(host.folder).sort()
  const before = outside()
  const name = fc
    .array(fc.constantFrom(...HOSTILE_PARTS), { minLength: 1, maxLength: 7 })
    .map((parts) => parts.join(''))
  const method = fc.constantFrom('PUT', 'GET', 'DELETE')
  await fc.assert(
    fc.asyncProperty(name, method, async (hostile, verb) => {
      const { status, body } = await send(host, verb, `${FILE}/${hostile}`, {
        ...(verb === 'PUT' && { body: Buffer.from('mine') }),
      })
      assert.ok([200, 400, 404].includes(status), `${verb} ${hostile}: ${status} ${body}`)
      assert.notEqual(body.toString(), 'secret', hostile)
      assert.equal(readFileSync(path.join(host.folder, 'secret'), 'utf8'), 'secret', hostile)
    }),
    { numRuns: 400, seed: 8 },
  )
  assert.deepEqual(outside(), before)
  assert.deepEqual(readdirSync(path.join(host.folder, 'datastores')), ['workspaceartifactstore'])
})

test('a folder is listed without the links that lead out of it', async () => {
  await using host = await startHost()
  await send(host, 'PUT', `${FILE}/a`, { body: Buffer.from('a') })
  symlinkSync(host.folder, path.join(folderOf(host), 'out'))
  symlinkSync('a', path.join(folderOf(host), 'same'))
  const list = await send(host, 'GET', 'mlflow-artifacts/artifacts?path=0/run1/artifacts')
  const { files } = JSON.parse(list.body.toString()) as { files: { path: string }[] }
  assert.deepEqual(
    files.map(({ path: name }) => name),
    ['a', 'same'],
  )
})

test('parts arrive in any order, twice if need be, and are one file when all are there', async () => {
  await using host = await startHost()
  const json = { headers: { 'content-type': 'application/json' } }
  const post = async (target: string, body: unknown) => {
    const sent = await send(host, 'POST', `mlflow-artifacts/mpu/${target}`, {
      ...json,
      body: Buffer.from(JSON.stringify(body)),
    })
    return {
      status: sent.status,
      body: JSON.parse(sent.body.toString()) as Record<string, unknown>,
    }
  }
  const folder = '0/run1/artifacts/deep'
  const { body } = await post(`create/${folder}`, { path: '/tmp/big.bin', num_parts: 3 })
  const uploadId = String(body['upload_id'])
  const part = (number: number, text: string) =>
    send(host, 'PUT', `mlflow-artifacts/mpu/part/${uploadId}/${number}`, {
      body: Buffer.from(text),
    })
  assert.ok((await part(3, 'c')).headers['etag'])
  await part(1, 'wrong')
  await part(1, 'a')
  const parts = [1, 2, 3].map((part_number) => ({ part_number, etag: 'x', url: 'y' }))
  const complete = () => post(`complete/${folder}`, { path: 'big.bin', upload_id: uploadId, parts })
  assert.equal((await complete()).status, 400, 'a part is missing')
  await part(2, 'b')
  assert.equal((await complete()).status, 200)
  assert.equal((await send(host, 'GET', `${FILE}/deep/big.bin`)).body.toString(), 'abc')
  assert.equal((await complete()).status, 404, 'the upload is over')
  assert.equal((await post(`abort/${folder}`, { path: 'big.bin', upload_id: '../..' })).status, 404)
})
