import { isMapping } from '../../core/mapping.ts'
import { formatJson } from './json.ts'
import type { Outcome } from './outcome.ts'
import { compareText, sortedKeys } from './python-text.ts'

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
  return formatValue(found, outcome, options)
}

async function search(value: unknown, query: string): Promise<unknown> {
  if (value === undefined || value === null) return undefined
  if (query === '?') return isMapping(value) ? sortedKeys(value) : keysOfRows(value)
  const { applyQuery } = await import('./query.ts')
  return applyQuery(value, query)
}

/** `--query '?'` lists what could be asked for. */
function keysOfRows(value: unknown): string[] {
  const rows = Array.isArray(value) ? value.filter(isMapping) : []
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].sort(compareText)
}

async function formatValue(
  value: unknown,
  outcome: Outcome,
  { output, query, hasColour }: PrintOptions,
): Promise<string> {
  const isQuery = query !== undefined
  switch (output) {
    case 'none':
      return ''
    case 'table': {
      const { formatTable } = await import('./table.ts')
      const options = { columns: outcome.table, isQuery, isBuilt: builtApartFrom(outcome.value) }
      return formatTable(value, options)
    }
    case 'tsv':
      return (await import('./tsv.ts')).formatTsv(value, builtApartFrom(outcome.value))
    case 'yaml':
    case 'yamlc': {
      const text = (await import('./yaml.ts')).formatYaml(value)
      if (output === 'yaml' || !hasColour) return text
      return (await import('./colour.ts')).colourYaml(text)
    }
    default: {
      const text = formatJson(value)
      if (output === 'json' || !hasColour) return text
      return (await import('./colour.ts')).colourJson(text)
    }
  }
}

/** True for mappings that are no part of a result: its query made them, in an order of its own. */
function builtApartFrom(result: unknown): (mapping: object) => boolean {
  const own = new WeakSet<object>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    own.add(value)
    for (const item of Object.values(value)) visit(item)
  }
  visit(result)
  return (mapping) => !own.has(mapping)
}
