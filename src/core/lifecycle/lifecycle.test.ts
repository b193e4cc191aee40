import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide, type JobObservation, MAX_LOSSES } from './decide.ts'
import { fold, type JobEvent, type JobState } from './event.ts'
import { describeProcessEnd } from './failure.ts'
import { isTerminal, MOVES, STATUSES } from './status.ts'

const created: JobEvent = { type: 'created', status: 'NotStarted', reason: null, outputs: {} }
const begin = (): JobState => fold(undefined, created, 0)
const error = { code: 'UserError', message: 'the command exited with code 1' }

/** Any observation, of the current attempt `a<n>` or of another one. */
const observation: fc.Arbitrary<JobObservation> = fc
  .record({
    type: fc.constantFrom<JobObservation['type']>(
      ...(['preparing', 'ready', 'waiting', 'running', 'exited', 'lost', 'cancel'] as const),
      ...(['blocked', 'failed', 'finished', 'stopped', 'reused'] as const),
    ),
    attempt: fc.constantFrom('a0', 'a1', 'a2', 'a3'),
    next: fc.constantFrom('a1', 'a2', 'a3'),
    code: fc.constantFrom(0, 1),
    isIdle: fc.boolean(),
    stopped: fc.constantFrom(undefined, 'cancel' as const, 'timeLimit' as const),
  })
  .map(
    ({ code, stopped, ...rest }) =>
      ({
        ...rest,
        code,
        reason: `because ${rest.attempt}`,
        cause: 'gone',
        from: 'earlier',
        outputs: {},
        ...(stopped && { stopped }),
        ...(rest.type === 'failed' || (rest.type === 'exited' && code === 1) ? { error } : {}),
      }) as JobObservation,
  )

/** `reused` comes only with the creation of a job. */
const isPossible = (state: JobState, seen: JobObservation) =>
  (seen.type !== 'reused' || state.status === 'NotStarted') &&
  (seen.type !== 'blocked' || state.attempt === null) &&
  (seen.type !== 'finished' || state.attempt === null)

test('whatever is observed, the row is the fold of the events and every move is allowed', () => {
  fc.assert(
    fc.property(fc.array(observation, { maxLength: 30 }), (seen) => {
      let state = begin()
      const events: (readonly [JobEvent, number])[] = [[created, 0]]
      seen.forEach((next, i) => {
        if (!isPossible(state, next)) return
        const transition = decide({ name: 'j', state }, next, i + 1)
        if (transition === undefined) return
        assert.equal(transition.fromSeq, state.seq)
        assert.ok(!isTerminal(state.status), `${state.status} is the end`)
        for (const event of transition.events) events.push([event, i + 1])
        state = transition.state
      })
      const folded = events.reduce<JobState | undefined>(
        (at, [e, ms]) => fold(at, e, ms),
        undefined,
      )
      assert.deepEqual(state, folded)
      assert.equal(state.seq, events.length)
      assert.equal(state.endedMs !== null, isTerminal(state.status))
    }),
    { numRuns: 2_000 },
  )
})

const run = (...seen: JobObservation[]) =>
  seen.reduce((state, next, i) => decide({ name: 'j', state }, next, i)?.state ?? state, begin())

const ready = (attempt: string) => ({ type: 'ready', attempt, reason: 'slot' }) as const
const lost = (attempt: string, next: string) =>
  ({ type: 'lost', attempt, next, cause: 'gone', outputs: {} }) as const

test('an attempt that no longer counts changes nothing', () => {
  const state = run(ready('a0'), lost('a0', 'a1'))
  const late = { type: 'exited', attempt: 'a0', code: 0, outputs: {} } as const
  assert.equal(decide({ name: 'j', state }, late, 9), undefined)
  assert.equal(state.status, 'Queued')
  assert.equal(state.attempt, 'a1')
})

test('lost attempts are tried again and the last loss fails the job', () => {
  const state = run(ready('a0'), lost('a0', 'a1'), lost('a1', 'a2'))
  assert.equal(state.losses, MAX_LOSSES - 1)
  assert.equal(
    run(ready('a0'), lost('a0', 'a1'), lost('a1', 'a2'), lost('a2', 'a3')).status,
    'Failed',
  )
})

test('a failed command is not tried again', () => {
  const state = run(ready('a0'), { type: 'exited', attempt: 'a0', code: 1, outputs: {}, error })
  assert.deepEqual([state.status, state.attempts, state.error], ['Failed', 1, error])
})

test('a job that ends well after its cancel was asked for is Canceled, for that reason', () => {
  const cancel = { type: 'cancel', reason: 'cancelled by the user', isIdle: false } as const
  const state = run(ready('a0'), cancel, { type: 'exited', attempt: 'a0', code: 0, outputs: {} })
  assert.deepEqual([state.status, state.reason], ['Canceled', 'cancelled by the user'])
})

test('a time limit makes a job Canceled and says which', () => {
  const exit = { type: 'exited', attempt: 'a0', code: null, stopped: 'timeLimit' } as const
  const state = run(ready('a0'), {
    ...exit,
    limit: 'limits.timeout of 5 s was reached',
    outputs: {},
  })
  assert.deepEqual([state.status, state.reason], ['Canceled', 'limits.timeout of 5 s was reached'])
})

test('no terminal status has a way out, and every status of the table is one of Azure', () => {
  for (const status of STATUSES) if (isTerminal(status)) assert.deepEqual(MOVES[status], [], status)
})

test('a single-file model that was opened as a file is explained', () => {
  const log = ["IsADirectoryError: [Errno 21] Is a directory: '/x/INPUT_model'"]
  const end = { job: 'j', code: 1, signal: null, log, singleFileInputs: ['model'] }
  assert.match(describeProcessEnd(end).hint ?? '', /AZURE_ML_INPUT_model_FILE/)
  assert.equal(describeProcessEnd({ ...end, singleFileInputs: [] }).hint, undefined)
})

test('a script that chooses another experiment than its job is told where that is said', () => {
  const log = [
    'Cannot start run: active experiment ID does not match environment run ID. Make sure',
  ]
  const end = { job: 'j', code: 1, signal: null, log, singleFileInputs: [] }
  assert.match(describeProcessEnd(end).hint ?? '', /experiment_name/)
})
