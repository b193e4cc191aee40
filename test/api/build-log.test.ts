import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { StreamEvent } from '../../src/core/wire.ts'
import { untilFiles } from '../executors/executor-world.ts'
import { ended, type Folder, follow, logOf, makeFolder } from '../support/job-files.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const BUILD = 'system_logs/environment.log'
const JOB = `type: command
command: echo from the job
environment:
  image: any
  conda_file:
    dependencies: [python>=3.9, {pip: [wanted==1.0]}]
`

/** A uv that resolves at once and installs when the file `gate` is there, or gives up when `broken` is. */
function makeUv(folder: Folder): string {
  const uv = folder.write(
    'bin/uv',
    `#!/bin/sh
case "$1" in
  --version) echo 'uv 0.9.0'; exit 0 ;;
  venv) for last; do :; done; exec python3 -m venv --without-pip "$last" ;;
esac
echo $$ >'${folder.path}/installing'
echo 'Resolved 1 package in 2ms' >&2
while [ ! -e '${folder.path}/gate' ]; do
  [ ! -e '${folder.path}/broken' ] || { echo 'error: wanted==1.0 was not found' >&2; exit 1; }
  sleep 0.05
done
`,
  )
  chmodSync(uv, 0o755)
  return path.dirname(uv)
}

async function submitJob({ client }: TestServer, folder: Folder): Promise<string> {
  const file = folder.write('job.yml', JOB)
  const body = { file, cwd: folder.path }
  const { job } = await client.post<{ job: { name: string } }>('/jobs', body)
  return job.name
}

const isBuildLine = (event: StreamEvent) => event.type === 'log' && event.file === BUILD

test('the log of a build comes while it is built, once, as the first log of the job', async () => {
  using folder = makeFolder()
  const env = { PATH: `${makeUv(folder)}:${process.env['PATH']}` }
  await using server = await startTestServer({ env })
  const name = await submitJob(server, folder)
  const events: StreamEvent[] = []
  for await (const event of server.client.stream<StreamEvent>(`/jobs/${name}/stream`, {})) {
    events.push(event)
    if (!isBuildLine(event) || !/Resolved 1 package/.test(logOf([event]))) continue
    const { status } = await server.client.get<{ status: string }>(`/jobs/${name}`)
    assert.equal(status, 'Preparing')
    writeFileSync(path.join(folder.path, 'gate'), '')
  }
  const built = logOf(events.filter(isBuildLine))
  assert.match(
    built,
    /^environment [0-9a-f]{12}: building with uv 0\.9\.0 and Python .*\nResolved 1 package in 2ms\nenvironment [0-9a-f]{12}: ready after [\d.]+ s\n$/m,
  )
  assert.equal(built.match(/Resolved/g)?.length, 1)
  const files = events.flatMap((event) => (event.type === 'log' ? [event.file] : []))
  assert.deepEqual([...new Set(files)], [BUILD, 'user_logs/std_log.txt'])
  assert.equal(logOf(await follow(server.client, name)), logOf(events))
})

test('the log of a build that failed stays with its job', async () => {
  using folder = makeFolder()
  const env = { PATH: `${makeUv(folder)}:${process.env['PATH']}` }
  await using server = await startTestServer({ env })
  writeFileSync(path.join(folder.path, 'broken'), '')
  const name = await submitJob(server, folder)
  const { status, error } = (await ended(server.client, name)) as {
    status: string
    error: { message: string }
  }
  assert.equal(status, 'Failed')
  assert.match(error.message, /wanted==1\.0 was not found \(.*job\.yml:6: "wanted==1\.0"\)/)
  assert.match(logOf(await follow(server.client, name)), /Resolved 1 package/)
})

test('a server that is killed in the middle of a build builds again when it is back, and the job runs', async () => {
  using folder = makeFolder()
  const env = { PATH: `${makeUv(folder)}:${process.env['PATH']}` }
  await using server = await startTestServer({ env })
  const name = await submitJob(server, folder)
  for await (const event of server.client.stream<StreamEvent>(`/jobs/${name}/stream`, {}))
    if (isBuildLine(event) && /Resolved/.test(logOf([event]))) break
  await server.kill()
  writeFileSync(path.join(folder.path, 'gate'), '')
  await using again = await startTestServer({ home: server.home, env })
  assert.equal((await ended(again.client, name))['status'], 'Completed')
  const log = logOf(await follow(again.client, name))
  assert.match(log, /removing what an earlier build left unfinished\n.*building with uv/s)
  assert.match(log, /from the job/)
})

test('a build ends with its server, which then leaves the home alone, and the next server builds again', async () => {
  using folder = makeFolder()
  const env = { PATH: `${makeUv(folder)}:${process.env['PATH']}` }
  await using server = await startTestServer({ env })
  const name = await submitJob(server, folder)
  for await (const event of server.client.stream<StreamEvent>(`/jobs/${name}/stream`, {}))
    if (isBuildLine(event) && /Resolved/.test(logOf([event]))) break
  await server.stop()
  assert.ok(!existsSync(`/proc/${Number(read(path.join(folder.path, 'installing')))}`))
  writeFileSync(path.join(folder.path, 'gate'), '')
  await using again = await startTestServer({ home: server.home, env })
  assert.equal((await ended(again.client, name))['status'], 'Completed')
})

test('what compiles in the background ends with its server, which then leaves the home alone', async () => {
  using folder = makeFolder()
  const bin = makeUv(folder)
  const started = path.join(folder.path, 'compiling')
  const nice = folder.write('bin/nice', `#!/bin/sh\necho $$ >'${started}'\nexec sleep 3600\n`)
  chmodSync(nice, 0o755)
  writeFileSync(path.join(folder.path, 'gate'), '')
  await using server = await startTestServer({ env: { PATH: `${bin}:${process.env['PATH']}` } })
  const compiling = untilFiles(folder.path, () => read(started).endsWith('\n'))
  const name = await submitJob(server, folder)
  assert.equal((await ended(server.client, name))['status'], 'Completed')
  await compiling
  await server.stop()
  assert.ok(!existsSync(`/proc/${Number(read(started))}`))
})

const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
