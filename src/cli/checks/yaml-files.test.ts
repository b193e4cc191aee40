import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { checkJobs } from './check-folder.ts'

test('a folder with more files than are looked at says so, and one with as many does not', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'amlet-check-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['a', 'b', 'node_modules', 'empty']) mkdirSync(path.join(folder, name))
  for (const name of ['a/one.yml', 'b/two.yaml', 'node_modules/three.yml', 'b/notes.md'])
    writeFileSync(
      path.join(folder, name),
      'type: command\ncommand: echo hi\nenvironment: {image: none}\n',
    )
  const look = (most: number) => {
    const told: string[] = []
    const jobs = checkJobs(folder, folder, { warn: (text) => told.push(text), most })
    return { told, count: jobs.length }
  }
  assert.deepEqual(look(2), { told: [], count: 2 })
  const cut = look(1)
  assert.equal(cut.count, 1)
  assert.match(cut.told.join('\n'), /has more than 1 YAML files: the others are not looked at/)
})
