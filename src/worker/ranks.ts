import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import type { Launch } from './protocol.ts'
import { BASH } from './wrapper.ts'

const LOCALHOST = '127.0.0.1'

/** One process of an attempt: the file below `user_logs` that takes what it prints, and its words. */
interface RankCommand {
  readonly logFile: string
  readonly argv: readonly string[]
}

export interface Ranks {
  readonly commands: readonly RankCommand[]
  /** Variables of every process. */
  readonly env: Readonly<Record<string, string>>
  /** Said in the first log file before anything starts. */
  readonly note?: string
}

/** What was found for a launch on this machine. */
export interface Found {
  /** As many as `portCount` asks for. */
  readonly ports: readonly number[]
  /** The GPUs that were given to it, as `CUDA_VISIBLE_DEVICES` names them. */
  readonly devices: readonly string[]
}

/** How many processes a launch asks for. */
function rankCount(launch: Launch): number {
  return launch.processCount * launch.nodeCount
}

/** Ports that `planRanks` wants: one to meet at, and for tensorflow one each. */
export function portCount(launch: Launch): number {
  if (rankCount(launch) === 1 && launch.distribution === undefined) return 0
  return launch.distribution?.type === 'tensorflow' ? rankCount(launch) : 1
}

/**
 * The processes of a launch. Nodes are processes too here: all ranks run on this machine, with the variables
 * that Azure sets for the kind of distribution.
 */
export function planRanks(launch: Launch, found: Found): Ranks {
  const ranks = planProcesses(launch, found)
  const { devices } = found
  if (devices.length === 0) return ranks
  return { ...ranks, env: { ...ranks.env, CUDA_VISIBLE_DEVICES: devices.join(',') } }
}

function planProcesses(launch: Launch, { ports, devices }: Found): Ranks {
  const size = rankCount(launch)
  const type = launch.distribution?.type
  if (size === 1 && type === undefined)
    return { commands: [{ logFile: 'std_log.txt', argv: bash(launch) }], env: {} }
  const mpirun = type === 'mpi' ? findProgram('mpirun', launch.env['PATH'] ?? '') : undefined
  if (mpirun !== undefined) return planMpirun(launch, mpirun)
  const commands = Array.from({ length: size }, (_, rank) => ({
    logFile: size === 1 ? 'std_log.txt' : `std_log_process_${padRank(rank, size)}.txt`,
    argv: [
      '/usr/bin/env',
      ...rankVariables(launch, rank, ports),
      ...nodeDevices(launch, rank, devices),
      ...bash(launch),
    ],
  }))
  const note =
    type === 'mpi'
      ? `mpirun is not on the path: amlet starts the ${size} processes itself, with Open MPI's variables\n`
      : undefined
  return { commands, env: commonVariables(launch, ports), ...(note && { note }) }
}

function commonVariables(launch: Launch, ports: readonly number[]): Record<string, string> {
  const port = String(ports[0] ?? 0)
  const common = {
    AZUREML_NODE_COUNT: String(launch.nodeCount),
    AZ_BATCH_HOST_LIST: LOCALHOST,
    AZ_BATCH_MASTER_NODE: `${LOCALHOST}:${port}`,
    AZ_BATCHAI_MPI_MASTER_NODE: LOCALHOST,
  }
  const isTorch = launch.distribution?.type !== 'tensorflow' && launch.distribution !== undefined
  if (!isTorch) return common
  const size = String(rankCount(launch))
  return { ...common, MASTER_ADDR: LOCALHOST, MASTER_PORT: port, WORLD_SIZE: size }
}

function rankVariables(launch: Launch, rank: number, ports: readonly number[]): string[] {
  const size = rankCount(launch)
  const local = rank % launch.processCount
  const node = Math.floor(rank / launch.processCount)
  const always = [`AZUREML_CR_NODE_RANK=${node}`, `AZUREML_PROCESS_NAME=rank_${rank}`]
  switch (launch.distribution?.type) {
    case undefined:
      return always
    case 'tensorflow':
      return [...always, `TF_CONFIG=${JSON.stringify(tensorflowConfig(launch, rank, ports))}`]
    case 'mpi':
      return [
        ...always,
        ...openMpi({ rank, size, local, localSize: launch.processCount, node }),
        `RANK=${rank}`,
        `LOCAL_RANK=${local}`,
      ]
    default:
      return [...always, `RANK=${rank}`, `LOCAL_RANK=${local}`, `NODE_RANK=${node}`]
  }
}

/** Each node sees its own GPUs, numbered from 0: a program takes the one of its `LOCAL_RANK`. */
function nodeDevices(launch: Launch, rank: number, devices: readonly string[]): string[] {
  const each = Math.floor(devices.length / launch.nodeCount)
  if (each === 0 || launch.nodeCount === 1) return []
  const node = Math.floor(rank / launch.processCount)
  return [`CUDA_VISIBLE_DEVICES=${devices.slice(node * each, (node + 1) * each).join(',')}`]
}

function openMpi(at: {
  rank: number
  size: number
  local: number
  localSize: number
  node: number
}): string[] {
  return [
    `OMPI_COMM_WORLD_RANK=${at.rank}`,
    `OMPI_COMM_WORLD_SIZE=${at.size}`,
    `OMPI_COMM_WORLD_LOCAL_RANK=${at.local}`,
    `OMPI_COMM_WORLD_LOCAL_SIZE=${at.localSize}`,
    `OMPI_COMM_WORLD_NODE_RANK=${at.node}`,
    `OMPI_UNIVERSE_SIZE=${at.size}`,
  ]
}

/** As Azure's: workers first, then parameter servers; without counts every process is a worker. */
function tensorflowConfig(launch: Launch, rank: number, ports: readonly number[]): unknown {
  const size = rankCount(launch)
  const servers = Number(launch.distribution?.['parameter_server_count'] ?? 0)
  const workers = Math.max(size - servers, 1)
  const hosts = ports.map((port) => `${LOCALHOST}:${port}`)
  const isWorker = rank < workers
  return {
    cluster: {
      worker: hosts.slice(0, workers),
      ...(servers > 0 && { ps: hosts.slice(workers) }),
    },
    task: { type: isWorker ? 'worker' : 'ps', index: isWorker ? rank : rank - workers },
    environment: 'cloud',
  }
}

/** mpirun's own words go to `mpi_log.txt`; each rank writes its own file. */
function planMpirun(launch: Launch, mpirun: string): Ranks {
  const size = rankCount(launch)
  const width = padRank(0, size).length
  const redirect = `exec >>"$0/user_logs/std_log_process_$(printf %0${width}d "$OMPI_COMM_WORLD_RANK").txt" 2>&1; exec "$BASH" -c "$1"`
  const argv = [
    mpirun,
    '-np',
    String(size),
    '--oversubscribe',
    ...(process.getuid?.() === 0 ? ['--allow-run-as-root'] : []),
    BASH,
    '-c',
    redirect,
    launch.runDir,
    launch.command,
  ]
  return {
    commands: [{ logFile: 'mpi_log.txt', argv }],
    env: { AZUREML_NODE_COUNT: String(launch.nodeCount) },
  }
}

function bash(launch: Launch): string[] {
  return [BASH, '-c', launch.command]
}

/** As wide as the largest rank, the way Azure names the files. */
function padRank(rank: number, size: number): string {
  return String(rank).padStart(String(size - 1).length, '0')
}

function findProgram(name: string, searchPath: string): string | undefined {
  return searchPath
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
