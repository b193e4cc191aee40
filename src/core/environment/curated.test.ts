import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CURATED_NAMES, curatedEnvironment, curatedForImage } from './curated.ts'
import { planEnvironment } from './plan.ts'

test('a curated name is found with and without its old prefix, in any case', () => {
  for (const name of ['sklearn-1.5', 'AzureML-sklearn-1.5', 'azureml-SKLEARN-1.5'])
    assert.equal(curatedEnvironment(name)?.name, 'sklearn-1.5')
  assert.equal(curatedEnvironment('sklearn-9.9'), undefined)
  assert.equal(curatedEnvironment('constructor'), undefined)
})

test('every curated environment gives a plan without complaints', () => {
  for (const name of CURATED_NAMES) {
    const entity = curatedEnvironment(name)
    assert.ok(entity)
    const { plan, diagnostics } = planEnvironment(entity)
    assert.deepEqual(diagnostics, [], name)
    assert.ok(plan.requirements.length > 3, name)
  }
})

test('scikit-learn comes with the numpy and pandas that its images hold down', () => {
  const asked = (name: string) => {
    const { plan } = planEnvironment(curatedEnvironment(name) ?? {})
    return plan.requirements.map(({ value }) => value).filter((value) => value.includes('<'))
  }
  const held = ['numpy<1.24; python_version < "3.12"', 'pandas<2; python_version < "3.12"']
  assert.deepEqual(asked('sklearn-1.5'), held)
  assert.deepEqual(asked('AzureML-sklearn-0.24-ubuntu18.04-py37-cpu'), [
    'scikit-learn<1.3; python_version < "3.12"',
    ...held,
  ])
})

test('an image that only looks like a curated one is none', () => {
  assert.equal(curatedForImage('mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04'), undefined)
  assert.equal(curatedForImage('example.org/azureml/curated/sklearn-1.5:1'), undefined)
  assert.equal(curatedForImage(undefined), undefined)
})
