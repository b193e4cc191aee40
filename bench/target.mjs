/** One line of a bench: what was measured, what it is held against, and whether that was met. */
export function targetLine(what, shown, { value, most, unit }) {
  const verdict = value <= most ? 'met' : 'missed'
  const target = `target ≤ ${most}${unit === 'x' ? ' x' : ` ${unit}`}`
  return `${what.padEnd(36)} ${shown.padEnd(30)} ${target.padEnd(18)} ${verdict}`
}
