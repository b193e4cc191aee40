import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import {
  type Case,
  errorOf,
  finish,
  makeCase,
  numbered,
  rowsOf,
  run,
  start,
  untilText,
} from '../support/driver-case.ts'

/** What users' scripts, files and machines do to a parallel job. */

const ONCE = { mini_batch_error_threshold: 0, max_retries: 0 }
const logOf = ({ folder }: Case, name: string) =>
  readFileSync(path.join(folder, 'logs', name), 'utf8')

interface Failing {
  readonly name: string
  readonly body: string
  readonly message: RegExp
  readonly details?: RegExp
  readonly settings?: Record<string, unknown>
}

const FAILING: readonly Failing[] = [
  {
    name: 'a segfault leaves the line that it happened on',
    body: 'import ctypes\ndef run(mini_batch):\n    ctypes.string_at(0)\n',
    message: /mini-batch 0 failed after 1 try: process 000 died \(signal SIGSEGV\)$/,
    details: /Fatal Python error: Segmentation fault[\s\S]*score\.py", line 3 in run/,
  },
  {
    name: 'a death by SIGKILL names memory as its likely cause',
    body: 'import os\ndef run(mini_batch):\n    print("so far")\n    os.kill(os.getpid(), 9)\n',
    message: /process 000 died \(signal SIGKILL, as when memory runs out\)$/,
  },
  {
    name: 'os._exit() in run() is a death with its exit code',
    body: 'import os\ndef run(mini_batch):\n    os._exit(7)\n',
    message: /process 000 died \(exit code 7\)$/,
  },
  {
    name: 'sys.exit() in run() fails its mini-batch, with the line that called it',
    body: 'import sys\ndef run(mini_batch):\n    sys.exit(42)\n',
    message: /mini-batch 0 failed after 1 try: SystemExit: 42$/,
    details: /score\.py", line 3, in run/,
  },
  {
    name: 'sys.exit() in init() fails the job, with the line that called it',
    body: 'import sys\ndef init():\n    sys.exit("no licence")\ndef run(mini_batch):\n    return mini_batch\n',
    message: /^init\(\) of score\.py failed: SystemExit: no licence$/,
    details: /score\.py", line 3, in init/,
  },
  {
    name: 'an init() that kills its process ends the job after a few tries',
    body: 'import os\ndef init():\n    os._exit(3)\ndef run(mini_batch):\n    return mini_batch\n',
    message: /^init\(\) of score\.py did not end: the process died of exit code 3, 4 times; see /,
  },
  {
    name: 'an init() that hangs ends the job, with the line at which it hangs',
    body: 'import time\ndef init():\n    time.sleep(3600)\ndef run(mini_batch):\n    return mini_batch\n',
    settings: { argv: ['--first_task_creation_timeout', '3'] },
    message: /^init\(\) of score\.py took longer than 3 s \(--first_task_creation_timeout\); see /,
    details: /score\.py", line 3 in init/,
  },
  {
    name: 'a run() that hangs fails its mini-batch, with the line at which it hangs',
    body: 'import time\ndef run(mini_batch):\n    time.sleep(3600)\n',
    settings: { timeout_seconds: 1 },
    message: /was stopped: a mini-batch took longer than 1 s$/,
    details: /score\.py", line 3 in run/,
  },
  {
    name: 'a generator is no result',
    body: 'def run(mini_batch):\n    yield 1\n',
    message:
      /TypeError: run\(\) returned generator; it must return a list, a tuple or a DataFrame$/,
  },
  {
    name: 'a dictionary is no result',
    body: 'def run(mini_batch):\n    return {"a": 1}\n',
    message: /run\(\) returned dict; it must return/,
  },
  {
    name: 'None is no result',
    body: 'def run(mini_batch):\n    pass\n',
    message: /run\(\) returned None; it must return .*, one item a success$/,
  },
  {
    name: 'an item that cannot be written fails its mini-batch',
    body: 'class Odd:\n    def __str__(self):\n        raise ValueError("no text")\ndef run(mini_batch):\n    return [Odd()]\n',
    message: /ValueError: no text$/,
  },
  {
    name: 'a runtime option that is no number is refused by its name',
    body: 'def run(mini_batch):\n    return mini_batch\n',
    settings: { argv: ['--error_threshold', 'few'] },
    message: /^program_arguments: argument --error_threshold: invalid int value: 'few'$/,
  },
  {
    name: 'mini-batches that stop ending are noticed when the job says for how long',
    body: 'import time\ndef run(mini_batch):\n    time.sleep(3600)\n',
    settings: { argv: ['--progress_update_timeout', '1'] },
    message: /^no mini-batch ended for 1 s \(--progress_update_timeout\)$/,
  },
]
for (const { name, body, message, details, settings } of FAILING)
  test(name, async () => {
    const job = makeCase(body, { ...ONCE, processes: 1, ...settings }, 1)
    const { code, text } = await run(job)
    assert.equal(code, 1, text)
    assert.match(errorOf(job).message, message)
    if (details !== undefined) assert.match(errorOf(job).debug_info, details)
    assert.doesNotMatch(text, /scheduler\.py/)
  })

interface Passing {
  readonly name: string
  readonly body: string
  readonly rows: readonly string[]
  readonly settings?: Record<string, unknown>
}

const PASSING: readonly Passing[] = [
  {
    name: 'a script may print bytes that are no text',
    body: 'import os\ndef run(mini_batch):\n    os.write(1, bytes(range(256)))\n    return ["ok"]\n',
    rows: ['ok'],
  },
  {
    name: 'a script may change its directory',
    body: 'import os\ndef run(mini_batch):\n    os.chdir("/")\n    return [os.path.exists(mini_batch[0])]\n',
    rows: ['True', 'True'],
    settings: { files: 2 },
  },
  {
    name: 'a child that the script forks and that comes back from run() does not answer',
    body: 'import os\ndef run(mini_batch):\n    os.fork()\n    return [os.path.basename(mini_batch[0])]\n',
    rows: numbered(5),
    settings: { files: 5 },
  },
  {
    name: 'a script may use a pool of processes',
    body: 'import multiprocessing\ndef run(mini_batch):\n    with multiprocessing.Pool(2) as pool:\n        return pool.map(len, mini_batch)[:1] and ["ok"]\n',
    rows: ['ok'],
  },
  {
    name: 'a result of fifty megabytes arrives whole',
    body: 'def run(mini_batch):\n    return ["x" * 50_000_000]\n',
    rows: ['x'.repeat(50_000_000)],
  },
  {
    name: 'a script without init() runs, and a shutdown() that fails does not undo what was scored',
    body: 'def run(mini_batch):\n    return ["ok"]\ndef shutdown():\n    1 / 0\n',
    rows: ['ok'],
  },
]
for (const { name, body, rows, settings } of PASSING)
  test(name, async () => {
    const { files = 1, ...more } = settings ?? {}
    const job = makeCase(body, { ...ONCE, ...more }, Number(files))
    const { code, text } = await run(job)
    assert.equal(code, 0, text.slice(0, 2000))
    assert.ok(rowsOf(job).join('\n') === rows.join('\n'), rowsOf(job).join('\n').slice(0, 200))
  })

test("a script's own modules may be called as the driver's", async () => {
  const names = ['tables', 'progress', 'problems', 'batches', 'resources']
  const body = `import ${names.join(', ')}\ndef run(mini_batch):\n    return [tables.own]\n`
  const job = makeCase(body, ONCE, 1)
  for (const name of names)
    writeFileSync(path.join(job.folder, 'code', `${name}.py`), 'own = "own"\n')
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.deepEqual(rowsOf(job), ['own'])
  const library = makeCase('def run(mini_batch):\n    import tables\n', ONCE, 1)
  assert.equal((await run(library)).code, 1)
  assert.match(errorOf(library).message, /ModuleNotFoundError: No module named 'tables'/)
})

test('a process that dies is noticed though a child of it still holds its pipe', async () => {
  const body = `import os, time
def run(mini_batch):
    if not os.path.exists('../child'):
        pid = os.fork()
        if pid == 0:
            while not os.path.exists('../over'):
                time.sleep(0.05)
            os._exit(0)
        with open('../child', 'w') as file:
            file.write(str(pid))
        os._exit(1)
    return ['ok']
`
  const job = makeCase(body, { processes: 1, max_retries: 1 }, 1)
  const child = start(job)
  const [code] = await once(child, 'exit')
  const isThere = existsSync(`/proc/${readFileSync(path.join(job.folder, 'child'), 'utf8')}`)
  writeFileSync(path.join(job.folder, 'over'), '')
  assert.equal(code, 0)
  assert.ok(isThere, 'the child was there all the time')
})

test('when one process has no room to load, the others go on without it', async () => {
  const body = `import os, time
def init():
    try:
        os.mkdir('../only')
    except FileExistsError:
        os._exit(9)
def run(mini_batch):
    while not os.path.exists('../given-up'):
        time.sleep(0.02)
    return ['ok']
`
  const job = makeCase(body, { ...ONCE, processes: 2 }, 12)
  const child = start(job)
  const ended = finish(child)
  await untilText(child, /died of exit code 9, 5 times; going on with 1/)
  writeFileSync(path.join(job.folder, 'given-up'), '')
  const { code, text } = await ended
  assert.equal(code, 0, text)
  assert.equal(rowsOf(job).length, 12)
})

test('once a process has loaded, a row of deaths in init() does not end the job', async () => {
  const script = `import os
def init():
    global number
    with open("../inits", "a") as inits:
        inits.write("x")
        number = inits.tell()
    if 2 <= number <= 9:
        os.kill(os.getpid(), 9)
def run(mini_batch):
    if number == 1:
        os._exit(1)
    return mini_batch
`
  const job = makeCase(script, { processes: 1 })
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.equal(rowsOf(job).length, 20)
})

test('long mini-batches are spread over all processes, not queued behind one another', async () => {
  // Each waits until both run: one that was queued behind the other would never begin.
  const body = `import os, time
def init():
    try:
        os.mkdir('../first')
    except FileExistsError:
        while not os.path.exists('../begun'):
            time.sleep(0.02)
def run(mini_batch):
    open('../begun', 'a').write('.')
    while len(open('../begun').read()) < 2:
        time.sleep(0.02)
    return [os.getpid()]
`
  const job = makeCase(body, { ...ONCE, processes: 2 }, 2)
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  assert.equal(new Set(rowsOf(job)).size, 2)
})

test('files with odd names reach the script as they are, and links are followed once', async () => {
  const body = `import os
def run(mini_batch):
    print(mini_batch[0])
    return [ascii(os.path.basename(name)) for name in mini_batch if os.path.exists(name)]
`
  const job = makeCase(body, { ...ONCE, mini_batch: { count: 2 } }, 0)
  const root = path.join(job.folder, 'in')
  mkdirSync(path.join(root, 'deep', 'er'), { recursive: true })
  const names = ['a b.txt', "it's.txt", 'ü ß 日本.txt', 'new\nline.txt', '-rf', '.hidden', '$(id)']
  for (const name of names) writeFileSync(path.join(root, name), '')
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), '')
  writeFileSync(path.join(root, 'deep', 'er', 'last.txt'), '')
  symlinkSync('..', path.join(root, 'deep', 'loop'))
  symlinkSync('nowhere', path.join(root, 'dangling'))
  symlinkSync('itself', path.join(root, 'itself'))
  const { code, text } = await run(job)
  assert.equal(code, 0, text)
  const rows = rowsOf(job)
  assert.equal(rows.length, names.length + 2, rows.join('\n'))
  assert.ok(rows.includes("'new\\nline.txt'") && rows.includes("'\\udcff\\udcfe'"), rows.join('\n'))
})

test('a mini-batch may be larger than the input, and the input one file', async () => {
  const body = 'def run(mini_batch):\n    return [len(mini_batch)]\n'
  const job = makeCase(body, { mini_batch: { count: 1000 } }, 3)
  assert.equal((await run(job)).code, 0)
  assert.deepEqual(rowsOf(job), ['3'])
  const input = { name: 'data', path: path.join(job.folder, 'in', '001.txt') }
  const single = makeCase(body, { input }, 0)
  assert.equal((await run(single)).code, 0)
  assert.deepEqual(rowsOf(single), ['1'])
})

test('failures that are tolerated are named at the end, and stay counted after a restart', async () => {
  const body = `import os
def run(mini_batch):
    if os.path.exists('../second'):
        raise ValueError('this run should have had nothing to do')
    raise ValueError('always')
`
  const job = makeCase(body, { max_retries: 1 }, 3)
  const first = await run(job)
  assert.equal(first.code, 0)
  assert.match(
    first.text,
    /3 of 3 mini-batches failed; mini_batch_error_threshold: -1 lets that pass/,
  )
  writeFileSync(path.join(job.folder, 'second'), '')
  const again = await run(job)
  assert.equal(again.code, 0, again.text)
  assert.match(again.text, /progress: 3 of 3 mini-batches, 3 failed, 3 retried/)
  assert.match(again.text, /The first: mini-batch \d failed after 2 tries: ValueError: always/)
})

test('what a mini-batch printed before its process died is in its own log', async () => {
  const body =
    'import os\ndef run(mini_batch):\n    print("at the pump", flush=True)\n    os._exit(1)\n'
  const job = makeCase(body, { ...ONCE, processes: 1 }, 1)
  assert.equal((await run(job)).code, 1)
  assert.match(logOf(job, 'mini-batches/000000.txt'), /at the pump/)
  assert.match(errorOf(job).debug_info, /at the pump/)
})

test('memory and processor time of each process are written where Azure has them', {
  skip: !existsSync('/proc/self') && 'this system has no /proc to read them from',
}, async () => {
  const job = makeCase('def run(mini_batch):\n    return [1]\n', {
    argv: ['--resource_monitor_interval', '1'],
  })
  const plan = JSON.parse(readFileSync(job.plan, 'utf8'))
  const logs = path.join(job.folder, 'logs')
  writeFileSync(job.plan, JSON.stringify({ ...plan, log_dir: path.join(logs, 'user') }))
  assert.equal((await run(job)).code, 0)
  const [head, first] = readFileSync(path.join(logs, 'sys', 'perf', 'resources.csv'), 'utf8').split(
    '\r\n',
  )
  assert.equal(head, 'time,load_1min,memory_available_mb,process,pid,memory_mb,cpu_seconds')
  assert.match(first ?? '', /,process 000,\d+,\d+,[\d.]+$/)
  assert.ok(readdirSync(logs).includes('user'))
})
