import { decodePercent } from '../../core/refs/percent.ts'

/** Where a request goes: which workspace, and which operation of it. */
export interface Address {
  /** Name of the workspace; undefined for the default one. */
  readonly workspace: string | undefined
  /** What stands before `/api/…`, for addresses that the server gives out. */
  readonly prefix: string
  /** Below the API's version: `mlflow/runs/create`; `/health` and the like as they are. */
  readonly operation: string
  readonly isApi: boolean
}

const AZURE_PREFIX = /^\/mlflow\/v\d+\.\d+\/subscriptions\/.+?\/workspaces\/([^/]+)(?=\/|$)/i
const WORKSPACE_PREFIX = /^\/mlflow\/([^/]+)(?=\/|$)/
const API_PREFIX = /^\/(?:ajax-)?api\/\d+\.\d+\/?(?=mlflow)(?:preview\/)?/
const PREVIEW_PREFIX = /^\/(?:ajax-)?api\/\d+\.\d+\/preview\/(?=mlflow)/

/**
 * Splits a path. `/mlflow/<workspace>/…` is another workspace, and so is Azure's long
 * `/mlflow/v2.0/subscriptions/…/workspaces/<workspace>/…`; the rest is the default one. `/api` and `/ajax-api` of
 * every version are the same.
 */
export function readAddress(path: string): Address {
  const match = AZURE_PREFIX.exec(path) ?? WORKSPACE_PREFIX.exec(path)
  const prefix = match?.[0] ?? ''
  const rest = path.slice(prefix.length).replace(/^\/*/, '/')
  const api = PREVIEW_PREFIX.exec(rest) ?? API_PREFIX.exec(rest)
  return {
    workspace: match?.[1] === undefined ? undefined : decodePercent(match[1]),
    prefix,
    operation: api === null ? rest : rest.slice(api[0].length),
    isApi: api !== null,
  }
}
