import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import { shellCommand } from '../../src/compute/shell.ts'
import { makeLocalWorld } from './executor-world.ts'

const world = makeLocalWorld()
after(() => world.close())

test('a shell opens in the folder of an attempt, with its inputs and variables, cleaned or not', async () => {
  const server = world.open()
  const asset = path.join(world.home, 'datastores', 'ds', 'asset')
  mkdirSync(asset, { recursive: true })
  writeFileSync(path.join(asset, 'weights'), 'as it was\n')
  const plain = world.launch('echo left >note')
  const input = path.join(plain.runDir, 'data', 'INPUT_m')
  const launch = {
    ...plain,
    env: { ...plain.env, AZURE_ML_INPUT_m: input, AMLET_ATTEMPT_ID: plain.attemptId },
    prepare: [{ op: 'link', path: input, target: asset, readOnly: true }] as const,
  }
  await server.run(launch)
  const { kind: protection } = await server.executor.protection()
  const { argv, cwd } = shellCommand({ home: world.home, protection, launch })
  assert.equal(cwd, launch.workDir)
  const ask =
    'echo "attempt: $AMLET_ATTEMPT_ID."; cat note; cat $AZURE_ML_INPUT_m/weights; echo x 2>/dev/null >>$AZURE_ML_INPUT_m/weights && echo spoilt; exit 7\n'
  const open = () =>
    spawnSync(argv[0] ?? '', [...argv.slice(1), '/bin/bash'], { input: ask, encoding: 'utf8' })
  const first = open()
  assert.match(first.stdout, /left\nas it was\n/, first.stderr)
  assert.match(first.stdout, /^attempt: \.$/m, 'what is opened does not end with the attempt')
  assert.doesNotMatch(first.stdout, protection.endsWith('namespace') ? /spoilt/ : /^$/)
  assert.equal(first.status, 7)
  rmSync(path.dirname(input), { recursive: true })
  assert.match(open().stdout, /as it was/)
  assert.equal(readFileSync(path.join(asset, 'weights'), 'utf8').startsWith('as it was\n'), true)
  await server.executor.close()
})
