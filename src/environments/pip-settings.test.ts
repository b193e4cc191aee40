import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { uvSettingsFromPip } from './pip-settings.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amlet-pip-'))
})
after(() => rm(folder, { recursive: true }))

async function settings(conf: string, env: Record<string, string> = {}) {
  const file = join(folder, 'pip.conf')
  await writeFile(file, conf)
  const all = await uvSettingsFromPip({ PIP_CONFIG_FILE: file, ...env })
  return { index: all['UV_DEFAULT_INDEX'], extra: all['UV_INDEX'], links: all['UV_FIND_LINKS'] }
}

test('the mirror that pip is set to is used by uv too', async () => {
  const conf =
    '[global]\nindex-url = https://mirror.example.org/simple\n[install]\nextra_index_url: https://a.example.org\n    https://b.example.org\n'
  const { index, extra } = await settings(conf)
  assert.equal(index, 'https://mirror.example.org/simple')
  assert.equal(extra, 'https://a.example.org https://b.example.org')
})

test('a variable goes before a file, and what uv was told itself before both', async () => {
  const conf = '[global]\nindex-url = https://file.example.org\n'
  const env = { PIP_INDEX_URL: 'https://variable.example.org' }
  assert.equal((await settings(conf, env)).index, 'https://variable.example.org')
  const own = { ...env, UV_INDEX_URL: 'https://uv.example.org' }
  assert.equal((await settings(conf, own)).index, undefined)
})

test('a folder of wheels that is not there is passed over, as pip does', async () => {
  const { links } = await settings(`[global]\nfind-links = /nowhere/at/all ${folder}\n`)
  assert.equal(links, folder)
})

test('settings of other sections do not count', async () => {
  assert.equal((await settings('[download]\nindex-url = https://x.example.org\n')).index, undefined)
})
