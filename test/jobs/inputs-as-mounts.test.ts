import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type CliWorld, makeCliWorld } from '../support/cli.ts'

const PIPELINE = `type: pipeline
settings: {default_compute: azureml:local}
jobs:
  make:
    command: >-
      mkdir -p \${{outputs.all}}/deep && echo a > \${{outputs.all}}/a.txt && echo b > \${{outputs.all}}/deep/b.txt
    environment: {image: any}
    outputs: {all: {type: uri_folder}}
  take:
    command: >-
      find \${{inputs.all}} -type f | wc -l &&
      tar -cf - -C \${{inputs.all}}/.. "$(basename \${{inputs.all}})" | tar -tf - | grep -c txt &&
      cp -r \${{inputs.all}} \${{outputs.copy}}/folder && cp -r \${{inputs.one}} \${{outputs.copy}}/file &&
      if rm -rf \${{inputs.all}}; then exit 9; fi; if echo x > \${{inputs.one}}; then exit 9; fi;
      cat \${{inputs.all}}/deep/b.txt \${{inputs.one}}
    environment: {image: any}
    inputs:
      all: \${{parent.jobs.make.outputs.all}}
      one: {type: uri_file, path: one.txt}
    outputs: {copy: {type: uri_folder}}
`

let world: CliWorld
before(() => {
  world = makeCliWorld()
  world.write('one.txt', 'one\n')
  world.write('pipeline.yml', PIPELINE)
})
after(() => world[Symbol.asyncDispose]())

test('programs that stop at a link find an input’s files, and copy these', async (t) => {
  const started = await world.run(['server', 'start', '--query', 'protection_kind', '-o', 'tsv'])
  if (!started.stdout.includes('namespace')) {
    t.skip(`no namespace is to be had here: ${started.stdout}`)
    return
  }
  const ran = await world.run(['job', 'create', '-f', 'pipeline.yml', '-n', 'p', '--stream'])
  assert.equal(ran.code, 0, ran.stdout + ran.stderr)
  const lines = ran.stdout.split('\n').map((line) => line.replace(/^.*│ /, ''))
  for (const line of ['2', 'b', 'one']) assert.ok(lines.includes(line), ran.stdout)
  const got = await world.run(['job', 'download', '-n', 'p.take', '--output-name', 'copy'])
  assert.equal(got.code, 0, got.stderr)
  const copy = path.join(world.cwd, 'named-outputs', 'copy')
  assert.ok(lstatSync(path.join(copy, 'folder')).isDirectory())
  assert.deepEqual(readdirSync(path.join(copy, 'folder')).sort(), ['a.txt', 'deep'])
  assert.ok(lstatSync(path.join(copy, 'file')).isFile())
  assert.equal(readFileSync(path.join(copy, 'file'), 'utf8'), 'one\n')
})
