/** `/jobs/my%20job`: each part is one segment, whatever it holds. */
export function apiPath(...parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('')
}
