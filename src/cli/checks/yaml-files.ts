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

export interface Looking {
  /** Told when there are more files than are looked at. */
  readonly warn: (text: string) => void
  readonly most?: number
}

/**
 * The YAML files below a folder, in order of their paths. Hidden folders and installed packages are left out, and what is
 * more than anybody meant.
 */
export function yamlFilesBelow(
  folder: string,
  { warn, most = MOST_FILES }: Looking,
): readonly string[] {
  const found: string[] = []
  for (const file of yamlFilesOf(folder)) {
    if (found.length === most) {
      warn(
        `${folder} has more than ${most} YAML files: the others are not looked at; name a folder below it for those`,
      )
      break
    }
    found.push(file)
  }
  return found.sort()
}

function* yamlFilesOf(folder: string): Generator<string> {
  const waiting = [folder]
  for (let here = waiting.pop(); here !== undefined; here = waiting.pop()) {
    for (const entry of entriesOf(here)) {
      const full = path.join(here, entry.name)
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) waiting.push(full)
      } else if (/\.ya?ml$/i.test(entry.name)) yield full
    }
  }
}
