import type { Outcome } from './outcome.ts'
import { isMapping, sortKeys } from './sort-keys.ts'

interface PrintOptions {
  readonly output: string
  readonly query: string | undefined
  readonly hasColour: boolean
}

/** The text for stdout: the outcome's value after the query, in the chosen format. */
export async function printOutcome(outcome: Outcome, options: PrintOptions): Promise<string> {
  if (outcome.text !== undefined) return outcome.text
  const { query } = options
  const found = query === undefined ? outcome.value : await search(outcome.value, query)
  if (found === null || found === undefined) return ''
  return formatValue(found, { ...options, columns: outcome.table })
}

async function search(value: unknown, query: string): Promise<unknown> {
  if (value === undefined || value === null) return undefined
  if (query === '?') return isMapping(value) ? Object.keys(value).sort() : keysOfRows(value)
  const { applyQuery } = await import('./query.ts')
  return applyQuery(value, query)
}

/** `--query '?'` lists what could be asked for. */
function keysOfRows(value: unknown): string[] {
  const rows = Array.isArray(value) ? value.filter(isMapping) : []
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].sort()
}

async function formatValue(
  value: unknown,
  options: PrintOptions & { readonly columns: Outcome['table'] },
): Promise<string> {
  const { output, query, columns, hasColour } = options
  const isQuery = query !== undefined
  switch (output) {
    case 'none':
      return ''
    case 'table':
      return (await import('./table.ts')).formatTable(value, { columns, isQuery })
    case 'tsv':
      return (await import('./tsv.ts')).formatTsv(value, isQuery)
    case 'yaml':
    case 'yamlc': {
      const text = (await import('./yaml.ts')).formatYaml(value)
      if (output === 'yaml' || !hasColour) return text
      return (await import('./colour.ts')).colourYaml(text)
    }
    default: {
      const text = `${JSON.stringify(sortKeys(value), null, 2)}\n`
      if (output === 'json' || !hasColour) return text
      return (await import('./colour.ts')).colourJson(text)
    }
  }
}
