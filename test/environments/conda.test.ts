import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { buildEnvironment } from '../../src/environments/build.ts'
import { stopCompiling } from '../../src/environments/compile.ts'
import { resolveEnvironment } from '../../src/environments/resolve.ts'
import { ensureUv } from '../../src/environments/uv.ts'

/**
 * conda's road with a real channel, resolver and installer: py-rattler in micromamba's place, because neither
 * conda nor micromamba can be had from a package index.
 */
const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/conda')
const root = mkdtempSync(path.join(tmpdir(), 'amlet-conda-'))
const home = path.join(root, 'home')
const channel = path.join(root, 'a channel')
const env = { ...process.env, PATH: `${path.join(root, 'bin')}:${process.env['PATH']}` }

before(async () => {
  mkdirSync(path.join(root, 'bin'))
  mkdirSync(home)
  const uv = await ensureUv({ home })
  const venv = path.join(root, 'rattler')
  const python = path.join(venv, 'bin', 'python')
  const run = (...args: string[]) => execFileSync(uv.path, args, { env: uv.env, stdio: 'pipe' })
  run('venv', '--quiet', venv)
  run('pip', 'install', '--quiet', '--python', python, 'py-rattler==0.28.0')
  const micromamba = path.join(root, 'bin', 'micromamba')
  const script = path.join(FIXTURES, 'micromamba.py')
  writeFileSync(micromamba, `#!/bin/sh\nexec '${python}' '${script}' "$@"\n`)
  chmodSync(micromamba, 0o755)
  execFileSync('python3', [path.join(FIXTURES, 'make_channel.py'), channel])
})
after(async () => {
  await stopCompiling()
  rmSync(root, { recursive: true, force: true })
})

function entityOf(dependencies: readonly unknown[]) {
  const channels = [`file://${channel.replaceAll(' ', '%20')}`, 'nodefaults']
  const conda_file = { name: 'n', prefix: '/p', channels, dependencies, variables: { MINE: '1' } }
  return { image: 'x', conda_file }
}

function build(dependencies: readonly unknown[], log: string[] = []) {
  const plan = resolveEnvironment(entityOf(dependencies))
  return buildEnvironment({ home, plan, env, log: (line) => log.push(line) })
}

test('where micromamba is, it makes the environment, with what only conda has, and the log tells it', async () => {
  const log: string[] = []
  const built = await build(['python', 'only_in_conda=1.5', 'pip', { pip: ['six==1.16.0'] }], log)
  const ask =
    "import only_in_conda, six, os; print(only_in_conda.VERSION, six.__version__, os.environ['MINE'], os.environ['ONLY_DATA'])"
  const line = `only-tool; python -c "${ask}"`
  const { stdout } = await promisify(execFile)('bash', ['-c', line], { env: built.env })
  assert.equal(stdout, `tool of the channel\n1.5.0 1.16.0 1 ${built.path}/share/only\n`)
  assert.equal(built.env['CONDA_PREFIX'], built.path)
  const told = log.join('\n')
  assert.match(
    told,
    /building with micromamba\n[\s\S]*\+ only_in_conda 1\.5\.0\n[\s\S]*ready after/,
  )
  assert.equal(
    (await build(['python', 'only_in_conda=1.5', 'pip', { pip: ['six==1.16.0'] }])).wasBuilt,
    false,
  )
})

test('what the resolver refuses is told in its words with the line, and leaves no folder', async () => {
  const log: string[] = []
  const failing = build(['python', 'only_in_conda=9'], log)
  await assert.rejects(failing, (error: Error) => {
    assert.match(error.message, /^micromamba could not install the packages: .*only_in_conda/)
    assert.match(error.message, /\(conda file, dependencies\.1: "only_in_conda=9"\)$/)
    return true
  })
  assert.match(log.at(-1) ?? '', /failed after/)
})

test('a pip line that cannot be had is told by itself, not by pip', async () => {
  const failing = build(['python', 'only_in_conda', 'pip', { pip: ['six==99.0'] }])
  await assert.rejects(failing, /\(conda file, dependencies\.3\.pip\.0: "six==99\.0"\)$/)
})

test('a builder that outlives a killed server is ended before the next one builds in its place', async () => {
  const slow = path.join(root, 'slow')
  mkdirSync(slow)
  const started = path.join(root, 'started')
  const script = `#!/bin/sh\nif [ ! -e '${started}' ]; then echo $$ > '${started}'; echo at work >&2; sleep 600; fi\nexec '${path.join(root, 'bin', 'micromamba')}' "$@"\n`
  writeFileSync(path.join(slow, 'micromamba'), script, { mode: 0o755 })
  const scratch = path.join(root, 'scratch')
  mkdirSync(scratch)
  const slowEnv = { ...process.env, PATH: `${slow}:${process.env['PATH']}`, TMPDIR: scratch }
  const entity = entityOf(['python', 'only_in_conda>=1'])
  const src = JSON.stringify(path.resolve(import.meta.dirname, '../../src/environments'))
  const program = `
    const { buildEnvironment } = await import(${src} + '/build.ts')
    const { resolveEnvironment } = await import(${src} + '/resolve.ts')
    const log = (line) => process.stdout.write(line + '\\n')
    await buildEnvironment({ home: ${JSON.stringify(home)}, plan: resolveEnvironment(${JSON.stringify(entity)}), log })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { env: slowEnv })
  for await (const text of child.stdout) if (String(text).includes('at work')) break
  child.kill('SIGKILL')
  const orphan = Number(readFileSync(started, 'utf8'))
  assert.ok(existsSync(`/proc/${orphan}`), 'it goes on without its server')
  const log: string[] = []
  const plan = resolveEnvironment(entity)
  const built = await buildEnvironment({ home, plan, env: slowEnv, log: (line) => log.push(line) })
  assert.match(log.join('\n'), /ending what still builds it/)
  const stat = `/proc/${orphan}/stat`
  assert.ok(!existsSync(stat) || /\) Z /.test(readFileSync(stat, 'utf8')), 'it has ended')
  assert.ok(existsSync(path.join(built.path, 'bin', 'only-tool')))
  const left = [scratch, path.dirname(built.path)].flatMap((folder) => readdirSync(folder))
  assert.deepEqual(
    left.filter((name) => /^\.[0-9a-f]{64}|^amlet-/.test(name)),
    [],
    'what the killed build left is gone',
  )
})

test('a half-made folder of conda is never taken for an environment', async () => {
  const dependencies = ['python', 'only_in_conda=1.5.0']
  const built = await build(dependencies)
  rmSync(path.join(built.path, 'amlet-environment.json'))
  const log: string[] = []
  const again = await build(dependencies, log)
  assert.equal(again.wasBuilt, true)
  assert.match(log[0] ?? '', /removing what an earlier build left unfinished/)
  assert.ok(existsSync(path.join(again.path, 'bin', 'only-tool')))
})
