import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXPERIMENT_GRAMMAR, RUN_GRAMMAR } from './grammar.ts'
import { parseOrderBy } from './order-by.ts'

test('an order is a list of keys, ascending unless said', () => {
  assert.deepEqual(
    parseOrderBy(['metrics.loss DESC', 'params.`a b`', 'Created asc'], RUN_GRAMMAR),
    [
      { type: 'metric', key: 'loss', ascending: false },
      { type: 'parameter', key: 'a b', ascending: true },
      { type: 'attribute', key: 'start_time', ascending: true },
    ],
  )
})

test('a key named twice, an unknown one and a direction nobody knows are refused', () => {
  assert.throws(() => parseOrderBy(['metrics.a', 'metric.a DESC'], RUN_GRAMMAR), /duplicate/)
  assert.throws(() => parseOrderBy(['attributes.color'], RUN_GRAMMAR), /Invalid attribute key/)
  assert.throws(() => parseOrderBy(['metrics.a SIDEWAYS'], RUN_GRAMMAR), /ordering key/)
  assert.throws(() => parseOrderBy(['metrics.a, metrics.b'], RUN_GRAMMAR), /Could not be parsed/)
  assert.throws(() => parseOrderBy(['tags.a'], EXPERIMENT_GRAMMAR), /Invalid order_by entity/)
})
