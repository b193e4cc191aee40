import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Slots } from './protocol.ts'
import { SlotQueue } from './slot-queue.ts'

const slots = (cpus: number, gpus = 0, memoryBytes = 0): Slots => ({ cpus, gpus, memoryBytes })
const machine = () => new SlotQueue(slots(2, 2, 100))

function queueOf(...asks: readonly Slots[]): SlotQueue {
  const queue = machine()
  asks.forEach((ask, i) => {
    queue.add(`${i}`, { slots: ask })
    queue.markReady(`${i}`)
  })
  return queue
}

const ids = (queue: SlotQueue) => queue.take().map(({ id }) => id)

test('slots are given in the order of asking, and again when they come back', () => {
  const queue = queueOf(slots(1), slots(1), slots(1))
  assert.deepEqual(ids(queue), ['0', '1'])
  assert.deepEqual(ids(queue), [])
  queue.release('0')
  assert.deepEqual(ids(queue), ['2'])
})

test('small ones behind a large one do not overtake it', () => {
  const queue = queueOf(slots(1), slots(2), slots(1), slots(1))
  assert.deepEqual(ids(queue), ['0'])
  queue.release('0')
  assert.deepEqual(ids(queue), ['1'])
  queue.release('1')
  assert.deepEqual(ids(queue), ['2', '3'])
})

test('one that waits for a GPU does not hold up one that needs none', () => {
  const queue = new SlotQueue(slots(4, 1))
  for (const [id, ask] of Object.entries({ a: slots(1, 1), b: slots(1, 1), c: slots(1) })) {
    queue.add(id, { slots: ask })
    queue.markReady(id)
  }
  assert.deepEqual(ids(queue), ['a', 'c'])
  queue.release('a')
  assert.deepEqual(ids(queue), ['b'])
})

test('GPUs are given by number and none twice', () => {
  const queue = queueOf(slots(1, 1), slots(1, 1))
  assert.deepEqual(queue.take(), [
    { id: '0', gpuIds: [0] },
    { id: '1', gpuIds: [1] },
  ])
  queue.add('2', { slots: slots(1, 1) })
  queue.markReady('2')
  queue.release('0')
  assert.deepEqual(queue.take(), [{ id: '2', gpuIds: [0] }])
})

test('one that is still being prepared keeps its place', () => {
  const queue = machine()
  queue.add('slow', { slots: slots(1) })
  queue.add('quick', { slots: slots(1) })
  queue.markReady('quick')
  assert.deepEqual(ids(queue), ['quick'])
  queue.markReady('slow')
  assert.deepEqual(ids(queue), ['slow'])
})

test('what can never fit is refused with the figures', () => {
  const queue = new SlotQueue(slots(2, 0, 2 ** 30))
  assert.equal(queue.refusal({ slots: slots(2, 0, 2 ** 30) }), undefined)
  assert.equal(queue.refusal({ slots: slots(3) }), '3 CPUs are asked for and this machine has 2')
  assert.equal(queue.refusal({ slots: slots(1, 1) }), '1 GPUs are asked for and this machine has 0')
  assert.equal(
    queue.refusal({ slots: slots(1, 0, 2 ** 31) }),
    '2 GiB of memory are asked for and this machine has 1 GiB',
  )
})

test('attempts found running count, even when there are more than slots', () => {
  const queue = machine()
  for (const id of ['a', 'b', 'c']) queue.hold(id, { slots: slots(1) }, [])
  queue.add('d', { slots: slots(1) })
  queue.markReady('d')
  assert.match(queue.reason({ slots: slots(1) }), /3 of 2 CPUs are in use/)
  for (const id of ['a', 'b']) queue.release(id)
  assert.deepEqual(ids(queue), ['d'])
})

const inPool = (name: string, cpus: number, share: number) => ({
  slots: slots(cpus),
  pool: { name, cpus: share },
})

function fill(queue: SlotQueue, asks: Readonly<Record<string, Parameters<SlotQueue['add']>[1]>>) {
  for (const [id, ask] of Object.entries(asks)) {
    queue.add(id, ask)
    queue.markReady(id)
  }
  return queue
}

test('a pool holds its share at most, and nobody outside waits for it', () => {
  const queue = fill(new SlotQueue(slots(4)), {
    a: inPool('small', 1, 1),
    b: inPool('small', 1, 1),
    c: { slots: slots(1) },
  })
  assert.deepEqual(ids(queue), ['a', 'c'])
  assert.equal(
    queue.reason(inPool('small', 1, 1)),
    'waits for slots of compute small: 1 of 1 CPUs are in use',
  )
  queue.release('a')
  assert.deepEqual(ids(queue), ['b'])
})

test('small ones of a pool do not overtake a large one of it', () => {
  const queue = fill(new SlotQueue(slots(8)), {
    a: inPool('p', 1, 2),
    b: inPool('p', 2, 2),
    c: inPool('p', 1, 2),
  })
  assert.deepEqual(ids(queue), ['a'])
  queue.release('a')
  assert.deepEqual(ids(queue), ['b'])
})

test('what a pool can never hold is refused with its name', () => {
  const queue = new SlotQueue(slots(8))
  assert.equal(queue.refusal(inPool('small', 2, 1)), '2 CPUs are asked for and compute small has 1')
})

test('fractions of a CPU add up to whole ones again', () => {
  const queue = new SlotQueue(slots(1))
  for (let i = 0; i < 10; i += 1) fill(queue, { [`${i}`]: { slots: slots(0.1) } })
  assert.equal(ids(queue).length, 10)
  for (let i = 0; i < 10; i += 1) queue.release(`${i}`)
  fill(queue, { whole: { slots: slots(1) } })
  assert.deepEqual(ids(queue), ['whole'])
})
