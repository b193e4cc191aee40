import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MlflowError } from '../../core/mlflow/errors.ts'
import { jsonRoute } from './context.ts'
import { RouteTable } from './dispatch.ts'

const table = new RouteTable([
  jsonRoute('GET mlflow/runs/get', {}, () => undefined),
  jsonRoute('DELETE mlflow/logged-models/{model_id}/tags/{tag_key}', {}, () => undefined),
])

function refusalOf(method: string, path: string): MlflowError {
  try {
    table.find(method, path)
  } catch (error) {
    return error as MlflowError
  }
  throw new Error(`${method} ${path} was found`)
}

test('names in a path are decoded, and keys of tags may hold slashes', () => {
  const { params } = table.find('DELETE', 'mlflow/logged-models/m-1/tags/a/b%20c')
  assert.deepEqual(params, { model_id: 'm-1', tag_key: 'a/b c' })
})

test('what MLflow has and amlet has not is said to be so, whatever is unknown is another answer', () => {
  for (const path of [
    'mlflow/traces/search',
    'mlflow/get-trace-artifact',
    'mlflow/runs/create-promptlab-run',
    'mlflow/scorers/list',
  ]) {
    const { code, httpStatus, message } = refusalOf('POST', path)
    assert.deepEqual([code, httpStatus], ['NOT_IMPLEMENTED', 501], path)
    assert.match(message, /^amlet does not support /)
  }
  assert.equal(refusalOf('GET', 'mlflow/runs/nothing').httpStatus, 404)
  assert.equal(refusalOf('POST', 'mlflow/runs/get').httpStatus, 405)
})
