import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseReference } from './parse.ts'
import { armId, assetId, datastoreUri, jobOutputUri, printReference, registryId } from './print.ts'
import type { Reference, ReferenceKind } from './reference.ts'

const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}$/)
const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,12}$/)
const selector = fc.oneof(
  name.map((version) => ({ version })),
  name.map((label) => ({ label })),
)
const scope = fc.record(
  { subscription: word, resourceGroup: word, workspace: word },
  { noNullPrototype: true },
)
const filePath = fc.array(name, { maxLength: 4 }).map((parts) => parts.join('/'))
const collection = fc.constantFrom('data', 'models')

/** Every form that an input may take. */
const reference: fc.Arbitrary<Reference> = fc.oneof(
  fc.tuple(name, selector).map(([name, s]): Reference => ({ type: 'asset', name, ...s })),
  name.map((name): Reference => ({ type: 'asset', name })),
  fc
    .tuple(scope, collection, word, selector)
    .map(([s, collection, name, v]): Reference => ({ type: 'arm', ...s, collection, name, ...v })),
  fc.tuple(word, word, collection, word, selector).map(
    ([location, workspaceId, collection, name, v]): Reference => ({
      type: 'asset-id',
      location,
      workspaceId,
      collection,
      name,
      ...v,
    }),
  ),
  fc.tuple(word, collection, word, selector).map(
    ([registry, collection, name, v]): Reference => ({
      type: 'registry',
      registry,
      collection,
      name,
      ...v,
    }),
  ),
  fc.tuple(fc.option(scope, { nil: undefined }), collection, word, selector).map(
    ([scope, collection, name, v]): Reference => ({
      type: 'workspace-asset',
      collection,
      name,
      ...v,
      ...(scope === undefined ? {} : { scope }),
    }),
  ),
  fc.tuple(fc.option(scope, { nil: undefined }), word, filePath).map(
    ([scope, datastore, path]): Reference => ({
      type: 'datastore-path',
      datastore,
      path,
      ...(scope === undefined ? {} : { scope }),
    }),
  ),
  fc
    .tuple(word, word, filePath)
    .map(([job, output, path]): Reference => ({ type: 'job-output', job, output, path })),
  fc
    .tuple(word, filePath.filter(Boolean))
    .map(([run, path]): Reference => ({ type: 'run', run, path })),
  fc
    .tuple(word, selector)
    .filter(([, s]) => !('version' in s && s.version === 'latest'))
    .map(([name, s]): Reference => ({ type: 'mlflow-model', name, ...s })),
  fc
    .tuple(fc.constantFrom('https', 'wasbs', 'abfss'), word, filePath)
    .map(
      ([scheme, host, path]): Reference => ({ type: 'url', url: `${scheme}://${host}/${path}` }),
    ),
  filePath.map((path): Reference => ({ type: 'local', path: `./${path}` })),
  name.map((input): Reference => ({ type: 'binding', text: `\${{parent.inputs.${input}}}` })),
)

test('what is printed is read as the same reference', () => {
  fc.assert(
    fc.property(reference, (ref) => {
      assert.deepEqual(parseReference(printReference(ref), { kind: 'input' }), ref)
    }),
    { numRuns: 2_000 },
  )
})

const KINDS: readonly ReferenceKind[] = [
  'data',
  'model',
  'environment',
  'component',
  'code',
  'input',
  'compute',
  'datastore',
  'job',
]
/** Computes, datastores and jobs go by plain names, so that a path is one only behind `file:`. */
function isNamed(kind: ReferenceKind): boolean {
  return kind === 'compute' || kind === 'datastore' || kind === 'job'
}

const PIECES = [
  'azureml:',
  'azureml://',
  'registries/',
  'subscriptions/',
  'models/',
  'm',
  ':',
  '@',
  '/',
  'versions/',
  '1',
  ' ',
  'runs:/',
  'file:',
  '..',
  '${{',
  '}}',
]

test('any text is a reference or a problem with a place in it, and printing goes round', () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((bits) => bits.join('')),
  )
  fc.assert(
    fc.property(text, fc.constantFrom(...KINDS), (given, kind) => {
      const found = parseReference(given, { kind })
      if (found.type === 'problem') assert.ok(found.offset >= 0 && found.offset <= given.length)
      else if (found.type !== 'name' && !isNamed(kind))
        assert.deepEqual(parseReference(printReference(found), { kind }), found)
    }),
    { numRuns: 5_000 },
  )
})

test('the prefix is taken off addresses, paths and ids', () => {
  const url = 'wasbs://c@a.blob.core.windows.net/x.csv'
  assert.deepEqual(parseReference(`azureml:${url}`, { kind: 'input' }), { type: 'url', url })
  assert.deepEqual(parseReference('azureml:./data', { kind: 'input' }), {
    type: 'local',
    path: './data',
  })
  assert.equal(parseReference('file:./src', { kind: 'code' }).type, 'local')
  assert.equal(
    parseReference('azureml:azureml://datastores/d/paths/p', { kind: 'input' }).type,
    'datastore-path',
  )
  assert.equal(parseReference('n:1', { kind: 'input' }).type, 'asset')
})

test('slips are told where they begin, with what was meant', () => {
  const told = [
    'azurem:m:1',
    'azureml:m:1@latest',
    'azureml::1',
    'azureml:m:',
    'azureml://location/w/x',
    'azureml:a b:1',
  ].map((text) => {
    const found = parseReference(text, { kind: 'input' })
    return found.type === 'problem' ? `${found.offset} ${found.hint ?? ''}` : found.type
  })
  assert.deepEqual(told, [
    '0 did you mean "azureml"?',
    '11 write azureml:<name>:<version> or azureml:<name>@<label>',
    '8 write azureml:<name>:<version>',
    '9 ',
    '0 did you mean "locations"?',
    '9 names are letters, digits, "_", "-" and "."',
  ])
})

test('a reference to another kind is a problem', () => {
  const model = registryId({ registry: 'r', kind: 'model', name: 'm', version: '1' })
  assert.equal(parseReference(model, { kind: 'environment' }).type, 'problem')
  assert.equal(parseReference(model, { kind: 'input' }).type, 'registry')
})

test('ids are built as Azure writes them', () => {
  const workspace = { subscription: 's', resourceGroup: 'g', workspace: 'w' }
  assert.deepEqual(
    [
      armId({ ...workspace, kind: 'model', name: 'm', version: '3' }),
      armId({ ...workspace, kind: 'compute', name: 'c' }),
      assetId({ location: 'local', workspaceId: 'guid', kind: 'data', name: 'd', version: '1' }),
      datastoreUri('workspaceblobstore', 'a/b'),
      jobOutputUri('j', 'o'),
    ],
    [
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/models/m/versions/3',
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/computes/c',
      'azureml://locations/local/workspaces/guid/data/d/versions/1',
      'azureml://datastores/workspaceblobstore/paths/a/b',
      'azureml://jobs/j/outputs/o/paths/',
    ],
  )
})
