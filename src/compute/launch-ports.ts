import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PlacedInput, PlacedOutput } from '../core/plan/job-plan.ts'
import type { PrepareStep } from './executor.ts'

/** An input or output as the process finds it. */
export interface PlacedPort {
  readonly name: string
  /** What its expression stands for: a literal, a path, a URI; undefined when it was not given. */
  readonly value: string | undefined
  readonly isLiteral: boolean
  /** The one file that it is or holds. */
  readonly file?: string
  /** `file://` address of a `direct` input that is on this machine. */
  readonly localUri?: string
  readonly prepare: readonly PrepareStep[]
}

/** The folder in which an attempt finds its inputs and outputs. */
export function dataFolder(runDir: string): string {
  return path.join(runDir, 'cap', 'data-capability', 'wd')
}

/**
 * Places an input below the data folder: one link (or private copy) at `INPUT_<name>`, or, for a file, in a folder
 * of that name under the file's own name, since scripts rely on its ending. A model registered from one single
 * file is a folder that holds it, unless the job asks for `uri_file`: then the file itself is the value.
 *
 * @param isNamedWhole whether the command names an input by itself: then it is a mount rather than a link.
 */
export function placePort(
  input: PlacedInput,
  dataDir: string,
  isNamedWhole: (input: string) => boolean,
): PlacedPort {
  const { name, text, uri, path: target, mode } = input
  if (text !== undefined) return { name, value: text, isLiteral: true, prepare: [] }
  if (mode === 'direct') return placeDirect(input)
  if (target === undefined) return { name, value: uri, isLiteral: false, prepare: [] }
  const root = path.join(dataDir, `INPUT_${name}`)
  const asMount = isNamedWhole(name)
  const bring = (to: string): PrepareStep =>
    mode === 'download' || mode === 'eval_download'
      ? { op: 'copy', path: to, target }
      : { op: 'link', path: to, target, readOnly: true, ...(asMount && { asMount }) }
  const isFile = input.isFile === true || input.singleFile !== undefined
  if (!isFile) return { name, value: root, isLiteral: false, prepare: [bring(root)] }
  const file = path.join(root, input.singleFile ?? path.basename(target))
  const wantsFile = input.type === 'uri_file' || input.type === undefined
  return {
    name,
    value: wantsFile ? file : root,
    isLiteral: false,
    file,
    prepare: [{ op: 'mkdir', path: root }, bring(file)],
  }
}

function placeDirect({ name, uri, path: target }: PlacedInput): PlacedPort {
  const local = target === undefined ? {} : { localUri: pathToFileURL(target).href }
  return { name, value: uri, isLiteral: false, prepare: [], ...local }
}

/** Links an output's place into the data folder under its own name; a file is to be written inside that. */
export function placeOutputPort(output: PlacedOutput, dataDir: string): PlacedPort {
  const { name, mode, uri, path: target, fileName } = output
  if (mode === 'direct') return { name, value: uri, isLiteral: false, prepare: [] }
  const root = path.join(dataDir, name)
  const file = fileName === undefined ? {} : { file: path.join(root, fileName) }
  return {
    name,
    value: file.file ?? root,
    isLiteral: false,
    ...file,
    prepare: [{ op: 'link', path: root, target, readOnly: false }],
  }
}
