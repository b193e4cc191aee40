import { realpathSync, statSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** Paths of all files below a folder, sorted; none when it is not there. Links to folders are not followed. */
export async function filesBelow(folder: string): Promise<string[]> {
  const root = path.resolve(folder)
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
      throw error
    },
  )
  const files: string[] = []
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name)
    if (entry.isFile() || (entry.isSymbolicLink() && (await leadsToFile(file))))
      files.push(file.slice(root.length + 1))
  }
  return files.sort()
}

async function leadsToFile(link: string): Promise<boolean> {
  const stats = await stat(link).catch(() => undefined)
  return stats?.isFile() ?? false
}

/** The file below `folder`; undefined when it is not there, or a link leads out. */
export function fileInside(folder: string, wanted: string): string | undefined {
  try {
    const root = realpathSync(folder)
    const file = realpathSync(path.join(root, wanted))
    return file.startsWith(`${root}${path.sep}`) && statSync(file).isFile() ? file : undefined
  } catch {
    return undefined
  }
}
