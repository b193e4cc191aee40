/** The kinds of asset that have versions. */
export const ASSET_KINDS = ['data', 'model', 'environment', 'component', 'code'] as const
export type AssetKind = (typeof ASSET_KINDS)[number]

/** What a reference may be asked to name. `input` is the `path` of an input: data or a model. */
export type ReferenceKind = AssetKind | 'input' | 'compute' | 'datastore' | 'job'

/** How Azure spells each kind in ARM ids and `azureml://` addresses. */
export const COLLECTIONS: ReadonlyMap<
  string,
  AssetKind | 'compute' | 'datastore' | 'job' | 'other'
> = new Map([
  ['data', 'data'],
  ['models', 'model'],
  ['environments', 'environment'],
  ['components', 'component'],
  ['codes', 'code'],
  ['computes', 'compute'],
  ['datastores', 'datastore'],
  ['jobs', 'job'],
  ['schedules', 'other'],
  ['onlineEndpoints', 'other'],
  ['batchEndpoints', 'other'],
  ['datasets', 'data'],
  ['virtualclusters', 'compute'],
])

/** A version, a label, or neither where a default is allowed. */
export type Selector =
  | { readonly version: string; readonly label?: undefined }
  | { readonly label: string; readonly version?: undefined }
  | { readonly version?: undefined; readonly label?: undefined }

interface WorkspaceScope {
  readonly subscription: string
  readonly resourceGroup: string
  readonly workspace: string
}

/** Every way to name something, taken apart. `printReference` writes it down again. */
export type Reference =
  /** `azureml:name:version`, `azureml:name@label`, `azureml:name`. */
  | ({ readonly type: 'asset'; readonly name: string } & Selector)
  /** `/subscriptions/…/workspaces/w/models/n/versions/v`, and computes, datastores, jobs without version. */
  | ({ readonly type: 'arm'; readonly collection: string; readonly name: string } & WorkspaceScope &
      Selector)
  /** `azureml://locations/…/workspaces/<guid>/models/n/versions/v`: the Asset ID of the studio. */
  | ({
      readonly type: 'asset-id'
      readonly location: string
      readonly workspaceId: string
      readonly collection: string
      readonly name: string
    } & Selector)
  /** `azureml://registries/r/models/n/versions/v` or `…/labels/l`. */
  | ({
      readonly type: 'registry'
      readonly registry: string
      readonly collection: string
      readonly name: string
    } & Selector)
  /** `azureml://models/n/versions/v`, or the same below `azureml://subscriptions/…`. */
  | ({
      readonly type: 'workspace-asset'
      readonly collection: string
      readonly name: string
    } & Selector & {
        readonly scope?: WorkspaceScope
      })
  /** `azureml://datastores/ds/paths/p`, or the same below `azureml://subscriptions/…`. */
  | {
      readonly type: 'datastore-path'
      readonly datastore: string
      readonly path: string
      readonly scope?: WorkspaceScope
    }
  /** `azureml://jobs/j/outputs/o/paths/p`. */
  | {
      readonly type: 'job-output'
      readonly job: string
      readonly output: string
      readonly path: string
    }
  /** `runs:/run/path`: a file or folder among a run's artifacts. */
  | { readonly type: 'run'; readonly run: string; readonly path: string }
  /** `models:/name/version`, `models:/name@alias`; `models:/m-…` without either is a logged model's own id. */
  | ({ readonly type: 'mlflow-model'; readonly name: string } & Selector)
  /** `https://…`, `wasbs://…`, `abfss://…` and other addresses with a host. */
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'git'; readonly url: string }
  /** A path as written, without `file:`. */
  | { readonly type: 'local'; readonly path: string }
  /** A plain name where one is meant: `local`, `serverless`, a compute without prefix. */
  | { readonly type: 'name'; readonly name: string }
  /** `${{…}}`: decided by the pipeline. */
  | { readonly type: 'binding'; readonly text: string }

/** Why a text is no reference. */
export interface ReferenceProblem {
  readonly type: 'problem'
  readonly message: string
  readonly hint?: string
  /** Where in the text the trouble begins, counted from 0. */
  readonly offset: number
  /** Set where Azure's client passes the text on to the service, which may know more. */
  readonly isDoubtful?: true
}
