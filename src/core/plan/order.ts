export interface Waiting {
  readonly name: string
  readonly step: string
  readonly needs: readonly string[]
}

/** The jobs that could never start, because they wait for one another. Linear in jobs and needs. */
export function findStuck<T extends Waiting>(jobs: readonly T[]): T[] {
  const known = new Map(jobs.map((job) => [job.name, job]))
  const readers = new Map<string, string[]>()
  const open = new Map<string, number>()
  for (const job of jobs) {
    const needs = job.needs.filter((need) => known.has(need))
    open.set(job.name, needs.length)
    for (const need of needs) readers.set(need, [...(readers.get(need) ?? []), job.name])
  }
  const free = jobs.filter((job) => open.get(job.name) === 0).map((job) => job.name)
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    open.delete(name)
    for (const reader of readers.get(name) ?? []) {
      const left = (open.get(reader) ?? 0) - 1
      open.set(reader, left)
      if (left === 0) free.push(reader)
    }
  }
  return jobs.filter((job) => open.has(job.name))
}
