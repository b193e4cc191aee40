import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { readYamlFile } from '../../src/cli/checks/read-file.ts'
import { SCHEMA_TYPES, toJsonSchema } from '../../src/core/spec/json-schema.ts'
import { SPEC_KINDS, type SpecKind } from '../../src/core/spec/kind.ts'
import { loadEntity } from '../../src/core/spec/load.ts'
import { referencePage } from '../../src/core/spec/reference-page.ts'
import { toPlain } from '../../src/core/yaml/node.ts'
import { parseYaml } from '../../src/core/yaml.ts'
import { DISK } from './corpus.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const SAMPLES = path.join(ROOT, 'test/fixtures/spec')

/** `train.component.yml` is a sample of the kind `component`. */
const samples = readdirSync(SAMPLES)
  .map((name) => ({ file: path.join(SAMPLES, name), kind: name.split('.').at(-2) ?? '' }))
  .filter(({ kind }) => (SPEC_KINDS as readonly string[]).includes(kind))

test('there is a sample of every kind, read without a word and told by its fields', () => {
  assert.deepEqual(
    SPEC_KINDS.filter((kind) => !samples.some((sample) => sample.kind === kind)),
    [],
  )
  for (const { file, kind } of samples) {
    const named = readYamlFile(file, { kind, cwd: SAMPLES })
    assert.deepEqual(named.diagnostics, [], file)
    assert.equal(readYamlFile(file, { cwd: SAMPLES }).kind, kind, file)
  }
})

test('the JSON Schema of each kind takes its samples', () => {
  const ajv = new Ajv({ strict: false })
  for (const { file, kind } of samples) {
    const validate = ajv.getSchema(kind) ?? ajv.compile({ ...toJsonSchema(kind), $id: kind })
    const { root } = parseYaml(readFileSync(file, 'utf8'), file)
    assert.ok(
      root !== undefined && validate(toPlain(root)),
      `${file}: ${JSON.stringify(validate.errors)}`,
    )
  }
  for (const name of Object.keys(SCHEMA_TYPES)) ajv.compile(toJsonSchema(name) ?? false)
})

test('an entity can be fed back as YAML and gives itself', () => {
  for (const { file, kind } of samples.filter(({ kind }) => kind !== 'schedule')) {
    const { entity } = readYamlFile(file, { kind, cwd: SAMPLES })
    const text = JSON.stringify(entity)
    const again = loadEntity({ kind: kind as SpecKind, file, text, baseDir: '/', files: DISK })
    assert.deepEqual(again.diagnostics, [], file)
    assert.deepEqual(JSON.parse(JSON.stringify(again.entity)), JSON.parse(text), file)
  }
})

const SDK = path.join(SAMPLES, 'sdk')

test('files that the Python SDK dumps are read, bare steps as jobs', () => {
  const kinds: Readonly<Record<string, string>> = {
    component: 'component',
    environment: 'environment',
  }
  for (const name of readdirSync(SDK)) {
    const kind = kinds[path.parse(name).name] ?? 'job'
    const given = readYamlFile(path.join(SDK, name), {
      kind,
      cwd: SDK,
      params: kind === 'environment' ? { name: 'e' } : {},
    })
    assert.deepEqual(
      given.diagnostics.filter(({ severity }) => severity !== 'warning'),
      [],
      name,
    )
  }
  const step = readYamlFile(path.join(SDK, 'command-node.yml'), { kind: 'job', cwd: SDK }).entity
  assert.equal(step?.['component'], undefined)
  assert.match(String(step?.['command']), /^python run.py/)
  const inputs = step?.['inputs'] as Record<string, unknown> | undefined
  assert.equal(inputs?.['flag'], true)
})

test('the JSON Schema takes what a step may bind, and what is still to be filled in', () => {
  const ajv = new Ajv({ strict: false })
  const takes = (kind: string, data: unknown): boolean =>
    ajv.validate(toJsonSchema(kind) ?? {}, data)
  const step = (more: object) => ({ type: 'pipeline', jobs: { a: { type: 'command', ...more } } })
  const bound = '${{parent.inputs.n}}'
  const resources = { instance_count: bound }
  assert.equal(takes('pipeline-job', step({ component: 'azureml:c:1', resources })), true)
  const inline = { command: 'x', environment: 'azureml:e:1', resources }
  assert.equal(takes('pipeline-job', step(inline)), false)
  assert.equal(takes('command-job', { command: 'x', environment: 'azureml:e:1', resources }), false)
  assert.equal(takes('pipeline-job', step({ type: 'spark', conf: {} })), true)
  assert.equal(takes('data', { name: '{{asset.name}}', path: './x' }), true)
  assert.equal(takes('data', { name: 'a b', path: './x' }), false)
})

test('the JSON Schema tells the fields of one type apart, and offers none that the service fills in', () => {
  const ajv = new Ajv({ strict: false, allErrors: true })
  const told = (kind: string, data: unknown): readonly string[] => {
    ajv.validate(toJsonSchema(kind) ?? {}, data)
    return (ajv.errors ?? [])
      .filter(({ keyword }) => !['if', 'anyOf', 'pattern'].includes(keyword))
      .map(({ instancePath, params }) => `${instancePath} ${Object.values(params).join()}`)
  }
  const step = (fields: object) => ({ type: 'pipeline', jobs: { a: fields } })
  const types = 'command,parallel,sweep,pipeline,import,automl,spark,data_transfer'
  assert.deepEqual(told('pipeline-job', step({ type: 'comand', command: 'x' })), [
    `/jobs/a/type ${types}`,
  ])
  assert.deepEqual(told('pipeline-job', step({ comand: 'x', environment: 'azureml:e:1' })), [
    '/jobs/a command',
    '/jobs/a comand',
  ])
  assert.deepEqual(told('pipeline-job', step({ trial: './t.yml', objective: {} })), [
    '/jobs/a limits',
    '/jobs/a/objective goal',
    '/jobs/a/objective primary_metric',
  ])
  const job = { command: 'x', environment: 'azureml:e:1' }
  assert.deepEqual(told('job', { ...job, $schema: 'x', status: 'Completed' }), [])
  assert.deepEqual(told('job', { ...job, trial: {} }), [' trial'])
  const { definitions } = toJsonSchema('job') as { definitions: Record<string, object> }
  const offered = Object.keys((definitions['command-job'] as { properties: object }).properties)
  assert.ok(offered.includes('command'))
  for (const name of ['$schema', 'status', 'creation_context', 'attempts'])
    assert.ok(!offered.includes(name), name)
})

test('the reference page says what the tables say', () => {
  const page = readFileSync(path.join(ROOT, 'docs/reference/yaml.md'), 'utf8')
  assert.equal(page, referencePage(), 'run "node scripts/reference.mjs"')
})
