import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { pythonWith } from '../contract/mlflow/python.ts'
import { type Case, DRIVER, errorOf, makeCase, rowsOf, run } from '../support/driver-case.ts'

/** Tables, with the real pandas. `reference.json` was made with the official reader: see `tables/record.py`. */
const TABLES = path.join(import.meta.dirname, 'tables')

let python: string
before(async () => {
  python = await pythonWith('mlflow-3')
})

interface Read {
  readonly columns?: readonly string[]
  readonly rows?: readonly unknown[][]
  readonly error?: string
}

test('an MLTable is read as the official reader reads it', () => {
  const reference: { cases: Record<string, Read> } = JSON.parse(
    readFileSync(path.join(TABLES, 'reference.json'), 'utf8').replaceAll(/\bInfinity\b/g, '"inf"'),
  )
  const text = execFileSync(python, ['-B', path.join(TABLES, 'compare.py'), DRIVER], {
    encoding: 'utf8',
  })
  const own: Record<string, Read> = JSON.parse(text.replaceAll(/\bInfinity\b/g, '"inf"'))
  assert.ok(Object.keys(reference.cases).length >= 55)
  for (const [name, expected] of Object.entries(reference.cases))
    if (expected.error === undefined) assert.deepEqual(own[name], expected, name)
    else assert.match(own[name]?.error ?? '', /is no JSON|does not fit|the table has/, name)
})

const SALES = `store,brand,week,quantity
2,dominicks,1,5
5,tropicana,1,8
2,dominicks,2,6
5,dominicks,1,1
2,tropicana,1,7
5,tropicana,2,9
2,dominicks,3,4
`

/** Says what it was given: one row an item. */
const SAYING = `
import pandas
def run(mini_batch):
    assert isinstance(mini_batch, pandas.DataFrame), type(mini_batch)
    assert list(mini_batch.index) == list(range(len(mini_batch)))
    keys = '+'.join(sorted({'%d:%s' % pair for pair in zip(mini_batch.store, mini_batch.brand)}))
    return pandas.DataFrame({'n': len(mini_batch), 'keys': keys, 'sum': mini_batch.quantity.cumsum()})
`

function tableCase(settings: Record<string, unknown>, script = SAYING, table = {}): Case {
  const job = makeCase(
    script,
    {
      table: {
        paths: [{ pattern: './*.csv' }],
        transformations: ['read_delimited'],
        tabular: true,
        ...table,
      },
      ...settings,
    },
    0,
  )
  writeFileSync(path.join(job.folder, 'in', 'sales.csv'), SALES)
  return { ...job, python }
}

test('a table is divided by rows, and run() gets DataFrames', async () => {
  const job = tableCase({ mini_batch: { count: 3 } })
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.deepEqual(
    rowsOf(job).map((row) => row.split(',')[0]),
    ['3', '3', '3', '3', '3', '3', '1'],
  )
  assert.match(text, /progress: 3 of 3 mini-batches, 0 failed/)
})

test('a table is divided by its size on disk', async () => {
  const job = tableCase({ mini_batch: { bytes: Math.ceil(SALES.length / 3) } })
  assert.equal((await run(job)).code, 0)
  assert.deepEqual([...new Set(rowsOf(job).map((row) => row.split(',')[0]))], ['2', '1'])
})

test('with partition keys each combination is one mini-batch, whatever the size says', async () => {
  const job = tableCase({ partition_keys: ['store', 'brand'], mini_batch: { count: 1 } })
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.deepEqual(rowsOf(job), [
    '3,2:dominicks,5',
    '3,2:dominicks,11',
    '3,2:dominicks,15',
    '1,2:tropicana,7',
    '1,5:dominicks,1',
    '2,5:tropicana,8',
    '2,5:tropicana,17',
  ])
})

test('a second argument of run() says which partition it is', async () => {
  const script = `
def run(mini_batch, mini_batch_context):
    keys = mini_batch_context.partition_key_value
    assert type(keys['store']) is int, type(keys['store'])
    return ['%d %s' % (mini_batch_context.minibatch_index, keys)] * len(mini_batch)
`
  const job = tableCase({ partition_keys: ['store', 'brand'] }, script)
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.deepEqual([...new Set(rowsOf(job))].sort(), [
    "0 {'store': 2, 'brand': 'dominicks'}",
    "1 {'store': 2, 'brand': 'tropicana'}",
    "2 {'store': 5, 'brand': 'dominicks'}",
    "3 {'store': 5, 'brand': 'tropicana'}",
  ])
})

test('rows that a table lost in run() are failed items, and fail their mini-batch', async () => {
  const script = 'def run(mini_batch):\n    return mini_batch[mini_batch.quantity > 4]\n'
  const job = tableCase({ mini_batch: { count: 7 }, error_threshold: 1 }, script)
  assert.equal((await run(job)).code, 1)
  assert.match(
    errorOf(job).message,
    /^2 items failed, more than error_threshold: 1\. The first: mini-batch 0 returned 5 of 7 items$/,
  )
})

test('run() may return all that has rows or items', async () => {
  const script = `
import numpy, pandas, pyarrow
RESULTS = [
    lambda: pandas.Series([1.5]),
    lambda: numpy.array([[1, 2]]),
    lambda: [('a', 1)],
    lambda: ('b',),
    lambda: pyarrow.table({'a': [1], 'b': ['x']}),
    lambda: pandas.DataFrame({'a': [1], 'b': ['say "x", y']}),
    lambda: {'not a dictionary': 1},
]
def run(mini_batch):
    return RESULTS[mini_batch.index_of[0]]()
`
  const job = tableCase({ max_retries: 0 }, script)
  const rows = Array.from({ length: 7 }, (_, i) => `${i},x\n`).join('')
  writeFileSync(path.join(job.folder, 'in', 'sales.csv'), `index_of,y\n${rows}`)
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.deepEqual(rowsOf(job), ['1.5', '[1 2]', "('a', 1)", 'b', '1,x', '1,"say ""x"", y"'])
  assert.match(text, /1 of 7 mini-batches failed.*run\(\) returned dict/)
})

const REFUSED: readonly [string, Record<string, unknown>, Record<string, unknown>, RegExp][] = [
  [
    'a partition key that is no column',
    { partition_keys: ['shop'] },
    {},
    /^partition key 'shop' is no column of the table; it has store, brand, week, quantity$/,
  ],
  [
    'a reader that there is none for',
    {},
    { transformations: ['read_delta_lake'] },
    /^the MLTable's transformation 'read_delta_lake' cannot be done here; these can: read_delimited, /,
  ],
  [
    'an option that there is none for',
    {},
    { transformations: [{ read_delimited: { path_column: 'x' } }] },
    /^the option 'path_column' of read_delimited cannot be done here; these can: delimiter, /,
  ],
  [
    'a column type that there is none for',
    {},
    {
      transformations: [
        'read_delimited',
        { convert_column_types: [{ columns: 'store', column_type: 'stream_info' }] },
      ],
    },
    /^the column type 'stream_info' cannot be done here; these can: int, float, /,
  ],
  [
    'a filter that is no expression',
    {},
    { transformations: ['read_delimited', { filter: 'col("week") >' }] },
    /^the filter 'col\("week"\) >' cannot be done here: /,
  ],
  [
    'a path in the cloud',
    {},
    { paths: [{ file: 'https://example.org/a.csv' }] },
    /^the MLTable names https:\/\/example\.org\/a\.csv; only files on this machine can be read$/,
  ],
  [
    'a file that is gone',
    {},
    { paths: [{ file: './gone.csv' }] },
    /^the MLTable names a file that is not there: .*\/in\/gone\.csv$/,
  ],
]
test('what cannot be done with a table is refused by its name', () => {
  const { folder } = tableCase({})
  const plans = REFUSED.map(([, settings, table]) => ({
    input: { name: 'data', path: path.join(folder, 'in') },
    mini_batch: { count: 1 },
    table: { paths: [{ file: './sales.csv' }], transformations: ['read_delimited'], ...table },
    ...settings,
  }))
  const text = execFileSync(python, ['-B', path.join(TABLES, 'refuse.py'), DRIVER], {
    input: JSON.stringify(plans),
    encoding: 'utf8',
  })
  const answers: string[] = JSON.parse(text)
  for (const [i, [name, , , message]] of REFUSED.entries())
    assert.match(answers[i] ?? '', message, name)
})

test('a refusal fails the job without a trace of the driver', async () => {
  const job = tableCase({ partition_keys: ['shop'] })
  const { code, text } = await run(job)
  assert.equal(code, 1, text)
  assert.match(
    errorOf(job).message,
    /^partition key 'shop' is no column of the table; it has store/,
  )
  assert.doesNotMatch(text, /Traceback/)
})

test('a table without rows fails the job', async () => {
  const job = tableCase({}, SAYING, { transformations: ['read_delimited', { take: 0 }] })
  assert.equal((await run(job)).code, 1)
  assert.equal(errorOf(job).message, "input 'data' has nothing to score: the table has no row")
})

test('an environment without pandas is told what it lacks', async () => {
  const job = tableCase({})
  const { text } = await run({ ...job, python: 'python3' })
  assert.match(text, /a table needs pandas in the job's environment; add pandas to its conda file/)
})

test('a table that is not divided by rows is a list of files', async () => {
  const script =
    'import os\ndef run(mini_batch):\n    return [os.path.basename(name) for name in mini_batch]\n'
  const job = tableCase({}, script, { tabular: false })
  writeFileSync(path.join(job.folder, 'in', 'more.csv'), SALES)
  writeFileSync(path.join(job.folder, 'in', 'MLTable'), 'paths: []\n')
  assert.equal((await run(job)).code, 0)
  assert.deepEqual(rowsOf(job), ['more.csv', 'sales.csv'])
})
