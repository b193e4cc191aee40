import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { Places, type Protection } from './places.ts'
import { prepareLaunch } from './prepare.ts'
import type { Launch } from './protocol.ts'

const home = mkdtempSync(path.join(tmpdir(), 'amlet-prepare-'))
after(() => rmSync(home, { recursive: true }))

function folder(name: string, file: string): string {
  const at = path.join(home, 'datastores', 'ds', name)
  mkdirSync(at, { recursive: true })
  writeFileSync(path.join(at, file), file)
  return at
}

/** Prepares a launch whose inputs are these folders; gives where they are shown, and what was mounted. */
async function prepare(protection: Protection, targets: readonly string[]) {
  const runDir = mkdtempSync(path.join(home, 'run-'))
  const mounted: string[] = []
  const mount = (target: string) => {
    mounted.push(target)
    return 'ok'
  }
  const links = targets.map((target, i) => {
    return { op: 'link', path: path.join(runDir, `in${i}`), target, readOnly: true } as const
  })
  const launch: Launch = {
    ...{ attemptId: 'a', jobName: 'j', runDir, workDir: path.join(runDir, 'wd'), command: 'true' },
    ...{ env: {}, prepare: links, slots: { cpus: 1, gpus: 0, memoryBytes: 0 } },
    ...{ processCount: 1, nodeCount: 1, graceSeconds: 1 },
  }
  await prepareLaunch(launch, new Places({ home, protection, mount }))
  return { shown: links.map((link) => link.path), mounted }
}

test('an MLflow model is never behind a link: it is mounted, or copied where nothing can be', async () => {
  const [model, data] = [folder('model', 'MLmodel'), folder('data', 'a.csv')]
  const { shown, mounted } = await prepare('none', [model, data])
  assert.deepEqual(
    shown.map((at) => lstatSync(at).isSymbolicLink()),
    [false, true],
  )
  assert.equal(readFileSync(path.join(shown[0] ?? '', 'MLmodel'), 'utf8'), 'MLmodel')
  assert.deepEqual(mounted, [])
  assert.deepEqual((await prepare('namespace', [model, data])).mounted, [model])
})
