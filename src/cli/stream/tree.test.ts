import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { widthOf } from '../../core/text-width.ts'
import type { JobSummary } from '../../core/wire.ts'
import { drawTree } from './tree.ts'

const START = Date.UTC(2026, 0, 1)

function job(step: string, more: Partial<JobSummary> = {}): JobSummary {
  const parts = step.split('.')
  return {
    name: step === '' ? 'pipe' : `pipe-${step}`,
    parent:
      step === '' ? null : parts.length === 1 ? 'pipe' : `pipe-${parts.slice(0, -1).join('.')}`,
    step,
    display_name: 'taxi',
    type: 'command',
    status: 'Running',
    reason: null,
    since_ms: START,
    started_ms: START,
    ended_ms: null,
    reused_from: null,
    compute: 'local',
    ...more,
  }
}

const ROOM = { nowMs: START + 75_000, columns: 70, rows: 20, isColoured: false, isUnicode: true }

test('a pipeline is drawn with times and reasons', () => {
  const jobs = [
    job('', { type: 'pipeline' }),
    job('prep', { status: 'Completed', ended_ms: START + 3000 }),
    job('train', { type: 'pipeline' }),
    job('train.fit', { since_ms: START + 60_000, started_ms: START + 60_000 }),
    job('train.check', { status: 'NotStarted', started_ms: null }),
    job('score', { status: 'Queued', started_ms: null, reason: 'waiting for train' }),
    job('eval', { status: 'Completed', ended_ms: START, reused_from: 'old-eval' }),
  ]
  assert.deepEqual(drawTree(jobs, ROOM), [
    'taxi         ● Running         1:15',
    '├─ prep      ✓ Completed       0:03',
    '├─ train     ● Running         1:15',
    '│  ├─ fit    ● Running         0:15',
    '│  └─ check  ○ NotStarted',
    '├─ score     ○ Queued          1:15  waiting for train',
    '└─ eval      ✓ Completed       0:00  reused from old-eval',
  ])
})

test('with little room what runs or failed stays, and the rest is counted', () => {
  const children = Array.from({ length: 50 }, (_, i) =>
    job(`s${i}`, { status: i === 30 ? 'Failed' : i < 30 ? 'Completed' : 'NotStarted' }),
  )
  const lines = drawTree([job(''), ...children], { ...ROOM, rows: 4 })
  assert.equal(lines.length, 4)
  assert.match(lines.join('\n'), /s30 .*Failed/)
  assert.match(lines.at(-1) ?? '', /48 more: 29 Completed, 19 NotStarted/)
})

test('no tree is wider or higher than its room', () => {
  const someJob = fc.record({
    step: fc.stringMatching(/^[a-z]{1,30}(\.[a-z]{1,10}){0,3}$/),
    reason: fc.option(fc.string({ maxLength: 200 })),
    status: fc.constantFrom('Running', 'Failed', 'NotStarted', 'Completed', 'Queued'),
  })
  fc.assert(
    fc.property(
      fc.uniqueArray(someJob, { selector: ({ step }) => step }),
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      (rows, columns, height) => {
        const jobs = [job(''), ...rows.map(({ step, ...more }) => job(step, more))]
        const lines = drawTree(jobs, { ...ROOM, columns, rows: height })
        assert.ok(lines.length <= Math.max(2, height), `${lines.length} lines for ${height}`)
        for (const line of lines) assert.ok(widthOf(line) <= columns, line)
      },
    ),
  )
})
