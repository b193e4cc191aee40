import { parseReference } from '../refs/parse.ts'
import type { MapNode } from '../yaml/node.ts'
import { checkFields, checkValue, expectMap, pickTable } from './check.ts'
import { expectText, reportReference } from './check-reference.ts'
import { INVALID } from './invalid.ts'
import { applyOverlay } from './overlay.ts'
import { folderOf } from './paths.ts'
import { absolute, below, type Place, report } from './place.ts'
import { readTree } from './read-file.ts'
import { job } from './tables/job.ts'
import { createJob } from './tables/schedule.ts'

type Value = Record<string, unknown>

/** A schedule without anything to create would never do anything. */
export function finishSchedule(place: Place, value: Value): void {
  const { node } = place
  const has = (name: string): boolean => node.kind === 'map' && node.byName.has(name)
  if (
    value['create_job'] !== undefined ||
    has('create_job') ||
    has('create_monitor') ||
    has('import_data')
  )
    return
  report(place, {
    code: 'MissingField',
    message: '"create_job" is missing in this schedule',
    hint: 'add "create_job:" with a job file',
    atKey: true,
  })
}

/** The job of a schedule: a reference, or the job itself with what the schedule changes laid over it. */
export function readCreateJob(place: Place): unknown {
  if (place.node.kind !== 'map') return readJob(place, undefined)
  const map = expectMap(place, 'create_job')
  if (map === undefined) return INVALID
  if (isWholeJob(map)) return checkValue({ ...job, default: 'pipeline' }, place)
  const table = pickTable(createJob, map, place)
  if (table === undefined) return INVALID
  const value = checkFields({ ...table, fields: { ...table.fields, job: JOB_FIELD } }, map, place)
  const entry = map.byName.get('job')
  if (entry === undefined) return INVALID
  const base = readJob(
    below(place, entry),
    typeof value['type'] === 'string' ? value['type'] : undefined,
  )
  if (base === INVALID) return INVALID
  const { job: _job, type, ...changes } = value
  if (typeof base === 'string')
    return { ...(type === undefined ? {} : { type }), job: base, ...changes }
  return applyOverlay(base as Value, changes)
}

/** As `schedule show` prints it: the job itself, in place of a file that is one. */
function isWholeJob({ byName }: MapNode): boolean {
  return !byName.has('job') && ['jobs', 'command', 'trial'].some((name) => byName.has(name))
}

/** The text of `job:` is looked up by `readJob`; here it only has to be there. */
const JOB_FIELD = {
  type: { kind: 'any' },
  required: true,
  doc: 'the job file, or azureml:<job>',
} as const

function readJob(place: Place, type: string | undefined): unknown {
  const text = expectText(place, 'a job: a file, or azureml:<job>')
  if (text === undefined) return INVALID
  const found = parseReference(
    text.startsWith('azureml:') ? text : `file:${text.replace(/^file:/, '')}`,
    {
      kind: 'job',
    },
  )
  if (found.type === 'problem') {
    reportReference(place, found)
    return INVALID
  }
  if (found.type !== 'local') return text
  const path = absolute(place, found.path)
  const root = readTree(place, path, 'job file')
  if (root === undefined) return INVALID
  place.load.links.set(place.node, root)
  const inner: Place = { ...place, node: root, entry: undefined, baseDir: folderOf(path) }
  return checkValue({ ...job, default: type ?? 'command' }, inner)
}
