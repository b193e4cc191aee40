import { withArticle } from '../suggest.ts'
import { type Field, type FieldType, type Table, tableOf } from './field.ts'
import { SCHEMA_TYPES } from './json-schema.ts'

/** The reference page of all kinds in Markdown, written from the tables that the checker reads. */
export function referencePage(): string {
  const seen = new Set<Table>()
  const waiting: Table[] = Object.values(SCHEMA_TYPES).flatMap(tablesOf)
  const sections: string[] = []
  for (let table = waiting.shift(); table !== undefined; table = waiting.shift()) {
    if (seen.has(table)) continue
    seen.add(table)
    sections.push(section(table))
    waiting.push(...Object.values(table.fields).flatMap((field) => tablesOf(field.type)))
  }
  return `${HEAD}\n${sections.join('\n')}`
}

const HEAD = `# YAML reference

Written from the tables that check your files (\`src/core/spec/tables/\`) by \`node scripts/reference.mjs\`; a test keeps it current.
**bold** fields are required. Words are compared without case. \`amlet schema KIND\` gives the same as JSON Schema.
`

function section(table: Table): string {
  const rows = Object.entries(table.fields)
    .filter(([, field]) => !field.readOnly)
    .map(([name, field]) => row(name, field))
  const kept = Object.keys(table.fields).filter((name) => table.fields[name]?.readOnly)
  const notes = [
    ...(table.unknown === 'warn' || table.unknown === 'drop'
      ? ['Other fields are a warning.']
      : []),
    ...(table.unknown === 'keep' ? ['Other fields are kept as they are.'] : []),
    ...(kept.length === 0
      ? []
      : [`Dropped silently: ${kept.map((name) => `\`${name}\``).join(', ')}.`]),
  ]
  const body = ['| field | type | what it is | default |', '|---|---|---|---|', ...rows].join('\n')
  return `## ${table.title}\n\n${body}\n${notes.length === 0 ? '' : `\n${notes.join(' ')}\n`}`
}

function row(name: string, field: Field): string {
  const shown = field.required ? `**${name}**` : name
  const standard = field.fill ?? field.default ?? ''
  return `| ${shown} | ${describe(field.type)} | ${cell(field.doc)} | ${cell(String(standard))} |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function describe(type: FieldType): string {
  switch (type.kind) {
    case 'text':
      return 'text'
    case 'integer':
      return range('whole number', type)
    case 'number':
      return range('number', type)
    case 'word':
      return type.values.map((word) => `\`${word}\``).join(', ')
    case 'map':
      return `mapping of ${describe(type.value)}`
    case 'list':
      return type.orOne ? `${describe(type.item)}, or a list` : `list of ${describe(type.item)}`
    case 'choice':
      return [...new Set(type.members.map(describe))].join(' or ')
    case 'tagged':
      return `${type.title}: ${Object.keys(type.tables)
        .map((word) => `\`${word}\``)
        .join(', ')}`
    case 'object':
      return tableOf(type.table).title
    case 'reference':
      return `reference to ${withArticle(type.of)}`
    case 'path':
      return type.orReference === undefined ? 'local path' : 'local path or reference'
    case 'bindable':
      return `${describe(type.type)} or \`\${{…}}\``
    case 'custom':
      return describe(type.like)
    case 'literal':
      return 'text, number or boolean'
    default:
      return type.kind
  }
}

function range(
  what: string,
  { min, max }: { readonly min?: number; readonly max?: number },
): string {
  if (min !== undefined && max !== undefined) return `${what}, ${min} to ${max}`
  if (min !== undefined) return `${what}, at least ${min}`
  return max === undefined ? what : `${what}, at most ${max}`
}

/** The tables that a type leads to, one step deep. */
function tablesOf(type: FieldType): readonly Table[] {
  switch (type.kind) {
    case 'object':
      return [tableOf(type.table)]
    case 'tagged':
      return [...Object.values(type.variant?.tables ?? {}), ...Object.values(type.tables)].map(
        tableOf,
      )
    case 'map':
      return tablesOf(type.value)
    case 'list':
      return tablesOf(type.item)
    case 'choice':
      return type.members.flatMap(tablesOf)
    case 'bindable':
      return tablesOf(type.type)
    case 'custom':
      return tablesOf(type.like)
    default:
      return []
  }
}
