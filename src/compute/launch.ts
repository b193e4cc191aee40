import path from 'node:path'
import { evaluateCommand } from '../core/expressions/template.ts'
import type { LaunchRequest, PlannedProcess } from '../core/plan/job-plan.ts'
import type { Launch, PrepareStep, Slots } from './executor.ts'
import { dataFolder, type PlacedPort, placeOutputPort, placePort } from './launch-ports.ts'
import { type LaunchFacts, launchVariables } from './launch-variables.ts'
import { namedWholeIn } from './named-whole.ts'
import { addParallelDriver } from './parallel/launch-driver.ts'
import { withPrivateEnvironment } from './private-environment.ts'

/** Between SIGTERM and SIGKILL. */
const GRACE_SECONDS = 10

/**
 * Makes the launch of one attempt: Azure's folders below the run folder, a link or copy for each input, a link to
 * the place of each output, the variables of the runtime contract, and the command with all of these filled in.
 */
export function buildLaunch(request: LaunchRequest, facts: LaunchFacts): Launch {
  const { runDir, process } = request
  const workDir = path.join(runDir, 'exe', 'wd')
  const dataDir = dataFolder(runDir)
  const isNamedWhole = namedWholeIn(process.command)
  const inputs = request.inputs.map((input) => placePort(input, dataDir, isNamedWhole))
  const outputs = request.outputs.map((output) => placeOutputPort(output, dataDir))
  const ports = { inputs: valuesOf(inputs), outputs: valuesOf(outputs) }
  const { processCount, nodeCount } = processCounts(process)
  const launch: Launch = {
    attemptId: request.attemptId,
    jobName: request.jobName,
    runDir,
    workDir,
    command: evaluateCommand(process.command, ports),
    env: launchVariables(request, facts, { workDir, dataDir, inputs, outputs }),
    prepare: [
      ...prepareCode(process, workDir),
      ...[...inputs, ...outputs].flatMap((port) => port.prepare),
    ],
    slots: slotsOf(process, processCount * nodeCount, facts.machine),
    ...(process.pool && { pool: process.pool }),
    processCount,
    nodeCount,
    graceSeconds: GRACE_SECONDS,
    ...(process.distribution && { distribution: process.distribution }),
    ...(process.timeoutSeconds !== undefined && { timeoutSeconds: process.timeoutSeconds }),
  }
  return request.parallel === undefined
    ? withPrivateEnvironment(launch)
    : addParallelDriver(launch, request.parallel, {
        ...{ ports, facts },
        inputs: request.inputs,
        asked: process.slots,
      })
}

const valuesOf = (ports: readonly PlacedPort[]) =>
  Object.fromEntries(ports.map(({ name, value }) => [name, value]))

/** A private copy of the code, or an empty folder, with the two folders that are kept as artifacts. */
function prepareCode({ code }: PlannedProcess, workDir: string): PrepareStep[] {
  const copy: PrepareStep[] =
    code === undefined ? [] : [{ op: 'copy', path: workDir, target: code.localPath }]
  const kept = ['outputs', 'logs'].map(
    (name): PrepareStep => ({ op: 'mkdir', path: path.join(workDir, name) }),
  )
  return [...copy, ...kept]
}

/** Processes on each node, and nodes. Tensorflow's workers and parameter servers are counted together. */
function processCounts({ distribution, instanceCount }: PlannedProcess) {
  const nodeCount = Math.max(1, instanceCount)
  switch (distribution?.type) {
    case 'pytorch':
    case 'mpi':
      return { processCount: distribution.process_count_per_instance ?? 1, nodeCount }
    case 'tensorflow': {
      const workers = distribution.worker_count ?? nodeCount
      return { processCount: workers + (distribution.parameter_server_count ?? 0), nodeCount: 1 }
    }
    default:
      return { processCount: 1, nodeCount }
  }
}

/** One CPU a process where it asks for nothing; a job that has more processes than there are CPUs gets all of them. */
function slotsOf(
  { slots, pool }: PlannedProcess,
  processes: number,
  machine: LaunchFacts['machine'],
): Slots {
  const most = Math.min(machine.cpus, pool?.cpus ?? machine.cpus)
  return { cpus: Math.min(most, Math.max(1, processes)), gpus: 0, memoryBytes: 0, ...slots }
}
