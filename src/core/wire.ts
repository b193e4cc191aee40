/** Bodies of the workspace API (`/api/…`), shared by `client` and `api`. Entities travel as they are. */

/** Raw YAML as the user wrote it; the server parses. Over the unix socket the server reads files itself. */
export interface YamlBody {
  /** Absolute path of the YAML; `<stdin>` with `text`. Relative paths inside resolve against its folder. */
  readonly file?: string
  /** The raw text, when the server cannot read `file` itself. */
  readonly text?: string
  /** Folder that relative paths of options and of `<stdin>` resolve against. */
  readonly cwd: string
  /** `--set a.b=c`, in the order typed. */
  readonly set?: readonly string[]
  /** Options that beat the file: name, version, path, type, description, tags… */
  readonly params?: Readonly<Record<string, unknown>>
  /** Refuse every substitution (compute, image, Python, workspace). */
  readonly strict?: boolean
  /** Name of a registry to create in, instead of the workspace. */
  readonly registry?: string
  /** A name under which `GET /progress/<name>` tells meanwhile how much has been read. */
  readonly progress?: string
  /** Over TCP: what the client has at the paths that an earlier answer asked for. */
  readonly uploads?: UploadedPaths
}

export interface JobCreateBody extends YamlBody {
  readonly skip_validation?: boolean
  /** Facts of the caller's git checkout: `azureml.git.dirty`, `mlflow.source.git.commit`… */
  readonly git?: Readonly<Record<string, string>>
  /** Uses the machine's own Python instead of building environments. */
  readonly environment?: 'machine'
  /** A job that has ended: its completed steps that are alike are taken over. */
  readonly resumes?: string
  /** A step of that job that runs again, with all that reads from it. */
  readonly from?: string
  /** Asks for no more of the job than who follows it needs. */
  readonly brief?: boolean
}

/** How much of the files that a request brings has been read; all 0 before the first and after the last. */
export interface ReadProgress {
  readonly files: number
  readonly bytes: number
  readonly total_files: number
  readonly total_bytes: number
}

export interface ErrorBody {
  readonly error: {
    readonly code: string
    readonly message: string
    /** The YAML path, when there is one. */
    readonly target?: string
    readonly details: readonly import('./errors.ts').Diagnostic[]
  }
}

/** One line of `GET /api/jobs/{name}/stream` (NDJSON, resumable by `from`). */
export type StreamEvent =
  | { readonly type: 'job'; readonly id: number; readonly name: string; readonly job: JobSummary }
  | {
      readonly type: 'log'
      /** Opaque: pass back as `cursor` to go on from here. */
      readonly cursor: string
      readonly name: string
      /** Path of the child below the streamed job, `train.prep`; '' for itself. */
      readonly step: string
      readonly file: string
      readonly text: string
    }
  /** Something of the server that who follows should know: why nothing happens. */
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'end'; readonly job: Readonly<Record<string, unknown>> }

/** What a live tree needs of each job. Times in milliseconds since 1970 UTC. */
export interface JobSummary {
  readonly name: string
  readonly parent: string | null
  readonly step: string
  readonly display_name: string
  readonly type: string
  readonly status: string
  /** Why it is in that status, for people: "building environment lightgbm, 0:12". */
  readonly reason: string | null
  readonly since_ms: number
  readonly started_ms: number | null
  readonly ended_ms: number | null
  readonly reused_from: string | null
  readonly compute: string
}

/** `server.json` in the home: what a running server says about itself. Gone when none runs. */
export interface ServerFile {
  readonly pid: number
  /** Loopback address, `http://127.0.0.1:<port>`. */
  readonly url: string
  /** Absolute path of the unix socket. */
  readonly socket: string
  readonly home: string
  readonly version: string
  /** ISO 8601, UTC. */
  readonly started: string
  readonly auto_started: boolean
}

/** `GET /api/server`. */
export interface ServerStatus extends ServerFile {
  readonly subscription_id: string
  readonly resource_group: string
  readonly workspace: string
  readonly api_version: string
  readonly uptime_seconds: number
  readonly memory_bytes: number
  /** Jobs that have not ended, by status. */
  readonly jobs: Readonly<Record<string, number>>
  /** Why every job stands still; absent when none does. */
  readonly trouble?: string | undefined
  /** What keeps a step from changing what it was given, in a sentence. */
  readonly protection: string
  /** `namespace`, `user-namespace`, `mode-bits` or `none`. */
  readonly protection_kind: string
  readonly executors: Readonly<Record<string, { readonly state: string; readonly detail: string }>>
}

/** The line a starting server writes to its standard output, once. */
export type StartReport =
  | ({ readonly ready: true } & ServerFile)
  | { readonly ready: false; readonly error: ErrorBody['error'] }

/** One line of `GET /api/events` (NDJSON): a job as it is now. `id` resumes the stream. */
export interface JobChange {
  readonly type: 'job'
  readonly id: number
  readonly name: string
  readonly job: JobSummary
}

/** A file of the client's machine. */
export interface UploadedFile {
  /** Below the folder it came with, with `/`; '' for a file by itself. */
  readonly path: string
  /** In hexadecimal. */
  readonly sha256: string
  readonly executable?: boolean
}

/** What the client has at an absolute path. */
export type UploadedPath =
  | { readonly type: 'missing' }
  | { readonly type: 'file'; readonly sha256: string; readonly executable?: boolean }
  | { readonly type: 'folder'; readonly files: readonly UploadedFile[] }

export type UploadedPaths = Readonly<Record<string, UploadedPath>>

/** Answer 202 to a request over TCP: say what is at these paths, send bytes of these hashes, and ask again. */
export interface UploadNeeds {
  readonly paths: readonly string[]
  readonly hashes: readonly string[]
}
