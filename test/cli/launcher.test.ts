import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { before, test } from 'node:test'
import { ROOT } from '../support/cli.ts'

const AMLET = path.join(ROOT, 'amlet')

before(() => {
  execFileSync('sh', [path.join(ROOT, 'scripts', 'setup.sh')], { stdio: 'ignore' })
})

function versionThrough(program: string, cwd: string) {
  return spawnSync(program, ['version', '--query', 'amlet', '-o', 'tsv'], { cwd, encoding: 'utf8' })
}

test('the launcher starts amlet from any folder, through a link too', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'amlet-launch-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const link = path.join(folder, 'linked')
  symlinkSync(AMLET, link)
  for (const program of [AMLET, link]) {
    const { stdout, status } = versionThrough(program, folder)
    assert.equal(status, 0)
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
  }
})

test('what every command loads is one small file', () => {
  const first = path.join(ROOT, 'dist', 'bin', 'chunks', 'start.mjs')
  assert.ok(statSync(first).size < 60 * 1024, `${statSync(first).size} bytes`)
  const statics = readFileSync(first, 'utf8').match(/^import\s*[^(].*?from/gm) ?? []
  assert.deepEqual(statics, [], 'it imports no other file before it knows the command')
})

test('the built files carry no path of this machine', () => {
  const text = readFileSync(path.join(ROOT, 'dist', 'bin', 'chunks', 'start.mjs'), 'utf8')
  assert.ok(!text.includes(ROOT))
})
