import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, test } from 'node:test'
import { pythonWith } from '../contract/mlflow/python.ts'
import { makeCase, rowsOf, run } from '../support/driver-case.ts'

/** Models as inputs of parallel jobs, with the real libraries. LightGBM's comes with the article's example. */
let python: string
before(async () => {
  python = await pythonWith('mlflow-3')
})

const SAVE = `
import pickle, sys
import mlflow.sklearn, numpy, sklearn.linear_model
model = sklearn.linear_model.LinearRegression().fit(numpy.arange(6).reshape(-1, 1), 2 * numpy.arange(6) + 1)
mlflow.sklearn.save_model(model, sys.argv[1] + '/mlflow')
with open(sys.argv[1] + '/model.pkl', 'wb') as file:
    pickle.dump(model, file)
`

const WAYS = {
  'an mlflow_model of scikit-learn': [
    'mlflow',
    'import mlflow.sklearn; model = mlflow.sklearn.load_model(args.model)',
  ],
  'a custom_model of one pickle': [
    'model.pkl',
    "import pickle; model = pickle.load(open(args.model, 'rb'))",
  ],
} as const

let saved: string | undefined
for (const [name, [file, load]] of Object.entries(WAYS))
  test(`${name} is loaded once a process and scores every mini-batch`, async () => {
    const script = `
import argparse, os, numpy
def init():
    parser = argparse.ArgumentParser()
    parser.add_argument('--model')
    args, rest = parser.parse_known_args()
    global model
    ${load}
    with open('../loads.txt', 'a') as file:
        file.write('%d\\n' % os.getpid())
def run(mini_batch):
    values = numpy.array([[float(open(name).read())] for name in mini_batch])
    return ['%d %.3f' % (os.getpid(), value) for value in model.predict(values)]
`
    const argv: string[] = []
    const settings = { argv, mini_batch: { count: 2 }, mini_batch_error_threshold: 0, processes: 1 }
    const job = makeCase(script, settings)
    saved ??= job.folder
    if (saved === job.folder) execFileSync(python, ['-c', SAVE, saved], { stdio: 'pipe' })
    const plan = JSON.parse(readFileSync(job.plan, 'utf8'))
    const withModel = { ...plan, argv: ['--model', path.join(saved, file), '--other', 'x'] }
    writeFileSync(job.plan, JSON.stringify(withModel))
    const { code, text } = await run({ ...job, python })
    assert.equal(code, 0, text)
    const rows = rowsOf(job).map((row) => row.split(' '))
    assert.deepEqual(
      rows.map(([, value]) => Number(value)),
      Array.from({ length: 20 }, (_, i) => 2 * i + 1),
    )
    const loads = readFileSync(path.join(job.folder, 'loads.txt'), 'utf8').trim().split('\n')
    assert.ok(loads.length === 1 && rows.every(([pid]) => loads.includes(pid ?? '')))
  })
