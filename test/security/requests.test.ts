import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http, { type IncomingHttpHeaders } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { after, before, test } from 'node:test'
import { jobToken } from '../../src/api/tokens.ts'
import { homePaths } from '../../src/files/home.ts'
import { listenOnPort } from '../../src/server/listen.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer

before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

interface Sent {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** One request over TCP exactly as given; no header is added but Host and what the body needs. */
async function send({
  path = '/api/server',
  method = 'GET',
  headers = {},
  body,
}: Sent = {}): Promise<Answer> {
  const { port } = new URL(server.info.url)
  const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent: false })
  // The server may refuse, and close, while the body is still being sent.
  request.on('error', () => {})
  request.end(body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode ?? 0, headers: response.headers, text }
}

const owner = () => ({ authorization: `Bearer ${server.token}` })

/** Writes raw bytes to the port and resolves with all that comes back until the server closes. */
async function sendRaw(text: string, { info } = server): Promise<string> {
  const socket = connectSocket(Number(new URL(info.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(text)
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk
  })
  await once(socket, 'close')
  return answer
}

const refused: readonly (readonly [string, () => Sent, number, string])[] = [
  ['without a token', () => ({}), 401, 'Unauthorized'],
  [
    'with a wrong token',
    () => ({ headers: { authorization: 'Bearer nope' } }),
    401,
    'Unauthorized',
  ],
  ['with an empty token', () => ({ headers: { authorization: 'Bearer ' } }), 401, 'Unauthorized'],
  [
    'with a token made for a job with another secret',
    () => ({
      headers: { authorization: `Bearer ${jobToken('guess', { jobName: 'job_1', attempt: '1' })}` },
    }),
    401,
    'Unauthorized',
  ],
  [
    'for a foreign host',
    () => ({ headers: { ...owner(), host: 'evil.example' } }),
    403,
    'Forbidden',
  ],
  [
    'for a name that only begins like this host',
    () => ({ headers: { ...owner(), host: 'localhost.evil.example:80' } }),
    403,
    'Forbidden',
  ],
  [
    'from a page of another origin',
    () => ({ headers: { ...owner(), origin: 'http://evil.example' } }),
    403,
    'Forbidden',
  ],
  [
    'from a page of another port',
    () => ({ headers: { ...owner(), origin: 'http://127.0.0.1:1' } }),
    403,
    'Forbidden',
  ],
  ['from a sandboxed page', () => ({ headers: { ...owner(), origin: 'null' } }), 403, 'Forbidden'],
]

for (const [how, request, status, code] of refused)
  test(`a request over TCP ${how} is refused`, async () => {
    const answer = await send(request())
    assert.equal(answer.status, status, answer.text)
    assert.equal(JSON.parse(answer.text).error.code, code)
    assert.doesNotMatch(answer.text, new RegExp(server.token))
  })

test("the owner's token lets in, as Bearer, as Basic password and from the server's own pages", async () => {
  const basic = Buffer.from(`anybody:${server.token}`).toString('base64')
  const accepted = [
    owner(),
    { authorization: `Basic ${basic}` },
    { ...owner(), origin: server.info.url },
  ]
  for (const headers of accepted) assert.equal((await send({ headers })).status, 200)
})

test("a job's token reads the workspace and changes nothing", async () => {
  const secret = readFileSync(homePaths({ AMLET_HOME: server.home }).secret, 'utf8').trim()
  const headers = {
    authorization: `Bearer ${jobToken(secret, { jobName: 'brave_bird_1', attempt: '1' })}`,
  }
  assert.equal((await send({ headers })).status, 200)
  const stop = await send({ headers, method: 'POST', path: '/api/server/stop' })
  assert.equal(stop.status, 403)
  assert.match(stop.text, /brave_bird_1/)
})

test("a job's token is not valid for a job of another name", async () => {
  const secret = readFileSync(homePaths({ AMLET_HOME: server.home }).secret, 'utf8').trim()
  const mine = jobToken(secret, { jobName: 'mine', attempt: '1' })
  const [prefix, name, attempt, signature] = mine.split('.')
  const yours = Buffer.from('yours').toString('base64url')
  for (const parts of [
    [prefix, yours, attempt, signature],
    [prefix, name, '2', signature],
    [prefix, name, signature],
  ]) {
    const headers = { authorization: `Bearer ${parts.join('.')}` }
    assert.equal((await send({ headers })).status, 401, parts.join('.'))
  }
})

test('a request without a Host header is refused', async () => {
  const answer = await sendRaw(
    `GET /api/server HTTP/1.0\r\nauthorization: Bearer ${server.token}\r\n\r\n`,
  )
  assert.match(answer, /^HTTP\/1\.1 403 /)
})

test('another user cannot use the socket', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, () => {
  const script = `
    require('net').connect(${JSON.stringify(server.info.socket)})
      .on('connect', () => console.log('let in')).on('error', (e) => console.log(e.code))`
  const asOther = [
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    process.execPath,
    '-e',
    script,
  ]
  const { stdout, stderr } = spawnSync('setpriv', asOther, { encoding: 'utf8', cwd: '/' })
  assert.equal(stdout.trim(), 'EACCES', stderr)
})

test('a body over the limit is refused with its own code, and the server goes on', async () => {
  const body = Buffer.alloc(33 * 1024 * 1024, 0x20)
  const headers = { ...owner(), 'content-type': 'application/json' }
  const answer = await send({ method: 'POST', path: '/api/server/stop', headers, body }).catch(
    (error: NodeJS.ErrnoException) => error.code,
  )
  if (typeof answer === 'object') {
    assert.equal(answer.status, 413)
    assert.equal(JSON.parse(answer.text).error.code, 'RequestTooLarge')
  } else assert.match(String(answer), /^(EPIPE|ECONNRESET)$/)
  assert.equal((await send({ headers: owner() })).status, 200)
})

test('a body that only claims to be huge is refused at once', async () => {
  const answer = await sendRaw(
    `POST /api/server/stop HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${server.token}\r\n` +
      'content-type: application/json\r\ncontent-length: 99999999999\r\nconnection: close\r\n\r\n{',
  )
  assert.match(answer, /^HTTP\/1\.1 413 /)
})

test('headers over the limit are refused', async () => {
  const answer = await sendRaw(
    `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
  )
  assert.match(answer, /^HTTP\/1\.1 431 /)
  assert.match(answer, /"code":"UsageError"/)
})

/** What does not arrive, each as the bytes that do. */
const STOPPING: readonly (readonly [string, (token: string) => string])[] = [
  ['headers that do not arrive', () => 'GET /api/server HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: '],
  ['a body that does not arrive', (token) => `${head('POST /api/server/stop', token)}{`],
  [
    'an upload that stops moving',
    (token) => `${head(`PUT /api/uploads/${'0'.repeat(64)}`, token)}bytes`,
  ],
]

const head = (request: string, token: string) =>
  `${request} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n` +
  'content-type: application/json\r\ncontent-length: 100\r\n\r\n'

for (const [what, bytes] of STOPPING)
  test(`${what} end the connection with an answer`, async () => {
    await using hasty = await startTestServer({ args: ['--arrival-seconds', '0.2'] })
    assert.match(await sendRaw(bytes(hasty.token), hasty), /^HTTP\/1\.1 408 /)
  })

test('a server that is told nothing gives headers ten seconds', async () => {
  const listening = await listenOnPort(0, () => {})
  assert.equal(listening.headersTimeout, 10_000)
  await new Promise((resolve) => listening.close(resolve))
})

test('what is not HTTP is refused', async () => {
  assert.match(await sendRaw('\x16\x03\x01 hello\r\n\r\n'), /^HTTP\/1\.1 400 /)
})

test('no answer shows a stack or a path of the program', async () => {
  const headers = { ...owner(), 'content-type': 'application/json' }
  const bodies = ['{', '[]', '"text"', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":{}}}']
  for (const body of bodies) {
    const answer = await send({ method: 'POST', path: '/api/server/stop', headers, body })
    assert.equal(answer.status, 400, answer.text)
    assert.doesNotMatch(answer.text, /node_modules|\.ts:\d|at \w+ \(/)
  }
})

const TRAVERSALS = [
  '..',
  '../../../../etc/passwd',
  '..%2f..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '..%5c..%5cetc%5cpasswd',
  '%2fetc%2fpasswd',
  'a%00b',
  '....//....//etc/passwd',
  '%252e%252e%252fetc%252fpasswd',
  '.%2e/.%2e/token',
  '..;/..;/token',
]

test('no path parameter of any operation leads out of its folder', async () => {
  const api = JSON.parse((await send({ path: '/api/openapi.json', headers: owner() })).text) as {
    paths: Record<string, Record<string, unknown>>
  }
  const withParameters = Object.entries(api.paths).filter(([path]) => path.includes('{'))
  let asked = 0
  for (const [template, operations] of withParameters)
    for (const method of Object.keys(operations))
      for (const traversal of TRAVERSALS) {
        const path = template.replaceAll(/\{\w+\}/g, traversal)
        const answer = await send({ path, method: method.toUpperCase(), headers: owner() })
        assert.ok(
          [400, 404, 501].includes(answer.status),
          `${method} ${path}: ${answer.status} ${answer.text}`,
        )
        assert.doesNotMatch(answer.text, /root:x:|BEGIN|node_modules|\.ts:\d/)
        assert.ok(!answer.text.includes(server.token))
        asked += 1
      }
  assert.ok(asked > 500, `only ${asked} requests were made`)
})
