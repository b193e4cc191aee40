import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JobEntity, PipelineComponent, PipelineNode } from '../entity.ts'
import { findStuck } from './order.ts'
import { planJob } from './plan-job.ts'
import type { ResolvedAssets } from './resolved.ts'
import { differingParts } from './reuse-key.ts'

const resolved: ResolvedAssets = {
  data: new Map([
    [
      'azureml:taxi:1',
      {
        uri: 'azureml://datastores/ds/paths/taxi/',
        isFile: false,
        identity: 'taxi:1',
        isImmutable: true,
      },
    ],
  ]),
  code: new Map(),
  environments: new Map([['env', { id: 'env', entity: {}, digest: 'd1' }]]),
  components: new Map(),
}

const plan = (entity: JobEntity) =>
  planJob(entity, resolved, {
    name: 'root',
    experiment: 'e',
    compute: 'local',
    datastore: 'workspaceblobstore',
    hash: (text) => text.length.toString(16).padStart(16, '0'),
  })

const step = (inputs: Record<string, string | number | boolean> = {}, more = {}): PipelineNode => ({
  type: 'command',
  inputs,
  component: {
    type: 'command',
    command: 'run',
    environment: 'env',
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [
        name,
        { type: typeof value === 'string' && value.includes('jobs.') ? 'uri_folder' : 'string' },
      ]),
    ),
    outputs: { out: { type: 'uri_folder' } },
  },
  ...more,
})

const from = (job: string, output = 'out') => `\${{parent.jobs.${job}.outputs.${output}}}`
const pipeline = (jobs: Record<string, PipelineNode>, more = {}): JobEntity => ({
  type: 'pipeline',
  jobs,
  ...more,
})
const messages = (entity: JobEntity) =>
  plan(entity).diagnostics.map(({ code, message, source, hint }) =>
    [code, source?.path, message, hint].filter(Boolean).join(' | '),
  )

test('a step waits for the steps it reads from and for nothing else, in any order of the file', () => {
  const { jobs, diagnostics } = plan(pipeline({ b: step({ x: from('a') }), a: step(), c: step() }))
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(
    jobs.map(({ name, step: path, needs }) => [name, path, needs]),
    [
      ['root', '', []],
      ['root-b', 'b', ['root-a']],
      ['root-a', 'a', []],
      ['root-c', 'c', []],
    ],
  )
})

const inner: PipelineComponent = {
  type: 'pipeline',
  inputs: { data: { type: 'uri_folder' }, rate: { type: 'number', default: 0.1 } },
  outputs: { model: { type: 'custom_model' } },
  jobs: {
    prep: step({ d: '${{parent.inputs.data}}', rate: '${{parent.inputs.rate}}' }),
    fit: step({ p: from('prep') }, { outputs: { out: '${{parent.outputs.model}}' } }),
  },
}

test('a nested pipeline is a job with jobs of its own, and its edges lead to the commands inside', () => {
  const entity = pipeline(
    {
      load: step(),
      train: { type: 'pipeline', component: inner, inputs: { data: from('load') } },
      score: step({ m: from('train', 'model') }),
    },
    { outputs: { best: { type: 'custom_model' } } },
  )
  const { jobs, diagnostics } = plan(entity)
  assert.deepEqual(diagnostics, [])
  const found = new Map(jobs.map((job) => [job.name, job]))
  assert.deepEqual(
    [...found.keys()],
    [...['root', 'root-load', 'root-train', 'root-train-prep', 'root-train-fit', 'root-score']],
  )
  assert.deepEqual(found.get('root-train')?.needs, [])
  assert.deepEqual(found.get('root-train-prep')?.needs, ['root-load'])
  assert.deepEqual(found.get('root-score')?.needs, ['root-train-fit'])
  assert.equal(found.get('root-train-fit')?.parent, 'root-train')
  assert.deepEqual(found.get('root-train')?.outputs[0]?.of, {
    job: 'root-train-fit',
    output: 'out',
  })
  const rate = found.get('root-train-prep')?.inputs.find(({ name }) => name === 'rate')
  assert.deepEqual(rate?.source, { from: 'literal', text: '0.1' })
})

test('a step writes where the output of the pipeline it is bound to lies', () => {
  const path = 'azureml://datastores/${{default_datastore}}/paths/models/${{name}}/${{output_name}}'
  const entity = pipeline(
    { fit: step({}, { outputs: { out: '${{parent.outputs.model}}' } }) },
    { outputs: { model: { type: 'custom_model', path, name: 'taxi' } } },
  )
  const [root, fit] = plan(entity).jobs
  const uri = 'azureml://datastores/workspaceblobstore/paths/models/root-fit/model/'
  assert.deepEqual([fit?.outputs[0]?.uri, fit?.outputs[0]?.isExplicit], [uri, true])
  assert.deepEqual([root?.outputs[0]?.uri, root?.outputs[0]?.register], [uri, { name: 'taxi' }])
  assert.equal(fit?.outputs[0]?.register, undefined)
})

test('outputs without a place get a folder of their job; a file gets a name in it', () => {
  const outputs = { o: { type: 'uri_folder' }, f: { type: 'uri_file' } } as const
  const [job] = plan({ type: 'command', command: 'c', environment: 'env', outputs }).jobs
  assert.deepEqual(
    job?.outputs.map(({ uri }) => uri),
    [
      'azureml://datastores/workspaceblobstore/paths/azureml/root/o/',
      'azureml://datastores/workspaceblobstore/paths/azureml/root/f/f',
    ],
  )
})

test('settings reach every step: compute, datastore, what a failure stops', () => {
  const settings = {
    default_compute: 'azureml:big',
    default_datastore: 'azureml:lake',
    continue_on_step_failure: false,
    force_rerun: true,
  }
  const [root, a, b] = plan(
    pipeline({ a: step(), b: step({}, { compute: 'azureml:gpu' }) }, { settings }),
  ).jobs
  assert.deepEqual([a?.compute, b?.compute], ['big', 'gpu'])
  assert.match(a?.outputs[0]?.uri ?? '', /datastores\/lake\//)
  assert.equal(root?.continueOnStepFailure, false)
  assert.equal(a?.isReusable, false)
  assert.equal(plan(pipeline({ a: step() })).jobs[0]?.continueOnStepFailure, true)
})

test("a step's settings are bound to the pipeline's inputs: numbers, truth values and text", () => {
  const { jobs, diagnostics } = plan(
    pipeline(
      {
        a: step({}, {
          compute: '${{parent.inputs.where}}',
          resources: {
            instance_count: '${{parent.inputs.nodes}}',
            shm_size: '${{parent.inputs.nodes}}g',
          },
          distribution: {
            type: 'pytorch',
            process_count_per_instance: '${{ parent.inputs.nodes }}',
          },
          limits: { timeout: '${{parent.inputs.seconds}}' },
          environment_variables: {
            N: '${{parent.inputs.nodes}}',
            L: 'n=${{parent.inputs.nodes}}!',
          },
          is_deterministic: '${{parent.inputs.again}}',
        } as object),
      },
      { inputs: { where: 'gpu', nodes: 3, seconds: 90, again: false } },
    ),
  )
  assert.deepEqual(diagnostics, [])
  const { compute, process, isReusable } = jobs[1] ?? assert.fail()
  assert.equal(compute, 'gpu')
  assert.equal(isReusable, false)
  assert.equal(process?.instanceCount, 3)
  assert.equal(process?.resources['shm_size'], '3g')
  assert.deepEqual(process?.distribution, { type: 'pytorch', process_count_per_instance: 3 })
  assert.equal(process?.timeoutSeconds, 90)
  assert.deepEqual(process?.environmentVariables, { N: '3', L: 'n=3!' })
})

test('a setting bound to nothing, or to data, is reported', () => {
  const entity = pipeline(
    {
      a: step({}, { resources: { instance_count: '${{parent.inputs.nods}}' } } as object),
      b: step({}, { compute: '${{parent.inputs.taxi}}' }),
    },
    { inputs: { taxi: { type: 'uri_folder', path: 'azureml:taxi:1' } } },
  )
  assert.deepEqual(messages(entity), [
    'BindingNotFound | jobs.a.resources.instance_count | the pipeline has no input "nods" | there are: taxi',
    'InvalidValue | jobs.b.compute | "${{parent.inputs.taxi}}" is data, and a literal is expected here',
  ])
})

test("the type of a step's output is that of its component's port, whatever else its entry says", () => {
  const component = {
    type: 'command',
    command: 'run',
    environment: 'env',
    outputs: { out: { type: 'mlflow_model' } },
  }
  const typeOf = (output: unknown, more = {}) =>
    plan(pipeline({ a: step({}, { component, outputs: { out: output } } as object) }, more)).jobs[1]
      ?.outputs[0]?.type
  assert.equal(typeOf({ type: 'uri_folder', mode: 'upload' }), 'mlflow_model')
  assert.equal(typeOf({ type: 'custom_model' }), 'custom_model')
  const bound = { type: 'uri_folder', mode: 'upload', path: '${{parent.outputs.m}}' }
  assert.equal(typeOf(bound, { outputs: { m: {} } }), 'mlflow_model')
})

test('text around a binding is part of the value: of a literal, and below a path', () => {
  const entity = pipeline(
    {
      a: step({ note: 'rate ${{parent.inputs.rate}}!' }),
      b: step({ f: `${from('a')}/sub/x.csv`, g: '${{parent.jobs.a.inputs.note}}' }),
    },
    { inputs: { rate: 1.5 } },
  )
  const { jobs } = plan(entity)
  assert.deepEqual(jobs[1]?.inputs[0]?.source, { from: 'literal', text: 'rate 1.5!' })
  const [f, g] = jobs[2]?.inputs ?? []
  assert.deepEqual(f?.source, {
    from: 'output',
    job: 'root-a',
    output: 'out',
    subpath: '/sub/x.csv',
  })
  assert.deepEqual(g?.source, { from: 'literal', text: 'rate 1.5!' })
})

test('what a binding names and what is not there is reported with its place, all at once', () => {
  const entity = pipeline({
    a: step({ x: '${{parent.inputs.dat}}', y: from('nobody'), z: from('b', 'ouput') }),
    b: step(),
  })
  assert.deepEqual(messages(entity), [
    'BindingNotFound | jobs.a.inputs.x | the pipeline has no input "dat"',
    'BindingNotFound | jobs.a.inputs.y | there is no job "nobody" | there are: a, b',
    'BindingNotFound | jobs.a.inputs.z | job "b" has no output "ouput" | there are: out',
  ])
})

test('names that every object has are names like others', () => {
  assert.equal(messages(pipeline({ a: step({ x: from('constructor') }) })).length, 1)
  const { jobs, diagnostics } = plan(
    pipeline({ constructor: step(), b: step({ x: from('constructor') }) } as never),
  )
  assert.deepEqual([diagnostics, jobs[2]?.needs], [[], ['root-constructor']])
})

test('steps that wait for one another are reported by name', () => {
  const [only, ...rest] = messages(
    pipeline({ a: step({ x: from('b') }), b: step({ x: from('a') }) }),
  )
  assert.deepEqual(rest, [])
  assert.match(only ?? '', /PipelineCycle.*: a, b$/)
  const loop = {
    a: step({ x: '${{parent.jobs.b.inputs.x}}' }),
    b: step({ x: '${{parent.jobs.a.inputs.x}}' }),
  }
  assert.match(messages(pipeline(loop)).join('\n'), /PipelineCycle/)
})

test('long names are shortened and stay apart', () => {
  const long = 'n'.repeat(100)
  const { jobs } = plan(pipeline({ [`${long}1`]: step(), [`${long}12`]: step() }))
  const names = jobs.map(({ name }) => name)
  assert.ok(names.every((name) => name.length <= 120))
  assert.equal(new Set(names).size, 3)
})

test('a change of a literal changes that part of the reuse key and no other', () => {
  const parts = (rate: number, compute: string) =>
    plan(pipeline({ a: step({ rate }, { compute }) })).jobs[1]?.reuseParts ?? []
  assert.deepEqual(differingParts(parts(1, 'a'), parts(1, 'b')), [])
  assert.deepEqual(differingParts(parts(1, 'a'), parts(2, 'a')), [
    { name: 'inputs.rate', before: 'text 1', after: 'text 2' },
  ])
})

test('a parallel step whose output has another place, also one that its pipeline names, is another run', () => {
  const component = {
    type: 'parallel' as const,
    is_deterministic: true,
    mini_batch_size: '1',
    input_data: '${{inputs.files}}',
    inputs: { files: { type: 'uri_folder' as const } },
    outputs: { rows: { type: 'uri_file' as const } },
    task: { type: 'run_function' as const, entry_script: 'score.py', environment: 'env' },
  }
  const parts = (path: string) => {
    const score: PipelineNode = {
      ...{ type: 'parallel', component },
      inputs: { files: { type: 'uri_folder', path: 'azureml:taxi:1' } },
      outputs: { rows: '${{parent.outputs.rows}}' },
    }
    const outputs = { rows: { type: 'uri_file', path: `azureml://datastores/ds/paths/${path}` } }
    const { jobs, diagnostics } = plan(pipeline({ score }, { outputs }))
    assert.deepEqual(diagnostics, [])
    return jobs[1]?.reuseParts ?? []
  }
  assert.deepEqual(differingParts(parts('a.txt'), parts('a.txt')), [])
  assert.deepEqual(
    differingParts(parts('a.txt'), parts('b.txt')).map(({ name }) => name),
    ['outputs.rows'],
  )
})

test('of any graph exactly the jobs on or behind a cycle are stuck', () => {
  const graph = fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { maxLength: 10 })
  fc.assert(
    fc.property(graph, (edges) => {
      const jobs = edges.map((needs, i) => ({
        name: `${i}`,
        step: `${i}`,
        needs: needs.map(String),
      }))
      const left = new Map(jobs.map((job) => [job.name, job.needs]))
      for (let before = -1; before !== left.size; ) {
        before = left.size
        for (const [name, needs] of left)
          if (!needs.some((need) => left.has(need))) left.delete(name)
      }
      assert.deepEqual(
        findStuck(jobs).map(({ name }) => name),
        [...left.keys()],
      )
    }),
    { numRuns: 1_000 },
  )
})
