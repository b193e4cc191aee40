/** The absolute, normal form of `path`, taken from `base` when it is relative. Slashes only. */
export function joinPath(base: string, path: string): string {
  const whole = path.startsWith('/') ? path : `${base}/${path}`
  const parts: string[] = []
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** The folder that holds a file. */
export function folderOf(path: string): string {
  const stop = path.lastIndexOf('/')
  return stop <= 0 ? '/' : path.slice(0, stop)
}
