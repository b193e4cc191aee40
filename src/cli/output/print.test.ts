import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Columns, Outcome } from './outcome.ts'
import { printOutcome } from './print.ts'

function print(value: unknown, output: string, query?: string, table?: Columns): Promise<string> {
  const outcome: Outcome = { value, ...(table === undefined ? {} : { table }) }
  return printOutcome(outcome, { output, query, hasColour: false })
}

const JOBS = [
  { name: 'b', status: 'Completed', tags: { x: '1' }, n: 1, id: '/jobs/b', ok: true, none: null },
  { name: 'é', status: 'Failed', tags: {}, n: 2, id: '/jobs/e', ok: false, none: null },
]

test('json has sorted keys, two blanks, text as it is', async () => {
  assert.equal(
    await print({ b: 1, a: { d: 'é', c: [] } }, 'json'),
    '{\n  "a": {\n    "c": [],\n    "d": "é"\n  },\n  "b": 1\n}\n',
  )
})

test('nothing is printed for null and for a query that finds nothing', async () => {
  assert.equal(await print(null, 'json'), '')
  assert.equal(await print(undefined, 'tsv'), '')
  assert.equal(await print({ a: 1 }, 'tsv', 'b'), '')
  assert.equal(await print([], 'json'), '[]\n')
})

test('one value as tsv is one bare line', async () => {
  assert.equal(await print({ name: 'plucky_fig' }, 'tsv', 'name'), 'plucky_fig\n')
  assert.equal(await print({ ok: true }, 'tsv', 'ok'), 'true\n')
})

test('tsv: sorted keys, empty cells for mappings, lengths for lists, words of Python inside rows', async () => {
  const row = { b: 'x', a: 1, d: { y: 1 }, c: [1, 2], f: true, e: null }
  assert.equal(await print(row, 'tsv'), '1\tx\t2\t\tNone\tTrue\n')
  assert.equal(await print(row, 'tsv', '{z:b,y:a}'), 'x\t1\n')
  assert.equal(await print(JOBS, 'tsv', '[].[name,status]'), 'b\tCompleted\né\tFailed\n')
})

test('a table leaves out ids, nested values and nulls, and sorts its columns', async () => {
  assert.equal(
    await print(JOBS, 'table'),
    [
      'N    Name    Ok     Status',
      '---  ------  -----  ---------',
      '1    b       True   Completed',
      '2    é       False  Failed',
      '',
    ].join('\n'),
  )
})

test('a table of a query keeps its order and its keys', async () => {
  assert.equal(
    await print(JOBS, 'table', '[].{status:status,id:id}'),
    ['Status     Id', '---------  -------', 'Completed  /jobs/b', 'Failed     /jobs/e', ''].join(
      '\n',
    ),
  )
})

test('columns of a command count only without a query', async () => {
  const columns: Columns = [['name', (row) => row['name']]]
  assert.equal(await print(JOBS, 'table', undefined, columns), 'Name\n------\nb\né\n')
  assert.equal(await print(JOBS, 'table', '[].n', columns), 'Result\n--------\n1\n2\n')
})

test('an empty list is an empty line, and no column at all is an error', async () => {
  assert.equal(await print([], 'table'), '\n')
  await assert.rejects(print({ tags: {} }, 'table'), /Table output unavailable/)
})

test('yaml is in blocks with sorted keys, and words that look like others are quoted', async () => {
  assert.equal(await print({ b: ['x', 'yes'], a: '1' }, 'yaml'), "a: '1'\nb:\n- x\n- 'yes'\n")
})

test('a query that cannot be read is a usage error before anything runs', async () => {
  const { checkQuery } = await import('./query.ts')
  assert.throws(() => checkQuery('[?bad'), /invalid jmespath_type value: '\[\?bad'/)
  assert.doesNotThrow(() => checkQuery('length(@)'))
  assert.throws(() => checkQuery('[].{a:lenght(name)}'), /there is no function lenght\(\)/)
  assert.doesNotThrow(() =>
    checkQuery("[?contains(name,'a')].{a:to_string(tags),b:[0]} | sort_by(@,&a)"),
  )
})

test("--query '?' lists what could be asked for", async () => {
  assert.equal(await print({ b: 1, a: 2 }, 'tsv', '?'), 'a\nb\n')
})
