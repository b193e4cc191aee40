import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDiagnostic } from '../format-diagnostic.ts'
import { type LoadRequest, type LoadResult, loadEntity, type SpecKind } from './load.ts'
import { fieldTables, loadJob } from './typed.ts'

const FILES: Readonly<Record<string, string>> = {
  '/w/c/train.yml': [
    'type: command',
    'name: train',
    'inputs:',
    '  data: {type: uri_folder}',
    '  lr: {type: number, default: 1, min: 0}',
    'outputs:',
    '  model: {type: mlflow_model}',
    'code: ./src',
    'environment: {image: python, conda_file: conda.yml}',
    'command: python t.py ${{inputs.data}} ${{inputs.lr}} ${{outputs.model}}',
  ].join('\n'),
  '/w/c/conda.yml': 'dependencies: [python=3.11]\n',
  '/w/self.yml':
    'type: pipeline\nname: self\njobs:\n  again:\n    type: pipeline\n    component: ./self.yml\n',
}
const FOLDERS = new Set(['/w/c/src', '/w/data', '/w'])

function load(text: string, more: Partial<LoadRequest> = {}): LoadResult {
  return loadEntity({
    kind: 'job',
    file: '/w/job.yml',
    text,
    baseDir: '/w',
    files: {
      read: (path) => FILES[path],
      kind: (path) => (path in FILES ? 'file' : FOLDERS.has(path) ? 'folder' : undefined),
    },
    ...more,
  })
}

function told(result: LoadResult): readonly string[] {
  return result.diagnostics.map(
    ({ code, source, severity, message }) =>
      `${severity === 'warning' ? 'warning ' : ''}${code} ${source?.line}:${source?.column} ${message}`,
  )
}

const PIPELINE = `type: pipeline
compute: azureml:cpu
inputs:
  story: {type: uri_folder, path: ./data}
  lr: 0.5
outputs:
  final: {type: mlflow_model}
jobs:
  train:
    type: command
    component: ./c/train.yml
    inputs:
      data: \${{parent.inputs.story}}
      lr: \${{parent.inputs.lr}}
    outputs:
      model: \${{parent.outputs.final}}
  show:
    command: ls \${{inputs.model}} > \${{outputs.list}}/l
    environment: azureml:e:1
    inputs:
      model: \${{parent.jobs.train.outputs.model}}
    outputs:
      list: {mode: upload}
`

test('components stand inline, with the paths of their own folder', () => {
  const { entity, diagnostics, files } = load(PIPELINE)
  assert.deepEqual(diagnostics, [])
  const jobs = entity?.['jobs'] as Record<string, Record<string, unknown>>
  assert.deepEqual(jobs['train'], {
    type: 'command',
    component: {
      type: 'command',
      name: 'train',
      inputs: { data: { type: 'uri_folder' }, lr: { type: 'number', default: 1, min: 0 } },
      outputs: { model: { type: 'mlflow_model' } },
      code: '/w/c/src',
      environment: { image: 'python', conda_file: { dependencies: ['python=3.11'] } },
      command: 'python t.py ${{inputs.data}} ${{inputs.lr}} ${{outputs.model}}',
      is_deterministic: true,
    },
    inputs: { data: '${{parent.inputs.story}}', lr: '${{parent.inputs.lr}}' },
    outputs: { model: '${{parent.outputs.final}}' },
  })
  assert.deepEqual([...files].sort(), ['/w/c/conda.yml', '/w/c/train.yml'])
})

test('an inline step becomes one with a component whose ports are inferred', () => {
  const jobs = load(PIPELINE).entity?.['jobs'] as Record<string, Record<string, unknown>>
  assert.deepEqual(jobs['show'], {
    type: 'command',
    component: {
      type: 'command',
      is_deterministic: true,
      command: 'ls ${{inputs.model}} > ${{outputs.list}}/l',
      environment: 'azureml:e:1',
      inputs: { model: { type: 'mlflow_model' } },
      outputs: { list: { type: 'uri_folder', mode: 'upload' } },
    },
    inputs: { model: '${{parent.jobs.train.outputs.model}}' },
    outputs: { list: { type: 'uri_folder', mode: 'upload' } },
  })
})

test('places are found in the file, in component files and through inline components', () => {
  const { sources } = load(PIPELINE)
  const at = (path: string): string => {
    const { file, line, column } = sources.get(path)
    return `${file}:${line}:${column}`
  }
  assert.equal(at('jobs.train.inputs.data'), '/w/job.yml:13:13')
  assert.equal(at('jobs.train.component.inputs.lr'), '/w/c/train.yml:5:7')
  assert.equal(at('jobs.show.component.environment'), '/w/job.yml:19:18')
  assert.equal(at('jobs.show.component.outputs.list.mode'), '/w/job.yml:23:20')
  assert.equal(at(''), '/w/job.yml:1:1')
})

test('all problems come at once, each at its place, with what was meant', () => {
  const text = PIPELINE.replace('parent.inputs.lr', 'parent.inputs.rl')
    .replace('jobs.train.outputs.model}', 'jobs.trian.outputs.model}')
    .replace('mode: upload', 'mode: uplod')
    .replace('compute: azureml:cpu', 'compute: azureml:cpu\ndisplay_nam: x')
  const result = load(text)
  assert.deepEqual(told(result), [
    'UnknownField 3:1 "display_nam" is not a field of a pipeline job',
    'warning BindingNotFound 6:3 no step reads the input "lr"',
    'BindingNotFound 15:11 the pipeline has no input "rl"',
    'BindingNotFound 22:14 the pipeline has no step "trian"',
    'InvalidValue 24:20 "uplod" is not one of rw_mount, mount, upload, direct',
  ])
  assert.deepEqual(
    result.diagnostics.map(({ hint }) => hint),
    [
      'did you mean "display_name"?',
      'bind it with ${{parent.inputs.lr}}, or take it away',
      'did you mean "lr"?',
      'did you mean "train"?',
      'did you mean "upload"?',
    ],
  )
})

test('a diagnostic is printed with its line and a caret', () => {
  const [found] = load('type: comand\ncommand: x\nenvironment: azureml:e:1\n').diagnostics
  assert.equal(
    found === undefined ? '' : formatDiagnostic(found),
    [
      'InvalidValue: "comand" is not one of command, pipeline, sweep, spark, automl, import, finetuning, distillation',
      '  /w/job.yml:1:7',
      '    type: comand',
      '          ^',
      '  hint: did you mean "command"?',
    ].join('\n'),
  )
})

test('a cycle is told with its steps', () => {
  const step = (from: string): string =>
    `    command: cat \${{inputs.i}} > \${{outputs.o}}/f\n    environment: azureml:e:1\n    inputs: {i: "\${{parent.jobs.${from}.outputs.o}}"}\n    outputs: {o: }\n`
  const text = `type: pipeline\ncompute: c\njobs:\n  a:\n${step('b')}  b:\n${step('a')}`
  assert.deepEqual(told(load(text)), [
    'PipelineCycle 7:17 these steps wait for one another: a → b → a',
  ])
})

test('a component that is a step of itself is told, not followed', () => {
  const found = load(
    'type: pipeline\ncompute: c\njobs:\n  s:\n    type: pipeline\n    component: ./self.yml\n',
  )
  assert.ok(told(found).includes('PipelineCycle 6:16 /w/self.yml is a step of itself'))
})

test('inputs are compared with the ports of their component', () => {
  const step = (inputs: string): readonly string[] =>
    told(
      load(
        `type: pipeline\ncompute: c\ninputs: {n: 5}\njobs:\n  t:\n    component: ./c/train.yml\n    inputs: ${inputs}\n`,
      ),
    ).filter((line) => !line.includes('no step reads'))
  assert.deepEqual(step('{lr: 1}'), [
    'MissingField 7:5 the input "data" of the component is not given',
  ])
  assert.deepEqual(step('{data: 5}'), [
    'InvalidValue 7:20 the literal 5 is given to an input of type uri_folder',
  ])
  assert.deepEqual(step('{data: {path: ./data}, lr: fast}'), [
    'InvalidValue 7:40 "fast" is no number',
  ])
  assert.deepEqual(step('{data: {path: ./data}, lr: -1}'), [
    'InvalidValue 7:40 -1 is less than 0, the least that this input takes',
  ])
  assert.deepEqual(step('{data: {path: ./data}, rl: 1}'), [
    'warning UnknownField 7:36 the component has no input "rl"',
  ])
  assert.deepEqual(step('{data: "${{parent.inputs.n}}"}'), [
    'InvalidValue 7:20 ${{parent.inputs.n}}, an integer, is given to an input of type uri_folder',
  ])
})

const COMMAND = 'command: echo ${{inputs.lr}}\nenvironment: azureml:e:1\ninputs:\n  lr: 0.1\n'

test('--set changes the file before it is checked, as text that the field reads', () => {
  const { entity, diagnostics } = load(COMMAND, {
    overrides: [
      'inputs.lr=0.5',
      'resources.instance_count=4',
      'tags.x\\.y=1',
      'inputs.d:={"path": "./data", "type": "uri_folder"}',
    ],
  })
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(entity?.['inputs'], { lr: '0.5', d: { type: 'uri_folder', path: '/w/data' } })
  assert.deepEqual(entity?.['resources'], { instance_count: 4 })
  assert.deepEqual(entity?.['tags'], { 'x.y': '1' })
})

test('a wrong --set is told where it was typed', () => {
  const result = load(COMMAND, {
    overrides: ['resources.instance_count=4x', 'nosuch=1', 'environment.image=x'],
  })
  const places = result.diagnostics.map(({ source }) => `${source?.file}:${source?.column}`)
  assert.deepEqual(places, ['--set:1', '--set:26', '--set:1'])
  assert.match(told(result).join('\n'), /would change what the text "azureml:e:1" stands for/)
})

test('options beat the file, and complete it', () => {
  const text = 'name: blue\nmodel: azureml:m:1\ninstance_type: s\n'
  const more = { kind: 'online-deployment' as const, params: { endpoint_name: 'e', name: 'green' } }
  const { entity, diagnostics } = load(text, more)
  assert.deepEqual(diagnostics, [])
  assert.equal(entity?.['name'], 'green')
  assert.equal(entity?.['endpoint_name'], 'e')
})

test('a file of another kind says which verb to use', () => {
  const [found] = load('name: d\ntype: uri_file\npath: ./x\n').diagnostics
  assert.equal(found?.code, 'WrongKind')
  assert.match(found?.hint ?? '', /amlet data create/)
})

test('floats that JavaScript would shorten keep their text', () => {
  const { entity } = load(
    'command: x\nenvironment: azureml:e:1\ninputs: {a: 1.0, b: 1, c: 0.5, d: 1e3, e: yes}\n',
  )
  assert.deepEqual(entity?.['inputs'], { a: '1.0', b: 1, c: 0.5, d: '1e3', e: true })
})

test('a file that is no mapping, or empty, is told', () => {
  for (const text of ['', '# only\n', '- a\n', '42', 'just words'])
    assert.equal(load(text).diagnostics[0]?.code, 'InvalidValue')
})

const KINDS: readonly SpecKind[] = [
  'job',
  'component',
  'data',
  'environment',
  'schedule',
  'batch-deployment',
  'compute',
]
const LINES = [
  'type: pipeline',
  'type: command',
  'jobs:',
  '  a:',
  '    inputs: {x: "${{parent.jobs.a.outputs.o}}"}',
  '    component: ./c/train.yml',
  'inputs: [1]',
  'inputs:',
  '  x: {type: uri_file}',
  '    path: ./data',
  'command: ${{inputs.x',
  'trigger: {type: cron}',
  'settings: {default_compute: x}',
  '<<: {a: 1}',
  'name: 1',
  'trial: &t',
  'search_space: {a: {type: choice}}',
  'limits: *t',
  'create_job: ./c/train.yml',
  'credentials: {}',
  'outputs: {o: }',
  '    task: {type: model}',
  'environment: {build: {path: .}}',
]

test('any mixture of lines gives a result and never throws', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...LINES), { maxLength: 14 }),
      fc.constantFrom(...KINDS),
      (lines, kind) => {
        const { diagnostics } = load(lines.join('\n'), { kind })
        for (const { source } of diagnostics) assert.ok((source?.line ?? 0) > 0)
      },
    ),
    { numRuns: 3_000 },
  )
})

test('a text given to an input of data is its path', () => {
  const { entity, diagnostics } = load(
    'type: pipeline\ncompute: c\njobs:\n  t:\n    component: ./c/train.yml\n    inputs: {data: ./data}\n',
  )
  assert.deepEqual(diagnostics, [])
  const jobs = entity?.['jobs'] as Record<string, Record<string, unknown>>
  assert.deepEqual(jobs['t']?.['inputs'], { data: { type: 'uri_folder', path: '/w/data' } })
})

test('typed loading and the field tables go by the same names', () => {
  const { entity } = loadJob({
    file: '/w/job.yml',
    text: 'command: x\nenvironment: azureml:e:1\n',
    baseDir: '/w',
    files: { read: () => undefined, kind: () => undefined },
  })
  assert.equal(entity?.type, 'command')
  const tables = fieldTables()
  assert.deepEqual(
    tables['command-job']?.map(({ title }) => title),
    ['command job'],
  )
  for (const [name, found] of Object.entries(tables)) assert.ok(found.length > 0, name)
})
