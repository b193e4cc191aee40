import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type Client, connect } from '../../src/client/client.ts'
import type { AmletError } from '../../src/core/errors.ts'
import { homePaths } from '../../src/files/home.ts'
import { ended, type Folder, follow, type Json, logOf, makeFolder } from '../support/job-files.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let folder: Folder
let remote: Client

before(async () => {
  server = await startTestServer()
  folder = makeFolder()
  const env = { AMLET_URL: server.info.url, AMLET_TOKEN: server.token }
  remote = connect({ home: homePaths({ AMLET_HOME: '/nonexistent' }), env, autoStart: false })
})
after(async () => {
  folder[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

/** As a client elsewhere submits: the text of the file, not its path alone. */
async function submitRemote(file: string, text: string): Promise<string> {
  const body = { file, text, cwd: path.dirname(file), environment: 'machine' }
  const { job } = await remote.post<{ job: { name: string } }>('/jobs', body)
  return job.name
}

const JOB = `
type: command
command: cat hello.txt \${{inputs.d}}; sh run.sh
code: ./src
environment: {image: any}
inputs:
  d: {type: uri_file, path: ./data.csv}
`

test('over TCP code and data are sent, once, and the job runs with them', async () => {
  folder.write('src/hello.txt', 'hello\n')
  folder.write('src/run.sh', 'echo ran\n')
  folder.write('data.csv', '1,2\n')
  const file = folder.write('job.yml', JOB)
  const name = await submitRemote(file, JOB)
  const events = await follow(remote, name)
  assert.match(logOf(events), /hello\n1,2\nran\n$/)
  const again = await submitRemote(file, JOB)
  assert.equal((await ended(remote, again))['status'], 'Completed')
})

test('components in files of their own come too', async () => {
  const component = 'type: command\ncommand: echo from the component\nenvironment: {image: any}\n'
  folder.write('parts/c.yml', `name: c\nversion: "1"\n${component}`)
  const text = `
type: pipeline
settings: {default_compute: serverless}
jobs:
  step: {type: command, component: ./parts/c.yml}
`
  const name = await submitRemote(folder.write('pipeline.yml', text), text)
  assert.match(logOf(await follow(remote, name), 'step'), /from the component/)
})

test("a file that the client does not have is told by the client's own path, and the server's own is not read", async () => {
  const text = JOB.replace('./data.csv', './not-here.csv')
  await assert.rejects(submitRemote(folder.write('bad.yml', text), text), (error: Error) => {
    assert.match(error.message, /not-here\.csv/)
    assert.doesNotMatch(JSON.stringify(error), /mirrors/)
    return true
  })
  // What the client says is at a path counts, whatever this machine has there.
  const answer = await fetch(`${server.info.url}/api/data`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      cwd: '/',
      params: { name: 'stolen', type: 'uri_file', path: '/etc/passwd' },
    }),
  })
  assert.equal(answer.status, 202)
  const asked = (await answer.json()) as { upload_needed: { paths: string[] } }
  assert.deepEqual(asked.upload_needed.paths, ['/etc/passwd'])
})

test('a bad line of a conda file that came over TCP is told at its line of the client', async () => {
  const conda = folder.write('env.yml', 'dependencies:\n  - pip:\n      - -r more.txt\n')
  const text = 'type: command\ncommand: ls\nenvironment: {image: x, conda_file: ./env.yml}\n'
  const file = folder.write('conda-job.yml', text)
  const body = { file, text, cwd: folder.path }
  await assert.rejects(remote.post('/jobs', body), ({ diagnostics: [first] }: AmletError) => {
    assert.deepEqual([first.source?.file, first.source?.line], [conda, 3])
    return true
  })
})

test('bytes that are not those of their hash, and paths that lead out, are refused', async () => {
  const put = (hash: string, body: string) =>
    fetch(`${server.info.url}/api/uploads/${hash}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${server.token}` },
      body,
    })
  const hash = createHash('sha256').update('right').digest('hex')
  assert.equal((await put(hash, 'wrong')).status, 400)
  assert.equal((await put('nothash', 'x')).status, 400)
  assert.equal((await put(hash, 'right')).status, 204)
  for (const bad of ['../../etc/x', '/a/../../b', 'relative']) {
    const uploads = { [bad]: { type: 'file', sha256: hash } }
    const body = { cwd: '/', params: { name: 'd', type: 'uri_file', path: '/f' }, uploads }
    await assert.rejects(remote.call('POST', '/data', { body }), { code: 'InvalidReference' }, bad)
  }
})

test('a data asset made over TCP holds what the client sent', async () => {
  const file = folder.write('big.bin', '')
  writeFileSync(file, Buffer.alloc(40 * 1024 * 1024, 7))
  const params = { name: 'big', type: 'uri_file', path: file }
  const { entity } = await remote.post<{ entity: Json }>('/data', { cwd: folder.path, params })
  assert.equal(entity['size_bytes'], 40 * 1024 * 1024)
})
