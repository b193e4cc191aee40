import {
  existsSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
} from 'node:fs'
import path from 'node:path'
import type { PlacedOutput, PlannedOutput } from '../core/plan/job-plan.ts'

/** Where the bytes of a datastore URI are on this machine. */
export interface Places {
  /** Absolute path, without a slash at the end. Throws AmletError for a datastore that is not a folder. */
  locate(uri: string): string
}

const SCHEME = /^azureml:\/\/datastores\/([^/]+)\/paths\//

/** The folder that an attempt writes to: a staging folder of its own, or the place that the user chose. */
export function placeOutput(output: PlannedOutput, attempt: string, places: Places): PlacedOutput {
  const { name, type, mode, uri } = output
  const final = places.locate(uri)
  const isFile = type === 'uri_file'
  const folder = isFile ? path.dirname(final) : final
  const staged = output.isExplicit ? folder : places.locate(stagingUri(output, attempt))
  mkdirSync(staged, { recursive: true })
  return { name, type, mode, uri, path: staged, ...(isFile && { fileName: path.basename(final) }) }
}

/**
 * Where the output of an attempt is until the job has succeeded, and stays when it has not. A name of its own rather than a
 * folder of the attempt's: removing that folder takes longer than all else at the end of a step.
 */
export function stagingUri({ uri, name }: PlannedOutput, attempt: string): string {
  const datastore = SCHEME.exec(uri)?.[1] ?? 'workspaceblobstore'
  return `azureml://datastores/${datastore}/paths/.staging/${attempt}-${name}/`
}

/** Whether the attempt wrote the output: a file of its name, or anything in its folder. */
export function isWritten(output: PlannedOutput, attempt: string, places: Places): boolean {
  const { folder, final, staged } = pathsOf(output, attempt, places)
  const isStaged = !output.isExplicit && existsSync(staged)
  if (output.type !== 'uri_file') return hasEntries(isStaged ? staged : folder)
  return existsSync(isStaged ? path.join(staged, path.basename(final)) : final)
}

/**
 * Makes the output appear at its place, as a whole. May be asked for again after a crash: what has been moved
 * is left where it is.
 */
export function publishOutput(output: PlannedOutput, attempt: string, places: Places): void {
  if (output.isExplicit) return
  const { folder, staged } = pathsOf(output, attempt, places)
  if (!existsSync(staged)) return
  mkdirSync(path.dirname(folder), { recursive: true })
  renameSync(staged, folder)
}

/**
 * A command may remove the folder of an output and make it anew (`rm -r`, `mkdir`): then the link to the output's place
 * is gone and a folder is there. What it holds is moved to that place. Anything else is only told, as the end
 * of a sentence; undefined when there is nothing to tell.
 */
export function takeReplacement(
  output: PlannedOutput,
  { attempt, link }: { readonly attempt: string; readonly link: string },
  places: Places,
): string | undefined {
  const stat = lstatSync(link, { throwIfNoEntry: false })
  if (stat === undefined) return undefined
  const { folder, staged } = pathsOf(output, attempt, places)
  const place = output.isExplicit ? folder : staged
  if (stat.isDirectory()) mergeInto(link, place)
  else if (!stat.isSymbolicLink()) return 'put a file in its place'
  else if (path.basename(readlinkSync(link)) !== path.basename(place))
    return `put a link to "${readlinkSync(link)}" in its place`
  return undefined
}

function pathsOf(output: PlannedOutput, attempt: string, places: Places) {
  const final = places.locate(output.uri)
  const folder = output.type === 'uri_file' ? path.dirname(final) : final
  return { final, folder, staged: places.locate(stagingUri(output, attempt)) }
}

function hasEntries(folder: string): boolean {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return false
  const entries = opendirSync(folder)
  try {
    return entries.readSync() !== null
  } finally {
    entries.closeSync()
  }
}

/** Folders of the working directory that are kept whatever becomes of the job. */
const KEPT = ['outputs', 'logs']

/** Moves `./outputs` and `./logs` of a working directory to where a job's artifacts are; adds to what is there. */
export function keepArtifacts(workDir: string, target: string): void {
  for (const name of KEPT) {
    const source = path.join(workDir, name)
    if (hasEntries(source)) mergeInto(source, path.join(target, name))
  }
}

function mergeInto(source: string, target: string): void {
  const isFolder = statSync(source, { throwIfNoEntry: false })?.isDirectory() ?? false
  const there = statSync(target, { throwIfNoEntry: false })
  if (isFolder && there?.isDirectory()) {
    for (const entry of readdirSync(source))
      mergeInto(path.join(source, entry), path.join(target, entry))
    return
  }
  mkdirSync(path.dirname(target), { recursive: true })
  renameSync(source, target)
}
