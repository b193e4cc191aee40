// Bayesian against random sampling: 20 seeds, each used by both, 30 trials, one after the other. On Branin's function, and on
// the validation error of LightGBM on the example's trips. What to try next is amlet's own decision (`decideSweep`, as the
// server asks it); the LightGBM objective is evaluated in one long-lived Python process, not as jobs, so that 1,200 trainings
// take a minute or two.
//
// node bench/sweep.mjs [seeds] [trials]
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { decideSweep } from '../src/core/sweep/decide-sweep.ts'
import { toSweepSettings } from '../src/core/sweep/settings.ts'
import { pythonWith } from '../test/contract/mlflow/python.ts'

const [seeds = '20', trials = '30'] = process.argv.slice(2)
const SEEDS = Array.from({ length: Number(seeds) }, (_, i) => i + 1)
const TRIALS = Number(trials)
const ROOT = path.resolve(import.meta.dirname, '..')

const uniform = (min_value, max_value) => ({ type: 'uniform', min_value, max_value })
const quniform = (min_value, max_value, q) => ({ type: 'quniform', min_value, max_value, q })

const PROBLEMS = {
  'Branin, distance to its minimum': {
    space: { x: uniform(-5, 10), y: uniform(0, 15) },
    open: () => ({ evaluate: branin, close: () => {} }),
  },
  'LightGBM on taxi trips, validation RMSE': {
    space: {
      learning_rate: uniform(0.01, 0.5),
      num_leaves: quniform(4, 64, 1),
      min_data_in_leaf: quniform(1, 100, 1),
      feature_fraction: uniform(0.2, 1),
      lambda_l2: uniform(0, 50),
    },
    open: openLightgbm,
  },
}

const OBJECTIVE = `
import json, subprocess, sys
import lightgbm, numpy, pandas
maker, folder = sys.argv[1:]
subprocess.run([sys.executable, maker, "--output", folder, "--train", "1500", "--valid", "1000"], check=True, stdout=subprocess.DEVNULL)
def load(name):
    table = pandas.read_csv(folder + "/" + name)
    table["minute"] = pandas.to_datetime(table.lpepPickupDatetime).dt.hour * 60 + pandas.to_datetime(table.lpepPickupDatetime).dt.minute
    columns = ["tripDistance", "pickupLongitude", "pickupLatitude", "dropoffLongitude", "dropoffLatitude", "passengerCount", "rateCodeID", "minute"]
    return table[columns].to_numpy(float), table.totalAmount.to_numpy(float)
train, valid = load("train.csv"), load("valid.csv")
for line in sys.stdin:
    given = json.loads(line)
    whole = {name: int(given[name]) for name in ("num_leaves", "min_data_in_leaf")}
    settings = {**given, **whole, "objective": "regression", "verbose": -1, "seed": 1, "num_threads": 1, "deterministic": True}
    model = lightgbm.train(settings, lightgbm.Dataset(*train, params={"verbose": -1}), num_boost_round=40)
    error = model.predict(valid[0], num_threads=1) - valid[1]
    print(float(numpy.sqrt((error ** 2).mean())), flush=True)
`

console.log(`${SEEDS.length} paired seeds, ${TRIALS} trials each; load ${loadavg()[0].toFixed(1)}`)
console.log(
  'target: bayesian ends lower than random, the 95 % interval of the difference below 0\n',
)
let isMet = true
for (const [name, { space, open }] of Object.entries(PROBLEMS)) {
  const objective = await open()
  const pairs = []
  for (const seed of SEEDS)
    pairs.push({
      random: await runSweep({ space, seed, type: 'random' }, objective.evaluate),
      bayesian: await runSweep({ space, seed, type: 'bayesian' }, objective.evaluate),
    })
  objective.close()
  isMet = report(name, pairs) && isMet
}
process.exitCode = isMet ? 0 : 1

/** A sweep as the server drives it, one trial at a time; the best value that it found. */
async function runSweep({ space, seed, type }, evaluate) {
  const fields = {
    search_space: space,
    sampling_algorithm: type,
    objective: { goal: 'minimize', primary_metric: 'loss' },
  }
  const settings = toSweepSettings(
    fields,
    { max_total_trials: TRIALS, max_concurrent_trials: 1 },
    seed,
  )
  const done = []
  for (;;) {
    const state = { settings, trials: done, startedMs: 0, nowMs: 0, isCanceled: false }
    const { start, finish } = decideSweep(state)
    if (finish !== undefined) return done[finish.bestTrial].reports[0]
    const [{ index, parameters }] = start
    const value = await evaluate(parameters)
    done.push({
      index,
      parameters,
      status: 'completed',
      reports: [value],
      judged: 0,
      isStopping: false,
      metrics: ['loss'],
    })
  }
}

function branin({ x, y }) {
  const bend = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6
  return bend ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10 - 0.39788735772973816
}

async function openLightgbm() {
  const folder = mkdtempSync(path.join(tmpdir(), 'amlet-bench-'))
  const python = await pythonWith('mlflow-3')
  const maker = path.join(ROOT, 'examples', 'nyc-taxi', 'data', 'make_data.py')
  const child = spawn(python, ['-c', OBJECTIVE, maker, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    evaluate: async (parameters) => {
      child.stdin.write(`${JSON.stringify(parameters)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error('the objective ended early')
      return Number(value)
    },
    close: () => {
      child.stdin.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function report(name, pairs) {
  const differences = pairs.map(({ random, bayesian }) => bayesian - random)
  const { mean, half } = interval(differences)
  const isMet = mean + half < 0
  console.log(name)
  for (const algorithm of ['random', 'bayesian']) {
    const one = interval(pairs.map((pair) => pair[algorithm]))
    console.log(
      `  best by ${algorithm.padEnd(9)} mean ${show(one.mean)}  95 % [${show(one.mean - one.half)}, ${show(one.mean + one.half)}]`,
    )
  }
  const wins = differences.filter((difference) => difference < 0).length
  console.log(
    `  bayesian − random  mean ${show(mean)}  95 % [${show(mean - half)}, ${show(mean + half)}]  lower on ${wins} of ${pairs.length} seeds`,
  )
  console.log(`  target < 0   measured < ${show(mean + half)}   ${isMet ? 'met' : 'MISSED'}\n`)
  return isMet
}

/** Mean and half the width of its 95 % interval, by Student's t. */
function interval(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const error = Math.sqrt(squares / Math.max(1, values.length - 1) / values.length)
  return { mean, half: studentQuantile(values.length - 1) * error }
}

/** The 97.5 % quantile of Student's t (Abramowitz & Stegun 26.7.5); 2.093 for 19 degrees of freedom. */
function studentQuantile(n) {
  const z = 1.959963984540054
  const a = (z ** 3 + z) / 4
  const b = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  const c = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384
  return z + a / n + b / n ** 2 + c / n ** 3
}

function show(value) {
  return value.toPrecision(4)
}
