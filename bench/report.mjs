// One line for each figure: what was measured, beside what, and whether it is as good as it is to be.

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

export async function timed(work) {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

export const ms = (value) =>
  value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(0)} ms`
export const times = (value) => `${value.toFixed(2)} x`

const missed = []

/** A peer's figure, with nothing to reach. */
export function note(what, shown, more = '') {
  console.log(`  ${what.padEnd(46)} ${shown.padStart(10)}   ${more}`.trimEnd())
}

/** A figure with its target. */
export function judge(what, { shown, target, isMet, more = '' }) {
  if (!isMet) missed.push(what)
  const verdict = isMet ? 'met' : 'MISSED'
  console.log(
    `  ${what.padEnd(46)} ${shown.padStart(10)}   target ${target}: ${verdict}${more && `   ${more}`}`,
  )
}

/** A figure that is to be at most `most`. */
export function atMost(what, value, { most, show = ms, more }) {
  judge(what, { shown: show(value), target: `≤ ${show(most)}`, isMet: value <= most, more })
}

/** The last line: what was missed, if anything. */
export function printMissed() {
  console.log(missed.length === 0 ? 'every target was met' : `missed: ${missed.join('; ')}`)
}
