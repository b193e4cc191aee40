import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CliWorld, makeCliWorld, shellJob } from '../support/cli.ts'

/** What `show -o yaml` prints is a file that `create` takes, without a word of complaint. */
let world: CliWorld

const STEP = 'environment: {image: "python:3.11"}\n    type: command'

before(() => {
  world = makeCliWorld()
  world.write('data/in.txt', 'hello\n')
  world.write('mlmodel/MLmodel', 'flavors: {}\n')
  world.write('conda.yml', 'name: e\ndependencies: [python=3.11, pip, {pip: [six]}]\n')
  world.write(
    'component.yml',
    `name: lister
type: command
inputs: {n: {type: integer, default: 3}, d: {type: uri_folder}}
outputs: {o: {type: uri_folder}}
code: data
command: ls \${{inputs.d}} > \${{outputs.o}}/list; cat in.txt
environment: {image: "python:3.11"}
`,
  )
  world.write(
    'writes.yml',
    `${shellJob('echo ${{inputs.x}} > ${{outputs.o}}/value')}inputs: {x: 1}\noutputs: {o: {type: uri_folder}, model: {type: custom_model, name: made}}\n`.replace(
      '/value',
      '/value; echo m > ${{outputs.model}}/m',
    ),
  )
  world.write(
    'pipeline.yml',
    `type: pipeline
settings: {default_compute: "azureml:local"}
inputs: {lr: 0.5}
outputs: {final: {type: uri_folder}}
jobs:
  prep:
    ${STEP}
    command: echo \${{inputs.lr}} > \${{outputs.data}}/value
    inputs: {lr: "\${{parent.inputs.lr}}"}
    outputs: {data: {type: uri_folder}}
  train:
    ${STEP}
    command: cat \${{inputs.data}}/value; cp \${{inputs.data}}/value \${{outputs.out}}/
    inputs: {data: {type: uri_folder, path: "\${{parent.jobs.prep.outputs.data}}"}}
    outputs: {out: {type: uri_folder, path: "\${{parent.outputs.final}}"}}
`,
  )
  world.write(
    'schedule.yml',
    'name: nightly\ntrigger: {type: cron, expression: "0 3 * * *"}\ncreate_job: ./pipeline.yml\n',
  )
})
after(() => world[Symbol.asyncDispose]())

async function run(line: string): Promise<string> {
  const { code, stdout, stderr } = await world.bash(line)
  assert.equal(code, 0, `${line}\n${stderr}`)
  const complaints = stderr.split('\n').filter((text) => /UnknownField|^ERROR/.test(text))
  assert.deepEqual(complaints, [], line)
  return stdout
}

const KINDS: readonly (readonly [create: string, again: string])[] = [
  ['data create -n d --path data --type uri_folder', '--version 7'],
  ['model create -n m --path data/in.txt', '--version 7'],
  ['model create -n f --path mlmodel --type mlflow_model', '--version 7'],
  ['environment create -n e --conda-file conda.yml --image python:3.11', '--version 7'],
  ['component create -f component.yml', '--version 7'],
  ['datastore create -n shelf --path data', '-n other'],
  ['compute create -n here --type local', '-n there'],
  ['schedule create -f schedule.yml', '-n weekly'],
]

for (const [create, again] of KINDS)
  test(`${create.split(' -')[0]}: what is shown can be created again`, async () => {
    const [kind = ''] = create.split(' ')
    const name = (await run(`amlet ${create} --query name -o tsv`)).trim()
    await run(`amlet ${kind} show -n ${name} -o yaml > shown.yml`)
    await run(`amlet ${kind} create -f shown.yml ${again} -o none`)
  })

test('a job that is submitted again leaves what the first one wrote as it was', async () => {
  await run('amlet job create -f writes.yml -n first --stream -o none')
  await run('amlet job show -n first -o yaml > first.yml')
  await run('amlet job create -f first.yml -n second --set inputs.x=2 --stream -o none')
  const value = (name: string) =>
    run(`cat $(amlet job outputs ${name} --query "[?name=='o'].local_path" -o tsv)/value`)
  assert.equal(await value('first'), '1\n')
  assert.equal(await value('second'), '2\n')
  const versions = await run("amlet model list -n made --query 'sort([].version)' -o tsv")
  assert.equal(versions, '1\n2\n')
})

test('a pipeline that is shown runs again, and so does each of its steps by itself', async () => {
  await run('amlet job create -f pipeline.yml -n pipe --stream -o none')
  await run('amlet job show -n pipe -o yaml > pipe.yml')
  await run('amlet job create -f pipe.yml -n pipe2 --stream -o none')
  for (const step of ['prep', 'train']) {
    await run(`amlet job show -n pipe-${step} -o yaml > step.yml`)
    assert.doesNotMatch(await run('cat step.yml'), /inline|parent\./)
    await run(`amlet job create -f step.yml -n alone-${step} --stream -o none`)
  }
  const read =
    'amlet job download -n alone-train --output-name out -p got; cat got/named-outputs/out/value'
  assert.equal(await run(read), '0.5\n')
})

test('--save-as writes the created job as a file that runs', async () => {
  await run('amlet job create -f writes.yml -n saved --save-as saved.yml -o none')
  await run('amlet job create -f saved.yml -n from_saved --stream -o none')
})
