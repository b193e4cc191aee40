// What is to be reached, beside `mlflow server` with one worker.

const times = (ours, theirs) => (ours.perSecond ?? ours.value) / (theirs.perSecond ?? theirs.value)
/** A search that `mlflow server` does not finish is as slow as the time it was given. */
const orLongest = (theirs) => (theirs.failed === undefined ? theirs : { perSecond: 1 / 30 })

const atLeast = (figure, goal) => ({
  name: figure,
  target: `≥ ${goal}×`,
  measure: (ours, theirs) => {
    const factor = times(ours[figure], orLongest(theirs[figure]))
    return { shown: `${factor.toPrecision(3)}×`, isMet: factor >= goal }
  },
})

const atMost = (figure, part) => ({
  name: figure,
  target: `≤ 1/${part}`,
  measure: (ours, theirs) => {
    const factor = theirs[figure].value / ours[figure].value
    return { shown: `1/${factor.toPrecision(3)}`, isMet: factor >= part }
  },
})

export const GOALS = [
  atLeast('log-metric, 1 connection', 50),
  {
    name: 'log-metric, 1 connection, p99',
    target: '≤ 1/10',
    measure: (ours, theirs) => {
      const factor = theirs['log-metric, 1 connection'].p99 / ours['log-metric, 1 connection'].p99
      return { shown: `1/${factor.toPrecision(3)}`, isMet: factor >= 10 }
    },
  },
  atLeast('metrics by log-batch of 1000', 6),
  atLeast('history of 10,000 points', 20),
  atLeast('search: newest 100', 20),
  atLeast('search: metric, param and tag', 20),
  atLeast('search: page of 1,000', 20),
  {
    name: 'search: top 100 by a metric, p50',
    target: '≤ 50 ms',
    measure: (ours) => {
      const { p50 } = ours['search: top 100 by a metric']
      return { shown: `${p50.toFixed(1)} ms`, isMet: p50 <= 50 }
    },
  },
  atLeast('PUT 200 MB, MB/s', 1.3),
  atLeast('GET 200 MB, MB/s', 1.3),
  atMost('start, ms', 40),
  atMost('memory at the start, MB', 10),
  atMost('memory at the end, MB', 10),
]

/** Prints each goal beside what was measured; gives how many were missed. */
export function printGoals(ours, theirs) {
  const width = Math.max(...GOALS.map(({ name }) => name.length))
  let missed = 0
  for (const { name, target, measure } of GOALS) {
    const { shown, isMet } = measure(ours, theirs)
    if (!isMet) missed += 1
    console.log(
      `${name.padEnd(width)}  target ${target.padEnd(8)}  measured ${shown.padEnd(9)}  ${isMet ? 'met' : 'MISSED'}`,
    )
  }
  return missed
}
