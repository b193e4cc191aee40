import type { ServerFile, ServerStatus } from '../core/wire.ts'
import type { Db } from '../store/db.ts'
import type { WorkspaceIdentity } from '../store/settings.ts'
import type { JobChanges } from './changes.ts'

/** What the operations of the workspace API stand on; made in `server/build.ts`. */
export interface Services {
  readonly db: Db
  readonly identity: WorkspaceIdentity
  /** Name of the user the server runs as. */
  readonly owner: string
  readonly info: ServerFile
  readonly server: ServerControl
  readonly changes: JobChanges
}

/** What the API may do to the server itself. */
export interface ServerControl {
  status(): Promise<Pick<ServerStatus, 'protection' | 'executors'>>
  /** Starts stopping; every connection ends when it is done. */
  stop(): void
}
