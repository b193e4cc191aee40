// Parallel jobs. First the driver alone: mini-batches that do nothing, two scoring processes, every result committed to disk
// (group commit) before it counts. Then a real LightGBM model over at least 30 s of work: the whole job as its process runs
// it (start of Python, division, model load in each process, rows in one file) beside a hand-written `multiprocessing.Pool` of
// the same script, files, batch size and number of processes, in turns.
//
// node bench/parallel.mjs [no-op mini-batches] [pairs] [seconds of work]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { pythonWith } from '../test/contract/mlflow/python.ts'

const [noops = '20000', pairCount = '2', seconds = '32'] = process.argv.slice(2)
const DRIVER = path.resolve(import.meta.dirname, '../src/compute/parallel/driver')
const PROCESSES = 2
const FILES_A_BATCH = 4
const ROWS = 1000

const NOOP = 'def run(mini_batch):\n    return mini_batch\n'

const SCORE = `
import sys
import lightgbm, pandas
def init():
    global model
    model = lightgbm.Booster(model_file=sys.argv[-1])
def run(mini_batch):
    rows = []
    for path in mini_batch:
        predicted = model.predict(pandas.read_csv(path), num_threads=1)
        rows.append("%s %.6f" % (path.rsplit("/", 1)[1], predicted.mean()))
    return rows
`

/** What people write by hand, and what a job has to be as quick as. */
const POOL = `
import multiprocessing, os, sys
import score
def main():
    folder, out, processes, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    batches = [files[i:i + size] for i in range(0, len(files), size)]
    with multiprocessing.Pool(processes, initializer=score.init) as pool, open(out, "w") as rows:
        for result in pool.imap(score.run, batches):
            rows.writelines(row + "\\n" for row in result)
if __name__ == "__main__":
    main()
`

const MAKE = `
import lightgbm, numpy, os, shutil, sys, time
folder, seconds, rows = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
draw = numpy.random.default_rng(1)
table = draw.normal(size=(20000, 20))
target = table[:, 0] * table[:, 1] + numpy.sin(3 * table[:, 2]) + draw.normal(size=20000) / 10
data = lightgbm.Dataset(table, target)
model = lightgbm.train({"num_leaves": 63, "verbose": -1, "num_threads": 2}, data, num_boost_round=600)
model.save_model(folder + "/model.lgb")
os.chdir(folder + "/code")
sys.path.insert(0, os.getcwd())
header = ",".join("f%d" % i for i in range(20))
first = folder + "/first.csv"
numpy.savetxt(first, draw.normal(size=(rows, 20)), delimiter=",", fmt="%.5f", header=header, comments="")
import score
sys.argv.append(folder + "/model.lgb")
score.init()
score.run([first])
began = time.process_time()
for _ in range(5):
    score.run([first])
each = (time.process_time() - began) / 5
count = int(seconds * 2 / each) + 1
os.mkdir(folder + "/in")
for i in range(count):
    shutil.copyfile(first, folder + "/in/%05d.csv" % i)
print(count, each)
`

const folder = mkdtempSync(path.join(tmpdir(), 'amlet-bench-'))
try {
  console.log(`load ${loadavg()[0].toFixed(1)}; two scoring processes`)
  const isQuick = await measureNoops(path.join(folder, 'noop'))
  const isEqual = await measureModel(path.join(folder, 'model'))
  process.exitCode = isQuick && isEqual ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measureNoops(at) {
  const count = Number(noops)
  for (const name of ['in', 'code']) mkdirSync(path.join(at, name), { recursive: true })
  for (let i = 0; i < count; i++) writeFileSync(path.join(at, 'in', String(i)), '')
  writeFileSync(path.join(at, 'code', 'score.py'), NOOP)
  const elapsed = await runDriver('python3', at, { mini_batch: { count: 1 }, argv: [] })
  const journal = readFileSync(path.join(at, 'state', 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
  if (journal.length !== count) throw new Error(`${journal.length} of ${count} were committed`)
  return say({
    name: `no-op mini-batches a second, ${count} from start to end`,
    target: '≥ 2000',
    measured: (count / elapsed).toFixed(0),
    isMet: count / elapsed >= 2000,
  })
}

async function measureModel(at) {
  mkdirSync(path.join(at, 'code'), { recursive: true })
  const python = await pythonWith('mlflow-3')
  writeFileSync(path.join(at, 'code', 'score.py'), SCORE)
  writeFileSync(path.join(at, 'code', 'pool.py'), POOL)
  const made = await runPython(python, ['-c', MAKE, at, seconds, String(ROWS)], { cwd: at })
  const [count, each] = made.text.trim().split(' ').map(Number)
  console.log(
    `\nLightGBM, 600 trees: ${count} files of ${ROWS} rows, ${(each * 1000).toFixed(1)} ms of processor each, ${FILES_A_BATCH} a mini-batch`,
  )
  const model = path.join(at, 'model.lgb')
  const ratios = []
  for (let pair = 0; pair < Number(pairCount); pair++) {
    const byHand = await runPool(python, at, model)
    const byDriver = await runDriver(python, at, {
      mini_batch: { count: FILES_A_BATCH },
      argv: ['--model', model],
    })
    compareRows(at)
    rmSync(path.join(at, 'state'), { recursive: true })
    ratios.push(byDriver / byHand)
    console.log(
      `  pair ${pair + 1}: Pool ${byHand.toFixed(2)} s, parallel job ${byDriver.toFixed(2)} s`,
    )
  }
  const best = Math.min(...ratios)
  return say({
    name: `time over that of multiprocessing.Pool, best of ${ratios.length} pairs (${ratios.map((ratio) => ratio.toFixed(3)).join(', ')})`,
    target: '≤ 1.10',
    measured: best.toFixed(3),
    isMet: best <= 1.1,
  })
}

/** The command of a parallel job: its driver, with the plan that amlet writes for it. Seconds. */
async function runDriver(python, at, settings) {
  const plan = path.join(at, 'plan.json')
  const body = {
    input: { name: 'data', path: path.join(at, 'in') },
    plan_path: plan,
    state_dir: path.join(at, 'state'),
    log_dir: path.join(at, 'logs', 'user'),
    entry_script: 'score.py',
    append_row_to: path.join(at, 'rows.txt'),
    mini_batch_error_threshold: 0,
    error_threshold: 0,
    max_retries: 0,
    timeout_seconds: 60,
    processes: PROCESSES,
    cpus: PROCESSES,
    logging_level: 'WARNING',
    ...settings,
  }
  writeFileSync(plan, JSON.stringify(body))
  const { seconds } = await runPython(python, ['-B', DRIVER, plan], { cwd: path.join(at, 'code') })
  return seconds
}

async function runPool(python, at, model) {
  const words = [path.join(at, 'in'), path.join(at, 'by-hand.txt'), PROCESSES, FILES_A_BATCH, model]
  const args = ['-B', 'pool.py', ...words.map(String)]
  const { seconds } = await runPython(python, args, { cwd: path.join(at, 'code') })
  return seconds
}

function compareRows(at) {
  const [job, hand] = ['rows.txt', 'by-hand.txt'].map((name) =>
    readFileSync(path.join(at, name), 'utf8'),
  )
  if (job !== hand) throw new Error('the two did not come to the same rows')
}

/** One thread a process for both: the two processes have the two cores. */
async function runPython(python, args, { cwd }) {
  const startedAt = performance.now()
  const child = spawn(python, args, {
    cwd,
    env: { ...process.env, OMP_NUM_THREADS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${args[1]} ended with ${code}:\n${text}`)
  return { seconds: (performance.now() - startedAt) / 1000, text }
}

function say({ name, target, measured, isMet }) {
  console.log(name)
  console.log(`  target ${target}   measured ${measured}   ${isMet ? 'met' : 'MISSED'}`)
  return isMet
}
