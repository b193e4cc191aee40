import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import type { Mounter } from './mounter.ts'
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

/**
 * Prepares a launch whose inputs are these folders; gives where they are shown, and what was to be mounted.
 *
 * @param answer of the mounter.
 */
async function prepare(
  protection: Protection,
  targets: readonly string[],
  { asMount = false, answer = 'ok' } = {},
) {
  const runDir = mkdtempSync(path.join(home, 'run-'))
  const mounted: string[] = []
  const mounter: Mounter = {
    mount: (target) => {
      mounted.push(target)
      return answer
    },
    unmount: (at) => assert.fail(at),
  }
  const links = targets.map((target, i) => {
    const at = path.join(runDir, `in${i}`)
    return { op: 'link', path: at, target, readOnly: true, asMount } as const
  })
  const launch: Launch = {
    ...{ attemptId: 'a', jobName: 'j', runDir, workDir: path.join(runDir, 'wd'), command: 'true' },
    ...{ env: {}, prepare: links, slots: { cpus: 1, gpus: 0, memoryBytes: 0 } },
    ...{ processCount: 1, nodeCount: 1, graceSeconds: 1 },
  }
  await prepareLaunch(launch, new Places({ home, protection, mounter }))
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

test('what a command names whole is mounted where that can be, and a link where not', async () => {
  const [data, model] = [folder('rows', 'a.csv'), folder('other', 'MLmodel')]
  const file = path.join(data, 'a.csv')
  const isLink = (at: string) => lstatSync(at).isSymbolicLink()
  const { shown, mounted } = await prepare('namespace', [data, file], { asMount: true })
  assert.deepEqual(mounted, [data, file])
  assert.deepEqual(shown.map(isLink), [false, false])
  assert.deepEqual((await prepare('namespace', [data, file])).mounted, [])
  const refused = await prepare('namespace', [data, file], { asMount: true, answer: 'no' })
  assert.deepEqual(refused.shown.map(isLink), [true, true])
  assert.deepEqual((await prepare('none', [data, file], { asMount: true })).shown.map(isLink), [
    true,
    true,
  ])
  await assert.rejects(
    async () => prepare('namespace', [model], { answer: 'no' }),
    /could not be made read-only: no/,
  )
})
