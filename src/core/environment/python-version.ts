/** A Python's version: `[3, 11, 7]`. */
export type PythonVersion = readonly [major: number, minor: number, patch: number]

/** Reads `3.11.7`; `undefined` for anything else. */
export function parsePythonVersion(text: string): PythonVersion | undefined {
  const [, major, minor, patch = '0'] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? []
  if (major === undefined || minor === undefined) return undefined
  return [Number(major), Number(minor), Number(patch)]
}

/** Whether a Python satisfies PEP 440 clauses such as `==3.10.*` or `>=3.9,<3.13`. */
export function satisfiesPython(version: PythonVersion, clauses: string): boolean {
  return clauses
    .split(',')
    .filter((clause) => clause !== '')
    .every((clause) => satisfiesClause(version, clause))
}

/**
 * Whether a Python is near enough to stand for the one asked for: the same major and minor version, another
 * patch. Pickled models and compiled packages depend on nothing finer.
 */
export function isNearPython(version: PythonVersion, clauses: string): boolean {
  const relaxed = clauses.replace(/==(\d+\.\d+)(\.\d+)*(\.\*)?|~=(\d+\.\d+)\.\d+/g, '==$1$4.*')
  return relaxed !== clauses && satisfiesPython(version, relaxed)
}

/** Orders by version, newest first. */
export function comparePython(a: PythonVersion, b: PythonVersion): number {
  return b[0] - a[0] || b[1] - a[1] || b[2] - a[2]
}

function satisfiesClause(version: PythonVersion, clause: string): boolean {
  const [, operator = '', number = '', star = ''] =
    /^(==|!=|>=|<=|~=|>|<)([\d.]+?)(\.\*)?$/.exec(clause) ?? []
  const wanted = number.split('.').map(Number)
  if (operator === '' || wanted.some(Number.isNaN)) return false
  const order = compareTo(version, wanted)
  const isPrefix = wanted.every((part, index) => version[index] === part)
  switch (operator) {
    case '==':
      return star === '' ? order === 0 : isPrefix
    case '!=':
      return star === '' ? order !== 0 : !isPrefix
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '<':
      return order < 0
    default:
      return order >= 0 && wanted.slice(0, -1).every((part, index) => version[index] === part)
  }
}

function compareTo(version: PythonVersion, wanted: readonly number[]): number {
  for (const [index, part] of version.entries()) {
    const difference = part - (wanted[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
