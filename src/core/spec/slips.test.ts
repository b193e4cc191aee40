import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadEntity, type SpecKind } from './load.ts'

/* What a person is told of the slips that people make: the line, one problem for one slip, and what to do. */

const STEP_JOB =
  'type: pipeline\ncompute: c\njobs:\n  a:\n    command: x\n    environment: azureml:e:1\n'
const FILES: Readonly<Record<string, string>> = {
  '/w/train.yml':
    'name: t\ninputs:\n  lr: {type: number}\n  n: {type: integer, default: 1}\noutputs:\n  o: {type: uri_file}\nenvironment: azureml:e:1\ncommand: x\n',
  '/w/job.yml': `$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ninputs:\n  n: 5\n${STEP_JOB}`,
}

function told(text: string, kind: SpecKind = 'job'): string {
  const kindOf = (path: string) => (path in FILES ? 'file' : path === '/w' ? 'folder' : undefined)
  const files = { read: (path: string) => FILES[path], kind: kindOf } as const
  return loadEntity({ kind, file: '/w/f.yml', text, baseDir: '/w', files })
    .diagnostics.map(
      ({ source, severity, message, hint }) =>
        `${severity === 'warning' ? 'warning ' : ''}${source?.line}:${source?.column} ${message}; ${hint}`,
    )
    .join('\n')
}

const JOB = 'command: x\nenvironment: azureml:e:1\n'
const SWEEP =
  'type: sweep\ntrial: {command: x, environment: "azureml:e:1"}\nobjective: {goal: minimize, primary_metric: m}\n'
const STEP =
  'type: pipeline\ncompute: c\njobs:\n  a:\n    type: command\n    component: ./train.yml\n'

test('a field under a wrong name is told once, with its name', () => {
  assert.equal(
    told('command: x\nenviroment: azureml:e:1\n'),
    '2:1 "enviroment" is not a field of a command job; did you mean "environment"?',
  )
  assert.equal(
    told(`${SWEEP}limits: {max_trials: 3}\nsearch_space:\n  lr: {type: uniform, min: 1, max: 2}\n`),
    [
      '4:10 "max_trials" is not a field of sweep limits; did you mean "max_total_trials"?',
      '6:23 "min" is not a field of a uniform search space; did you mean "min_value"?',
      '6:31 "max" is not a field of a uniform search space; did you mean "max_value"?',
    ].join('\n'),
  )
  assert.equal(
    told(
      'type: pipeline\ncompute: c\njobs:\n  a:\n    type: sweep\n    component: ./train.yml\n    objective: {goal: minimize, primary_metric: m}\n    limits: {max_total_trials: 1}\n',
    ),
    '6:5 "component" is not a field of a sweep step; did you mean "trial"?',
  )
  assert.equal(
    told(`${JOB}resources: {node_count: 2}\n`),
    '3:13 "node_count" is not a field of resources; did you mean "instance_count"?',
  )
  assert.equal(
    told('name: e\nimage: i\nconda: {}\n', 'environment'),
    '3:1 "conda" is not a field of an environment; did you mean "conda_file"?',
  )
  assert.equal(
    told('type: pipeline\nforce_rerun: true\njobs: {}\n'),
    '2:1 "force_rerun" is not a field of a pipeline job; write it below "settings:"',
  )
})

test('a type that is left out, or a misspelt "jobs", is one problem', () => {
  assert.equal(
    told(STEP_JOB.replace('type: pipeline\n', '')),
    '1:1 "type" is missing in this pipeline job; add "type: pipeline"',
  )
  assert.equal(
    told(STEP_JOB.replace('jobs:', 'job:')),
    '3:1 "job" is not a field of a pipeline job; did you mean "jobs"?',
  )
})

test('a misspelt "inputs" is one problem, whatever binds to what stands below it', () => {
  const wrong = '"inpust" is not a field of'
  const hint = 'did you mean "inputs"?'
  assert.equal(
    told(`${STEP}    inputs: {lr: "\${{parent.inputs.lr}}"}\ninpust: {lr: 1}\n`),
    `8:1 ${wrong} a pipeline job; ${hint}`,
  )
  assert.equal(
    told(STEP_JOB.replace('type: pipeline', 'type:')),
    '1:1 "type" has no value; give it a value or take the line away',
  )
})

test('a field that is indented into the text above is found there', () => {
  assert.equal(
    told('command: >-\n  python x.py\n  environment: azureml:e:1\n'),
    '1:1 "environment" is missing in this command job; "environment:" stands inside the text of "command": indent it less',
  )
})

test('a step that did not pass uses inputs nobody can tell', () => {
  assert.equal(
    told(
      'type: pipeline\ncompute: c\ninputs: {n: 1}\njobs:\n  a:\n    inputs: {n: "${{parent.inputs.n}}"}\n',
    ),
    '5:3 this step has neither "component" nor "command"; add "component:" with a component, or "command:" and "environment:"',
  )
})

test('a job where a component is meant is one problem', () => {
  assert.equal(
    told(`${STEP}`.replace('./train.yml', './job.yml')),
    '6:16 /w/job.yml is a job, not a component; move its steps to a component file, or name one of its components',
  )
})

test('a component with a value among its ports is still one', () => {
  assert.equal(
    told(`name: c\nversion: 1\ninputs: {x: {type: integer}, z: 5}\n${JOB}`, 'component'),
    '3:33 an input of a component is declared by a mapping, not by the value "5"; write {type: integer, default: 5}',
  )
})

test('addresses that are nearly right say what to write', () => {
  assert.equal(
    told(`${JOB}inputs: {d: {path: "\${parent.inputs.x}"}}\n`),
    '3:20 there is no input at /w/${parent.inputs.x}; write "${{parent.inputs.x}}", with two braces',
  )
  assert.equal(
    told(`${JOB}code: .\\src\n`),
    '3:7 there is no code folder or file at /w/.\\src; write "/" between folders, not "\\"',
  )
  assert.equal(
    told('command: x\nenvironment: mcr.microsoft.com/base:latest\n'),
    '2:36 "mcr.microsoft.com/base:latest" is neither a path nor a reference; for an image write "environment:" and below it "image: mcr.microsoft.com/base:latest"',
  )
  assert.match(
    told('name: d\ntype: uri_file\npath: azureml://datastores/d/paths/x\n'),
    /this file describes a data asset, not a job/,
  )
})

test('a text for a number is told also where it comes by way of the pipeline', () => {
  const text = (value: string) =>
    told(`${STEP}    inputs: {lr: "\${{parent.inputs.lr}}"}\ninputs: {lr: ${value}}\n`)
  assert.equal(
    text('fast'),
    '7:18 ${{parent.inputs.lr}} does not fit this input: "fast" is no number; give the input of the pipeline another value',
  )
  for (const value of ['0.1', '"0.1"', '1e-3', '5']) assert.equal(text(value), '', value)
})

test('an output that a step does not have makes no cycle', () => {
  assert.equal(
    told(`${STEP}    inputs: {lr: 1, n: "\${{parent.jobs.a.outputs.p}}"}\n`),
    '7:25 the step "a" has no output "p"; did you mean "o"?',
  )
})
