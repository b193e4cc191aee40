/** The number that an automatic version is compared with; undefined for versions that are words. */
export function versionNumber(version: string): number | undefined {
  if (!/^(0|[1-9]\d*)$/.test(version)) return undefined
  const number = Number(version)
  return Number.isSafeInteger(number + 1) ? number : undefined
}

/** The next automatic version once `version` exists, given what it was before. Never goes down. */
export function nextVersionAfter(version: string, next: number): number {
  const number = versionNumber(version)
  return number === undefined ? next : Math.max(next, number + 1)
}
