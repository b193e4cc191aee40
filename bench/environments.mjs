// How long the environment of lightgbm, pandas, scikit-learn and mlflow takes: uv alone and through amlet, both
// with a warm cache, in turns on the same machine; and the second job that asks for it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildEnvironment } from '../src/environments/build.ts'
import { stopCompiling } from '../src/environments/compile.ts'
import { removeEnvironment } from '../src/environments/list.ts'
import { resolveEnvironment } from '../src/environments/resolve.ts'
import { ensureUv } from '../src/environments/uv.ts'
import { targetLine } from './target.mjs'

const ROUNDS = Number(process.argv[2] ?? 5)
const PACKAGES = ['lightgbm', 'pandas', 'scikit-learn', 'mlflow']
const dependencies = ['python>=3.9', ...PACKAGES.slice(0, 3), { pip: PACKAGES.slice(3) }]

const home = mkdtempSync(join(tmpdir(), 'amlet-bench-'))
const plan = resolveEnvironment({ image: 'none', conda_file: { dependencies } })
const request = { home, plan, log: () => undefined }
const times = { uv: [], amlet: [], again: [] }

try {
  const uv = await ensureUv({ home })
  const { python } = await buildEnvironment(request)
  const base = spawnSync(python, ['-c', 'import os, sys; print(os.path.realpath(sys.executable))'])
  const interpreter = base.stdout.toString().trim()
  await stopCompiling()
  for (let round = 0; round < ROUNDS; round++) {
    rmSync(join(home, 'alone'), { recursive: true, force: true })
    settle()
    times.uv.push(await timed(() => withUvAlone(uv, interpreter, join(home, 'alone'))))
    await removeEnvironment(home, plan.digest)
    settle()
    times.amlet.push(await timed(() => buildEnvironment(request)))
    await stopCompiling()
    times.again.push(await timed(() => buildEnvironment(request)))
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}

const [uv, amlet, again] = [best(times.uv), best(times.amlet), best(times.again)]
console.log(`environment of ${PACKAGES.join(', ')}; best of ${ROUNDS} rounds`)
console.log(`${'uv alone, warm cache'.padEnd(36)} ${uv.toFixed(1)} ms`)
const ratio = amlet / uv
const first = `${amlet.toFixed(1)} ms, ${ratio.toFixed(2)} x uv`
console.log(targetLine('amlet, first job', first, { value: ratio, most: 1.5, unit: 'x' }))
const second = { value: again, most: 20, unit: 'ms' }
console.log(targetLine('amlet, second job', `${again.toFixed(1)} ms`, second))

function withUvAlone({ path, env }, interpreter, folder) {
  const run = (...args) => {
    const { status, stderr } = spawnSync(path, args, { env })
    if (status !== 0) throw new Error(stderr.toString())
  }
  run('venv', '--quiet', '--python', interpreter, folder)
  run('pip', 'install', '--quiet', '--python', join(folder, 'bin/python'), ...PACKAGES)
}

/** What the round before wrote and removed must not be paid by the next one. */
function settle() {
  spawnSync('sync')
}

async function timed(work) {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Other work on the machine only ever adds to a time. */
function best(values) {
  return Math.min(...values)
}
