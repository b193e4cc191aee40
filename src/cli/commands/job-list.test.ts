import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shortMetrics } from './job-list.ts'

test('a row shows the first metrics of a job, those of the machine last, and how many more there are', () => {
  assert.equal(shortMetrics(undefined), undefined)
  assert.equal(shortMetrics({ auc: 0.912345, nan: 'NaN' }), 'auc=0.9123 nan=NaN')
  const many = { 'system/cpu': 100, a: 1, b: 2, c: 3, d: 4, e: 5 }
  assert.equal(shortMetrics(many), 'a=1 b=2 c=3 d=4 … 2 more')
  assert.equal(shortMetrics({ 'system/cpu': 100, a: 1 }), 'a=1 system/cpu=100')
})
