import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import type { Launch } from './protocol.ts'
import { BASH, planRanks, portCount, type Ranks } from './ranks.ts'
import { wrapperArgv } from './wrapper.ts'

export interface Start {
  readonly launch: Launch
  readonly gpuIds: readonly number[]
  readonly bootId: string
  readonly startedAtMs: number
}

/**
 * Standard streams, and the worker's own descriptors (the lock, the pipes of the mounter), which no
 * attempt may keep open.
 */
const STDIO = Array<'ignore'>(6).fill('ignore')

/** Starts the wrapper in a session of its own. A promise only where ports have to be found first. */
export function startWrapper(start: Start): ChildProcess | Promise<ChildProcess> {
  const ports = portCount(start.launch)
  if (ports === 0) return spawnWrapper(start, planRanks(start.launch, []))
  return freePorts(ports).then((found) => spawnWrapper(start, planRanks(start.launch, found)))
}

function spawnWrapper({ launch, gpuIds, bootId, startedAtMs }: Start, ranks: Ranks): ChildProcess {
  const { attemptId, slots, graceSeconds, timeoutSeconds } = launch
  if (ranks.note) note(launch, ranks)
  const facts = {
    attemptId,
    bootId,
    startedAtMs,
    slots,
    gpuIds,
    graceSeconds,
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  }
  const argv = wrapperArgv({ ...launch, facts, startedAtMs, ranks: ranks.commands })
  const env = {
    ...launch.env,
    ...ranks.env,
    ...(gpuIds.length > 0 && { CUDA_VISIBLE_DEVICES: gpuIds.join(',') }),
    AMLET_ATTEMPT_ID: attemptId,
  }
  return spawn(BASH, argv, { detached: true, cwd: '/', env, stdio: STDIO })
}

function note({ runDir }: Launch, { commands, note: text }: Ranks): void {
  const first = commands[0]?.logFile
  if (first && text) appendFileSync(path.join(runDir, 'user_logs', first), text)
}

/** Ports nobody listens on. All are held until the last is found, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}

function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}
