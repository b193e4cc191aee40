import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseQuantity } from './quantity.ts'
import { readAskedSlots, readComputeSizes } from './sizes.ts'

test('quantities are read as Kubernetes writes them, and as people do', () => {
  const rows: [unknown, number | undefined][] = [
    [2, 2],
    ['2', 2],
    ['500m', 0.5],
    ['8Gi', 8 * 2 ** 30],
    ['8 GiB', 8 * 2 ** 30],
    ['1.5k', 1500],
    ['1e3', 1000],
    ['2GB', 2e9],
    ['-1', undefined],
    [-1, undefined],
    [Number.NaN, undefined],
    ['', undefined],
    ['much', undefined],
    ['2constructor', undefined],
    [true, undefined],
  ]
  for (const [given, value] of rows) assert.equal(parseQuantity(given), value, `${given}`)
})

test("an InstanceType manifest of Azure's Kubernetes extension is a size", () => {
  const { sizes, problems } = readComputeSizes({
    name: 'here',
    instance_types: [
      {
        apiVersion: 'amlarc.azureml.com/v1alpha1',
        kind: 'InstanceType',
        metadata: { name: 'gpu' },
        spec: {
          nodeSelector: { mylabel: 'x' },
          resources: {
            limits: { cpu: '2', 'nvidia.com/gpu': 1, memory: '4Gi' },
            requests: { cpu: '700m', memory: '1500Mi' },
          },
        },
      },
    ],
  })
  assert.deepEqual(problems, [])
  assert.deepEqual(sizes.instanceTypes.get('gpu'), {
    cpus: 0.7,
    gpus: 1,
    memoryBytes: 1500 * 2 ** 20,
  })
})

test('a list of manifests and short entries stand side by side', () => {
  const { sizes } = readComputeSizes({
    name: 'here',
    instance_types: [
      {
        kind: 'InstanceTypeList',
        items: [{ metadata: { name: 'cpu' }, spec: { resources: { limits: { cpu: 2 } } } }],
      },
      { name: 'big', cpus: 4, memory: '16Gi' },
      { name: 'plain' },
    ],
  })
  assert.deepEqual(
    [...sizes.instanceTypes],
    [
      ['cpu', { cpus: 2, gpus: 0, memoryBytes: 0 }],
      ['big', { cpus: 4, gpus: 0, memoryBytes: 16 * 2 ** 30 }],
      ['plain', { cpus: 1, gpus: 0, memoryBytes: 0 }],
    ],
  )
})

test('what cannot be read of a definition is told with its place', () => {
  const { problems } = readComputeSizes({
    cpus: 'many',
    gpus: 0.5,
    instance_types: [
      { cpus: 1 },
      { name: 'a' },
      { name: 'a' },
      {
        kind: 'InstanceType',
        metadata: { name: 'b' },
        spec: { resources: { limits: { 'nvidia.com/gpu': 'x' } } },
      },
    ],
  })
  assert.deepEqual(
    problems.map(({ path, message }) => `${path.join(' ')}: ${message}`),
    [
      'cpus: "many" is not a quantity',
      'gpus: "0.5" GPUs cannot be given out',
      'instance_types 0: an instance type has no name',
      'instance_types 2: there are two instance types named "a"',
      'instance_types 3 spec resources limits nvidia.com/gpu: "x" is not a quantity',
    ],
  )
})

test('of the properties of resources only those that amlet knows are read', () => {
  const properties = { AISuperComputer: { instanceType: 'x' }, gpus: 2, memory: '1Gi' }
  assert.deepEqual(readAskedSlots(properties), {
    slots: { gpus: 2, memoryBytes: 2 ** 30 },
    problems: [],
  })
})
