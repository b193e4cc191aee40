import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { Flag } from '../../src/cli/grammar/command.ts'
import { COMMANDS } from '../../src/cli/table/commands.ts'
import { flagsOf } from '../../src/cli/table/flags-of.ts'
import { type CliWorld, makeCliWorld, ROOT, shellJob } from '../support/cli.ts'

/** Every verb of az that amlet has is run for real with each of its options. */
let world: CliWorld

const { commands }: { commands: Readonly<Record<string, readonly string[]>> } = JSON.parse(
  readFileSync(path.join(ROOT, 'test', 'parity', 'az-options.json'), 'utf8'),
)
const LATER = /^(online|batch)-/

const FILES: Readonly<Record<string, string>> = {
  job: 'job.yml',
  data: 'data.yml',
  model: 'model.yml',
  environment: 'environment.yml',
  component: 'component.yml',
  datastore: 'datastore.yml',
  compute: 'compute.yml',
  schedule: 'schedule.yml',
  workspace: 'workspace.yml',
  registry: 'registry.yml',
}

before(async () => {
  world = makeCliWorld()
  world.write('job.yml', shellJob('echo hi'))
  world.write('in.txt', 'x\n')
  world.write('folder/Dockerfile', 'FROM python:3.11\n')
  world.write('conda.yml', 'dependencies: [python=3.11]\n')
  world.write('data.yml', 'name: thing\ntype: uri_file\npath: in.txt\n')
  world.write('model.yml', 'name: thing\ntype: custom_model\npath: in.txt\n')
  world.write('environment.yml', 'name: thing\nimage: python:3.11\n')
  world.write(
    'component.yml',
    'name: thing\ntype: command\ncommand: echo hi\nenvironment: {image: "python:3.11"}\n',
  )
  world.write('datastore.yml', 'name: thing\ntype: local\npath: .\n')
  world.write('compute.yml', 'name: thing\ntype: local\n')
  world.write(
    'schedule.yml',
    'name: thing\ntrigger: {type: cron, expression: "0 3 1 1 *"}\ncreate_job: job.yml\n',
  )
  world.write('workspace.yml', 'name: thing\ndescription: ours\nlocation: here\n')
  world.write('registry.yml', 'name: thing\ndescription: ours\n')
  for (const kind of Object.keys(FILES)) await make(kind)
})
after(() => world[Symbol.asyncDispose]())

async function make(kind: string): Promise<void> {
  const name = kind === 'job' ? ['-n', 'thing', '--stream'] : []
  const { code, stderr } = await world.run([kind, 'create', '-f', FILES[kind] ?? '', ...name])
  assert.equal(code, 0, stderr)
}

const VALUES: Readonly<Record<string, string>> = {
  name: 'thing',
  set: 'tags.a=b',
  add: 'tags.list',
  remove: 'tags.a',
  tags: 'a=b',
  version: '1',
  label: 'latest',
  path: 'in.txt',
  'registry-name': 'thing',
  'share-with-name': 'copy',
  'share-with-version': '1',
  'download-path': 'out',
  'save-as': 'saved.yml',
  'parent-job-name': 'thing',
  'output-name': 'default',
  'conda-file': 'conda.yml',
  'build-context': 'folder',
  image: 'python:3.11',
  datastore: 'workspaceblobstore',
}

const TYPES: Readonly<Record<string, string>> = { data: 'uri_file', model: 'custom_model' }

function wordsFor(verb: string, flag: Flag): string[] {
  const [name = ''] = flag.names
  const [kind = ''] = verb.split(' ')
  const option = `--${name}`
  if (flag.kind === 'flag' || flag.kind === 'tri') return [option]
  if (name === 'file') return [option, FILES[kind] ?? '']
  if (name === 'type') return [option, TYPES[kind] ?? 'local']
  if (name === 'add') return [option, 'tags.list', 'x']
  return [option, flag.choices?.[0] ?? VALUES[name] ?? (flag.isInteger ? '1' : 'text')]
}

/** A browser is not opened, and nobody waits for a run of the job. */
const LEFT_OUT = new Set(['web', 'stream'])

for (const [verb, options] of Object.entries(commands)) {
  const command = COMMANDS.get(verb)
  if (command === undefined || LATER.test(verb)) continue
  test(`\`${verb}\` answers with any of its options: with a result or with a reason`, async () => {
    const known = options.map((text) => text.split(' ')[0]?.replace(/^--|[!*]/g, ''))
    const flags = flagsOf(command).filter(({ names }) => known.includes(names[0] ?? ''))
    const needed = flags.filter(({ required }) => required)
    const others = flags.filter(
      (flag) => !needed.includes(flag) && !LEFT_OUT.has(flag.names[0] ?? ''),
    )
    const half = (rest: number) => others.filter((_, i) => i % 2 === rest)
    for (const more of [[], half(0), half(1)]) {
      const words = [...needed, ...more].flatMap((flag) => wordsFor(verb, flag))
      const line = [...verb.split(' '), ...words]
      const { code, stdout, stderr } = await world.run(line)
      assert.doesNotMatch(stderr, /InternalError|there is no operation|\n {4}at /, line.join(' '))
      assert.ok(code === 0 || /^(ERROR|WARNING): /m.test(stderr), `${line.join(' ')}\n${stderr}`)
      assert.ok(code === 0 || stdout === '', `${line.join(' ')}\n${stdout}`)
    }
  })
}
