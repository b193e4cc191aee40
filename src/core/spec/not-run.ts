import { asMapping, isMapping, type Mapping } from '../mapping.ts'
import type { SpecKind } from './kind.ts'
import type { FOREIGN_STEPS } from './tables/job.ts'

/** A part of a job or component that is read but not run. */
export interface NotRun {
  /** Dotted path of what says so. */
  readonly path: string
  /** One sentence that names it. */
  readonly message: string
  /** What to do instead. */
  readonly hint: string
}

type Part = 'job' | 'step' | 'component'

/** What else does the work of a kind, by its `type:`. */
const INSTEAD: Readonly<Record<(typeof FOREIGN_STEPS)[number], string>> = {
  spark: 'start the script in a command, with pyspark in its environment',
  automl: 'write a training script, and vary what it takes with a job of type sweep',
  import: 'fetch the data in a command, or register it: amlet data create',
  finetuning: 'run the training script as a command job',
  distillation: 'run the training script as a command job',
  data_transfer: 'copy the data in a command: cp -r ${{inputs.<name>}}/. ${{outputs.<name>}}',
  flow: 'start the flow in a command, with promptflow in its environment',
}

const FOREIGN: ReadonlyMap<unknown, string> = new Map(Object.entries(INSTEAD))

/**
 * Everything in a job, schedule or component that amlet does not run, however deep it stands, in the order of
 * the entity. Also for an entity of which parts are missing because they did not pass.
 */
export function findNotRun(kind: SpecKind, entity: Mapping): readonly NotRun[] {
  const found: NotRun[] = []
  if (kind === 'job' || kind === 'component') visit(found, { part: kind, path: '', value: entity })
  if (kind === 'schedule') visitSchedule(found, entity)
  return found
}

function visitSchedule(found: NotRun[], schedule: Mapping): void {
  const job = schedule['create_job']
  if (isMapping(job)) visit(found, { part: 'job', path: 'create_job.', value: job })
  const hint = 'write a job that does it, and name it under "create_job:"'
  for (const [path, what] of [
    ['create_monitor', 'monitors'],
    ['import_data', 'data imports'],
  ] as const)
    if (schedule[path] !== undefined)
      found.push({ path, message: `${what} are not run by amlet`, hint })
}

interface Visited {
  readonly part: Part
  /** Of its fields: empty, or with a dot at its end. */
  readonly path: string
  readonly value: Mapping
}

function visit(found: NotRun[], { part, path, value }: Visited): void {
  const type = value['type']
  const hint = FOREIGN.get(type)
  if (hint !== undefined) {
    const what = type === 'flow' ? 'prompt flows' : `${String(type)} ${part}s`
    found.push({ path: `${path}type`, message: `${what} are not run by amlet`, hint })
    return
  }
  visitFields(found, path, value)
  for (const name of ['component', 'trial']) {
    const inner = value[name]
    if (isMapping(inner)) visit(found, { part: 'component', path: `${path}${name}.`, value: inner })
  }
  for (const [name, step] of Object.entries(asMapping(value['jobs'])))
    visit(found, { part: 'step', path: `${path}jobs.${name}.`, value: asMapping(step) })
}

/** What amlet runs, but not with this. */
function visitFields(found: NotRun[], path: string, value: Mapping): void {
  if (asMapping(value['distribution'])['type'] === 'ray')
    found.push({
      path: `${path}distribution.type`,
      message: 'amlet starts no cluster of Ray for a job',
      hint: 'take "distribution:" away; ray.init() then starts one on this machine',
    })
  if (asMapping(value['task'])['type'] === 'model')
    found.push({
      path: `${path}task.type`,
      message: 'parallel tasks of type model are not run by amlet',
      hint: 'write "type: run_function", with an entry_script that loads the model',
    })
  const settings = asMapping(value['settings'])
  for (const [name, instead] of Object.entries(ENDS))
    if (settings[name] !== undefined)
      found.push({
        path: `${path}settings.${name}`,
        message: `amlet has no ${name}: every step starts when what it reads is there`,
        hint: instead,
      })
}

const ENDS = {
  on_init: 'take the line away, and let the other steps read an output of this one',
  on_finalize: 'take the line away, and let this step read an output of those before it',
}
