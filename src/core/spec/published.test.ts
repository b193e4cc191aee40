import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LoadResult, loadEntity, type SpecKind } from './load.ts'

/* What files that others published hold, and what Azure's client was seen to make of it. */

const FILES: Readonly<Record<string, string>> = {
  '/w/train.yml': [
    'type: command',
    'name: train',
    'inputs:',
    '  data: {type: uri_folder}',
    'outputs:',
    '  model: {type: mlflow_model}',
    'environment: azureml:e:1',
    'command: python t.py ${{inputs.data}} ${{outputs.model}}',
  ].join('\n'),
  '/w/flow.dag.yaml':
    '$schema: https://azuremlschemas.azureedge.net/promptflow/latest/Flow.schema.json\nnodes: []\n',
}

function load(text: string, kind: SpecKind = 'job'): LoadResult {
  const kindOf = (path: string) => (path in FILES ? 'file' : path === '/w' ? 'folder' : undefined)
  const files = { read: (path: string) => FILES[path], kind: kindOf } as const
  return loadEntity({ kind, file: '/w/f.yml', text, baseDir: '/w', files })
}

function told(text: string, kind?: SpecKind): readonly string[] {
  return load(text, kind).diagnostics.map(
    ({ source, severity, message }) =>
      `${severity === 'warning' ? 'warning ' : ''}${source?.line}:${source?.column} ${message}`,
  )
}

function jobsOf(text: string): Record<string, Record<string, unknown>> {
  return load(text).entity?.['jobs'] as Record<string, Record<string, unknown>>
}

const HEAD =
  'type: pipeline\ncompute: azureml:c\ninputs: {n: 2, d: {type: uri_folder, path: azureml:d:1}}\n'
const STEP = `${HEAD}jobs:\n  a:\n    type: command\n    component: ./train.yml\n    inputs: {data: "\${{parent.inputs.d}}"}\n`
const INLINE = `${HEAD}jobs:\n  a:\n    type: command\n    command: x\n    environment: azureml:e:1\n`

test('a step with a component takes a binding wherever a word or number is meant', () => {
  for (const line of [
    'resources: {instance_count: "${{parent.inputs.n}}"}',
    'distribution: {type: pytorch, process_count_per_instance: "${{parent.inputs.n}}"}',
    'limits: {timeout: "${{parent.inputs.n}}"}',
    'is_deterministic: ${{parent.inputs.n}}',
  ])
    assert.deepEqual(told(`${STEP}    ${line}\n`), [], line)
  assert.deepEqual(told(`${STEP}    resources: {instance_count: "\${{parent.inputs.m}}"}\n`), [
    'warning 3:10 no step reads the input "n"',
    '9:34 the pipeline has no input "m"',
  ])
})

test('an inline step takes none there, as in Azure', () => {
  assert.match(
    told(`${INLINE}    resources: {instance_count: "\${{parent.inputs.n}}"}\n`).join('\n'),
    /9:33 "\$\{\{parent\.inputs\.n\}\}" is not a whole number/,
  )
})

test('what is still to be filled in is a warning: names, versions and references', () => {
  assert.deepEqual(
    told(
      'name: "{{asset.name}}"\nversion: "{{asset.version}}"\npath: azureml://datastores/d/paths/x\n',
      'data',
    ),
    [
      'warning 1:7 "{{asset.name}}" is not what can stand here',
      'warning 2:10 "{{asset.version}}" is not a version',
    ],
  )
  const job = 'command: x\nenvironment: azureml:e:1\n'
  assert.deepEqual(told(`${job}compute: azureml:<your-cluster>\n`), [
    'warning 3:18 the name "<your-cluster>" holds "<"',
  ])
  assert.match(told(`${job}code: "{{folder}}"\n`).join(), /^3:7 there is no code folder/)
  for (const name of ['$(Build.Repository.Name)-data', '${DATA_NAME}', '#{data-name}#'])
    assert.deepEqual(
      told(`name: "${name}"\npath: azureml://datastores/d/paths/x\n`, 'data'),
      [`warning 1:7 "${name}" is not what can stand here`],
      name,
    )
})

test('an input whose value did not pass is not missing as well', () => {
  assert.deepEqual(
    told(
      'command: x ${{inputs.d}}\nenvironment: azureml:e:1\ninputs:\n  d: {path: azureml://dataassets}\n',
    ).map((line) => line.replace(/^warning /, '')),
    ['4:13 "azureml://dataassets" is no form of address that is known'],
  )
  assert.deepEqual(
    told(
      `type: pipeline\ncompute: c\ninputs:\n  d: {type: uri_foo, path: ./x}\njobs:\n  a:\n    component: ./train.yml\n    inputs: {data: "\${{parent.inputs.d}}"}\n`,
    ),
    [
      '4:13 "uri_foo" is not one of uri_file, uri_folder, mltable, custom_model, mlflow_model, triton_model',
    ],
  )
})

test('nor is it missing in the command that uses it, whatever kind of thing the command is in', () => {
  const bad = 'inputs: {d: {type: uri_file, path: "azureml:d:1/more"}}\n'
  const command = 'command: x ${{inputs.d}}\nenvironment: azureml:e:1\n'
  const once = (text: string, kind?: SpecKind) =>
    assert.equal(told(text, kind).length, 1, told(text, kind).join('\n'))
  once(command + bad)
  once(`${command}inputs: [d]\n`)
  once(`${command}inputs: {d: }\n`)
  once(`name: c\n${command}inputs: {d: {type: float}}\n`, 'component')
  once(`type: sweep\ncompute: c\n${SWEEP}search_space: {d: {type: chioce, values: [1]}}\n`)
  once(
    `type: pipeline\ncompute: c\njobs:\n  a: {command: "x \${{inputs.d}}", environment: "azureml:e:1", ${bad.trim()}}\n`,
  )
})

const SWEEP =
  'objective: {goal: minimize, primary_metric: m}\nlimits: {max_total_trials: 2}\ntrial: {command: "x ${{search_space.d}}", environment: "azureml:e:1"}\n'

test('variables of a component are kept, and Azure is said to pass over them', () => {
  const text = 'name: c\ncommand: x\nenvironment: azureml:e:1\nenvironment_variables: {A: b}\n'
  assert.deepEqual(told(text, 'component'), [
    "warning 4:1 Azure's client passes over the environment_variables of a component",
  ])
  assert.deepEqual(load(text, 'component').entity?.['environment_variables'], { A: 'b' })
})

test('a pipeline job that runs a component declares nothing, though its inputs have types', () => {
  const text =
    'type: pipeline\ncompute: c\ncomponent: azureml:p:1\ninputs: {d: {type: uri_folder}}\n'
  assert.deepEqual(told(text), ['warning 4:10 the input "d" has no path yet'])
})

test('numbers, words and $schema are taken or refused as by Azure', () => {
  const compute = (value: string) =>
    told(`name: cpu\ntype: amlcompute\nmax_instances: ${value}\n`, 'compute')
  for (const value of ['"1_000"', '" 7 "', '1.0', '0x10'])
    assert.deepEqual(compute(value), [], value)
  for (const value of ['1e3', '"1e3"', '"1.0"', 'true'])
    assert.equal(compute(value).length, 1, value)
  const data = (type: string) => told(`name: d\npath: https://a.b/c\ntype: ${type}\n`, 'data')
  assert.deepEqual(data('uri_file'), [])
  assert.match(data('URI_FILE').join(), /3:7 "URI_FILE" is not one of/)
  const job = 'command: x\nenvironment: azureml:e:1\n'
  assert.deepEqual(told(`$schema:\n${job}`), ['1:1 "$schema" has no value'])
  assert.deepEqual(told(`$schema: 5\n${job}`), [
    'warning 1:1 $schema is a text, the address of a schema',
  ])
  assert.deepEqual(told(`name: c\ntype:\n${job}`, 'component'), [])
})

test('inputs with types and no values are a job, where $schema or a field of jobs says so', () => {
  const steps =
    'type: pipeline\ncompute: c\ninputs: {d: {type: uri_folder}}\njobs:\n  a: {component: ./train.yml, inputs: {data: "${{parent.inputs.d}}"}}\n'
  const schema = '$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\n'
  assert.deepEqual(told(schema + steps), ['warning 4:10 the input "d" has no path yet'])
  assert.deepEqual(told(`experiment_name: x\n${steps}`), [
    'warning 4:10 the input "d" has no path yet',
  ])
  assert.match(told(steps.replace('compute: c\n', '')).join(), /this file describes a component/)
})

test('a time limit of a whole pipeline is kept, and Azure is said to refuse it', () => {
  assert.deepEqual(told(`${STEP}limits: {timeout: 60}\n`), [
    'warning 3:10 no step reads the input "n"',
    "warning 9:1 Azure's client refuses limits of a whole pipeline",
  ])
})

test('a prompt flow as a component is kept, to be refused by name when it should run', () => {
  const { diagnostics, entity } = load(
    `${HEAD}jobs:\n  a:\n    type: parallel\n    component: ./flow.dag.yaml\n`,
  )
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity !== 'warning'),
    [],
  )
  const jobs = entity?.['jobs'] as Record<string, { component: { type: string } }> | undefined
  assert.equal(jobs?.['a']?.component.type, 'flow')
})

test('an output bound to the pipeline is its binding, or has the type that Azure fills in', () => {
  const outputs = (output: string) =>
    jobsOf(
      `${STEP}    outputs: {model: ${output}}\noutputs: {m: {type: mlflow_model, mode: upload}}\n`,
    )['a']?.['outputs']
  const bound = '${{parent.outputs.m}}'
  assert.deepEqual(outputs(`{type: mlflow_model, path: "${bound}"}`), { model: bound })
  assert.deepEqual(outputs(`{mode: upload, path: "${bound}"}`), {
    model: { type: 'uri_folder', mode: 'upload', path: bound },
  })
})

test('the port of an inline step follows its own entry, and the pipeline only for a bare binding', () => {
  const port = (output: string) => {
    const step = jobsOf(
      `${INLINE}    outputs: {m: ${output}}\noutputs: {m: {type: mlflow_model, mode: upload}}\n`,
    )['a']
    const component = step?.['component'] as { outputs: Record<string, unknown> } | undefined
    return component?.outputs['m']
  }
  assert.deepEqual(port('"${{parent.outputs.m}}"'), { type: 'mlflow_model', mode: 'upload' })
  assert.deepEqual(port('{path: "${{parent.outputs.m}}"}'), { type: 'uri_folder' })
  assert.deepEqual(port('{type: mltable, path: "${{parent.outputs.m}}"}'), { type: 'mltable' })
})

test('a registry component without version is the default one; other assets name a version', () => {
  const registry = 'azureml://registries/azureml'
  assert.deepEqual(
    told(`${HEAD}jobs:\n  a: {type: command, component: "${registry}/components/c"}\n`),
    ['warning 3:10 no step reads the input "n"', 'warning 3:16 no step reads the input "d"'],
  )
  assert.match(
    told(`command: x\nenvironment: ${registry}/environments/e\n`).join(),
    /is not complete/,
  )
})

test('what Azure passes over is told, and left out of the entity', () => {
  const { entity, diagnostics } = load(
    'name: c\ncommand: x\nenvironment: azureml:e:1\noutput_data: x\nresources: {instance_count: 0, flavour: big}\n',
    'component',
  )
  assert.deepEqual(
    diagnostics.map(({ severity, message }) => `${severity} ${message}`),
    [
      'warning "output_data" is not a field of a command component',
      'warning "flavour" is not a field of resources',
      'warning 0 nodes run nothing',
    ],
  )
  assert.equal(entity?.['output_data'], undefined)
  assert.equal(entity?.['type'], 'command')
})

test('kinds of datastores, days as times and search spaces without a type are refused as in Azure', () => {
  assert.match(
    told('name: d\ntype: AZURE_BLOB\naccount_name: a\ncontainer_name: c\n', 'datastore').join(),
    /^2:7 "AZURE_BLOB" is not one of/,
  )
  const trigger =
    'name: s\ncreate_job: azureml:j\ntrigger:\n  type: cron\n  expression: "0 0 * * *"\n'
  assert.deepEqual(told(`${trigger}  start_time: 2024-05-01\n`, 'schedule'), [
    '6:15 "2024-05-01" is no time',
  ])
  assert.deepEqual(told(`${trigger}  start_time: 2024-05-01 08:00:00\n`, 'schedule'), [])
  const sweep =
    'type: sweep\ntrial: {command: x, environment: azureml:e:1}\nobjective: {goal: minimize, primary_metric: m}\nlimits: {max_total_trials: 1}\n'
  assert.match(
    told(`${sweep}search_space: {a: {type: choice, values: [{b: {values: [1]}}]}}\n`).join(),
    /"type" is missing in this search space/,
  )
})
