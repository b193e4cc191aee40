/**
 * One writer of the durability test: logs points 0, 1, 2… of a metric in small batches and single calls, each sent
 * again until it is acknowledged, and prints how many were. `node writer.ts <url> <run> <key> <count>`.
 */
import { Agent, request } from 'node:http'

const [url = '', run = '', key = '', countText = '0'] = process.argv.slice(2)
const count = Number(countText)
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

function post(path: string, body: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json' },
    })
    sending.once('error', reject)
    sending.once('response', (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.once('error', reject)
    })
    sending.end(JSON.stringify(body))
  })
}

/** As the client does: what was not answered is sent once more. The server ignores what it has. */
async function acknowledged(path: string, body: unknown): Promise<void> {
  for (;;) {
    const status = await post(path, body).catch(() => 0)
    if (status === 200) return
    if (status !== 0) throw new Error(`${path} answered ${status}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const point = (step: number) => ({
  key,
  value: step / 7,
  timestamp: 1_700_000_000_000 + step,
  step,
})

for (let step = 0; step < count; ) {
  const size = Math.min(step % 3 === 0 ? 1 : 97, count - step)
  if (size === 1) await acknowledged('runs/log-metric', { run_id: run, ...point(step) })
  else {
    const metrics = Array.from({ length: size }, (_, place) => point(step + place))
    await acknowledged('runs/log-batch', { run_id: run, metrics })
  }
  step += size
  process.stdout.write(`${step}\n`)
}
agent.destroy()
