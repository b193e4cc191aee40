import { inputsNamedWhole } from '../core/expressions/template.ts'
import { pathVariables } from './launch-variables.ts'

/** A variable where it is not the beginning of a path. */
const VARIABLE = /\$\{?(\w+)\b\}?(?![}/])/g

/**
 * Tells whether a command names an input by itself, by its expression or by a variable that holds its path, as in
 * `cp -r $AZURE_ML_INPUT_x .`, and not only as the beginning of a path, as in `cat ${{inputs.x}}/rows.csv`.
 */
export function namedWholeIn(command: string): (input: string) => boolean {
  const inputs = inputsNamedWhole(command)
  const variables = new Set([...command.matchAll(VARIABLE)].map(([, name]) => name))
  return (input) =>
    inputs.has(input) || Object.values(pathVariables(input)).some((name) => variables.has(name))
}
