import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadEntity } from '../../core/spec/load.ts'
import { KeptReadings } from './kept-readings.ts'

const JOB = `type: pipeline
compute: local
inputs: {unread: 1}
jobs:
  a:
    component: ./c.yml
    inputs: {n: 1}
`
const component = (command: string) => `type: command
name: c
version: 1
command: ${command}
environment: {image: none}
inputs: {n: {type: integer}}
`

/** A reader with a disk in memory; `loads` counts how often a file was read anew. */
function makeReader(disk: Map<string, string>) {
  const kept = new KeptReadings()
  const state = { loads: 0 }
  const files = {
    read: (file: string) => {
      const text = disk.get(file)
      return text === undefined ? undefined : Buffer.from(text)
    },
    kind: (file: string) => (disk.has(file) ? ('file' as const) : undefined),
  }
  const base = { kind: 'job', file: '/w/job.yml', baseDir: '/w', files } as const
  const read = (text: string, more: { overrides?: string[]; params?: { name: string } } = {}) => {
    const request = { ...base, text, ...more }
    const reading = kept.read(request, (asked) => {
      state.loads += 1
      return loadEntity(asked)
    })
    const { entity, diagnostics } = loadEntity(request)
    assert.deepEqual(
      { entity: reading.entity, diagnostics: reading.diagnostics },
      { entity, diagnostics },
    )
    return reading
  }
  return { state, read }
}

test('a file that is what it was is not read anew, and gives the same entity, warnings and places', () => {
  const { state, read } = makeReader(new Map([['/w/c.yml', component('echo 1')]]))
  const first = read(JOB)
  assert.equal(first.diagnostics.length, 1)
  const again = read(JOB)
  assert.equal(state.loads, 1)
  assert.equal(again.entity, first.entity)
  for (const path of ['', 'jobs.a.inputs.n', 'jobs.a.component.command'])
    assert.deepEqual(again.sources.get(path), first.sources.get(path))
})

test('whatever changes, the file is read anew: its text, an option, a file that it names', () => {
  const disk = new Map([['/w/c.yml', component('echo 1')]])
  const { state, read } = makeReader(disk)
  const changes: (() => unknown)[] = [
    () => read(JOB),
    () => read(JOB.replace('n: 1', 'n: 2')),
    () => read(JOB, { overrides: ['jobs.a.inputs.n=3'] }),
    () => read(JOB, { params: { name: 'j' } }),
    () => disk.set('/w/c.yml', component('echo 2')) && read(JOB),
    () => disk.delete('/w/c.yml') && read(JOB),
    () => disk.set('/w/c.yml', component('echo 3')) && read(JOB),
  ]
  for (const [done, change] of changes.entries()) {
    assert.equal(state.loads, done)
    change()
  }
  assert.equal(state.loads, changes.length)
})

test('nobody can change what the next job is made from', () => {
  const { read } = makeReader(new Map([['/w/c.yml', component('echo 1')]]))
  const jobs = read(JOB).entity?.['jobs'] as { a: { inputs: { n: number } } }
  assert.throws(() => {
    jobs.a.inputs.n = 9
  }, TypeError)
})

test('what is kept has a bound: the file that was used longest ago goes first, and a huge one is not kept', () => {
  const { state, read } = makeReader(new Map())
  const long = (name: string, length: number) =>
    `type: command\ncommand: echo ${name} ${'x'.repeat(length)}\nenvironment: {image: none}\n`
  const [a, b, c] = ['a', 'b', 'c'].map((name) => long(name, 400_000)) as [string, string, string]
  for (const [at, text] of [a, b, c].entries()) read(text, { params: { name: `j${at}` } })
  assert.equal(state.loads, 3)
  read(c, { params: { name: 'j2' } })
  read(b, { params: { name: 'j1' } })
  assert.equal(state.loads, 3)
  read(a, { params: { name: 'j0' } })
  assert.equal(state.loads, 4)
  const huge = long('d', 1_000_001)
  for (const loads of [5, 6]) {
    read(huge)
    assert.equal(state.loads, loads)
  }
})
