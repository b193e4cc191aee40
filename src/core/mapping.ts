/** What JSON calls an object and YAML a mapping. */
export type Mapping = Readonly<Record<string, unknown>>

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The mapping itself, or an empty one for anything else: for what others wrote. */
export function asMapping(value: unknown): Mapping {
  return isMapping(value) ? value : {}
}
