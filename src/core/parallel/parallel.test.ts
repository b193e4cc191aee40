import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { processesOf, quoteWord, splitWords, toDriverPlan } from './driver-plan.ts'
import { parseMiniBatchSize, toParallelSettings } from './settings.ts'

test('a mini-batch size is a count or a number of bytes', () => {
  assert.deepEqual(parseMiniBatchSize('10'), { count: 10 })
  assert.deepEqual(parseMiniBatchSize('5kb'), { bytes: 5120 })
  assert.deepEqual(parseMiniBatchSize('2MB'), { bytes: 2 * 2 ** 20 })
  assert.deepEqual(parseMiniBatchSize('1gb'), { bytes: 2 ** 30 })
})

test('absent settings are those of Azure', () => {
  const settings = toParallelSettings({ input_data: '${{ inputs.images }}' })
  const { maxRetries, timeoutSeconds, miniBatch, errorThreshold, miniBatchErrorThreshold } =
    settings
  assert.equal(settings.inputName, 'images')
  assert.deepEqual(
    { maxRetries, timeoutSeconds, miniBatch, errorThreshold, miniBatchErrorThreshold },
    {
      maxRetries: 2,
      timeoutSeconds: 60,
      miniBatch: { count: 1 },
      errorThreshold: -1,
      miniBatchErrorThreshold: -1,
    },
  )
  assert.equal(processesOf(settings, { cpus: 4, gpus: 0 }), 4)
  assert.equal(processesOf(settings, { cpus: 4, gpus: 1 }), 1)
  assert.equal(
    processesOf(
      { ...settings, maxConcurrencyPerInstance: 2, instanceCount: 3 },
      { cpus: 4, gpus: 0 },
    ),
    6,
  )
})

test('words quoted for a command line come back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
      assert.deepEqual(splitWords(words.map(quoteWord).join(' ')), words)
    }),
  )
})

test('quotes written by hand are taken off as a shell does', () => {
  assert.deepEqual(splitWords(`--a "x y" --b='p q' c\\ d\n  --e "say \\"hi\\""`), [
    '--a',
    'x y',
    '--b=p q',
    'c d',
    '--e',
    'say "hi"',
  ])
})

test('an MLTable without a reader is a list of files, with one it is a table', () => {
  const plan = (transformations: unknown[]) =>
    toDriverPlan({
      settings: toParallelSettings({ input_data: '${{inputs.d}}', task: { type: 'run_function' } }),
      input: { path: '/in' },
      mltable: { paths: [{ file: './a.csv' }], transformations },
      evaluate: (template) => template,
      planPath: '/run/plan.json',
      stateDir: '/run/state',
      logDir: '/run/logs',
      machine: { cpus: 1, gpus: 0 },
    })['table'] as { tabular: boolean }
  assert.equal(plan([]).tabular, false)
  assert.equal(plan([{ read_delimited: { delimiter: ',' } }]).tabular, true)
  assert.equal(plan(['read_parquet']).tabular, true)
})
