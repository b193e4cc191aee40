import { isMapping } from '../mapping.ts'

type Value = Record<string, unknown>

/** `base` with the values of `changes`; mappings are merged, everything else is replaced. */
export function applyOverlay(base: Value, changes: Value): Value {
  const merged: Value = { ...base }
  for (const [name, change] of Object.entries(changes)) {
    const old = Object.hasOwn(base, name) ? base[name] : undefined
    merged[name] = isMapping(old) && isMapping(change) ? applyOverlay(old, change) : change
  }
  return merged
}
