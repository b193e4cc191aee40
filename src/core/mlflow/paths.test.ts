import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  appendToUri,
  artifactPlace,
  mediaTypeOf,
  proxiedPath,
  safeArtifactPath,
  storagePath,
} from './artifact-path.ts'
import { checkArtifactLocation } from './limits.ts'
import { isWithin, parseModelSource } from './model-source.ts'
import { pageToken, readPageToken } from './page-token.ts'

test('no name of an artifact leads out of its folder, however it is written', () => {
  for (const path of [
    '../x',
    'a/../../x',
    '/etc/passwd',
    '%2e%2e/x',
    '%252e%252e%252fx',
    '..%2fx',
    'a\\..\\x',
    'C:/x',
    'file:///etc',
    'a#b',
    'a\u0000b',
    'a%00b',
  ])
    assert.throws(() => safeArtifactPath(path), /Invalid path/, path)
  assert.equal(safeArtifactPath('a/./b//c%20d'), 'a/b/c d')
  assert.equal(safeArtifactPath('50%'), '50%')
  assert.equal(safeArtifactPath(''), '')
})

test('files of a run lie where those of its job lie', () => {
  const place = artifactPlace('7/train_1/artifacts/model/MLmodel')
  assert.deepEqual(place, { of: 'run', id: 'train_1', path: 'model/MLmodel' })
  assert.equal(
    storagePath({ of: 'run', id: 'train_1', path: 'model/MLmodel' }),
    'ExperimentRun/dcid.train_1/model/MLmodel',
  )
  const model = artifactPlace('7/models/m-1/artifacts')
  assert.deepEqual(model, { of: 'model', id: 'm-1', path: '' })
})

test('an artifact address may name a host', () => {
  assert.equal(proxiedPath('mlflow-artifacts:/7/a'), '7/a')
  assert.equal(proxiedPath('mlflow-artifacts://host:5/7/a'), '7/a')
  assert.equal(proxiedPath('s3://bucket/a'), undefined)
})

test('what people read is text, a page stays a page', () => {
  assert.equal(mediaTypeOf('a/MLmodel'), 'text/plain')
  assert.equal(mediaTypeOf('x.yaml'), 'text/plain')
  assert.equal(mediaTypeOf('x.html'), 'text/html')
  assert.equal(mediaTypeOf('model.pkl'), 'application/octet-stream')
})

test('the source of a model version says what it is part of', () => {
  const read = (source: string) => parseModelSource(source)
  assert.deepEqual(read('runs:/r/a/b'), { type: 'run', runId: 'r', path: 'a/b' })
  assert.deepEqual(read('models:/m-1'), { type: 'logged-model', modelId: 'm-1' })
  assert.deepEqual(read('models:/cars/3'), { type: 'version', name: 'cars', selector: '3' })
  assert.deepEqual(read('models:/cars@best'), { type: 'version', name: 'cars', selector: '@best' })
  assert.deepEqual(read('s3://b/m'), { type: 'remote' })
  assert.equal(read('/etc/passwd').type, 'local')
  assert.equal(read('file:///etc').type, 'local')
  for (const source of [
    'runs://host/r/a',
    'models://x/1',
    'mlflow-artifacts:/1/a/%2e%2e/b',
    's3://b/../c',
  ])
    assert.throws(() => read(source), /Invalid model version source/, source)
})

test('a path that merely starts alike does not lie within', () => {
  const root = 'mlflow-artifacts:/1/run/artifacts'
  assert.ok(isWithin(`${root}/model`, root))
  assert.ok(!isWithin('mlflow-artifacts:/1/run2/artifacts', root))
  assert.ok(!isWithin('mlflow-artifacts://host/1/run/artifacts', root))
})

test('a path is appended to the path of a URI, before its query', () => {
  const cases = [
    ['mlflow-artifacts:/7', 'mlflow-artifacts:/7/r/artifacts'],
    ['s3://bucket', 's3://bucket/r/artifacts'],
    ['s3://bucket/root/', 's3://bucket/root/r/artifacts'],
    ['s3://bucket/root?version=1', 's3://bucket/root/r/artifacts?version=1'],
    ['mysql://u:p@h:port/db?driver=d', 'mysql://u:p@h:port/db/r/artifacts?driver=d'],
    ['/data/a?b', '/data/a?b/r/artifacts'],
  ] as const
  for (const [uri, expected] of cases) assert.equal(appendToUri(uri, 'r/artifacts'), expected)
})

test('an artifact location does not climb in its query', () => {
  assert.throws(() => checkArtifactLocation('s3://b/a?x=%2e%2e/y'), /Invalid query string/)
  checkArtifactLocation('s3://b/a?x=1')
})

test('a page token leads back to its offset, others are refused', () => {
  assert.equal(readPageToken(pageToken(300)), 300)
  assert.equal(readPageToken(undefined), 0)
  for (const token of ['xyz', 'AAAA', btoa('{"offset": -1}'), btoa('{}')])
    assert.throws(() => readPageToken(token), /Invalid page token/, token)
})
