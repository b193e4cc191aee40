import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { AmletError } from '../core/errors.ts'
import { buildEnvironment } from './build.ts'
import { stopCompiling } from './compile.ts'
import { listEnvironments, measureEnvironment, removeEnvironment } from './list.ts'
import { digestEnvironment, resolveEnvironment } from './resolve.ts'

const run = promisify(execFile)
const env = { ...process.env, UV_PYTHON_DOWNLOADS: 'never' }

let home = ''
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'amlet-env-'))
})
after(async () => {
  await stopCompiling()
  await rm(home, { recursive: true })
})

function request(dependencies: readonly unknown[], more: Record<string, unknown> = {}) {
  const lines: string[] = []
  const plan = resolveEnvironment({ image: 'x', conda_file: { dependencies } })
  return { home, plan, env, log: (line: string) => lines.push(line), lines, ...more }
}

async function failure(promise: Promise<unknown>): Promise<AmletError> {
  const error = await promise.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AmletError, String(error))
  return error
}

test('an environment without packages needs no tool and has pip', async () => {
  const asked = request(['python>=3.9'])
  const built = await buildEnvironment(asked)
  assert.equal(built.wasBuilt, true)
  const { stdout } = await run(built.python, ['-c', 'import sys; print(sys.prefix)'])
  assert.equal(stdout.trim(), built.path)
  assert.match((await run(join(built.binDir, 'pip'), ['--version'])).stdout, /^pip /)
  assert.match(asked.lines.join('\n'), /Python 3\.\d+\.\d+ \(.*\) without packages/)
  assert.equal((await buildEnvironment(asked)).wasBuilt, false)
})

test('packages are installed once, however many ask at the same time', async () => {
  const dependencies = ['python>=3.9', { pip: ['pyjokes'] }]
  const asked = [1, 2, 3, 4].map(() => request(dependencies))
  const built = await Promise.all(asked.map(buildEnvironment))
  assert.equal(built.filter(({ wasBuilt }) => wasBuilt).length >= 1, true)
  assert.equal(new Set(built.map(({ path }) => path)).size, 1)
  const lines = asked.flatMap(({ lines }) => lines)
  assert.equal(lines.filter((line) => /building with uv/.test(line)).length, 1)
  assert.equal(lines.filter((line) => /another job is building it/.test(line)).length, 3)
  const [first] = built
  await run(first?.python ?? '', ['-c', 'import pyjokes, pip'])
})

test('a second request for what is there asks no tool', async () => {
  const asked = request(['python>=3.9', { pip: ['pyjokes'] }])
  await buildEnvironment(asked)
  const again = request(['python>=3.9', { pip: ['pyjokes'] }], { env: { PATH: '' } })
  assert.equal((await buildEnvironment(again)).wasBuilt, false)
  assert.deepEqual(again.lines, [`environment ${asked.plan.digest.slice(0, 12)}: built before`])
})

test('what a killed build left is never taken for an environment, and the next request repairs it', async () => {
  const asked = request(['python>=3.9', { pip: ['pyjokes', 'wheel'] }])
  const parent = join(home, 'environments')
  const half = join(parent, asked.plan.digest)
  await mkdir(join(half, 'bin'), { recursive: true })
  await writeFile(join(half, 'bin', 'python'), '')
  await mkdir(join(parent, `.${asked.plan.digest}.draft`, 'lib'), { recursive: true })
  const built = await buildEnvironment(asked)
  assert.equal(built.wasBuilt, true)
  assert.ok(asked.lines.includes('removing what an earlier build left unfinished'))
  const names = await readdir(parent)
  assert.deepEqual(
    names.filter((name) => name.startsWith('.')),
    [],
  )
})

test('a build in another process that is killed half-way leaves nothing in the way', async () => {
  const entity = { conda_file: { dependencies: ['python>=3.9', { pip: ['pyjokes<1', 'wheel'] }] } }
  const here = JSON.stringify(import.meta.dirname)
  const script = `
    const { buildEnvironment } = await import(${here} + '/build.ts')
    const { resolveEnvironment } = await import(${here} + '/resolve.ts')
    const log = (line) => process.stdout.write(line + '\\n')
    const plan = resolveEnvironment(${JSON.stringify(entity)})
    await buildEnvironment({ home: ${JSON.stringify(home)}, plan, log })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  const plan = resolveEnvironment(entity)
  const built = await buildEnvironment({ home, plan, env, log: () => undefined })
  await run(built.python, ['-c', 'import pyjokes'])
})

test('an environment whose Python is gone is built again', async () => {
  const asked = request(['python>=3.9', { pip: ['pyjokes>=0'] }])
  const built = await buildEnvironment(asked)
  await stopCompiling()
  await unlink(built.python)
  assert.equal((await buildEnvironment(asked)).wasBuilt, true)
})

test('a bad package is refused in the words of the resolver, with its line', async () => {
  const at = { 'dependencies.1.pip.0': [4, 9] } as const
  const conda_file = {
    dependencies: ['python>=3.9', { pip: ['no-such-package-of-amlet==1'] }],
  }
  const plan = resolveEnvironment({ conda_file }, { file: '/x/env.yml', at })
  const error = await failure(buildEnvironment({ home, plan, env, log: () => undefined }))
  assert.equal(error.code, 'EnvironmentBuildFailed')
  assert.match(error.message, /no-such-package-of-amlet was not found in the package registry/)
  assert.match(error.message, /\/x\/env\.yml:4: "no-such-package-of-amlet==1"/)
  assert.equal(error.diagnostics[0].source?.line, 4)
  assert.deepEqual(
    (await readdir(join(home, 'environments'))).filter((name) => name.includes(plan.digest)),
    [],
  )
})

test('a version that does not exist points to its own line among others', async () => {
  const error = await failure(buildEnvironment(request(['python>=3.9', 'wheel', 'pyjokes=99'])))
  assert.match(error.message, /pyjokes==99\.\*/)
  assert.match(error.message, /dependencies\.2: "pyjokes=99"/)
})

test('a Python that is not to be had is refused with a list of those that are', async () => {
  const error = await failure(buildEnvironment(request(['python=3.99', 'wheel'])))
  assert.match(
    error.message,
    /^Python ==3\.99\.\* is not on this machine .* there is .*3\.\d+\.\d+/,
  )
  assert.match(error.message, /dependencies\.0: "python=3\.99"/)
})

test('another Python stands for it when the request allows that, and it is said', async () => {
  const built = await buildEnvironment(request(['python=3.99'], { allowNearPython: true }))
  const [note] = built.notes.filter(({ kind }) => kind === 'python')
  assert.match(note?.text ?? '', /^Python 3\.\d+\.\d+ stands for "python=3\.99"$/)
})

test('a package that only conda has is refused where there is no conda', async () => {
  const asked = request(['r-base'], { env: { ...env, PATH: '/usr/bin:/bin' } })
  const error = await failure(buildEnvironment(asked))
  assert.match(error.message, /"r-base" \(conda file, dependencies\.0\) has no counterpart/)
})

test('a program that conda would have brought must be on the machine', async () => {
  const error = await failure(
    buildEnvironment(request(['python', 'openjdk'], { env: { PATH: '' } })),
  )
  assert.match(error.message, /"openjdk" is a program.* "java" is not on this machine/)
})

test('an aborted build ends and leaves nothing, and others who wait for it go on', async () => {
  const stop = new AbortController()
  const dependencies = ['python>=3.9', { pip: ['pyjokes!=0.1'] }]
  const log = (line: string) => {
    if (line.includes('building with uv')) stop.abort()
  }
  const stopped = buildEnvironment(request(dependencies, { signal: stop.signal, log }))
  const other = buildEnvironment(request(dependencies))
  await assert.rejects(stopped, { name: 'AbortError' })
  assert.equal((await other).wasBuilt, true)
})

test('environments are listed by use, measured and removed', async () => {
  const asked = request(['python>=3.9', 'wheel'])
  const built = await buildEnvironment(asked)
  await stopCompiling()
  const last = (await listEnvironments(home)).at(-1)
  assert.equal(last?.path, built.path)
  assert.ok((await measureEnvironment(built.path)) > 0)
  await removeEnvironment(home, asked.plan.digest)
  await removeEnvironment(home, asked.plan.digest)
  assert.ok((await listEnvironments(home)).every(({ path }) => path !== built.path))
})

test('the digest of an environment is a sha256 that its image enters', () => {
  const conda_file = { dependencies: ['numpy'] }
  assert.match(digestEnvironment({ image: 'a', conda_file }), /^[0-9a-f]{64}$/)
  assert.notEqual(
    digestEnvironment({ image: 'a', conda_file }),
    digestEnvironment({ image: 'b', conda_file }),
  )
})
