import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { withLock } from './lock.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amlet-lock-'))
})
after(() => rm(folder, { recursive: true }))

test('two who lock the same path work one after the other', async () => {
  const path = join(folder, 'a.lock')
  const steps: string[] = []
  const work = (name: string) => async () => {
    steps.push(`${name} in`)
    await new Promise((resolve) => setImmediate(resolve))
    steps.push(`${name} out`)
  }
  await Promise.all(['a', 'b', 'c'].map((name) => withLock(path, work(name))))
  for (let index = 0; index < steps.length; index += 2)
    assert.equal(steps[index]?.replace('in', 'out'), steps[index + 1])
  assert.deepEqual(await readdir(folder), [])
})

test('the lock is given back when the work fails', async () => {
  const path = join(folder, 'b.lock')
  const fail = withLock(path, async () => {
    throw new Error('no')
  })
  await assert.rejects(fail, /no/)
  assert.equal(await withLock(path, async () => 'free'), 'free')
})

test('the lock of a process that was killed is taken over', async () => {
  const path = join(folder, 'c.lock')
  const script = `
    const { withLock } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.ts'))})
    await withLock(${JSON.stringify(path)}, () => new Promise(() => {
      process.stdout.write('held')
      setInterval(() => {}, 1000)
    }))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  await once(child.stdout, 'data')
  const waiting = once(child, 'exit')
  let hasWaited = false
  const onWait = () => {
    hasWaited = true
    child.kill('SIGKILL')
  }
  assert.equal(await withLock(path, async () => 'taken', { onWait }), 'taken')
  await waiting
  assert.equal(hasWaited, true)
  assert.deepEqual(await readdir(folder), [])
})

test('a pid that another process has got since does not keep the lock', async () => {
  const path = join(folder, 'd.lock')
  await writeFile(path, JSON.stringify({ id: 'x', pid: process.pid, startedAt: '1' }))
  assert.equal(await withLock(path, () => readFile(path, 'utf8').then(() => 'mine')), 'mine')
})

test('who waits can be told to stop', async () => {
  const path = join(folder, 'e.lock')
  const stop = new AbortController()
  await withLock(path, async () => {
    const waiting = withLock(path, async () => 'never', {
      onWait: () => stop.abort(),
      signal: stop.signal,
    })
    await assert.rejects(waiting, { name: 'AbortError' })
  })
})
