import { LocalExecutor } from '../../src/compute/local/local-executor.ts'

// Stands for a server: submits, prints the pid of the worker once all of it runs, and waits to be killed.
const [home = '', text = '[]'] = process.argv.slice(2)
const launches = JSON.parse(text)
const executor = new LocalExecutor({ home, slots: { cpus: 4 } })
const running = new Set<string>()
executor.onObservation(({ attemptId, state }) => {
  if (state === 'running') running.add(attemptId)
  if (running.size === launches.length) process.stdout.write(`${executor.workerPid}\n`)
})
await executor.submit(launches)
