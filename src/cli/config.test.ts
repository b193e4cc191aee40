import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { Config, parseIni, printIni } from './config.ts'

test('a variable beats the folder, the folder beats the user, Azure comes last', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'amlet-config-'))
  t.after(() => rmSync(root, { recursive: true }))
  const write = (folder: string, text: string) => {
    mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(join(root, folder, 'config'), text)
  }
  const env = { AMLET_HOME: join(root, 'home'), AZURE_CONFIG_DIR: join(root, 'azure') }
  const value = (more = {}) =>
    new Config({ ...env, ...more }, join(root, 'work', 'deep')).get('defaults', 'group')
  assert.equal(value(), undefined)
  write('azure', '[defaults]\ngroup = of-azure\n[core]\noutput = table\n')
  assert.equal(value(), 'of-azure')
  write('home', '[defaults]\ngroup = of-user\n')
  assert.equal(value(), 'of-user')
  write('work/.azure', '[defaults]\ngroup = of-folder\n')
  assert.equal(value(), 'of-folder')
  assert.equal(value({ AZURE_DEFAULTS_GROUP: 'of-variable' }), 'of-variable')
  assert.equal(value({ AMLET_DEFAULTS_GROUP: 'own', AZURE_DEFAULTS_GROUP: 'theirs' }), 'own')
  assert.equal(new Config(env, root).get('core', 'output'), undefined, 'only [defaults] of Azure')
})

test('settings are read back as they were written', () => {
  const word = fc.stringMatching(/^[a-z_]{1,8}$/)
  const value = fc.stringMatching(/^[!-~]([ -~]{0,10}[!-~])?$/)
  fc.assert(
    fc.property(
      fc.dictionary(word, fc.dictionary(word, value, { minKeys: 1 }), { noNullPrototype: true }),
      (sections) => {
        const asMaps = new Map(
          Object.entries(sections).map(([name, pairs]) => [name, new Map(Object.entries(pairs))]),
        )
        assert.deepEqual(parseIni(printIni(asMaps)), asMaps)
      },
    ),
  )
})
