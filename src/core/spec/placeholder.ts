const PLACEHOLDER =
  /<[A-Za-z][^<>]*>|(?<!\$)\{\{[^{}]*\}\}|\$\([A-Za-z][^()]*\)|\$\{[A-Za-z_]\w*\}|#\{[^{}]*\}#/

/**
 * True for a text such as `<VERSION>`, `<your script>` or `{{asset.name}}`: files are published with these to be
 * filled in. `$(Build.BuildId)`, `${NAME}` and `#{name}#` are filled in by what deploys. What is wrong with such a
 * value is a warning; whoever uses it before that is told by its name.
 */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text)
}

/** Spread into a report: the severity of a problem with this text. */
export function severityFor(text: string): { readonly severity?: 'warning' } {
  return isPlaceholder(text) ? { severity: 'warning' } : {}
}

/** As a JSON Schema has it, whose patterns look back at nothing. */
export const PLACEHOLDER_PATTERN = PLACEHOLDER.source.replace('(?<!\\$)', '')
