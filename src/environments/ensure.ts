import type { EnvironmentEntity } from '../core/entity.ts'
import type { CondaSource } from '../core/environment/conda-source.ts'
import { buildEnvironment } from './build.ts'
import type { BuiltEnvironment } from './folder.ts'
import { machineEnvironment } from './machine.ts'
import { resolveEnvironment } from './resolve.ts'

export interface EnvironmentRequest {
  readonly home: string
  readonly entity: EnvironmentEntity
  readonly log: (line: string) => void
  /** The conda file's text, so that a failure names its line. */
  readonly source?: CondaSource | undefined
  readonly signal?: AbortSignal | undefined
  readonly allowNearPython?: boolean
  /** `machine` takes the machine's own Python and whatever it has, as `--env machine` asks. */
  readonly use?: 'built' | 'machine'
}

/**
 * Gives what a job's processes run in, building it when it is not there.
 *
 * @throws AmletError as `resolveEnvironment` and `buildEnvironment` do.
 */
export async function ensureEnvironment(request: EnvironmentRequest): Promise<BuiltEnvironment> {
  const { entity, source, use = 'built', ...rest } = request
  if (use === 'built')
    return buildEnvironment({ ...rest, plan: resolveEnvironment(entity, source) })
  const machine = await machineEnvironment()
  for (const { text } of machine.notes) request.log(`note: ${text}`)
  return machine
}
