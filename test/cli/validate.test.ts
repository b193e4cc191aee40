import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type CliWorld, makeCliWorld, ROOT } from '../support/cli.ts'

let world: CliWorld
before(() => {
  world = makeCliWorld()
})
after(async () => {
  await world[Symbol.asyncDispose]()
})

const SAMPLES = path.join(ROOT, 'test/fixtures/spec')
const BROKEN =
  'type: command\ncomand: echo\nenvironment: azureml:e:1\ninputs: {x: 1}\ncommand: echo ${{inputs.y}}\n'

test('validate prints each problem with its line, a caret and a hint, and ends with 1', async () => {
  const file = world.write('broken.yml', BROKEN)
  const { code, stdout } = await world.run(['validate', file])
  assert.equal(code, 1)
  assert.equal(
    stdout,
    [
      'ERROR: (UnknownField) "comand" is not a field of a command job',
      '  broken.yml:2:1  comand',
      '    comand: echo',
      '    ^',
      '  hint: did you mean "command"?',
      '',
      'ERROR: (BindingNotFound) there is no input "y"',
      '  broken.yml:5:15  command',
      '    command: echo ${{inputs.y}}',
      '                  ^',
      '  hint: did you mean "x"?',
      '',
      '1 file, 1 with errors: 2 errors',
      '',
    ].join('\n'),
  )
})

test('a folder is checked by what its files say they are', async () => {
  const { code, stdout } = await world.run(['validate', SAMPLES])
  assert.equal(code, 0)
  assert.match(stdout, /^\d\d files without errors$/m)
})

test('a name that no component may be created under is a warning among files, where steps take it', async () => {
  world.write(
    'steps/train.yml',
    '$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json\ntype: command\nname: my-train\ncommand: echo\nenvironment: {image: "python:3.11"}\n',
  )
  world.write(
    'steps/pipeline.yml',
    'type: pipeline\ncompute: local\njobs: {train: {component: ./train.yml}}\n',
  )
  const folder = await world.run(['validate', 'steps'])
  assert.equal(folder.code, 0, folder.stdout)
  assert.match(
    folder.stdout,
    /^WARNING: \(InvalidValue\) "my-train" [\s\S]*a step takes the file all the same/,
  )
  const file = await world.run(['validate', 'steps/train.yml'])
  assert.equal(file.code, 1)
  assert.match(file.stdout, /^ERROR: \(InvalidValue\) "my-train" /)
})

test('a list of cases gives one line of JSON a case, in one process', async () => {
  world.write('broken.yml', BROKEN)
  world.write('deployment.yml', 'name: blue\nmodel: azureml:m:1\ninstance_type: s\n')
  const cases = [
    { id: 'a', file: 'broken.yml', kind: 'job' },
    { id: 'b', file: 'deployment.yml', kind: 'online-deployment' },
    { id: 'c', file: 'deployment.yml', kind: 'online-deployment', flags: '--endpoint-name e' },
    { id: 'd', file: 'missing.yml', kind: 'job' },
  ]
  world.write('cases.json', JSON.stringify(cases))
  const { code, stdout } = await world.run(['validate', '--list', 'cases.json', '-o', 'json'])
  assert.equal(code, 1)
  const results = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    results.map(({ id, valid }) => [id, valid]),
    [
      ['a', false],
      ['b', false],
      ['c', true],
      ['d', false],
    ],
  )
  assert.deepEqual(results[0].errors[0], {
    file: path.join(world.cwd, 'broken.yml'),
    line: 2,
    column: 1,
    path: 'comand',
    code: 'UnknownField',
    message: '"comand" is not a field of a command job',
    severity: 'error',
    hint: 'did you mean "command"?',
  })
  assert.equal(results[2].entity.endpoint_name, 'e')
})

test('a bad case is its own result and spoils no other', async () => {
  world.write('good.yml', 'command: echo\nenvironment: azureml:e:1\n')
  const job = { file: 'good.yml', kind: 'job' }
  const cases = [
    { id: 'good', ...job },
    null,
    5,
    ['good.yml'],
    { id: 'no file' },
    { id: 'file', file: 7 },
    { id: 'kind', file: 'good.yml', kind: 'workspace' },
    { id: 'folder', file: '.', kind: 'job' },
    { id: 'long', file: `${'x'.repeat(400)}.yml`, kind: 'job' },
    { id: 'nul', file: 'a\0b.yml', kind: 'job' },
    { id: 'flags', ...job, flags: 3 },
    { id: 'set', ...job, flags: '--set limits' },
    { id: 'value', ...job, flags: ['--name', '--set', 'limits.timeout=5'] },
    { id: 'unknown', ...job, flags: '--nope x' },
    { id: 'az', ...job, flags: '-g rg -w ws --stream --set limits.timeout=5 -o json' },
    { ...job, kind: null },
  ]
  world.write('bad.json', JSON.stringify(cases))
  const { code, stdout, stderr } = await world.run(['validate', '--list', 'bad.json', '-o', 'json'])
  assert.equal(code, 1)
  assert.equal(stderr, '')
  const results = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const told = (result: { errors: { code: string }[] }) => result.errors[0]?.code ?? 'none'
  assert.deepEqual(
    results.map((result) => [result.id, result.valid, told(result)]),
    [
      ['good', true, 'none'],
      [1, false, 'UsageError'],
      [2, false, 'UsageError'],
      [3, false, 'UsageError'],
      ['no file', false, 'UsageError'],
      ['file', false, 'UsageError'],
      ['kind', false, 'OperationNotSupported'],
      ['folder', false, 'FileNotFound'],
      ['long', false, 'FileNotFound'],
      ['nul', false, 'FileNotFound'],
      ['flags', false, 'UsageError'],
      ['set', false, 'UsageError'],
      ['value', false, 'UsageError'],
      ['unknown', false, 'UnknownField'],
      ['az', true, 'none'],
      ['good.yml', true, 'none'],
    ],
  )
  assert.equal(results[14].entity.limits.timeout, 5)
  for (const { errors } of results)
    for (const found of errors) assert.ok(found.line >= 1 && found.column >= 1)
})

test('a kind is validated as with az: what was found is data, and the exit code is asked for', async () => {
  const file = world.write('broken.yml', BROKEN)
  const plain = await world.run(['job', 'validate', '-f', file])
  assert.equal(plain.code, 0)
  const found = JSON.parse(plain.stdout)
  assert.equal(found.result, 'Failed')
  assert.equal(found.errors[0].location, `${file}#line 2`)
  const strict = await world.run(['job', 'validate', '-f', file, '--exit-status'])
  assert.equal(strict.code, 1)
  const sound = await world.run(['job', 'validate', '-f', path.join(SAMPLES, 'sweep.job.yml')])
  assert.equal(JSON.parse(sound.stdout).result, 'Succeeded')
})

const NAMES = `type: pipeline
inputs:
  rows: {type: uri_file, path: "azureml:rows:3"}
  model: {type: mlflow_model, path: "azureml:taxi@latest"}
jobs:
  score:
    type: command
    compute: azureml:gpu-cluster
    component: azureml:score:2
    inputs: {rows: "\${{parent.inputs.rows}}", model: "\${{parent.inputs.model}}"}
  report:
    type: command
    compute: serverless
    environment: azureml:reporting:1
    command: echo
`

test('what a job names and this workspace does not have is a warning, and with --strict an error', async () => {
  const file = world.write('names.yml', NAMES)
  const { code, stdout, stderr } = await world.run(['job', 'validate', '-f', file])
  assert.equal(code, 0)
  const found = JSON.parse(stdout)
  assert.equal(found.result, 'Succeeded')
  assert.deepEqual(
    found.warnings.map((one: { line: number; column: number; message: string }) => [
      `${one.line}:${one.column}`,
      one.message,
    ]),
    [
      ['3:32', 'there is no data rows'],
      ['4:37', 'there is no model taxi'],
      ['9:16', 'there is no component score'],
      ['14:18', 'there is no environment reporting'],
      ['8:14', 'compute gpu-cluster is not defined here; the job runs on local'],
    ],
  )
  assert.match(
    stderr,
    /WARNING: \(ResourceNotFound\) there is no component score\n {2}names.yml:9:16/,
  )
  const strict = await world.run(['job', 'validate', '-f', file, '--strict', '--exit-status'])
  assert.equal(strict.code, 1)
  assert.equal(JSON.parse(strict.stdout).errors.length, 5)
  const input = await world.run(['job', 'validate', '-f', '-'], { input: NAMES })
  assert.equal(JSON.parse(input.stdout).warnings.length, 5)
})

test('what is there is not told; a component and a schedule are looked up too', async () => {
  world.write('rows.csv', 'a\n')
  for (const words of [
    ['data', 'create', '-n', 'there', '-v', '1', '--type', 'uri_file', '--path', 'rows.csv'],
    ['environment', 'create', '-n', 'there', '-v', '1', '--image', 'any'],
  ])
    assert.equal((await world.run(words)).code, 0)
  const warnings = async (kind: string, text: string): Promise<string[]> => {
    const { stdout } = await world.run([kind, 'validate', '-f', world.write('f.yml', text)])
    const { result, warnings: found = [] } = JSON.parse(stdout)
    assert.equal(result, 'Succeeded')
    return found.map(({ message }: { message: string }) => message)
  }
  const job = 'command: cat ${{inputs.x}}\ncompute: local\nenvironment: azureml:there:1\n'
  const read = 'inputs: {x: {type: uri_file, path: "azureml:there:1"}}\n'
  assert.deepEqual(await warnings('job', job + read), [])
  assert.deepEqual(
    await warnings('component', 'name: c\ncommand: echo\nenvironment: azureml:gone:1\n'),
    ['there is no environment gone'],
  )
  world.write('job.yml', job + read.replace('there:1', 'there:2'))
  assert.deepEqual(
    await warnings(
      'schedule',
      'name: s\ntrigger: {type: cron, expression: "0 2 * * *"}\ncreate_job: ./job.yml\n',
    ),
    ['data there has no version 2'],
  )
  assert.deepEqual(await warnings('job', 'type: spark\nentry: {file: x.py}\n'), [
    'spark jobs are not run by amlet',
  ])
})

test('a file is good also where no server can be had, and that is said', async () => {
  const file = world.write('names.yml', NAMES)
  const { code, stdout } = await world.run(['job', 'validate', '-f', file], {
    env: { AMLET_URL: 'http://127.0.0.1:9', AMLET_TOKEN: 'none' },
  })
  assert.equal(code, 0)
  const { result, warnings } = JSON.parse(stdout)
  assert.equal(result, 'Succeeded')
  assert.match(warnings[0].message, /^the file is good; whether what it names is here could not/)
})

test('a schema is printed, and an unknown kind is told with the nearest', async () => {
  const { stdout } = await world.run(['schema', 'pipeline-job'])
  assert.equal(JSON.parse(stdout).title, 'pipeline-job')
  const wrong = await world.run(['schema', 'pipline-job'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /did you mean "pipeline-job"/)
})

test('check says of a job whose environment only a Dockerfile makes that it does not run', async () => {
  world.write('docker/context/Dockerfile', 'FROM python:3.11\n')
  world.write('docker/env.yml', 'name: built\nbuild: {path: ./context}\n')
  const job = (environment: string) => `type: command\ncommand: echo\nenvironment: ${environment}\n`
  world.write('docker/a.yml', job('{build: {path: ./context}}'))
  world.write('docker/b.yml', job('azureml:built@latest'))
  const { stdout } = await world.run(['check', 'docker', '-o', 'json'])
  const jobs: { state: string; unsupported: string[]; lines: string[] }[] = JSON.parse(stdout)
  const why = 'is made by a Dockerfile, and this version runs no containers'
  assert.deepEqual(
    jobs.map(({ state, unsupported, lines }) => ({ state, unsupported, lines })),
    [`the environment ${why}`, `environment built (docker/env.yml) ${why}`].map((text) => ({
      state: 'not supported',
      unsupported: [text],
      lines: [],
    })),
  )
})

test('check says where to put data of a datastore, and the line makes its folder', async () => {
  world.write(
    'stored/a.yml',
    'type: command\ncommand: cat ${{inputs.d}}\nenvironment: {image: plain}\ninputs: {d: {type: uri_file, path: "azureml://datastores/workspaceblobstore/paths/in/rows.csv"}}\n',
  )
  const { stdout } = await world.run(['check', 'stored', '-o', 'json'])
  assert.deepEqual(JSON.parse(stdout)[0].lines, [
    'd="$(amlet datastore show -n workspaceblobstore --query path -o tsv)/in"; mkdir -p "$d" && cp -r <data> "$d/rows.csv"',
  ])
})

test('check says of each job what it needs, with the lines to paste', async () => {
  world.write(
    'repo/a.yml',
    'type: command\ncommand: echo\nenvironment: azureml:AzureML-sklearn-1.5@latest\ncompute: local\n',
  )
  world.write(
    'repo/b.yml',
    'type: command\ncommand: cat ${{inputs.d}}\nenvironment: azureml:own:1\ninputs: {d: {type: uri_file, path: "azureml:rows:2"}}\n',
  )
  world.write(
    'repo/rows.yml',
    'name: rows\nversion: 2\ntype: uri_file\npath: https://example.org/rows.csv\n',
  )
  world.write('repo/made.yml', 'name: made\ntype: uri_file\npath: ./made-later.csv\n')
  world.write(
    'repo/d.yml',
    'type: command\ncommand: cat ${{inputs.d}}\nenvironment: {image: plain}\ninputs: {d: {type: uri_file, path: "azureml:made@latest"}}\n',
  )
  world.write(
    'repo/c.yml',
    'type: spark\nentry: {file: x.py}\n$schema: https://azuremlschemas.azureedge.net/latest/sparkJob.schema.json\n',
  )
  world.write(
    'repo/e.yml',
    'type: pipeline\njobs:\n  a: {type: automl}\n  b: {comand: x, environment: "azureml:e:1"}\n',
  )
  const { code, stdout } = await world.run(['check', 'repo', '-o', 'json'])
  assert.equal(code, 0)
  const jobs: { file: string; state: string; lines: string[]; substitutions: string[] }[] =
    JSON.parse(stdout)
  assert.deepEqual(
    jobs.map(({ file, state }) => [file, state]),
    [
      ['a.yml', 'runs with substitutions'],
      ['b.yml', 'needs'],
      ['c.yml', 'not supported'],
      ['d.yml', 'needs'],
      ['e.yml', 'not supported'],
    ],
  )
  assert.deepEqual(jobs[1]?.lines, [
    'amlet environment create -n own --version 1 --image python:3.11 --conda-file <conda file>',
    'amlet data create -f repo/rows.yml',
  ])
  const missing = path.join(world.cwd, 'repo/made-later.csv')
  assert.deepEqual(jobs[3]?.lines, [
    `amlet data create -f repo/made.yml  # there is no data file or folder at ${missing}`,
  ])
  assert.deepEqual(jobs[3]?.substitutions, [
    'image "plain" is not pulled: the job runs with this machine\'s Python and no packages',
  ])
})
