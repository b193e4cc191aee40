/** Fields that may differ between two registrations of one version: they are not its content. */
const MUTABLE_FIELDS = new Set(['description', 'tags', 'properties', 'stage'])
/** Fields that the server adds when it shows an asset. */
const READ_ONLY_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'asset_id',
  'creation_context',
  'latest_version',
  'latest version',
  'archived',
  'labels',
  'made_by',
  'used_by',
  'in_place',
  'single_file',
  'size_bytes',
  'file_count',
  'content_hash',
  '$schema',
])

type Fields = Readonly<Record<string, unknown>>

/** The part of an entity that a version fixes for ever. */
export function immutableFields(entity: Fields): Record<string, unknown> {
  const kept = Object.entries(entity).filter(
    ([key, value]) => value !== undefined && !MUTABLE_FIELDS.has(key) && !READ_ONLY_FIELDS.has(key),
  )
  return Object.fromEntries(kept)
}

/**
 * Says where two entities differ, one phrase a field: `image: "a" is stored, "b" was given`. Keys are dotted
 * paths, sorted; at most `limit` are told.
 */
export function describeDifferences(stored: Fields, given: Fields, limit = 5): string[] {
  const before = flatten(immutableFields(stored))
  const after = flatten(immutableFields(given))
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort()
  const changed = keys.filter((key) => before.get(key) !== after.get(key))
  const told = changed
    .slice(0, limit)
    .map((key) => `${key}: ${say(before.get(key))} is stored, ${say(after.get(key))} was given`)
  const more = changed.length - told.length
  return more > 0 ? [...told, `and ${more} more`] : told
}

function say(value: string | undefined): string {
  if (value === undefined) return 'nothing'
  return value.length > 120 ? `${value.slice(0, 72)}…${value.slice(-32)}` : value
}

function flatten(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  const isLeaf = value === null || typeof value !== 'object' || Object.keys(value).length === 0
  if (isLeaf) return path === '' ? into : into.set(path, JSON.stringify(value))
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [key, item] of entries) flatten(item, path === '' ? `${key}` : `${path}.${key}`, into)
  return into
}

/** JSON with sorted keys, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
}
