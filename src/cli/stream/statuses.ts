const ENDED = new Set(['Completed', 'Failed', 'Canceled', 'NotResponding'])

/** True for a status that a job never leaves. */
export function isEnded(status: string): boolean {
  return ENDED.has(status)
}
