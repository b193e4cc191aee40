import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, sep } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { AmletError } from '../core/errors.ts'
import { LocalDatastore } from './local.ts'
import { openDatastore } from './registry.ts'

const root = mkdtempSync(join(tmpdir(), 'amlet-local-'))
after(() => rmSync(root, { recursive: true, force: true }))
const folder = join(root, 'disk')
mkdirSync(join(folder, 'sub'), { recursive: true })
mkdirSync(join(root, 'disk-next'))
writeFileSync(join(root, 'secret'), '')
symlinkSync(root, join(folder, 'out'))
symlinkSync('sub', join(folder, 'in'))
symlinkSync('loop', join(folder, 'loop'))
const disk = new LocalDatastore('disk', folder)

function leaves(path: string): boolean {
  try {
    disk.resolvePath(path)
    return false
  } catch (error) {
    assert.ok(error instanceof AmletError)
    assert.equal(error.code, 'InvalidReference')
    return true
  }
}

test('a path stays inside the folder, or is refused', () => {
  const part = fc.constantFrom(
    '..',
    '.',
    '',
    'sub',
    'in',
    'out',
    'loop',
    'new',
    'secret',
    'disk-next',
    ' ',
    '~',
    '%2e%2e',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const path = parts.join('/')
      if (leaves(path)) return
      const found = disk.resolvePath(path)
      assert.ok(found === folder || found.startsWith(folder + sep), found)
      // Dots are taken out of the text first, so `out/..` is the folder itself and follows no link.
      const [first] = posix.normalize(path).replace(/^\/+/, '').split('/')
      assert.notEqual(first, 'out', 'a link that leads out is never followed')
    }),
  )
})

test('dots, links and zero bytes that lead out are refused', () => {
  for (const path of [
    '..',
    '../secret',
    'sub/../../secret',
    '../disk-next/x',
    'out/secret',
    'in/../../secret',
    'a\0b',
  ])
    assert.ok(leaves(path), path)
  for (const path of ['', '.', 'sub/', '/sub', 'sub/../sub', 'in/new', 'not/there', '..name'])
    assert.ok(!leaves(path), path)
})

test('a datastore of another machine says what would make its paths readable', () => {
  const blob = openDatastore({ name: 'blob', type: 'azure_blob' }, root)
  assert.throws(
    () => blob.resolvePath('x'),
    (error: AmletError) =>
      error.code === 'OperationNotSupported' &&
      error.diagnostics[0].hint?.endsWith('amlet datastore create -n blob --path <folder>') ===
        true,
  )
})

test('the path of a built-in datastore is relative to the home', () => {
  const store = openDatastore({ name: 's', type: 'local', path: 'datastores/s' }, root)
  assert.equal(store.resolvePath('x'), join(root, 'datastores/s/x'))
})
