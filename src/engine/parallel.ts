import { existsSync } from 'node:fs'
import path from 'node:path'
import { readTable } from '../assets/mltable.ts'
import type { ParallelComponent, ParallelNode, Resources } from '../core/entity.ts'
import { AmletError } from '../core/errors.ts'
import { isMapping } from '../core/mapping.ts'
import type { MltableBody } from '../core/parallel/driver-plan.ts'
import { type ParallelSettings, toParallelSettings } from '../core/parallel/settings.ts'
import type { JobPlan } from '../core/plan/job-plan.ts'

/** The settings of a parallel job: its component's, with what the step says of its own on top. */
export function parallelSettingsOf({ controlled }: JobPlan): ParallelSettings {
  const node = controlled?.['node'] as ParallelNode
  const component = controlled?.['component'] as ParallelComponent | null
  const given = Object.fromEntries(
    Object.entries(node).filter(([, value]) => value !== undefined && value !== null),
  )
  const fields = { ...component, ...given, task: { ...component?.task, ...node.task } }
  const resources: Resources = { ...component?.resources, ...node.resources }
  return toParallelSettings(fields as ParallelNode, resources)
}

/**
 * The MLTable file of a table folder, with the paths of this workspace's datastores as paths on this machine; undefined
 * where there is none, since a folder of files can be divided too.
 *
 * @throws AmletError `YamlSyntax` when it is not a mapping.
 */
export function readMltable(
  folder: string | undefined,
  locate: (uri: string) => string,
): MltableBody | undefined {
  const file = folder === undefined ? '' : path.join(folder, 'MLTable')
  if (!existsSync(file)) return undefined
  const body = readTable(file)
  if (isMapping(body)) return withLocalPaths(body as MltableBody, locate)
  throw new AmletError({
    code: 'YamlSyntax',
    message: `"${file}" is not an MLTable: it must be a mapping`,
  })
}

function withLocalPaths(body: MltableBody, locate: (uri: string) => string): MltableBody {
  if (!Array.isArray(body.paths)) return body
  const toLocal = (value: unknown) =>
    typeof value === 'string' && /^azureml:\/\/.*\/?datastores\//.test(value)
      ? locate(value)
      : value
  const paths = body.paths.map((entry) =>
    Object.fromEntries(Object.entries(entry).map(([kind, value]) => [kind, toLocal(value)])),
  )
  return { ...body, paths } as MltableBody
}
