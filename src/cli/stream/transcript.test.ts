import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JobSummary } from '../../core/wire.ts'
import { Transcript } from './transcript.ts'
import type { FollowedEvent } from './view.ts'

function log(step: string, text: string, file = 'user_logs/std_log.txt'): FollowedEvent {
  return { type: 'log', cursor: '', name: step, step, file, text }
}

function job(step: string, status: string): FollowedEvent {
  const summary: JobSummary = {
    name: `p_${step}`,
    parent: 'p',
    step,
    display_name: step,
    type: 'command',
    status,
    reason: null,
    since_ms: Date.UTC(2026, 0, 2, 3, 4, 5),
    started_ms: null,
    ended_ms: null,
    reused_from: null,
    compute: 'local',
  }
  return { type: 'job', id: 1, name: summary.name, job: summary }
}

function transcriptOf(events: readonly FollowedEvent[], name = 'p'): string {
  const transcript = new Transcript({
    name,
    page: 'http://127.0.0.1:1/jobs/p',
    allFiles: false,
    isColoured: false,
  })
  return (
    transcript.start() + events.map((event) => transcript.take(event)).join('') + transcript.end()
  )
}

test("a command job's transcript is that of Azure's client", () => {
  assert.equal(
    transcriptOf([log('', 'epoch 0\n'), log('', 'epoch 1\n')]),
    `RunId: p
Web View: http://127.0.0.1:1/jobs/p

Streaming user_logs/std_log.txt
===============================

epoch 0
epoch 1

Execution Summary
=================
RunId: p
Web View: http://127.0.0.1:1/jobs/p

`,
  )
})

test('lines of children carry their path, and the pipeline says when they start and end', () => {
  const text = transcriptOf([
    job('prep', 'Running'),
    log('prep', 'one\ntw'),
    log('train', 'other\n'),
    log('prep', 'o\n'),
    job('prep', 'Completed'),
  ])
  assert.match(
    text,
    /executionlogs.txt\n=+\n\n\[2026-01-02 03:04:05Z\] Submitting 1 runs, first five are: [0-9a-f]{8}:p_prep\nprep │ one\ntrain │ other\nprep │ two\n\[2026-01-02 03:04:05Z\] Completing processing run id p_prep\.\n/,
  )
})

test('each further file of a job has its name above its first line', () => {
  const text = transcriptOf([log('', 'a\n'), log('', 'b\n', 'user_logs/other.txt'), log('', 'c\n')])
  assert.equal(text.split('Streaming ').length - 1, 2)
  assert.match(text, /a\n\nStreaming user_logs\/other.txt\n=+\n\nb\nc\n/)
})

test('no character of any log is lost, and every line of a child stands behind its own name', () => {
  const chunk = fc.tuple(fc.constantFrom('a', 'b', 'c.d'), fc.stringMatching(/^[xyz\n]{0,12}$/))
  fc.assert(
    fc.property(fc.array(chunk), (chunks) => {
      const text = transcriptOf(chunks.map(([step, part]) => log(step, part)))
      for (const step of ['a', 'b', 'c.d']) {
        const whole = chunks
          .filter(([of]) => of === step)
          .map(([, part]) => part)
          .join('')
        const lines = whole.split('\n')
        const expected = lines.at(-1) === '' ? lines.slice(0, -1) : lines
        const prefix = `${step} │ `
        const shown = text.split('\n').filter((line) => line.startsWith(prefix))
        assert.deepEqual(
          shown.map((line) => line.slice(prefix.length)),
          expected,
        )
      }
    }),
  )
})

test('of a progress bar of a child its last state is a line; while it goes on it can be asked for', () => {
  const transcript = new Transcript({
    name: 'p',
    page: undefined,
    allFiles: false,
    isColoured: false,
  })
  const log = (text: string) =>
    transcript.take({ type: 'log', cursor: '', name: 'p-a', step: 'a', file: 'f', text })
  assert.equal(log('start\n\r 10%'), 'a │ start\n')
  assert.equal(log('\r 20%'), '')
  assert.deepEqual(transcript.unfinished, ['a │  20%'])
  assert.equal(transcript.isHolding, false, 'a bar is not cut by the lines of others')
  assert.equal(transcript.flush(), '')
  assert.equal(log('\r100%\r\nnext\n'), 'a │ 100%\na │ next\n')
})
