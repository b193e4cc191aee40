import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { errorOf, finish, makeCase, numbered, rowsOf, run, start } from '../support/driver-case.ts'

/** Notes each call in a side file, one line a mini-batch, so that a second run of one would be seen. */
const NOTING = `
import os
def init():
    pass
def run(mini_batch):
    names = [os.path.basename(name) for name in mini_batch]
    with open(os.path.join('..', 'seen.txt'), 'a') as file:
        file.write(' '.join(names) + '\\n')
    return names
`

test('rows come out in the order of the input, whatever the order of the work', async () => {
  const job = makeCase(NOTING, { mini_batch: { count: 3 } })
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.deepEqual(rowsOf(job), numbered(20))
  assert.match(text, /progress: 7 of 7 mini-batches, 0 failed, 0 retried/)
})

test('mini-batches by size hold as many files as fit', async () => {
  const job = makeCase(NOTING, { mini_batch: { bytes: 6 }, processes: 1 }, 6)
  assert.equal((await run(job)).code, 0)
  const seen = readFileSync(path.join(job.folder, 'seen.txt'), 'utf8').trim().split('\n')
  assert.deepEqual(seen, ['000.txt 001.txt 002.txt', '003.txt 004.txt 005.txt'])
})

test('the script gets all of its arguments, those of the runtime among them', async () => {
  const script = `
import argparse, sys
def init():
    parser = argparse.ArgumentParser()
    parser.add_argument('--label')
    global args, rest
    args, rest = parser.parse_known_args()
def run(mini_batch):
    return ['%s|%s' % (args.label, ' '.join(rest))]
`
  const argv = ['--label', 'a b', '--error_threshold', '5', '--unknown', 'x']
  const job = makeCase(script, { argv }, 1)
  assert.equal((await run(job)).code, 0)
  assert.deepEqual(rowsOf(job), ['a b|--error_threshold 5 --unknown x'])
})

test('run() may take the context of its mini-batch, and an argument of its own with a default', async () => {
  for (const [parameters, row] of [
    ['files, mini_batch_context', '"%d %s" % mini_batch_context'],
    ['files, factor=2', 'factor'],
  ]) {
    const job = makeCase(`def run(${parameters}):\n    return [${row}]\n`, {}, 1)
    const { code, text } = await run(job)
    assert.equal(code, 0, text)
    assert.deepEqual(rowsOf(job), [parameters?.includes('context') ? '0 {}' : '2'])
  }
})

test('the helper of Azure is there for scripts that import it', async () => {
  const script = `
from azureml_user.parallel_run import EntryScript
def init():
    EntryScript().logger.info('loaded')
def run(mini_batch):
    return [EntryScript().working_dir]
`
  const job = makeCase(script, {}, 1)
  assert.equal((await run(job)).code, 0)
  assert.match(readFileSync(path.join(job.folder, 'logs', 'process000.txt'), 'utf8'), /loaded/)
})

const FAILS_ON_SEVEN = `
import os
def run(mini_batch):
    if mini_batch[0].endswith('007.txt'):
        raise ValueError('cannot read seven')
    return mini_batch
`

test('a mini-batch that fails is tried again, and then its traceback is the error of the job', async () => {
  const job = makeCase(FAILS_ON_SEVEN, { mini_batch_error_threshold: 0 })
  const { code, text } = await run(job)
  assert.equal(code, 1)
  assert.equal(text.match(/mini-batch 7 is tried again/g)?.length, 2)
  const { message, debug_info } = errorOf(job)
  assert.match(
    message,
    /^1 mini-batch failed, more than mini_batch_error_threshold: 0\. The first: mini-batch 7 failed after 3 tries: ValueError: cannot read seven$/,
  )
  assert.match(debug_info, /score\.py", line 5, in run/)
  assert.doesNotMatch(debug_info, /scorer\.py/)
})

test('failures within the threshold leave the job alone and are counted', async () => {
  const job = makeCase(FAILS_ON_SEVEN, { mini_batch_error_threshold: 1, max_retries: 0 })
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.equal(rowsOf(job).length, 19)
  assert.match(text, /20 of 20 mini-batches, 1 failed/)
  const own = path.join(job.folder, 'logs', 'mini-batches', '000007.txt')
  assert.match(readFileSync(own, 'utf8'), /cannot read seven/)
})

test('items that run() leaves out count against error_threshold, apart from mini-batches', async () => {
  const script = 'def run(mini_batch):\n    return mini_batch[1:]\n'
  const settings = { mini_batch: { count: 5 }, mini_batch_error_threshold: -1 }
  const passed = makeCase(script, { ...settings, error_threshold: 4 })
  assert.equal((await run(passed)).code, 0)
  const failed = makeCase(script, { ...settings, error_threshold: 3 })
  assert.equal((await run(failed)).code, 1)
  assert.match(errorOf(failed).message, /4 items failed, more than error_threshold: 3/)
})

test('a mini-batch that takes too long is stopped and tried again in a new process', async () => {
  const script = `
import os, time
def run(mini_batch):
    marker = '../slow-once'
    if mini_batch[0].endswith('003.txt') and not os.path.exists(marker):
        open(marker, 'w').close()
        time.sleep(3600)
    return mini_batch
`
  const job = makeCase(script, { timeout_seconds: 1 }, 6)
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.match(text, /took longer than 1 s/)
  assert.equal(rowsOf(job).length, 6)
})

const REFUSED: readonly [string, string, number, RegExp][] = [
  ['no run function', 'x = 1\n', 3, /score\.py has no function run\(mini_batch\)/],
  ['a script with a syntax error', 'def run(\n', 3, /init\(\) of score\.py failed: SyntaxError/],
  [
    'an init() that raises',
    'def init():\n    1 / 0\ndef run(b):\n    return b\n',
    3,
    /ZeroDivisionError/,
  ],
  ['an input without files', NOTING, 0, /input 'data' has nothing to score/],
]
for (const [name, script, files, expected] of REFUSED)
  test(`${name} fails the job with a sentence that says so`, async () => {
    const job = makeCase(script, {}, files)
    const { code, text } = await run(job)
    assert.equal(code, 1, text)
    assert.match(errorOf(job).message, expected)
  })

test('a result that is no list fails its mini-batch with a sentence', async () => {
  const job = makeCase(
    'def run(mini_batch):\n    return "done"\n',
    { mini_batch_error_threshold: 0, max_retries: 0 },
    1,
  )
  assert.equal((await run(job)).code, 1)
  assert.match(
    errorOf(job).message,
    /run\(\) returned str; it must return a list, a tuple or a DataFrame/,
  )
})

/** Resolves when `file` has at least `lines` lines. */
function hasLines(file: string, lines: number): Promise<void> {
  const enough = () => existsSync(file) && readFileSync(file, 'utf8').split('\n').length > lines
  return new Promise((resolve) => {
    const watcher = watch(path.dirname(file), () => {
      if (!enough()) return
      watcher.close()
      resolve()
    })
    if (enough()) {
      watcher.close()
      resolve()
    }
  })
}

/** From the hundredth file on a mini-batch waits until `go` is there: what is killed before has work left. */
const HELD = `
    import time
    while names[0] >= '100' and not os.path.exists('../go'):
        time.sleep(0.02)
`

test('after SIGKILL of the whole driver a second start runs no committed mini-batch again', async () => {
  const job = makeCase(NOTING.replace('    return names', `${HELD}    return names`), {}, 200)
  mkdirSync(path.join(job.folder, 'state'))
  const journal = path.join(job.folder, 'state', 'journal.jsonl')
  const first = start(job)
  const ended = finish(first)
  await hasLines(journal, 40)
  first.kill('SIGKILL')
  writeFileSync(path.join(job.folder, 'go'), '')
  await ended
  const whole = readFileSync(journal, 'utf8').split('\n').slice(0, -1)
  const committed = whole.map((line) => JSON.parse(line).index as number)
  const seen = path.join(job.folder, 'seen.txt')
  const before = readFileSync(seen, 'utf8')
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.deepEqual(rowsOf(job), numbered(200))
  const again = readFileSync(seen, 'utf8').slice(before.length)
  for (const index of committed)
    assert.doesNotMatch(again, new RegExp(`^${numbered(200)[index]}$`, 'm'))
})

/** Live scoring processes of this driver, by the pipe arguments in their command lines. */
function scorersOf(pid: number): number[] {
  const children = path.join('/proc', String(pid), 'task', String(pid), 'children')
  try {
    return readFileSync(children, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Dies by itself now and then, before or after it has noted its call: the kills from outside come when they come. */
const DYING = (seed: number) =>
  `import random, signal\n${NOTING.replace(
    '    return names',
    '    if dice.random() < 0.02:\n        os.kill(os.getpid(), signal.SIGKILL)\n    return names',
  ).replace(
    '    pass',
    `    global dice\n    dice = random.Random(${seed} * 1000003 + os.getpid())`,
  )}`

const SEEDS = process.env['AMLET_SOAK'] === '1' ? 200 : 20
test(`with scoring processes killed at random, every mini-batch is committed once (${SEEDS} seeds)`, async () => {
  let deaths = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const job = makeCase(DYING(seed), { max_retries: 1000, processes: 3 }, 150)
    mkdirSync(path.join(job.folder, 'state'))
    const child = start(job)
    let state = seed
    const watcher = watch(path.join(job.folder, 'state'), () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      if (state % 7 !== 0) return
      const scorers = scorersOf(child.pid!)
      const victim = scorers[state % Math.max(1, scorers.length)]
      if (victim !== undefined)
        try {
          process.kill(victim, 'SIGKILL')
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
        }
    })
    const { code, text } = await finish(child)
    watcher.close()
    assert.equal(code, 0, `seed ${seed}: ${text}`)
    assert.deepEqual(rowsOf(job), numbered(150), `seed ${seed}`)
    const lines = readFileSync(path.join(job.folder, 'state', 'journal.jsonl'), 'utf8')
      .trim()
      .split('\n')
    assert.equal(new Set(lines.map((line) => JSON.parse(line).index)).size, 150)
    assert.equal(lines.length, 150, `seed ${seed}`)
    deaths += text.match(/process \d+ died/g)?.length ?? 0
    rmSync(job.folder, { recursive: true })
  }
  assert.ok(deaths >= SEEDS, `only ${deaths} processes died`)
})

test('one mini-batch is run again by its number, without touching what is committed', async () => {
  const job = makeCase(NOTING)
  assert.equal((await run(job)).code, 0)
  const before = readFileSync(path.join(job.folder, 'state', 'journal.jsonl'), 'utf8')
  const { code, text } = await run(job, '--only-batch', '4')
  assert.equal(code, 0, text)
  assert.match(text, /^004\.txt$/m)
  assert.equal(readFileSync(path.join(job.folder, 'state', 'journal.jsonl'), 'utf8'), before)
  const refused = await run(job, '--only-batch', '20')
  assert.match(refused.text, /there is no mini-batch 20; this job has 20, numbered from 0/)
})

test('a SIGTERM ends the job and all its processes, and keeps what was committed', async () => {
  const job = makeCase(NOTING.replace('    return names', `${HELD}    return names`), {}, 200)
  mkdirSync(path.join(job.folder, 'state'))
  const child = start(job)
  const ended = finish(child)
  await hasLines(path.join(job.folder, 'state', 'journal.jsonl'), 10)
  const scorers = scorersOf(child.pid!)
  assert.ok(scorers.length > 0)
  child.kill('SIGTERM')
  assert.equal((await ended).code, 143)
  assert.deepEqual(
    scorers.filter((pid) => existsSync(`/proc/${pid}`)),
    [],
  )
  assert.ok(readdirSync(path.join(job.folder, 'state')).includes('journal.jsonl'))
})
