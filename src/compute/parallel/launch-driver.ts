import path from 'node:path'
import { evaluateCommand } from '../../core/expressions/template.ts'
import { processesOf, quoteWord, toDriverPlan } from '../../core/parallel/driver-plan.ts'
import type { LaunchRequest, PlacedInput } from '../../core/plan/job-plan.ts'
import type { Launch } from '../executor.ts'
import type { LaunchFacts } from '../launch-variables.ts'

type Values = Readonly<Record<string, string | undefined>>

interface DriverContext {
  readonly ports: { readonly inputs: Values; readonly outputs: Values }
  readonly facts: LaunchFacts
  readonly inputs: readonly PlacedInput[]
  /** What its resources ask for. */
  readonly asked: LaunchRequest['process']['slots']
}

/** Both paths travel as variables, so that no path has to be quoted for the shell. */
const COMMAND = 'exec python -B "$AMLET_PARALLEL_DRIVER" "$AMLET_PARALLEL_PLAN"'

/** Turns the launch of a parallel job into one that starts the driver, with its plan in the run folder. */
export function addParallelDriver(
  launch: Launch,
  { settings, mltable }: NonNullable<LaunchRequest['parallel']>,
  { ports, facts, inputs, asked }: DriverContext,
): Launch {
  const folder = path.join(launch.runDir, 'parallel')
  const planPath = path.join(folder, 'plan.json')
  const divided = inputs.find(({ name }) => name === settings.inputName)
  const plan = toDriverPlan({
    settings,
    // A `direct` input is a URI for the script; the driver reads the bytes themselves.
    input: {
      path:
        divided?.mode === 'direct'
          ? (divided.path ?? '')
          : (ports.inputs[settings.inputName] ?? ''),
    },
    ...(mltable && { mltable }),
    evaluate: (template, { quote }) => evaluateCommand(template, quote ? quoteAll(ports) : ports),
    planPath,
    stateDir: path.join(folder, 'state'),
    logDir: path.join(launch.workDir, 'logs', 'user'),
    machine: facts.machine,
  })
  const output = Object.values(ports.outputs)[0]
  return {
    ...launch,
    command: COMMAND,
    env: {
      ...launch.env,
      AMLET_PARALLEL_DRIVER: facts.parallelDriver,
      AMLET_PARALLEL_PLAN: planPath,
      AMLET_LOGGING_LEVEL: settings.loggingLevel,
      ...(output !== undefined && { AMLET_PARALLEL_OUTPUT: output }),
    },
    prepare: [...launch.prepare, { op: 'write', path: planPath, text: JSON.stringify(plan) }],
    slots: { ...launch.slots, cpus: asked?.cpus ?? cpusOf(settings, facts, launch) },
    processCount: 1,
    nodeCount: 1,
  }
}

function cpusOf(
  settings: NonNullable<LaunchRequest['parallel']>['settings'],
  { machine }: LaunchFacts,
  { pool }: Launch,
): number {
  const most = Math.min(machine.cpus, pool?.cpus ?? machine.cpus)
  return Math.min(most, Math.max(1, processesOf(settings, machine)))
}

function quoteAll({ inputs, outputs }: DriverContext['ports']) {
  const quoted = (values: Values) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, value && quoteWord(value)]),
    )
  return { inputs: quoted(inputs), outputs: quoted(outputs) }
}
