import { readdirSync, readFileSync } from 'node:fs'

/** Resident memory of a process and everything below it, in MB. */
export function treeMemory(pid) {
  const parents = new Map()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
      parents.set(Number(name), Number(parent))
    } catch {
      // It has ended meanwhile.
    }
  const isBelow = (process) =>
    process === pid || (parents.has(process) && process > 1 && isBelow(parents.get(process)))
  let bytes = 0
  for (const process of parents.keys())
    if (isBelow(process))
      try {
        bytes +=
          Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1] ?? 0) *
          1024
      } catch {
        // It has ended meanwhile.
      }
  return bytes / 1024 / 1024
}
