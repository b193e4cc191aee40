import { checkValue } from './check.ts'
import { kindOf } from './check-reference.ts'
import { joinPath } from './paths.ts'
import { type Place, report } from './place.ts'
import { severityFor } from './placeholder.ts'
import { fieldPlace } from './sweep-rule.ts'
import { modelReference } from './tables/deployment.ts'

type Value = Record<string, unknown>

export function checkDeploymentName(place: Place, text: string): void {
  if (/^[a-zA-Z][a-zA-Z0-9-]{2,31}$/.test(text) && !text.endsWith('-')) return
  report(place, {
    code: 'InvalidValue',
    message: `"${text}" is not a name of a deployment`,
    hint: 'names are 3 to 32 letters, digits and "-", begin with a letter and do not end in "-"',
  })
}

/** A model without a name is made for its deployment alone, as version 1. */
export function fillModel(place: Place, value: Value): void {
  value['type'] ??= 'custom_model'
  if (value['name'] !== undefined) return
  value['version'] ??= '1'
  if (value['version'] !== '1')
    report(fieldPlace(place, 'version'), {
      code: 'MissingField',
      message: 'this model has a version but no name',
      hint: 'add "name:", or take the version away',
      atKey: true,
    })
}

/** A model by a bare path is a common slip; Azure takes a reference or a mapping. */
export function readModel(place: Place): unknown {
  const { node } = place
  const path = node.kind === 'scalar' && /^\.{0,2}\//.test(node.text) ? node.text : undefined
  if (path === undefined) return checkValue(modelReference, place)
  report(place, {
    code: 'InvalidReference',
    message: `"${path}" is a path, and a model is a reference or a mapping`,
    hint: `write "model:" and below it "path: ${path}"`,
  })
  return undefined
}

/** The script has to be in the code folder. */
export function checkScript(place: Place, value: Value): void {
  const { code, scoring_script: script } = value
  if (typeof code !== 'string' || typeof script !== 'string' || !code.startsWith('/')) return
  if (kindOf(place, code) !== 'folder' || kindOf(place, joinPath(code, script)) === 'file') return
  report(fieldPlace(place, 'scoring_script'), {
    code: 'FileNotFound',
    message: script === '' ? 'the scoring_script is empty' : `there is no ${script} in ${code}`,
    ...severityFor(script),
    hint: 'the path is taken from the code folder',
  })
}

export function checkBatchOutput(place: Place, value: Value): void {
  if (value['output_action'] !== 'summary_only' || value['output_file_name'] === undefined) return
  report(fieldPlace(place, 'output_file_name'), {
    code: 'InvalidValue',
    message: 'with output_action summary_only no file is written',
    hint: 'take output_file_name away',
    atKey: true,
  })
}

/** The threshold of the settings is shown at the root as well, as Azure's client does. */
export function liftErrorThreshold(_place: Place, value: Value): void {
  const settings = value['settings'] as Value | undefined
  if (settings?.['error_threshold'] !== undefined)
    value['error_threshold'] ??= settings['error_threshold']
}
