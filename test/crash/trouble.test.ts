import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import { listAttempts } from '../../src/store/attempts.ts'
import { openDb } from '../../src/store/db.ts'
import { makeHome } from '../support/engine-world.ts'
import { CrashWorld, untilFile, untilLine } from './crash-world.ts'

/** A step waits until the file `go` beside the side file is there. */
const waitsFor = (go: string) => `while [ ! -e ${go} ]; do sleep 0.02; done`

test('a step that ran when the machine went down is tried again, once, and the others are not', async () => {
  const world = new CrashWorld()
  const go = `${world.side}.go`
  const boot = `${world.side}.boot`
  writeFileSync(boot, 'first boot\n')
  const variables = { STEP_DOES: waitsFor(go), BOOT_ID_FILE: boot }
  const host = world.start('p', variables)
  await untilFile(world.side, (text) => text.includes('p-a'))
  host.kill('SIGKILL')
  await once(host, 'close')
  world.killAll()
  writeFileSync(boot, 'second boot\n')
  writeFileSync(go, '')
  const { status } = await world.run('p', variables)
  assert.equal(status, 'Completed')
  assert.deepEqual(world.starts('p'), ['a', 'a', 'b', 'c'])
  world.checkRows('p')
  const ends = world.read((db) => listAttempts(db, 'p-a').map(({ end }) => end))
  assert.deepEqual(ends, ['lost: reboot', 'exited'])
})

test('a database that somebody else holds is waited for, and nothing is lost or done twice', async () => {
  const world = new CrashWorld()
  const go = `${world.side}.go`
  const host = world.start('p', { STEP_DOES: waitsFor(go) })
  const ended = world.ended(host)
  await untilFile(world.side, (text) => text.includes('p-a'))
  const db = openDb(path.join(world.home, 'amlet.db'))
  db.exec('begin immediate')
  const refused = untilLine(host.stderr, (line) => line.includes('could not be written'))
  writeFileSync(go, '')
  await refused
  db.exec('rollback')
  db.close()
  assert.equal((await ended).status, 'Completed')
  world.check('p')
})

const canMount = process.platform === 'linux' && process.getuid?.() === 0

test('on a full disk the engine waits for room, and nothing is lost or done twice', {
  skip: canMount ? false : 'a disk of its own can only be mounted by root on Linux',
}, async () => {
  const home = makeHome()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'amlet-test', home])
  execFileSync('mkdir', [path.join(home, 'runs')])
  const world = new CrashWorld(home)
  after(() => {
    world.killAll()
    execFileSync('umount', ['-l', home])
  })
  const go = `${world.side}.go`
  const written = `${world.side}.written`
  writeFileSync(written, '')
  const host = world.start('p', { STEP_ENDS: `echo x >> ${written}; ${waitsFor(go)}` })
  const ended = world.ended(host)
  await untilFile(written, (text) => text.includes('x'))
  const filler = path.join(home, 'filler')
  const refused = untilLine(host.stderr, (line) => line.includes('could not be written'))
  fill(filler)
  writeFileSync(go, '')
  await refused
  rmSync(filler)
  assert.equal((await ended).status, 'Completed')
  world.check('p')
})

/** Writes until not a byte more fits. */
function fill(file: string): void {
  for (let size = 1 << 20; size >= 1; size = size >> 1) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}

test('a worker that is killed while a step runs is followed by one that finds the step again', async () => {
  const world = new CrashWorld()
  const go = `${world.side}.go`
  const host = world.start('p', { STEP_DOES: waitsFor(go) })
  const ended = world.ended(host)
  await untilFile(world.side, (text) => text.includes('p-a'))
  world.killWorkers()
  writeFileSync(go, '')
  assert.equal((await ended).status, 'Completed')
  world.check('p')
})
