import { parseReference } from '../refs/parse.ts'
import type { Reference, ReferenceProblem, Selector } from '../refs/reference.ts'
import { didYouMean, withArticle } from '../suggest.ts'
import type { PathType, ReferenceType } from './field.ts'
import { INVALID } from './invalid.ts'
import { absolute, type Place, pathHint, report } from './place.ts'
import { isPlaceholder, severityFor } from './placeholder.ts'

/** The text of a scalar that is a string; reports anything else. */
export function expectText(place: Place, what: string): string | undefined {
  const { node } = place
  if (node.kind === 'scalar' && node.type === 'str' && node.text.trim() !== '') return node.text
  const shown =
    node.kind === 'scalar' ? `"${node.text}"` : `a ${node.kind === 'map' ? 'mapping' : 'list'}`
  report(place, { code: 'InvalidValue', message: `${what} is expected here, not ${shown}` })
  return undefined
}

export function reportReference(place: Place, found: ReferenceProblem, type?: PathType): void {
  const { message, hint, offset } = found
  const severity = isTolerated(place, found, type) ? ({ severity: 'warning' } as const) : {}
  report(place, { code: 'InvalidReference', message, hint, offset, ...severity })
}

/** What Azure's client passes on, or is still to be filled in, is kept as it is written. */
function isTolerated({ node }: Place, found: ReferenceProblem, type?: PathType): boolean {
  if (found.isDoubtful === true) return true
  if (type !== undefined && isCheckedEarly(type)) return false
  return node.kind === 'scalar' && isPlaceholder(node.text)
}

export function checkReference(type: ReferenceType, place: Place): unknown {
  const text = expectText(place, withArticle(type.of))
  if (text === undefined) return INVALID
  if (type.words?.includes(text.toLowerCase())) return text.toLowerCase()
  const found = parseReference(text, { kind: type.of })
  if (found.type === 'problem') {
    reportReference(place, found)
    return isTolerated(place, found) ? text : INVALID
  }
  if (found.type === 'name' && type.plainName !== true) return needsPrefix(type, place, text)
  if (
    found.type === 'local' ||
    found.type === 'url' ||
    found.type === 'git' ||
    found.type === 'binding'
  )
    return needsPrefix(type, place, text)
  if (found.type === 'asset' && !isSelected(found) && type.bare !== true && isVersioned(type.of))
    report(place, {
      code: 'InvalidReference',
      message: `"${text}" names no version of the ${type.of}`,
      hint: `write ${text}:<version> or ${text}@latest`,
    })
  return text
}

function isVersioned(of: ReferenceType['of']): boolean {
  return of !== 'compute' && of !== 'datastore' && of !== 'job'
}

function isSelected(found: Selector): boolean {
  return found.version !== undefined || found.label !== undefined
}

function needsPrefix(type: ReferenceType, place: Place, text: string): typeof INVALID {
  const versioned = isVersioned(type.of)
  const words = type.words === undefined ? '' : `${type.words.join(', ')} or `
  const meant = type.words === undefined ? undefined : didYouMean(text, type.words)
  report(place, {
    code: 'InvalidReference',
    message: `"${text}" is not ${words}a reference to ${withArticle(type.of)}`,
    hint: meant ?? referenceHint(text, type.of, versioned),
  })
  return INVALID
}

function referenceHint(text: string, of: string, versioned: boolean): string {
  if (of === 'environment' && /[/:]/.test(text) && !text.startsWith('.'))
    return `write "azureml:${text}" for an environment that is registered, or "image: ${text}" below "environment:" for an image`
  return versioned
    ? `write azureml:<name>:<version>, azureml:<name>@latest, or the ${of} itself as a mapping`
    : `write azureml:${text}`
}

/** A local path in its absolute form, or a reference where the field takes one. */
export function checkPath(type: PathType, place: Place): unknown {
  const text = expectText(place, withArticle(type.what))
  if (text === undefined) return INVALID
  const found = parseReference(text, { kind: type.orReference ?? 'code' })
  if (found.type === 'problem') {
    reportReference(place, found, type)
    return isTolerated(place, found, type) ? text : INVALID
  }
  if (found.type === 'local') return checkLocal(type, place, found.path)
  if (found.type === 'binding' && type.orReference === 'input') return text
  if (found.type === 'url' && type.orUrl) return text
  if (found.type === 'git') return refuseGit(place, text)
  if (type.orReference !== undefined && fits(type.orReference, found)) return text
  report(place, {
    code: 'InvalidReference',
    message: `"${text}" is not a local path, and ${withArticle(type.what)} has to be one`,
  })
  return INVALID
}

/** Code is a code asset; inputs and models are given by any address of bytes. */
function fits(kind: PathType['orReference'], found: Reference): boolean {
  if (found.type === 'url' || found.type === 'binding') return false
  return kind !== 'code' || 'collection' in found || found.type === 'asset'
}

function refuseGit(place: Place, text: string): typeof INVALID {
  report(place, {
    code: 'InvalidReference',
    message: `"${text}" is a git address, and code is taken from this machine`,
    hint: 'clone the repository and name the folder',
  })
  return INVALID
}

/** Azure's client looks for code and build contexts when it reads a file, and for inputs when it sends them. */
function isCheckedEarly(type: PathType): boolean {
  return type.orReference !== 'input' && type.orReference !== 'data' && type.orReference !== 'model'
}

function checkLocal(type: PathType, place: Place, path: string): unknown {
  const whole = absolute(place, path)
  if (type.must === 'any') return whole
  const kind = kindOf(place, whole)
  const fits = kind !== undefined && (type.must === 'exist' || kind === type.must)
  if (!fits) {
    report(place, {
      code: 'FileNotFound',
      message:
        kind === undefined
          ? `there is no ${type.what} at ${whole}`
          : `${whole} is ${withArticle(kind)}, and ${withArticle(type.must)} is expected`,
      hint: pathHint(place),
      ...(isCheckedEarly(type) ? {} : severityFor(path)),
    })
  }
  return whole
}

/** What stands at a path, asked of the disk once a load. */
export function kindOf(place: Place, path: string): 'file' | 'folder' | undefined {
  const key = `kind:${path}`
  const { memory, files } = place.load
  if (!memory.has(key)) memory.set(key, files.kind(path))
  return memory.get(key) as 'file' | 'folder' | undefined
}
