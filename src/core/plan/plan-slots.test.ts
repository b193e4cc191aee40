import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readComputeSizes } from '../compute/sizes.ts'
import type { Resources } from '../entity.ts'
import { planSlots } from './plan-slots.ts'
import type { PlanContext } from './scope.ts'

const DEFINITION = {
  name: 'here',
  instance_types: [
    { name: 'gpu', cpus: 2, gpus: 1, memory: '4Gi' },
    { name: 'huge', cpus: 64 },
  ],
}

function asked(resources: Resources, { definition = DEFINITION as object, compute = 'here' } = {}) {
  const { sizes } = readComputeSizes({ ...definition })
  const context: PlanContext = {
    resolved: {
      data: new Map(),
      code: new Map(),
      environments: new Map(),
      components: new Map(),
      computes: {
        sizes: new Map([[sizes.name, sizes]]),
        fallback: 'here',
        machine: { cpus: 8, gpus: 2, memoryBytes: 16 * 2 ** 30 },
      },
    },
    hash: (text) => text,
    diagnostics: [],
  }
  const planned = planSlots(context, { compute, resources, path: 'jobs.train.' })
  const said = context.diagnostics.map(
    ({ message, hint, source }) => `${source?.path}: ${message}${hint ? ` (${hint})` : ''}`,
  )
  return { planned, said }
}

test('an instance type is what its compute says it is, once for each node', () => {
  const { planned, said } = asked({ instance_type: 'gpu', instance_count: 2 })
  assert.deepEqual(said, [])
  assert.deepEqual(planned, { slots: { cpus: 4, gpus: 2, memoryBytes: 8 * 2 ** 30 } })
})

test('properties of resources ask for more or less than the type gives', () => {
  const { planned } = asked({ instance_type: 'gpu', properties: { memory: '1Gi' } })
  assert.deepEqual(planned.slots, { cpus: 2, gpus: 1, memoryBytes: 2 ** 30 })
  assert.deepEqual(asked({ properties: { gpus: 1 } }).planned.slots, { gpus: 1 })
})

test('a compute nobody defined has the sizes of the one that stands in for it', () => {
  const { planned } = asked({ instance_type: 'gpu' }, { compute: 'azure-cluster' })
  assert.equal(planned.slots?.gpus, 1)
})

test('what this machine can never give is told at submission, with its place', () => {
  assert.deepEqual(asked({ instance_type: 'huge' }).said, [
    'jobs.train.resources.instance_type: 64 CPUs are asked for and this machine has 8 CPUs (the job could never start: ask for less, or name a compute that has as much)',
  ])
  assert.match(
    asked({ instance_type: 'gpu', instance_count: 3 }).said[0] ?? '',
    /3 GPUs \(3 nodes of 1 GPU\) are asked for and this machine has 2 GPUs/,
  )
  assert.match(
    asked({ properties: { memory: '32Gi' } }).said[0] ?? '',
    /^jobs\.train\.resources\.properties: 32 GiB of memory are asked for/,
  )
})

test('the share of a compute is as hard a limit as the machine', () => {
  const definition = { ...DEFINITION, cpus: 1, memory: '2Gi' }
  const { planned, said } = asked({ instance_type: 'gpu' }, { definition })
  assert.deepEqual(planned.pool, { name: 'here', cpus: 1, memoryBytes: 2 * 2 ** 30 })
  assert.match(said[0] ?? '', /2 CPUs are asked for and compute here has 1 CPU/)
})

test('a type that a compute with types does not have is a problem, else it is recorded', () => {
  assert.deepEqual(asked({ instance_type: 'gpo' }).said, [
    'jobs.train.resources.instance_type: compute here has no instance type "gpo" (did you mean "gpu"? it has gpu, huge)',
  ])
  assert.deepEqual(asked({ instance_type: 'Standard_DS3_v2' }, { definition: { name: 'here' } }), {
    planned: {},
    said: [],
  })
})

test('a job that names no type has the default one, where there is one', () => {
  const definition = { name: 'here', instance_types: [{ name: 'defaultinstancetype', cpus: 2 }] }
  assert.equal(asked({}, { definition }).planned.slots?.cpus, 2)
  assert.deepEqual(asked({}).planned, {})
})
