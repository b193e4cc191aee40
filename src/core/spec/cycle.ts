/** The steps of a cycle, each reading from the next; undefined when there is an order. Keeps its own stack. */
export function findCycle(
  edges: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] | undefined {
  const done = new Set<string>()
  for (const start of edges.keys()) {
    const cycle = done.has(start) ? undefined : walk(start, edges, done)
    if (cycle !== undefined) return cycle
  }
  return undefined
}

function walk(
  start: string,
  edges: ReadonlyMap<string, ReadonlySet<string>>,
  done: Set<string>,
): readonly string[] | undefined {
  const path = [start]
  const onPath = new Set(path)
  const waiting = [(edges.get(start) ?? new Set<string>()).values()]
  while (path.length > 0) {
    const { value: next } = (
      waiting[waiting.length - 1] as Iterator<string>
    ).next() as IteratorResult<string, undefined>
    if (next === undefined) {
      const left = path.pop() as string
      waiting.pop()
      onPath.delete(left)
      done.add(left)
    } else if (onPath.has(next)) return path.slice(path.indexOf(next))
    else if (!done.has(next)) {
      path.push(next)
      onPath.add(next)
      waiting.push((edges.get(next) ?? new Set<string>()).values())
    }
  }
  return undefined
}
