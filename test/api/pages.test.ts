import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { SignIn } from '../../src/api/pages/sign-in.ts'
import { progressText, valueText } from '../../src/api/pages/values.ts'
import { jobToken } from '../../src/api/tokens.ts'
import { armId } from '../../src/core/refs/print.ts'
import { homePaths } from '../../src/files/home.ts'
import { ended, makeFolder, submit } from '../support/job-files.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const NASTY = '<script>alert(1)</script>'
const MINUTE_MS = 60_000
const WORKSPACE = { subscription: 's', resourceGroup: 'g', workspace: 'w' }

let server: TestServer
let cookie: string

const JOB = `type: command
name: failing
display_name: "a & ${NASTY}"
command: |
  seq 20000
  echo '${NASTY}'
  exit 4
environment: {image: none}
inputs: {text: "it's <b>"}
`
const PIPELINE = `type: pipeline
name: whole
compute: local
jobs:
  first: {command: "true", environment: {image: none}}
`

async function ask(path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${server.info.url}${path}`, {
    headers: { accept: 'text/html,*/*', ...headers },
    redirect: 'manual',
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

async function linkTo(path: string): Promise<string> {
  const { url } = await server.client.post<{ readonly url: string }>('/page-links', { path })
  return url.slice(server.info.url.length)
}

before(async () => {
  server = await startTestServer()
  using folder = makeFolder()
  const files = [folder.write('job.yml', JOB), folder.write('pipeline.yml', PIPELINE)]
  for (const file of files) await ended(server.client, await submit(server.client, file))
  const answer = await ask(await linkTo('/jobs/failing'))
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
})
after(() => server[Symbol.asyncDispose]())

test('a browser that has not signed in is told how to, in words', async () => {
  const { status, headers, text } = await ask('/jobs/failing')
  assert.equal(status, 401)
  assert.match(headers.get('content-type') ?? '', /^text\/html/)
  assert.match(text, /amlet job show -n &#60;job&#62; --web/)
  assert.ok(!text.includes(server.token))
})

test('a link signs in the browser that opens it first, and leads to its page', async () => {
  const link = await linkTo('/jobs/whole')
  const { status, headers } = await ask(link)
  assert.equal(status, 303)
  assert.equal(headers.get('location'), '/jobs/whole')
  assert.match(
    headers.get('set-cookie') ?? '',
    /^amlet_pages=\S+; Path=\/; HttpOnly; SameSite=Strict/,
  )
  const again = await ask(link)
  assert.equal(again.status, 401)
  assert.match(again.text, /used already or is older than a minute/)
  assert.equal((await ask('/sign-in?code=guess&to=/jobs')).status, 401)
})

test('a link is good for a minute, and a browser that used it for half a day', () => {
  let now = 0
  const signIn = new SignIn(() => now)
  const late = signIn.issue()
  now = MINUTE_MS + 1
  assert.equal(signIn.redeem(late), undefined)
  const session = signIn.redeem(signIn.issue()) ?? ''
  assert.ok(signIn.isSignedIn(`other=1; ${session.split(';')[0]}`))
  assert.ok(!signIn.isSignedIn('amlet_pages=guess'))
  now += 12 * 60 * MINUTE_MS + 1
  assert.ok(!signIn.isSignedIn(session))
})

test('the page of a job shows what it is, and nothing it says becomes markup', async () => {
  const { status, headers, text } = await ask('/jobs/failing', { cookie })
  assert.equal(status, 200)
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.ok(!text.includes('<script'))
  for (const part of ['Failed', 'the command exited with code 4', 'it&#39;s &#60;b&#62;'])
    assert.ok(text.includes(part), part)
  assert.match(text, /amlet job shell failing/)
  const log = await ask('/jobs/failing/logs/user_logs/std_log.txt', { cookie })
  assert.equal(log.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.ok(log.text.startsWith('1\n2\n') && log.text.endsWith(`${NASTY}\n`))
})

test('the page of a pipeline leads to its steps and counts them, and the list leads to all jobs', async () => {
  const { text } = await ask('/jobs/whole', { cookie })
  assert.match(text, /<a href="\/jobs\/whole-first">first<\/a>/)
  assert.match(text, /<p class="quiet">1 step: 1 Completed<\/p>/)
  const list = await ask('/jobs', { cookie })
  for (const name of ['failing', 'whole'])
    assert.ok(list.text.includes(`<a href="/jobs/${name}">`), name)
  assert.ok(!list.text.includes('/jobs/whole-first'))
})

test('the bare address, which MLflow prints with a fragment, is the list of jobs', async () => {
  const { status, text } = await ask('/', { cookie })
  assert.equal(status, 200)
  assert.ok(text.includes('<a href="/jobs/failing">'))
  const stranger = await ask('/')
  assert.equal(stranger.status, 401)
  assert.match(stranger.text, /This browser has not signed in/)
})

test('short words of a table stay whole on a narrow screen; names may break', async () => {
  const { text } = await ask('/jobs', { cookie })
  assert.match(text, /<td class="short"><span class="status ok">Completed<\/span><\/td>/)
  assert.match(text, /<td><a href="\/jobs\/failing">/)
})

test('values of a page are for people: assets in their short form, progress in words', () => {
  const id = `azureml:${armId({ ...WORKSPACE, kind: 'data', name: 'taxi', version: '7' })}`
  assert.equal(valueText({ type: 'uri_file', path: id }), 'azureml:taxi:7 (uri_file)')
  assert.equal(valueText({ type: 'uri_folder', path: './here' }), './here (uri_folder)')
  assert.equal(valueText(0.1), '0.1')
  const progress = { total: 10, done: 4, failed: 1, retried: 0, rate_per_second: 0.27 }
  assert.equal(
    progressText({ ...progress, items: 8, seconds_left: 22.2 }),
    '4 of 10 mini-batches, 1 failed, 0 retried, 0.27/s, about 22 s left',
  )
  assert.equal(progressText(undefined), undefined)
})

const refused: readonly (readonly [string, string, Readonly<Record<string, string>>, number])[] = [
  ['the API with the cookie of a page', '/api/jobs', {}, 401],
  ['MLflow with the cookie of a page', '/api/2.0/mlflow/experiments/get?experiment_id=0', {}, 401],
  ['a foreign origin', '/jobs', { origin: 'http://evil.example' }, 403],
  ['a job that is not there', '/jobs/nobody', {}, 404],
  ['a page that is not there', '/jobs/failing/other', {}, 404],
  ['a broken name', '/jobs/%E0%A4%A', {}, 404],
  ['a log outside of the job', '/jobs/failing/logs/..%2f..%2f..%2ftoken', {}, 404],
  ['a log that steps out', '/jobs/failing/logs/user_logs/..%2f..%2f..%2f..%2ftoken', {}, 404],
]
for (const [what, path, headers, expected] of refused)
  test(`${what} is refused`, async () => {
    const { status, text } = await ask(path, { cookie, ...headers })
    assert.equal(status, expected)
    assert.ok(!text.includes(server.token))
  })

test('a sign-in leads to pages of this server only', async () => {
  for (const to of ['https://evil.example/jobs', '//evil.example/x', '/api/jobs', '/jobsx', '['])
    assert.match((await ask(await linkTo(to))).headers.get('location') ?? '', /^\/jobs$/, to)
})

test('a job cannot make a link that signs a browser in', async () => {
  const secret = readFileSync(homePaths({ AMLET_HOME: server.home }).secret, 'utf8').trim()
  const response = await fetch(`${server.info.url}/api/page-links`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${jobToken(secret, { jobName: 'failing', attempt: '1' })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ path: '/jobs' }),
  })
  assert.equal(response.status, 403)
})
