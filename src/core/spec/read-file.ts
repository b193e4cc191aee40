import { withArticle } from '../suggest.ts'
import type { YamlNode } from '../yaml/node.ts'
import { decodeYaml, parseYaml } from '../yaml.ts'
import { kindOf } from './check-reference.ts'
import { type Place, pathHint, report } from './place.ts'

/**
 * The tree of another YAML file that this one names. What keeps it from being read is reported where
 * the file is named, with the place in that file.
 */
export function readTree(place: Place, path: string, what: string): YamlNode | undefined {
  const { memory } = place.load
  const key = `tree:${path}`
  if (!memory.has(key)) memory.set(key, parse(place, path, what))
  return memory.get(key) as YamlNode | undefined
}

function parse(place: Place, path: string, what: string): YamlNode | undefined {
  const kind = kindOf(place, path)
  const raw = kind === 'file' ? place.load.files.read(path) : undefined
  if (raw === undefined) {
    const message =
      kind === 'folder'
        ? `${path} is a folder, and ${withArticle(what)} is expected`
        : `there is no ${what} at ${path}`
    report(place, { code: 'FileNotFound', message, hint: pathHint(place) })
    return undefined
  }
  place.load.read.add(path)
  const text = typeof raw === 'string' ? raw : decodeYaml(raw, path)
  const parsed =
    typeof text === 'string' ? parseYaml(text, path) : { root: undefined, diagnostics: [text] }
  for (const found of parsed.diagnostics) {
    const at = `${path}:${found.source?.line ?? 1}:${found.source?.column ?? 1}`
    report(place, {
      code: 'YamlSyntax',
      message: `the ${what} cannot be read: ${found.message} (${at})`,
      hint: found.hint,
    })
  }
  if (parsed.diagnostics.length === 0 && parsed.root === undefined)
    report(place, { code: 'InvalidValue', message: `the ${what} ${path} is empty` })
  return parsed.diagnostics.length === 0 ? parsed.root : undefined
}
