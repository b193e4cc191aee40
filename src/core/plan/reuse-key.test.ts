import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlannedInput, PlannedOutput, PlannedProcess } from './job-plan.ts'
import type { ResolvedCode, ResolvedData } from './resolved.ts'
import { bindReuseParts, differingParts, reusePartsOf, reuseText } from './reuse-key.ts'

const DATA: ResolvedData = {
  uri: 'azureml://datastores/ds/paths/taxi/',
  isFile: false,
  identity: 'taxi:1',
  isImmutable: true,
}
const CODE: ResolvedCode = { id: 'c:1', localPath: '/code/1', hash: 'code 1', fileCount: 1 }
const PROCESS: PlannedProcess = {
  command: 'run',
  code: CODE,
  environment: { id: 'e:1', entity: {}, digest: 'environment 1' },
  environmentVariables: { A: '1', B: '2' },
  distribution: { type: 'pytorch', process_count_per_instance: 2 },
  instanceCount: 1,
  resources: {},
}
const INPUTS: readonly PlannedInput[] = [
  { name: 'rate', source: { from: 'literal', text: '0.1' } },
  {
    name: 'taxi',
    type: 'uri_folder',
    mode: 'ro_mount',
    source: { from: 'data', data: DATA, subpath: '/2016' },
  },
  {
    name: 'model',
    type: 'uri_folder',
    mode: 'ro_mount',
    source: { from: 'output', job: 'p1-train', output: 'model' },
  },
]
const OUTPUT: PlannedOutput = {
  name: 'out',
  type: 'uri_folder',
  mode: 'rw_mount',
  uri: 'azureml://datastores/ds/paths/azureml/j/out/',
  isExplicit: false,
}

interface Given {
  readonly command?: string
  readonly process?: Partial<PlannedProcess>
  readonly inputs?: readonly PlannedInput[]
  readonly output?: Partial<PlannedOutput>
  readonly path?: string
  readonly controlled?: Readonly<Record<string, unknown>>
}

function parts({
  command = 'run',
  process,
  inputs = INPUTS,
  output,
  path,
  controlled,
}: Given = {}) {
  const plan = {
    process: { ...PROCESS, ...process },
    inputs,
    outputs: [{ ...OUTPUT, ...output }],
    ...(controlled !== undefined && { controlled }),
  }
  return reusePartsOf(plan, { command, paths: new Map([['out', path]]) })
}

/** The inputs with one of them changed. */
const but = (name: string, more: Partial<PlannedInput>) =>
  INPUTS.map((input) => (input.name === name ? { ...input, ...more } : input))

const CHANGES: readonly (readonly [string, Given])[] = [
  ['command', { command: 'run it' }],
  ['code', { process: { code: { ...CODE, hash: 'code 2' } } }],
  [
    'environment',
    { process: { environment: { ...PROCESS.environment, digest: 'environment 2' } } },
  ],
  ['environment_variables', { process: { environmentVariables: { A: '1', B: '3' } } }],
  [
    'distribution',
    { process: { distribution: { type: 'pytorch', process_count_per_instance: 3 } } },
  ],
  ['instance_count', { process: { instanceCount: 2 } }],
  ['settings', { controlled: { seed: 1 } }],
  ['inputs.rate', { inputs: but('rate', { source: { from: 'literal', text: '0.2' } }) }],
  ['inputs.rate', { inputs: but('rate', { source: { from: 'nothing' } }) }],
  ['inputs.taxi', { inputs: but('taxi', { type: 'uri_file' }) }],
  ['inputs.taxi', { inputs: but('taxi', { mode: 'download' }) }],
  [
    'inputs.taxi',
    { inputs: but('taxi', { source: { from: 'data', data: DATA, subpath: '/2017' } }) },
  ],
  [
    'inputs.taxi',
    {
      inputs: but('taxi', {
        source: { from: 'data', data: { ...DATA, identity: 'taxi:2' }, subpath: '/2016' },
      }),
    },
  ],
  [
    'inputs.model',
    { inputs: but('model', { source: { from: 'output', job: 'p1-train', output: 'other' } }) },
  ],
  ['outputs.out', { output: { type: 'uri_file' } }],
  ['outputs.out', { output: { mode: 'upload' } }],
  ['outputs.out', { path: 'azureml://datastores/ds/paths/here/' }],
]
for (const [i, [name, change]] of CHANGES.entries())
  test(`change ${i + 1}: ${name} is another run, and the part that says so`, () => {
    const [before, after] = [parts(), parts(change)]
    assert.deepEqual(
      differingParts(before, after).map((part) => part.name),
      [name],
    )
    assert.notEqual(reuseText(before), reuseText(after))
  })

const NODE = { type: 'sweep', search_space: { lr: [1] }, limits: { max_total_trials: 2 } }
const COMPONENT = { type: 'command', command: 'run', inputs: { lr: { type: 'number' } } }
const STEP = { inputs: INPUTS, reuseParts: [{ name: 'command', value: 'run' }] }

/** What a controlled job works from, with a part of it changed. */
const controlledBy = (change: Readonly<Record<string, object | null>> = {}) => {
  const { node, component, step } = change
  return {
    controlled: {
      node: { ...NODE, ...node },
      component: component === null ? null : { ...COMPONENT, ...component },
      template: [{ ...STEP, ...step }],
    },
  }
}

const settingsDiffer: readonly Readonly<Record<string, object | null>>[] = [
  { node: { search_space: { lr: [2] } } },
  { node: { limits: { max_total_trials: 3 } } },
  { node: { mini_batch_size: '2' } },
  { node: { environment_variables: { A: '2' } } },
  { node: { resources: { instance_count: 2 } } },
  { component: { command: 'run it' } },
  { component: { inputs: { lr: { type: 'integer' } } } },
  { component: null, node: { trial: { command: 'run it' } } },
  { step: { reuseParts: [{ name: 'command', value: 'run it' }] } },
  { step: { reuseParts: [...STEP.reuseParts, { name: 'inputs.rate', value: 'text 0.2' }] } },
]
for (const [i, change] of settingsDiffer.entries())
  test(`change ${i + 1} of the settings of a controlled job is another run`, () => {
    const names = differingParts(parts(controlledBy()), parts(controlledBy(change)))
    assert.deepEqual(
      names.map((part) => part.name),
      ['settings'],
    )
  })

test('names, notes and places of a controlled job are the same run', () => {
  const notes = { display_name: 'd', description: 'd', tags: { a: 'b' } }
  const bound = [{ name: 'inputs.model', value: 'uri_folder ro_mount output of p2-train/model' }]
  const same: readonly Readonly<Record<string, object>>[] = [
    { node: { ...notes, comment: 'c', properties: { a: 'b' }, compute: 'gpu' } },
    { node: { component: 'azureml:c:2', trial: 'azureml:c:2' } },
    { component: { ...notes, name: 'c', version: '2' } },
    { step: { name: 'p2-tune_@@trial@@', root: 'p2', displayName: 'd' } },
    { step: { reuseParts: [...STEP.reuseParts, ...bound] } },
  ]
  for (const change of same)
    assert.equal(reuseText(parts(controlledBy(change))), reuseText(parts(controlledBy())))
})

test('orders, places and names that change no result are the same run', () => {
  const same: readonly Given[] = [
    { process: { environmentVariables: { B: '2', A: '1' } } },
    { process: { code: { ...CODE, id: 'c:2', localPath: '/elsewhere' } } },
    { process: { environment: { ...PROCESS.environment, id: 'e:2' } } },
    { process: { timeoutSeconds: 9, resources: { cpu: 4 } } },
    { inputs: INPUTS.toReversed() },
    { output: { uri: 'azureml://datastores/ds/paths/azureml/k/out/' } },
  ]
  for (const given of same) assert.equal(reuseText(parts(given)), reuseText(parts()))
})

test('an output that is read counts as that of the job which first made it', () => {
  const plan = { inputs: INPUTS, reuseParts: parts() }
  const bound = bindReuseParts(plan, (job) => (job === 'p1-train' ? 'p0-train' : job))
  assert.deepEqual(differingParts(plan.reuseParts, bound), [
    {
      name: 'inputs.model',
      before: 'uri_folder ro_mount output of p1-train/model',
      after: 'uri_folder ro_mount output of p0-train/model',
    },
  ])
})
