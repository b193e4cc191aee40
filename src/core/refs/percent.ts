/** The text behind `%20` and the like; one that is not well encoded stands for itself. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const MOST_ROUNDS = 10

/** The text decoded as often as it is encoded; undefined when ten times are not enough. */
export function decodeFully(text: string): string | undefined {
  let known = text
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const decoded = decodePercent(known)
    if (decoded === known) return known
    known = decoded
  }
  return undefined
}
