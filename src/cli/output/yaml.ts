import { stringify } from 'yaml'
import { sortKeys } from './sort-keys.ts'

/** Block style, sorted keys, text as it is. Read back by YAML 1.1 readers such as Azure's it gives the same values. */
export function formatYaml(value: unknown): string {
  return stringify(sortKeys(value), {
    version: '1.1',
    indentSeq: false,
    singleQuote: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  })
}
