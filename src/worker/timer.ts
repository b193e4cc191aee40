/** The longest delay that a timer of Node can hold. */
const LONGEST_MS = 2 ** 31 - 1

/** Calls `then` after `delayMs`, however long that is. Gives a function that calls it off. */
export function afterDelay(delayMs: number, then: () => void): () => void {
  let timer: NodeJS.Timeout
  const wait = (leftMs: number): void => {
    const step = Math.min(Math.max(leftMs, 0), LONGEST_MS)
    timer = setTimeout(() => (leftMs > step ? wait(leftMs - step) : then()), step)
  }
  wait(delayMs)
  return () => clearTimeout(timer)
}
