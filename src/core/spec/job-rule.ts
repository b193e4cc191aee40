import { closest, didYouMean, withArticle } from '../suggest.ts'
import { checkTexts, declaredNames, namesUnder } from './component-rule.ts'
import { finishPipeline, type Scope } from './pipeline.ts'
import { below, type Place, report } from './place.ts'
import { checkAgainstPort, isPrimitive } from './port.ts'
import { checkSampling, fieldPlace } from './sweep-rule.ts'

type Value = Record<string, unknown>

/** What a command job's command uses must be among its inputs and outputs. */
export function finishCommandJob(place: Place, value: Value): void {
  value['type'] = 'command'
  checkTexts(place, value, declaredNames(place))
}

export function finishSweepJob(place: Place, value: Value): void {
  checkSampling(place, value)
  const trial = value['trial']
  if (typeof trial !== 'object' || trial === null) return
  checkTexts(fieldPlace(place, 'trial'), trial as Value, {
    ...declaredNames(place),
    searchSpace: namesUnder(place, 'search_space'),
  })
}

export function finishPipelineJob(place: Place, value: Value): void {
  const { component } = value
  warnAboutLimits(place, value)
  if (component !== undefined && value['jobs'] !== undefined)
    report(fieldPlace(place, 'component'), {
      code: 'InvalidValue',
      message: 'a pipeline job has "jobs" or "component", not both',
      hint: 'take one of them away',
      atKey: true,
    })
  else if (component !== undefined) {
    finishComponentJob(place, value)
    return
  } else if (value['jobs'] === undefined) warnNoSteps(place)
  const scope = finishPipeline(place, value, true)
  checkCompute(scope, value)
  checkEnds(scope, value)
  warnUnused(scope)
}

function warnAboutLimits(place: Place, value: Value): void {
  if (value['limits'] === undefined) return
  report(fieldPlace(place, 'limits'), {
    code: 'UnknownField',
    severity: 'warning',
    message: "Azure's client refuses limits of a whole pipeline",
    hint: 'amlet ends the job after them; for Azure give them to its steps',
    atKey: true,
  })
}

/** The steps that run first and last are steps of the pipeline, and two of them. */
function checkEnds(scope: Scope, value: Value): void {
  const settings = (value['settings'] ?? {}) as Value
  const place = fieldPlace(scope.place, 'settings')
  const { on_init: first, on_finalize: last } = settings
  for (const name of ['on_init', 'on_finalize']) {
    const step = settings[name]
    if (typeof step !== 'string' || scope.nodePlaces.has(step)) continue
    report(fieldPlace(place, name), {
      code: 'BindingNotFound',
      message: `the pipeline has no step "${step}"`,
      hint: didYouMean(step, scope.nodePlaces.keys()),
    })
  }
  if (first !== undefined && first === last)
    report(fieldPlace(place, 'on_finalize'), {
      code: 'InvalidValue',
      message: `"${String(first)}" cannot be both the first step and the last`,
    })
}

function warnNoSteps(place: Place): void {
  const { node } = place
  if (node.kind !== 'map' || node.byName.has('jobs') || node.byName.has('component')) return
  if (node.entries.some(({ name }) => name === 'steps' || closest(name, ['jobs']) === 'jobs'))
    return
  report(place, {
    code: 'MissingField',
    severity: 'warning',
    message: 'this pipeline has no steps',
    hint: 'add "jobs:" with the steps',
    atKey: true,
  })
}

/** A pipeline component run as a job: its steps are the job's, its inputs are checked like a step's. */
function finishComponentJob(place: Place, value: Value): void {
  const component = value['component']
  if (typeof component !== 'object' || component === null) return
  value['jobs'] = (component as Value)['jobs'] ?? {}
  const ports = ((component as Value)['inputs'] ?? {}) as Record<string, Value>
  const given = (value['inputs'] ?? {}) as Value
  const inputs = fieldPlace(place, 'inputs')
  for (const [name, port] of Object.entries(ports)) {
    const entry = inputs.node.kind === 'map' ? inputs.node.byName.get(name) : undefined
    if (entry === undefined && port['optional'] !== true && port['default'] === undefined)
      report(place, {
        code: 'MissingField',
        message: `the input "${name}" of the component is not given`,
        hint: `add "${name}:" under "inputs:", ${withArticle(String(port['type']))}`,
        atKey: true,
      })
    const literal = given[name]
    if (entry === undefined || literal === undefined || typeof literal === 'object') continue
    if (isPrimitive(port['type'])) checkAgainstPort(below(inputs, entry), literal, port)
  }
}

const NEEDS_COMPUTE = new Set(['command', 'parallel', 'sweep'])

/** Azure refuses a pipeline whose steps have nowhere to run; so that files stay portable, amlet does too. */
function checkCompute(scope: Scope, value: Value): void {
  const settings = value['settings'] as Value | undefined
  if (value['compute'] !== undefined || settings?.['default_compute'] !== undefined) return
  const { place } = scope
  const typed =
    place.node.kind === 'map' &&
    (place.node.byName.has('compute') || fieldHas(fieldPlace(place, 'settings'), 'default_compute'))
  if (typed) return
  for (const [name, node] of scope.jobs) {
    if (node['compute'] !== undefined || !needsCompute(node)) continue
    const at = scope.nodePlaces.get(name) ?? place
    if (fieldHas(at, 'compute')) continue
    report(at, {
      code: 'MissingField',
      message: `the step "${name}" has no compute, and the pipeline names none`,
      hint: 'add "compute:" to the pipeline, or "default_compute: serverless" under "settings:"',
      atKey: true,
    })
  }
}

function fieldHas(place: Place, name: string): boolean {
  return place.node.kind === 'map' && place.node.byName.has(name)
}

function needsCompute(node: Value): boolean {
  if (node['type'] !== 'pipeline') return NEEDS_COMPUTE.has(String(node['type']))
  const component = node['component']
  if (typeof component !== 'object' || component === null) return false
  const inner = Object.values(((component as Value)['jobs'] ?? {}) as Record<string, Value>)
  return inner.some((child) => child['compute'] === undefined && needsCompute(child))
}

function warnUnused(scope: Scope): void {
  const inputs = fieldPlace(scope.place, 'inputs')
  if (inputs === scope.place || inputs.node.kind !== 'map' || scope.jobs.size === 0) return
  if (scope.jobs.size < scope.nodePlaces.size) return
  for (const entry of inputs.node.entries) {
    if (scope.used.has(entry.name) || !scope.inputs.has(entry.name)) continue
    report(below(inputs, entry), {
      code: 'BindingNotFound',
      severity: 'warning',
      message: `no step reads the input "${entry.name}"`,
      hint: `bind it with \${{parent.inputs.${entry.name}}}, or take it away`,
      atKey: true,
    })
  }
}
