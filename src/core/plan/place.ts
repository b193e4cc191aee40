import type { PathType } from '../entity.ts'

export interface PlaceFacts {
  /** Name of the job that writes the output. */
  readonly job: string
  readonly output: string
  readonly type: PathType
  /** Short name. */
  readonly datastore: string
}

/** Where an output goes when nobody said where: its own folder, so that no two jobs can meet there. */
export function generatedPlace({ job, output, type, datastore }: PlaceFacts): string {
  const folder = `azureml://datastores/${datastore}/paths/azureml/${job}/${output}`
  return type === 'uri_file' ? `${folder}/${output}` : `${folder}/`
}

/**
 * The place a user chose, with `${{name}}`, `${{output_name}}` and `${{default_datastore}}` filled in as Azure's
 * service does. A folder's ends in `/`.
 */
export function explicitPlace(path: string, { job, output, type, datastore }: PlaceFacts): string {
  const values: Readonly<Record<string, string>> = {
    name: job,
    output_name: output,
    default_datastore: datastore,
  }
  const filled = path.replaceAll(/\$\{\{\s*(\w+)\s*\}\}/g, (whole, key: string) =>
    Object.hasOwn(values, key) ? (values[key] ?? whole) : whole,
  )
  return type === 'uri_file' || filled.endsWith('/') ? filled : `${filled}/`
}

/** `azureml:gpu`, an ARM id or `gpu` itself → `gpu`. */
export function shortName(reference: string): string {
  const id = reference.startsWith('azureml:') ? reference.slice('azureml:'.length) : reference
  return id.startsWith('/') ? (id.split('/').findLast((part) => part !== '') ?? id) : id
}

/** File systems take 255 bytes in a name; folders are named after jobs. */
const LONGEST_NAME = 120

/** `<parent>-<path below the parent>`, the far end replaced by a hash when that grows too long. */
export function childName(parent: string, step: string, hash: (text: string) => string): string {
  const name = `${parent}-${step.replaceAll('.', '-')}`
  if (name.length <= LONGEST_NAME) return name
  const mark = hash(`${parent}/${step}`).slice(0, 12)
  return `${name.slice(0, LONGEST_NAME - mark.length - 1)}-${mark}`
}

/** Where a job's `./outputs`, `./logs` and logged artifacts are: its output `default`. */
export function artifactUri(job: string): string {
  return `azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.${job}/`
}
