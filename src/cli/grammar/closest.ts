/** The known words nearest to what was typed, best first; empty when none is near. */
export function closestWords(typed: string, known: readonly string[], limit = 3): string[] {
  const word = typed.toLowerCase()
  const near = Math.max(1, Math.floor(word.length / 3) + 1)
  return known
    .map((candidate) => ({ candidate, distance: distanceOf(word, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, distance }) =>
        distance <= near || (word.length > 2 && candidate.startsWith(word)),
    )
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** Edits that turn one word into the other; a swap of two neighbours counts as one. */
function distanceOf(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap =
        swapped && i > 1 && j > 1 ? (beforeLast[j - 2] ?? 0) + 1 : Number.MAX_SAFE_INTEGER
      row[j] = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost, swap)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
