import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { PathInput } from '../../src/core/entity.ts'
import { HttpCache } from '../../src/storage/http-cache.ts'
import { httpGet } from '../../src/storage/http-get.ts'
import { toRemoteAddress } from '../../src/storage/remote-address.ts'
import { fetchFolder } from '../../src/storage/remote-folder.ts'
import { type AssetsWorld, assetsWorld, failureText } from '../support/assets-world.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A web server on a loopback port that counts what it is asked for. */
async function website(answer: Answer) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers['if-none-match'] ?? ''}`.trim())
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    asked,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Serves `content.text`, with its length as ETag. */
const tagged =
  (content: { text: string }): Answer =>
  (request, response) => {
    const etag = `"${content.text.length}"`
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end()
    else response.writeHead(200, { etag }).end(content.text)
  }

test('an address is read through the proxy that the environment names', async () => {
  await using proxy = await website((request, response) => response.end(`got ${request.url}`))
  process.env['HTTP_PROXY'] = proxy.url
  try {
    const { body } = await httpGet('http://files.example/rows.csv', {})
    assert.equal(await text(body), 'got http://files.example/rows.csv')
  } finally {
    delete process.env['HTTP_PROXY']
  }
})

async function pin(world: AssetsWorld, input: PathInput) {
  const job = {
    type: 'command',
    command: 'x',
    environment: { image: 'i' },
    inputs: { input },
  } as const
  const { resolved } = await world.assets.pinJob(job, { sources: new Map() })
  const [data] = resolved.data.values()
  assert.ok(data)
  return data
}

test('a file behind an address is fetched once, and again when its ETag has changed', async () => {
  await using world = assetsWorld()
  const content = { text: 'a,b\n' }
  await using site = await website(tagged(content))
  const input = { type: 'uri_file', path: `${site.url}/data/rides%20old.csv?sig=x` } as const
  const first = await pin(world, input)
  assert.match(first.localPath ?? '', /\/rides old\.csv$/)
  assert.equal(readFileSync(first.localPath ?? '', 'utf8'), 'a,b\n')
  const second = await pin(world, input)
  assert.equal(second.identity, first.identity)
  content.text = 'a,b,c\n'
  const third = await pin(world, input)
  assert.notEqual(third.identity, first.identity)
  assert.equal(readFileSync(third.localPath ?? '', 'utf8'), 'a,b,c\n')
  assert.equal(readFileSync(first.localPath ?? '', 'utf8'), 'a,b\n', 'what a job was given stays')
  assert.deepEqual(
    site.asked.map((line) => line.split(' ')[1]),
    [undefined, '"4"', '"4"'],
  )
})

test('data registered by an address is fetched when it is used', async () => {
  await using world = assetsWorld()
  await using site = await website(tagged({ text: '1' }))
  const path = `${site.url}/x.csv`
  await world.assets.create('data', { name: 'web', type: 'uri_file', path })
  assert.deepEqual(site.asked, [])
  const data = await pin(world, { type: 'uri_file', path: 'azureml:web:1' })
  assert.equal(data.asset?.name, 'web')
  assert.equal(readFileSync(data.localPath ?? '', 'utf8'), '1')
})

test('a broken transfer leaves nothing, and the next try works', async () => {
  await using world = assetsWorld()
  let isBroken = true
  await using site = await website((_request, response) => {
    response.writeHead(200, { 'content-length': '10' })
    if (!isBroken) response.end('0123456789')
    else {
      response.write('0123', () => response.destroy())
    }
  })
  const input = { type: 'uri_file', path: `${site.url}/x.bin` } as const
  assert.match(
    await failureText(() => pin(world, input)),
    /FileNotFound: .*\/x\.bin cannot be read/,
  )
  assert.deepEqual(readdirSync(join(world.home.cache, 'http', '.staging')), [])
  isBroken = false
  assert.equal(readFileSync((await pin(world, input)).localPath ?? '', 'utf8'), '0123456789')
})

test('an address that is gone, private or asked for as a folder is told', async () => {
  await using world = assetsWorld()
  await using site = await website((request, response) => {
    response.writeHead(request.url === '/private' ? 403 : 404).end()
  })
  const told = (path: string, type: PathInput['type'] = 'uri_file') =>
    failureText(() => pin(world, { type: type ?? 'uri_file', path }))
  assert.match(await told(`${site.url}/gone`), /there is nothing at that address/)
  assert.match(await told(`${site.url}/private`), /it is not public/)
  const before = site.asked.length
  assert.match(
    await told(`${site.url}/folder/`, 'uri_folder'),
    /OperationNotSupported: .* a folder behind https:\/\/ cannot be listed/,
  )
  assert.equal(site.asked.length, before)
  assert.match(await told('s3://bucket/x'), /addresses that begin with s3:\/\/ cannot be read/)
  assert.match(await told('http://127.0.0.1:1/x'), /cannot be read: connect ECONNREFUSED/)
})

test('mode direct hands the address over unread', async () => {
  await using world = assetsWorld()
  const data = await pin(world, {
    type: 'uri_folder',
    mode: 'direct',
    path: 'https://host.invalid/folder',
  })
  assert.deepEqual([data.uri, data.localPath], ['https://host.invalid/folder', undefined])
})

test('wasbs and abfss addresses are those of public blobs', () => {
  const urls = [
    'wasbs://data@acct.blob.core.windows.net/a/b.csv',
    'abfss://data@acct.dfs.core.windows.net/a/b.csv',
    'https://acct.blob.core.windows.net/data/a/b.csv',
  ].map((text) => toRemoteAddress(text))
  for (const address of urls) {
    assert.equal(address.url, 'https://acct.blob.core.windows.net/data/a/b.csv')
    const container = { url: 'https://acct.blob.core.windows.net/data', prefix: 'a/b.csv' }
    assert.deepEqual(address.container, container)
  }
})

test('a percent sign in a blob address that encodes nothing stands for itself', () => {
  const address = toRemoteAddress('abfss://data@acct.dfs.core.windows.net/100%_done/a.csv')
  assert.equal(address.container?.prefix, '100%_done/a.csv')
})

test('a folder of a public container is listed page by page and fetched whole', async () => {
  await using world = assetsWorld()
  const pages = [
    '<Blob><Name>taxi/a.csv</Name></Blob><Blob><Name>taxi/sub/</Name></Blob><NextMarker>2</NextMarker>',
    '<Blob><Name>taxi/sub/b &amp; c.csv</Name></Blob><NextMarker />',
  ]
  await using site = await website((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x')
    if (url.searchParams.get('comp') !== 'list')
      response.writeHead(200, { etag: '"1"' }).end(decodeURIComponent(url.pathname))
    else response.end(pages[url.searchParams.get('marker') === '2' ? 1 : 0])
  })
  const cache = new HttpCache(join(world.home.cache, 'http'))
  const container = { url: `${site.url}/data`, prefix: 'taxi/' }
  const { localPath } = await fetchFolder(cache, join(world.home.cache, 'http-folders'), container)
  assert.equal(readFileSync(join(localPath, 'a.csv'), 'utf8'), '/data/taxi/a.csv')
  assert.equal(readFileSync(join(localPath, 'sub/b & c.csv'), 'utf8'), '/data/taxi/sub/b & c.csv')
})
