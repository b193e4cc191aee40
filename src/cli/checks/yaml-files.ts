import { type Dirent, readdirSync } from 'node:fs'
import path from 'node:path'

const SKIPPED = new Set(['node_modules', '__pycache__', 'dist', 'build', 'venv'])
const MOST_FILES = 20_000

/** What is in a folder; nothing for one that may not be read. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** The YAML files below a folder, in order of their paths. Hidden folders and installed packages are left out. */
export function yamlFilesBelow(folder: string): readonly string[] {
  const found: string[] = []
  const waiting = [folder]
  for (let here = waiting.pop(); here !== undefined; here = waiting.pop()) {
    if (found.length >= MOST_FILES) break
    for (const entry of entriesOf(here)) {
      const full = path.join(here, entry.name)
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) waiting.push(full)
      } else if (/\.ya?ml$/i.test(entry.name)) found.push(full)
    }
  }
  return found.sort()
}
