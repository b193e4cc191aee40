import { appendFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import type { Launch } from './protocol.ts'
import { planRanks, portCount, type Ranks } from './ranks.ts'

export interface Start {
  readonly launch: Launch
  readonly gpuIds: readonly number[]
  readonly bootId: string
  readonly startedAtMs: number
}

/**
 * What the wrapper reads: the words of the user's command and the variables, each as it is. A promise only
 * where ports have to be found first.
 */
export function launchWords(start: Start): readonly string[] | Promise<readonly string[]> {
  const ports = portCount(start.launch)
  const devices = devicesOf(start)
  if (ports === 0) return wordsOf(start, planRanks(start.launch, { ports: [], devices }))
  return freePorts(ports).then((found) =>
    wordsOf(start, planRanks(start.launch, { ports: found, devices })),
  )
}

/** The GPUs given to an attempt as its processes name them: the server may itself see only some of the machine's. */
function devicesOf({ launch, gpuIds }: Start): string[] {
  const visible = launch.env['CUDA_VISIBLE_DEVICES']?.split(',').map((id) => id.trim()) ?? []
  return gpuIds.map((id) => visible[id] || String(id))
}

function wordsOf({ launch, gpuIds, bootId, startedAtMs }: Start, ranks: Ranks): string[] {
  const { attemptId, slots, pool, graceSeconds, timeoutSeconds } = launch
  if (ranks.note) note(launch, ranks)
  const limits = timeoutSeconds === undefined ? { graceSeconds } : { graceSeconds, timeoutSeconds }
  const facts = { attemptId, bootId, startedAtMs, slots, gpuIds, ...(pool && { pool }), ...limits }
  const { named, odd } = splitVariables({
    ...launch.env,
    ...ranks.env,
    AMLET_ATTEMPT_ID: attemptId,
  })
  const prefix = odd.length > 0 ? ['/usr/bin/env', ...odd] : []
  return [
    attemptId,
    launch.runDir,
    launch.workDir,
    JSON.stringify(facts).slice(1, -1),
    String(Math.round(graceSeconds * 20)),
    String(startedAtMs),
    String(named.length),
    ...named,
    ...ranks.commands.flatMap(({ logFile, argv }) => [
      logFile,
      String(prefix.length + argv.length),
      ...prefix,
      ...argv,
    ]),
  ]
}

/** A shell can export only names that are its own; others go through `env`. */
function splitVariables(env: Readonly<Record<string, string>>) {
  const named: string[] = []
  const odd: string[] = []
  for (const [name, value] of Object.entries(env)) {
    const target = /^[A-Za-z_]\w*$/.test(name) && !UNSETTABLE.has(name) ? named : odd
    target.push(`${name}=${value}`)
  }
  return { named, odd }
}

/** Bash does not let anybody set these. */
const UNSETTABLE = new Set(['UID', 'EUID', 'PPID', 'SHELLOPTS', 'BASHOPTS', 'BASH_VERSINFO'])

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
