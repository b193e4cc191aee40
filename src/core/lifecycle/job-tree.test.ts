import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FollowUp, JobTree, type TreeJob } from './job-tree.ts'
import { isTerminal, type JobStatus } from './status.ts'

interface Graph {
  readonly jobs: readonly TreeJob[]
  readonly continues: boolean
}

const job = (name: string, needs: readonly string[], more: Partial<TreeJob> = {}): TreeJob => ({
  name,
  step: name,
  parent: 'root',
  isPipeline: false,
  needs,
  status: 'NotStarted',
  continueOnStepFailure: true,
  ...more,
})

/** Up to twelve commands, some in a pipeline inside the pipeline, each reading some that stand before it. */
const graph: fc.Arbitrary<Graph> = fc
  .record({
    continues: fc.boolean(),
    steps: fc.array(
      fc.record({ needs: fc.array(fc.nat(11), { maxLength: 3 }), inner: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 12,
      },
    ),
  })
  .map(({ continues, steps }) => {
    const holder = { isPipeline: true, continueOnStepFailure: continues }
    const commands = steps.map(({ needs, inner }, i) => {
      const before = needs.filter((need) => need < i).map((need) => `s${need}`)
      return job(`s${i}`, [...new Set(before)], { parent: inner ? 'inner' : 'root' })
    })
    const hasInner = commands.some(({ parent }) => parent === 'inner')
    const inner = hasInner ? [job('inner', [], holder)] : []
    return {
      continues,
      jobs: [
        job('root', [], { ...holder, parent: null, status: 'Preparing' }),
        ...inner,
        ...commands,
      ],
    }
  })

/** Plays a tree: what follows is done at once, and running commands end in the order that `pick` says. */
class Play {
  readonly tree: JobTree
  readonly status = new Map<string, JobStatus>()
  readonly started: string[] = []
  readonly jobs: ReadonlyMap<string, TreeJob>

  constructor({ jobs }: Graph) {
    this.jobs = new Map(jobs.map((found) => [found.name, found]))
    this.tree = new JobTree(jobs)
    for (const { name, status } of jobs) this.status.set(name, status)
    this.follow(this.tree.begin(jobs.map(({ name }) => name)))
  }

  set(name: string, status: JobStatus): void {
    if (isTerminal(this.status.get(name)!)) return
    this.status.set(name, status)
    this.follow(this.tree.changed(name, status))
  }

  cancel(name: string): void {
    const status = this.status.get(name)!
    if (isTerminal(status) || status === 'CancelRequested') return
    const isIdle = !this.running.includes(name) && !this.tree.hasOpenChildren(name)
    this.set(name, isIdle ? 'Canceled' : 'CancelRequested')
  }

  get running(): string[] {
    return [...this.status]
      .filter(([name]) => !this.jobs.get(name)!.isPipeline && this.started.includes(name))
      .filter(([, status]) => !isTerminal(status))
      .map(([name]) => name)
  }

  follow(ups: readonly FollowUp[]): void {
    for (const up of ups) {
      if (isTerminal(this.status.get(up.job)!)) continue
      if (up.do === 'start') {
        this.started.push(up.job)
        this.set(up.job, 'Running')
      } else if (up.do === 'run') this.set(up.job, 'Running')
      else if (up.do === 'block') this.set(up.job, 'Canceled')
      else if (up.do === 'cancel') this.cancel(up.job)
      else this.set(up.job, up.failed ? 'Failed' : up.canceled ? 'Canceled' : 'Completed')
    }
  }

  /** Ends one running command after the other until none runs. */
  playOn(pick: readonly number[], fails: ReadonlySet<string>): void {
    for (let i = 0; this.running.length > 0; i += 1) {
      const { running } = this
      const name = running[(pick[i % pick.length] ?? 0) % running.length]!
      const wanted = this.status.get(name) === 'CancelRequested' ? 'Canceled' : 'Completed'
      this.set(name, fails.has(name) && wanted === 'Completed' ? 'Failed' : wanted)
    }
  }
}

const picks = fc.array(fc.nat(20), { minLength: 1, maxLength: 12 })
const failing = fc
  .uniqueArray(fc.nat(11), { maxLength: 3 })
  .map((n) => new Set(n.map((i) => `s${i}`)))

test('every job of every graph ends, and none starts before what it reads has completed', () => {
  fc.assert(
    fc.property(graph, picks, failing, (found, pick, fails) => {
      const play = new Play(found)
      const seen = new Set<string>()
      const check = () => {
        for (const name of play.started.filter((started) => !seen.has(started))) {
          seen.add(name)
          for (const need of play.jobs.get(name)!.needs)
            assert.equal(play.status.get(need), 'Completed', `${name} reads ${need}`)
        }
      }
      check()
      play.playOn(pick, fails)
      check()
      for (const [name, status] of play.status) assert.ok(isTerminal(status), `${name}: ${status}`)
      assert.equal(new Set(play.started).size, play.started.length, 'nothing starts twice')
    }),
    { numRuns: 1_000 },
  )
})

test('where steps go on, all that does not read a failed one completes; the pipeline fails', () => {
  fc.assert(
    fc.property(graph, picks, failing, (found, pick, fails) => {
      fc.pre(found.continues)
      const play = new Play(found)
      play.playOn(pick, fails)
      const isSpoilt = (name: string): boolean =>
        fails.has(name) || play.jobs.get(name)!.needs.some(isSpoilt)
      for (const { name, isPipeline, needs } of found.jobs) {
        if (isPipeline) continue
        const expected = needs.some(isSpoilt)
          ? 'Canceled'
          : fails.has(name)
            ? 'Failed'
            : 'Completed'
        assert.equal(play.status.get(name), expected, name)
      }
      const anyFailed = [...play.status].some(([name, s]) => s === 'Failed' && name !== 'root')
      assert.equal(play.status.get('root'), anyFailed ? 'Failed' : 'Completed')
    }),
    { numRuns: 1_000 },
  )
})

test('where steps do not go on, the first failure is the last start', () => {
  fc.assert(
    fc.property(graph, picks, failing, (found, pick, fails) => {
      fc.pre(!found.continues && found.jobs.every(({ name }) => name !== 'inner'))
      const play = new Play(found)
      let startedBefore: number | undefined
      const set = play.set.bind(play)
      play.set = (name, status) => {
        if (status === 'Failed' && name !== 'root') startedBefore ??= play.started.length
        set(name, status)
      }
      play.playOn(pick, fails)
      if (startedBefore !== undefined) {
        assert.equal(play.started.length, startedBefore)
        assert.equal(play.status.get('root'), 'Failed')
      }
    }),
    { numRuns: 1_000 },
  )
})

test('a cancel reaches every job of the tree, whenever it comes', () => {
  fc.assert(
    fc.property(graph, picks, fc.nat(8), (found, pick, after) => {
      const play = new Play(found)
      for (let i = 0; i < after && play.running.length > 0; i += 1)
        play.set(play.running[(pick[i % pick.length] ?? 0) % play.running.length]!, 'Completed')
      if (isTerminal(play.status.get('root')!)) return
      play.cancel('root')
      const started = play.started.length
      play.playOn(pick, new Set())
      assert.equal(play.started.length, started, 'nothing starts after a cancel')
      for (const [name, status] of play.status) assert.ok(isTerminal(status), `${name}: ${status}`)
    }),
    { numRuns: 1_000 },
  )
})

test('every pipeline around a running command is Running', () => {
  fc.assert(
    fc.property(graph, picks, fc.nat(8), (found, pick, after) => {
      const play = new Play(found)
      for (let i = 0; i < after && play.running.length > 0; i += 1) {
        for (const name of play.running)
          for (let at = play.jobs.get(name)!.parent; at; at = play.jobs.get(at)!.parent)
            assert.equal(play.status.get(at), 'Running', `${at} around ${name}`)
        play.set(play.running[(pick[i % pick.length] ?? 0) % play.running.length]!, 'Completed')
      }
    }),
    { numRuns: 1_000 },
  )
})
