import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CommandComponent, PipelineComponent, SweepJob } from '../entity.ts'
import { planJob } from './plan-job.ts'
import { makeTrial, type TrialTemplate } from './plan-trials.ts'

const ENVIRONMENT = 'azureml:env:1'
const OPTIONS = {
  name: 'sweep',
  experiment: 'e',
  compute: 'local',
  datastore: 'workspaceblobstore',
  hash: (text: string) => text,
}

function planSweep(trial: SweepJob['trial'], more: Partial<SweepJob> = {}) {
  const entity: SweepJob = {
    type: 'sweep',
    trial,
    objective: { goal: 'minimize', primary_metric: 'loss' },
    search_space: { lr: { type: 'uniform', min_value: 0, max_value: 1 } },
    limits: { max_total_trials: 3, trial_timeout: 90 },
    outputs: { model: { type: 'uri_folder' } },
    ...more,
  }
  const resolved = {
    data: new Map(),
    code: new Map(),
    components: new Map(),
    environments: new Map([[ENVIRONMENT, { id: ENVIRONMENT, entity: {}, digest: 'd' }]]),
  }
  const { jobs, diagnostics } = planJob(entity, resolved, OPTIONS)
  assert.deepEqual(diagnostics, [])
  return jobs[0]?.controlled?.['template'] as TrialTemplate
}

test('a trial of a command has its hyperparameters in the command and in its variables', () => {
  const template = planSweep(
    {
      command: 'train --lr ${{search_space.lr}} --out ${{outputs.model}}',
      environment: ENVIRONMENT,
    },
    { inputs: { epochs: 3 } },
  )
  const [trial, ...others] = makeTrial(template, { index: 2, parameters: { lr: 0.5 } })
  assert.equal(others.length, 0)
  assert.equal(trial?.name, 'sweep_2')
  assert.equal(trial.parent, 'sweep')
  assert.equal(trial.process?.command, 'train --lr 0.5 --out ${{outputs.model}}')
  assert.equal(trial.process.environmentVariables['AZUREML_SWEEP_lr'], '0.5')
  assert.equal(trial.process.timeoutSeconds, 90)
  assert.equal(
    trial.outputs[0]?.uri,
    'azureml://datastores/workspaceblobstore/paths/azureml/sweep_2/model/',
  )
  assert.equal(trial.isReusable, false)
  assert.deepEqual(
    trial.inputs.map(({ name }) => name),
    ['epochs'],
  )
})

test('a trial of a component gets its hyperparameters as inputs', () => {
  const component: CommandComponent = {
    type: 'command',
    command: 'train --lr ${{inputs.lr}}',
    environment: ENVIRONMENT,
    inputs: { lr: { type: 'number' } },
    outputs: { model: { type: 'uri_folder' } },
  }
  const [trial] = makeTrial(planSweep(component), { index: 0, parameters: { lr: 1e-7 } })
  assert.deepEqual(trial?.inputs, [{ name: 'lr', source: { from: 'literal', text: '1e-07' } }])
})

test('a trial of a pipeline component brings its steps, the hyperparameters bound into them', () => {
  const step: CommandComponent = {
    type: 'command',
    command: 'train --lr ${{inputs.rate}}',
    environment: ENVIRONMENT,
    inputs: { rate: { type: 'number' } },
    outputs: { model: { type: 'uri_folder' } },
  }
  const component: PipelineComponent = {
    type: 'pipeline',
    inputs: { lr: { type: 'number' } },
    outputs: { model: { type: 'uri_folder' } },
    jobs: {
      fit: {
        type: 'command',
        component: step,
        inputs: { rate: '${{parent.inputs.lr}}' },
        outputs: { model: '${{parent.outputs.model}}' },
      },
    },
  }
  const jobs = makeTrial(planSweep(component), { index: 1, parameters: { lr: 0.25 } })
  assert.deepEqual(
    jobs.map(({ name, parent, type }) => ({ name, parent, type })),
    [
      { name: 'sweep_1', parent: 'sweep', type: 'pipeline' },
      { name: 'sweep_1-fit', parent: 'sweep_1', type: 'command' },
    ],
  )
  assert.deepEqual(jobs[1]?.inputs, [{ name: 'rate', source: { from: 'literal', text: '0.25' } }])
  assert.deepEqual(jobs[0]?.outputs[0]?.of, { job: 'sweep_1-fit', output: 'model' })
  assert.equal(jobs[1]?.isReusable, false)
})
