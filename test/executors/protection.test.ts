import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe } from 'node:test'
import { type ProtectionKind, probeProtection } from '../../src/compute/local/protection.ts'
import { removeHome } from '../support/end-home.ts'
import { limitedTest as test } from './limited-test.ts'

const ROOT = process.getuid?.() === 0
const NOBODY = 65534
const STEP = path.join(import.meta.dirname, 'protected-step.ts')

interface Outcome {
  readonly protection: ProtectionKind
  readonly end: { readonly code: number }
  readonly log: string
  readonly uid: string
}

/** Runs `protected-step.ts` in a home of its own as the user `uid`, and gives what it prints. */
function runStep(uid: number, protection: ProtectionKind | 'best') {
  const home = mkdtempSync(path.join(os.tmpdir(), 'amlet-prot-'))
  const outside = mkdtempSync(path.join(os.tmpdir(), 'amlet-outside-'))
  const asset = path.join(home, 'datastores', 'ds', 'model')
  mkdirSync(asset, { recursive: true })
  for (const folder of [asset, outside]) writeFileSync(path.join(folder, 'weights'), 'as it was\n')
  if (ROOT) for (const entry of [home, outside]) spawnSync('chown', ['-R', `${uid}:${uid}`, entry])
  const argv = [process.execPath, STEP, home, outside, protection]
  const command =
    ROOT && uid !== 0
      ? ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', ...argv]
      : argv
  const [program = '', ...args] = command
  const { stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, HOME: home },
  })
  try {
    assert.notEqual(stdout, '', stderr)
    return {
      ...(JSON.parse(stdout) as Outcome),
      asset: readFileSync(path.join(asset, 'weights'), 'utf8'),
      outside: read(path.join(outside, 'weights')),
      output: readFileSync(
        path.join(home, 'datastores', 'ds', '.staging', 'a', 'out', 'made'),
        'utf8',
      ),
    }
  } finally {
    spawnSync('chmod', ['-R', 'u+w', home])
    removeHome(home)
    rmSync(outside, { recursive: true, force: true })
  }
}

const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
const users = ROOT ? [0, NOBODY] : [process.getuid?.() ?? 0]
const name = (uid: number) => (uid === 0 ? 'root' : 'a user')

describe('what a job reads stays as it was', () => {
  for (const uid of users)
    test(`as ${name(uid)}, in a namespace: writes fail in the step, outputs arrive`, (t) => {
      const seen = runStep(uid, 'best')
      if (!seen.protection.endsWith('namespace')) {
        t.skip(`no namespace is to be had here: ${seen.protection}`)
        return
      }
      assert.match(seen.log, /store: write failed\nstore: add failed\nstore: remove failed\n/)
      assert.match(seen.log, /outside: write failed\noutside: add failed\noutside: remove failed\n/)
      assert.match(seen.log, /private copy: written\n/)
      assert.equal(seen.end.code, 0)
      assert.deepEqual([seen.asset, seen.outside], ['as it was\n', 'as it was\n'])
      assert.equal(seen.output, 'made\n')
      assert.equal(seen.uid, String(uid), 'a job keeps the id of its user')
    })

  test('as a user without namespaces, mode bits protect the store', (t) => {
    const uid = users.find((user) => user !== 0)
    if (uid === undefined) {
      t.skip('there is no user but root')
      return
    }
    const seen = runStep(uid, 'mode-bits')
    assert.match(seen.log, /store: write failed\nstore: add failed\nstore: remove failed\n/)
    assert.match(seen.log, /private copy: written\n/)
    assert.deepEqual([seen.asset, seen.output], ['as it was\n', 'made\n'])
  })

  test('what is to be had is tried for real, and a home that cannot be used is told', async () => {
    const home = mkdtempSync(path.join(os.tmpdir(), 'amlet-probe-'))
    try {
      const { kind, detail } = await probeProtection(home)
      assert.ok(['namespace', 'user-namespace', 'mode-bits', 'none'].includes(kind))
      assert.match(detail, /\w+ \w+/)
      if (ROOT) assert.ok(kind === 'namespace' || kind === 'none')
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })
})
