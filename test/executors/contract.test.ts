import assert from 'node:assert/strict'
import { test } from 'node:test'
import type * as executor from '../../src/compute/executor.ts'
import { writablePath } from '../../src/compute/local/protection.ts'
import {
  PROTOCOL as SPOKEN,
  type WorkerRequest,
} from '../../src/compute/local/worker-connection.ts'
import { Places } from '../../src/worker/places.ts'
import { type Launch, type Observation, PROTOCOL, type Request } from '../../src/worker/protocol.ts'

/** Compiles only when each of the two may stand for the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

test('the worker and the server mean the same by what they say to each other', () => {
  const launches: Same<Launch, executor.Launch> = true
  const requests: Same<Request, WorkerRequest> = true
  const understood: Observation extends executor.Observation ? true : false = true
  assert.deepEqual([launches, requests, understood], [true, true, true])
  assert.equal(PROTOCOL, SPOKEN)
})

test('the worker and the server map a path of the store to the same writable path', () => {
  const home = '/h'
  const mounter = { mount: () => 'ok', unmount: () => {} }
  for (const protection of ['namespace', 'user-namespace', 'mode-bits', 'none'] as const) {
    const places = new Places({ home, protection, mounter })
    for (const file of [
      '/h/datastores/a/b',
      '/h/datastores',
      '/h/datastoresx/a',
      '/h/runs/1',
      '/x',
    ])
      assert.equal(places.writable(file), writablePath(home, file, protection), protection)
  }
  assert.equal(writablePath('/h', '/h/datastores/a', 'namespace'), '/h/.rw/datastores/a')
  assert.equal(writablePath('/h', '/h/datastores/a', 'none'), '/h/datastores/a')
})
