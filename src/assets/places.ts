import { existsSync, statSync } from 'node:fs'
import { dirname, normalize, sep } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { decodePercent } from '../core/refs/percent.ts'
import { datastoreUri } from '../core/refs/print.ts'
import type { Reference } from '../core/refs/reference.ts'
import { didYouMean } from '../core/suggest.ts'
import { cannotRead } from '../files/walk.ts'
import type { Datastore } from '../storage/datastore.ts'
import { LocalDatastore } from '../storage/local.ts'
import { openDatastore } from '../storage/registry.ts'
import { getDatastore, listDatastores } from '../store/datastores.ts'
import { getJob } from '../store/jobs.ts'
import { findLoggedModel } from '../store/logged-model-place.ts'
import type { Context } from './context.ts'
import { list, thereAre } from './not-found.ts'

/** Bytes that exist on this machine. */
export interface Place {
  /** `azureml://datastores/<ds>/paths/<p>`, without a closing `/`. */
  readonly uri: string
  readonly localPath: string
  readonly isFile: boolean
}

/** The default artifact location of a job or run, inside `workspaceartifactstore`. */
const artifactPath = (job: string): string => `ExperimentRun/dcid.${job}`

const ARTIFACTS = 'workspaceartifactstore'
const ENDED = new Set(['Completed', 'Failed', 'Canceled', 'NotResponding'])

/** @throws AmletError `ResourceNotFound`, naming the nearest. */
export function openNamedDatastore(ctx: Context, name: string): Datastore {
  const row = getDatastore(ctx.db, name)
  if (row !== undefined) {
    const path = row.entity['path']
    const record = { name, type: row.type, path: typeof path === 'string' ? path : undefined }
    return openDatastore(record, ctx.home.root)
  }
  const names = listDatastores(ctx.db).map((known) => known.name)
  const near = didYouMean(name, names)
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `there is no datastore ${name}`,
    hint: `${near === undefined ? '' : `${near} `}${thereAre(names)}; to make it: amlet datastore create -n ${name} --path <folder>`,
  })
}

/** Datastores whose bytes are on this machine. */
export function localDatastores(ctx: Context): LocalDatastore[] {
  return listDatastores(ctx.db).flatMap(({ name, type, entity }) => {
    const path = typeof entity['path'] === 'string' ? entity['path'] : undefined
    const datastore = openDatastore({ name, type, path }, ctx.home.root)
    return datastore instanceof LocalDatastore ? [datastore] : []
  })
}

/** Absolute path of a datastore URI, which need not exist. */
export function localPathOf(ctx: Context, datastore: string, path: string): string {
  return openNamedDatastore(ctx, datastore).resolvePath(path)
}

/** @throws AmletError `FileNotFound` when nothing is there. */
export function placeInDatastore(ctx: Context, datastore: string, path: string): Place {
  const clean = path.replace(/\/+$/, '')
  const localPath = localPathOf(ctx, datastore, clean)
  const uri = datastoreUri(datastore, clean)
  try {
    return { uri, localPath, isFile: statSync(localPath).isFile() }
  } catch (cause) {
    // A URI copied from a browser has `%20` for a space.
    const decoded = decodePercent(clean)
    if (decoded !== clean && existsSync(localPathOf(ctx, datastore, decoded)))
      return placeInDatastore(ctx, datastore, decoded)
    const { code, hint = `put it there: ${copyLine(localPath)}` } = cannotRead(localPath, cause)
    const message = `datastore ${datastore} has nothing at "${clean}" (${localPath})`
    throw new AmletError({ code, message, hint }, [], { cause })
  }
}

function copyLine(to: string): string {
  const folder = dirname(to)
  const make = existsSync(folder) ? '' : `mkdir -p ${quoted(folder)} && `
  return `${make}cp -r <data> ${quoted(to)}`
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

type PlaceReference = Extract<Reference, { type: 'datastore-path' | 'job-output' | 'run' }>

/**
 * Where a datastore path, a job's output or a run's artifact is.
 *
 * @throws AmletError `ResourceNotFound`, `FileNotFound`, `InvalidState` for a job that has not finished.
 */
export function findPlace(ctx: Context, ref: PlaceReference): Place {
  switch (ref.type) {
    case 'datastore-path':
      return placeInDatastore(ctx, ref.datastore, ref.path)
    case 'run':
      return findArtifact(ctx, ref.run, ref.path)
    case 'job-output':
      return findJobOutput(ctx, ref)
  }
}

/** A path below a job's output or a run's artifacts stays there. */
function expectBelow(path: string, what: string): void {
  const inside = normalize(`./${path}`)
  if (inside !== '..' && !inside.startsWith(`..${sep}`)) return
  throw new AmletError({
    code: 'InvalidReference',
    message: `the path "${path}" leads out of ${what}`,
    hint: 'name a file or folder inside it',
  })
}

/** A file or folder of a run; a model that MLflow 3 logged stands under the model's own id. */
function findArtifact(ctx: Context, run: string, path: string): Place {
  expectBelow(path, `the artifacts of run ${run}`)
  const inRun = `${artifactPath(run)}/${path}`
  if (existsSync(localPathOf(ctx, ARTIFACTS, inRun))) return placeInDatastore(ctx, ARTIFACTS, inRun)
  const [name = '', ...below] = path.split('/')
  const model = findLoggedModel(ctx.home.metricsDb, run, name)
  if (model === undefined) {
    expectArtifacts(ctx, run)
    return placeInDatastore(ctx, ARTIFACTS, inRun)
  }
  return placeInDatastore(ctx, ARTIFACTS, [artifactPath(model), ...below].join('/'))
}

function expectArtifacts(ctx: Context, run: string): void {
  if (existsSync(localPathOf(ctx, ARTIFACTS, artifactPath(run)))) return
  throw new AmletError({
    code: 'ResourceNotFound',
    message: `there are no artifacts of a run ${run}`,
    hint: 'amlet job list shows which runs there are; one that ran elsewhere has to be run here',
  })
}

/** A model that MLflow 3 logged, by its own id. */
export function findLoggedModelPlace(ctx: Context, id: string): Place {
  return placeInDatastore(ctx, ARTIFACTS, artifactPath(id))
}

function findJobOutput(
  ctx: Context,
  { job, output, path }: { readonly job: string; readonly output: string; readonly path: string },
): Place {
  expectBelow(path, `output ${output} of job ${job}`)
  const row = getJob(ctx.db, job)
  if (row === undefined)
    throw new AmletError({
      code: 'ResourceNotFound',
      message: `there is no job ${job}`,
      hint: 'amlet job list shows which there are',
    })
  if (output === 'artifacts' || output === 'default')
    return placeInDatastore(ctx, ARTIFACTS, `${artifactPath(job)}/${path}`)
  if (!ENDED.has(row.status)) throw notFinished(job, row.status)
  const record = Object.hasOwn(row.outputs, output) ? row.outputs[output] : undefined
  if (record === undefined) {
    const names = ['artifacts', ...Object.keys(row.outputs)]
    const near = didYouMean(output, names)
    throw new AmletError({
      code: 'ResourceNotFound',
      message: `job ${job} has no output "${output}"`,
      hint: `${near === undefined ? '' : `${near} `}its outputs are ${list(names)}`,
    })
  }
  if (record.is_partial) throw notFinished(job, row.status)
  const { datastore, path: base } = splitDatastoreUri(record.uri)
  return placeInDatastore(ctx, datastore, path === '' ? base : `${base.replace(/\/$/, '')}/${path}`)
}

/** @throws AmletError `InvalidReference` for anything but `azureml://datastores/<ds>/paths/<p>`. */
export function splitDatastoreUri(uri: string): {
  readonly datastore: string
  readonly path: string
} {
  const [, datastore, path] = /^azureml:\/\/datastores\/([^/]+)\/paths\/(.*)$/s.exec(uri) ?? []
  if (datastore !== undefined && path !== undefined) return { datastore, path }
  throw new AmletError({
    code: 'InvalidReference',
    message: `"${uri}" is no datastore path`,
    hint: 'write azureml://datastores/<datastore>/paths/<path>',
  })
}

function notFinished(job: string, status: string): AmletError {
  return new AmletError({
    code: 'InvalidState',
    message: `job ${job} is ${status}; only the outputs of a Completed job can be used`,
    hint: `wait for it: amlet job stream -n ${job}`,
  })
}
