import { type Binding, expressionsOf, parseTemplate } from '../expressions/template.ts'
import { didYouMean } from '../suggest.ts'
import { child, isNull } from '../yaml/node.ts'
import { type Place, report } from './place.ts'
import { fieldPlace } from './sweep-rule.ts'

type Value = Record<string, unknown>

/** The names that a command may use; undefined where what declares them did not pass. */
export interface Names {
  readonly inputs: readonly string[] | undefined
  readonly outputs: readonly string[] | undefined
  /** Left out where there can be no search space. */
  readonly searchSpace?: readonly string[] | undefined
}

/** What a component's texts bind to must be among its inputs and outputs. */
export function checkComponent(place: Place, value: Value): void {
  checkTexts(place, value, declaredNames(place))
  warnAboutOptional(place, value)
  warnAboutVariables(place, value)
}

/** What a mapping declares under `inputs` and `outputs`, also where it did not pass: that has been told already. */
export function declaredNames(place: Place): Names {
  return { inputs: namesUnder(place, 'inputs'), outputs: namesUnder(place, 'outputs') }
}

/** Keys as they are written; undefined for what should be a mapping and is none. */
export function namesUnder(place: Place, field: string): readonly string[] | undefined {
  const section = child(place.node, field)
  if (section === undefined || isNull(section)) return []
  return section.kind === 'map' ? section.entries.map(({ name }) => name) : undefined
}

/** Of a component file: a step may have them, and in what the SDK writes of a step its component has them too. */
function warnAboutVariables(place: Place, value: Value): void {
  if (value['environment_variables'] === undefined || place.entry !== undefined) return
  report(fieldPlace(place, 'environment_variables'), {
    code: 'UnknownField',
    severity: 'warning',
    message: "Azure's client passes over the environment_variables of a component",
    hint: 'amlet takes them; for Azure give them to the steps that use the component',
    atKey: true,
  })
}

/** All texts of a command or parallel task that are evaluated when a process starts. */
export function checkTexts(place: Place, value: Value, names: Names): void {
  checkText(place, value, 'command', names)
  const task = value['task']
  if (typeof task !== 'object' || task === null) return
  checkText(place, value, 'input_data', names)
  const inTask = fieldPlace(place, 'task')
  checkText(inTask, task as Value, 'program_arguments', names)
  checkText(inTask, task as Value, 'append_row_to', names)
  checkParallel(place, value)
}

function checkText(place: Place, value: Value, field: string, names: Names): void {
  const text = value[field]
  if (typeof text !== 'string' || !text.includes('${{')) return
  const at = fieldPlace(place, field)
  for (const part of expressionsOf(parseTemplate(text))) {
    const found = wrongName(part.binding, names)
    if (found !== undefined) report(at, { code: 'BindingNotFound', ...found, offset: part.start })
  }
}

function wrongName(
  binding: Binding,
  names: Names,
): { readonly message: string; readonly hint?: string | undefined } | undefined {
  if (binding.from === 'inputs' || binding.from === 'outputs') {
    const known = names[binding.from]
    if (known === undefined || known.includes(binding.name)) return undefined
    const kind = binding.from === 'inputs' ? 'input' : 'output'
    return {
      message: `there is no ${kind} "${binding.name}"`,
      hint: didYouMean(binding.name, known) ?? listOf(kind, known),
    }
  }
  if (binding.from === 'search_space' && 'searchSpace' in names) {
    if (names.searchSpace?.includes(binding.name) ?? true) return undefined
    return {
      message: `there is no "${binding.name}" in the search space`,
      hint:
        didYouMean(binding.name, names.searchSpace ?? []) ??
        listOf('search_space', names.searchSpace ?? []),
    }
  }
  return {
    message: `"${describe(binding)}" names nothing that a command can use`,
    hint:
      binding.from === 'search_space'
        ? `in a pipeline what a sweep varies is an input of its trial: declare it there and use \${{inputs.${binding.name}}}`
        : 'a command uses ${{inputs.<name>}} and ${{outputs.<name>}}, and ${{search_space.<name>}} in the trial of a sweep job',
  }
}

function describe(binding: Binding): string {
  if (binding.from === 'parent.jobs')
    return `parent.jobs.${binding.job}.${binding.port}.${binding.name}`
  return binding.from === 'unknown' || binding.from === 'macro'
    ? binding.name
    : `${binding.from}.${binding.name}`
}

function listOf(kind: keyof typeof PLACES, known: readonly string[]): string {
  const { field, many } = PLACES[kind]
  return known.length === 0
    ? `declare it under "${field}:"`
    : `the ${many} are ${known.slice(0, 12).join(', ')}`
}

const PLACES = {
  input: { field: 'inputs', many: 'inputs' },
  output: { field: 'outputs', many: 'outputs' },
  search_space: { field: 'search_space', many: 'values' },
}

function checkParallel(place: Place, value: Value): void {
  if (value['partition_keys'] !== undefined && value['mini_batch_size'] !== undefined)
    report(fieldPlace(place, 'partition_keys'), {
      code: 'InvalidValue',
      severity: 'warning',
      message: 'partition_keys make the mini-batches, and mini_batch_size is not used',
      hint: 'keep one of the two',
      atKey: true,
    })
  if (value['input_data'] === undefined)
    report(place, {
      code: 'MissingField',
      message: '"input_data" is missing in this parallel step',
      hint: 'add "input_data: ${{inputs.<name>}}", the input that is cut into mini-batches',
      atKey: true,
    })
}

/** Published components have counts below one, for whoever uses them to replace. */
export function warnAboutCount(place: Place, value: Value): void {
  const count = value['instance_count']
  if (typeof count === 'number' && count < 1)
    report(fieldPlace(place, 'instance_count'), {
      code: 'InvalidValue',
      severity: 'warning',
      message: `${count} nodes run nothing`,
      hint: 'a step that uses the component has to say how many',
    })
}

/** An optional input outside of `$[[…]]` has nothing to stand for when it is left out. */
function warnAboutOptional(place: Place, value: Value): void {
  const text = value['command']
  const inputs = value['inputs']
  if (typeof text !== 'string' || typeof inputs !== 'object' || inputs === null) return
  if (!text.includes('${{')) return
  for (const part of parseTemplate(text).parts) {
    if (part.type !== 'expression' || part.binding.from !== 'inputs') continue
    const port = (inputs as Record<string, Value | undefined>)[part.binding.name]
    if (port?.['optional'] !== true || port['default'] !== undefined) continue
    report(fieldPlace(place, 'command'), {
      code: 'BindingNotFound',
      severity: 'warning',
      message: `the input "${part.binding.name}" is optional and may have no value here`,
      hint: `write $[[ … \${{inputs.${part.binding.name}}} ]] around what is to be left out with it`,
      offset: part.start,
    })
  }
}
