import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Launch } from './protocol.ts'
import { planRanks } from './ranks.ts'

const launch = (more: Partial<Launch>): Launch => ({
  attemptId: 'a',
  jobName: 'j',
  runDir: '/r',
  workDir: '/r/exe/wd',
  command: 'train',
  env: {},
  prepare: [],
  slots: { cpus: 1, gpus: 0, memoryBytes: 0 },
  processCount: 1,
  nodeCount: 1,
  graceSeconds: 1,
  ...more,
})

/** What each process is told of the GPUs, by itself or by the variables that all have. */
function devicesOf(more: Partial<Launch>, devices: readonly string[]): (string | undefined)[] {
  const { commands, env } = planRanks(launch(more), { ports: [1], devices })
  return commands.map(({ argv }) => {
    const own = argv.find((word) => word.startsWith('CUDA_VISIBLE_DEVICES='))
    return own?.split('=')[1] ?? env['CUDA_VISIBLE_DEVICES']
  })
}

test('a job sees the GPUs that it was given, and one that asked for none is left alone', () => {
  assert.deepEqual(devicesOf({}, ['3']), ['3'])
  assert.deepEqual(devicesOf({}, []), [undefined])
})

test('the processes of a node share its GPUs: each takes the one of its LOCAL_RANK', () => {
  const pytorch = { distribution: { type: 'pytorch' }, processCount: 2 }
  assert.deepEqual(devicesOf(pytorch, ['0', '1']), ['0,1', '0,1'])
})

test('each node sees its own GPUs and no other', () => {
  const nodes = { distribution: { type: 'pytorch' }, processCount: 2, nodeCount: 2 }
  assert.deepEqual(devicesOf(nodes, ['0', '1', '2', '3']), ['0,1', '0,1', '2,3', '2,3'])
})
