import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { ServerStatus, StreamEvent } from '../../src/core/wire.ts'
import { homePaths } from '../../src/files/home.ts'
import { openDb } from '../../src/store/db.ts'
import { commandYaml, makeFolder, submit } from '../support/job-files.ts'
import { startTestServer } from '../support/server.ts'

test('who follows a job while the database cannot be written is told so, and when it can again', async () => {
  await using server = await startTestServer()
  using folder = makeFolder()
  const { client, home } = server
  const gate = path.join(folder.path, 'gate')
  const waits = commandYaml(`until [ -e '${gate}' ]; do sleep 0.05; done`)
  const name = await submit(client, folder.write('job.yml', waits))
  let unlock = () => {}
  const notes: string[] = []
  for await (const event of client.stream<StreamEvent>(`/jobs/${name}/stream`, {})) {
    if (event.type === 'job' && event.job.status === 'Running' && notes.length === 0) {
      const db = openDb(homePaths({ AMLET_HOME: home }).db)
      db.exec('begin immediate')
      unlock = () => {
        db.exec('rollback')
        db.close()
      }
      writeFileSync(gate, '')
    }
    if (event.type !== 'note') continue
    notes.push(event.text)
    const { trouble } = await client.get<ServerStatus>('/server')
    assert.equal(trouble, notes.length === 1 ? event.text : undefined)
    if (notes.length === 1) unlock()
  }
  assert.equal(notes.length, 2, notes.join('\n'))
  assert.match(
    notes[0] ?? '',
    /^nothing can be recorded since .* \(database is locked\), so jobs stand/,
  )
  assert.equal(notes[1], 'the database can be written again')
})
