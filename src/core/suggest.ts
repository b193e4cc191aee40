/** The known word closest to what was typed, when it is close enough to have been meant. */
export function closest(typed: string, known: Iterable<string>): string | undefined {
  if (typed.length > 60) return undefined
  const wanted = typed.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const word of known) {
    const distance = editDistance(wanted, word.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = word
      bestDistance = distance
    }
  }
  return best
}

/** `did you mean "x"?`, or nothing. */
export function didYouMean(typed: string, known: Iterable<string>): string | undefined {
  const best = closest(typed, known)
  return best === undefined ? undefined : `did you mean "${best}"?`
}

/** Insertions, deletions, exchanges and swaps of neighbours between two words; `limit` when there are as many. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit
  const [a, b] = withoutCommonEnds(left, right)
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, at(before, j - 2) + 1)
      row.push(cost)
      least = Math.min(least, cost)
    }
    if (least >= limit + 1) return limit
    before = last
    last = row
  }
  return Math.min(at(last, b.length), limit)
}

/** Most of a long list of names begins alike, and only the rest has to be compared. */
function withoutCommonEnds(a: string, b: string): readonly [string, string] {
  let start = 0
  const shorter = Math.min(a.length, b.length)
  while (start < shorter && a[start] === b[start]) start += 1
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)]
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}

const isPlural = (word: string): boolean => /[^s]s$/.test(word)

/** The word with `a` or `an` before it; a plural, such as `retry settings`, as it is. */
export function withArticle(word: string): string {
  if (isPlural(word)) return word
  return `${/^[aeiou]/i.test(word) && !/^(uri|one|uni)/i.test(word) ? 'an' : 'a'} ${word}`
}

/** `this job`, `these settings`. */
export function thisOne(word: string): string {
  return `${isPlural(word) ? 'these' : 'this'} ${word}`
}
