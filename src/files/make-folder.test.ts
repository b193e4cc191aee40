import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { makeFolder } from './make-folder.ts'

test('folders above are made, with the mode; what is there stays', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'amlet-folder-'))
  makeFolder(path.join(root, 'a/b/c'), 0o700)
  makeFolder(path.join(root, 'a/b/c'), 0o755)
  for (const name of ['a', 'a/b', 'a/b/c'])
    assert.equal(statSync(path.join(root, name)).mode & 0o777, 0o700, name)
  writeFileSync(path.join(root, 'file'), '')
  symlinkSync(path.join(root, 'nowhere'), path.join(root, 'link'))
  assert.throws(() => makeFolder(path.join(root, 'file')), { code: 'EEXIST' })
  assert.throws(() => makeFolder(path.join(root, 'file/a')), { code: 'ENOTDIR' })
  assert.throws(() => makeFolder(path.join(root, 'link')), { code: 'EEXIST' })
  assert.throws(() => makeFolder(path.join(root, 'link/a')), { code: 'EEXIST' })
  rmSync(root, { recursive: true })
})

test('a file system that makes no folders is told, and does not hang', (t) => {
  if (!existsSync('/proc/self')) {
    t.skip('there is no /proc here')
    return
  }
  for (const folder of ['/proc/x', '/proc/x/y/z'])
    assert.throws(() => makeFolder(folder), { code: 'ENOENT' })
})
