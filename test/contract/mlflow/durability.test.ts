import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { test } from 'node:test'
import { startHost } from './start-host.ts'

const WRITERS = 8
const POINTS = process.env['AMLET_SOAK'] === '1' ? 100_000 : 4_000

interface Writer {
  readonly child: ChildProcess
  readonly ended: Promise<unknown[]>
  /** How many points were acknowledged. */
  acknowledged: number
}

/** Writers at work, and what they have had acknowledged together. */
class Writers {
  readonly all: Writer[] = []
  #awaited = Number.POSITIVE_INFINITY
  #wake = () => {}

  start(url: string, run: string, key: string): void {
    const program = path.join(import.meta.dirname, 'writer.ts')
    const child = spawn(process.execPath, [program, url, run, key, String(POINTS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const writer = { child, ended: once(child, 'close'), acknowledged: 0 }
    this.all.push(writer)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      writer.acknowledged = Number(text.trim().split('\n').at(-1))
      if (this.#sum() >= this.#awaited) this.#wake()
    })
  }

  /** Resolves when all together have had this many points acknowledged. */
  reached(total: number): Promise<void> {
    this.#awaited = total
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.#sum() >= total) resolve()
    })
  }

  #sum(): number {
    return this.all.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
  }
}

async function post(url: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.equal(response.status, 200)
  return (await response.json()) as Record<string, unknown>
}

async function historyOf(url: string, run: string, key: string): Promise<{ step: number }[]> {
  const query = new URLSearchParams({ run_id: run, metric_key: key })
  const response = await fetch(`${url}/api/2.0/mlflow/metrics/get-history?${query}`)
  return ((await response.json()) as { metrics: { step: number }[] }).metrics
}

test(`${WRITERS} writers, the server killed twice: every acknowledged point is there once, in order`, async (t) => {
  let host = await startHost()
  const { run } = (await post(host.url, 'runs/create', { experiment_id: '0' })) as {
    run: { info: { run_id: string } }
  }
  const id = run.info.run_id
  const keys = Array.from({ length: WRITERS }, (_, place) => `loss ${place}`)
  const writers = new Writers()
  for (const key of keys) writers.start(host.url, id, key)
  for (const part of [1 / 3, 2 / 3]) {
    await writers.reached(WRITERS * POINTS * part)
    host = await host.killAndRestart()
  }
  await Promise.all(writers.all.map(({ ended }) => ended))
  const expected = Array.from({ length: POINTS }, (_, step) => step)
  for (const [place, key] of keys.entries()) {
    assert.equal(writers.all[place]?.child.exitCode, 0)
    assert.equal(writers.all[place]?.acknowledged, POINTS)
    const steps = (await historyOf(host.url, id, key)).map(({ step }) => step)
    assert.deepEqual(steps, expected, key)
  }
  t.diagnostic(`${WRITERS} × ${POINTS} points`)
  await host[Symbol.asyncDispose]()
})
