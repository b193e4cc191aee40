/**
 * True for a text such as `<VERSION>`, `<your script>` or `{{asset.name}}`: files are published with these to be
 * filled in. What is wrong with such a value is a warning; whoever uses it before that is told by its name.
 */
export function isPlaceholder(text: string): boolean {
  return /<[A-Za-z][^<>]*>|(?<!\$)\{\{[^{}]*\}\}/.test(text)
}

/** Spread into a report: the severity of a problem with this text. */
export function severityFor(text: string): { readonly severity?: 'warning' } {
  return isPlaceholder(text) ? { severity: 'warning' } : {}
}
