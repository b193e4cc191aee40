import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { stopCompiling } from './compile.ts'
import { ensureEnvironment } from './ensure.ts'
import { installsPackages, type LayerStep, privateLayer } from './layer.ts'

const run = promisify(execFile)

let home = ''
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'amlet-layer-'))
})
after(async () => {
  await stopCompiling()
  await rm(home, { recursive: true })
})

async function carryOut(steps: readonly LayerStep[]): Promise<void> {
  for (const step of steps) {
    if (step.op === 'mkdir') await mkdir(step.path, { recursive: true })
    else if (step.op === 'link') await symlink(step.target, step.path)
    else await writeFile(step.path, step.text, { mode: step.mode ?? 0o644 })
  }
}

test('what a job installs is its own, and it sees what it shares', async () => {
  const entity = { conda_file: { dependencies: ['python>=3.9', { pip: ['pyjokes==0.6.0'] }] } }
  const built = await ensureEnvironment({ home, entity, log: () => undefined })
  const layer = privateLayer(built.env, join(home, 'layer'))
  assert.ok(layer)
  await carryOut(layer.prepare)
  const shell = (command: string, env: Readonly<Record<string, string>>) =>
    run('bash', ['-c', command], { env: { ...process.env, ...env } })
  const version = 'from importlib.metadata import version; print(version("pyjokes"))'
  const say = `python -c '${version}'`
  assert.equal((await shell(say, layer.env)).stdout, '0.6.0\n')
  await shell(
    'pip install --quiet pyjokes==0.7.2 && python -m pip install --quiet wheel',
    layer.env,
  )
  assert.equal((await shell(say, layer.env)).stdout, '0.7.2\n')
  assert.equal((await shell(say, built.env)).stdout, '0.6.0\n')
})

test("the machine's own Python has no layer", () => {
  assert.equal(privateLayer({ PATH: '/bin' }, '/nowhere'), undefined)
})

for (const [command, expected] of [
  ['pip install ipykernel papermill && papermill a b', true],
  ['python -m pip install x', true],
  ['echo a; pip3 install x', true],
  ['python train.py --pip-size 3', false],
  ['python pipeline.py', false],
] as const)
  test(`"${command}" ${expected ? 'installs' : 'does not install'} packages`, () => {
    assert.equal(installsPackages(command), expected)
  })
