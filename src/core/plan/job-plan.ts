import type { Slots } from '../compute/sizes.ts'
import type { Distribution, InputMode, OutputMode, PathType } from '../entity.ts'
import type { MltableBody } from '../parallel/driver-plan.ts'
import type { ParallelSettings } from '../parallel/settings.ts'
import type { ResolvedCode, ResolvedData, ResolvedEnvironment } from './resolved.ts'

export type JobType = 'command' | 'pipeline' | 'sweep' | 'parallel'

/** One attempt does it all: a command, and a parallel job, whose driver makes the processes of its own. */
export const isLaunched = (type: JobType): boolean => type === 'command' || type === 'parallel'

/** Where the value of an input comes from, with every binding to a pipeline's own inputs followed. */
export type InputSource =
  | { readonly from: 'literal'; readonly text: string }
  | { readonly from: 'data'; readonly data: ResolvedData; readonly subpath?: string }
  /** Output `output` of the job named `job`, known once that job has completed. */
  | {
      readonly from: 'output'
      readonly job: string
      readonly output: string
      readonly subpath?: string
    }
  /** Optional and not given. */
  | { readonly from: 'nothing' }

export interface PlannedInput {
  readonly name: string
  /** Absent for a literal. */
  readonly type?: PathType
  readonly mode?: InputMode
  readonly source: InputSource
}

export interface PlannedOutput {
  readonly name: string
  readonly type: PathType
  readonly mode: OutputMode
  /** Canonical URI of the place. A folder's ends in `/`; a `uri_file`'s names the file. */
  readonly uri: string
  /** The user chose the place: it is written to directly and nothing there is removed. */
  readonly isExplicit: boolean
  readonly register?: { readonly name: string; readonly version?: string }
  /** Of a pipeline: the child whose output this one is. */
  readonly of?: { readonly job: string; readonly output: string }
}

/** What has to be started for a job that is one process (or several alike). */
export interface PlannedProcess {
  /** The command with its `${{inputs.x}}` and `$[[ ]]` still in it: paths are known when it starts. */
  readonly command: string
  /** Absolute path of the stored snapshot. */
  readonly code?: ResolvedCode
  readonly environment: ResolvedEnvironment
  readonly environmentVariables: Readonly<Record<string, string>>
  readonly distribution?: Distribution
  readonly instanceCount: number
  readonly resources: Readonly<Record<string, unknown>>
  /** What it asks for, all nodes together; what is left out is one CPU a process and nothing else. */
  readonly slots?: Partial<Slots>
  /** The share of the machine that the jobs of its compute may hold together. */
  readonly pool?: { readonly name: string } & Partial<Slots>
  readonly timeoutSeconds?: number
}

/** An input on this machine. Either `text` or `path`/`uri` is set; neither: optional and not given. */
export interface PlacedInput {
  readonly name: string
  readonly type?: PathType
  readonly mode: InputMode
  /** A literal as Azure renders it. */
  readonly text?: string
  readonly uri?: string
  /** Absolute path of the bytes; absent when only the URI is known (`direct`, remote). */
  readonly path?: string
  readonly isFile?: boolean
  /** Name of the only file when a model was registered from one single file; `path` is then that file. */
  readonly singleFile?: string
}

/**
 * An output on this machine. `path` is a folder that exists before the process starts; a `uri_file` is to be
 * written to `path/<fileName>`.
 */
export interface PlacedOutput {
  readonly name: string
  readonly type: PathType
  readonly mode: OutputMode
  readonly uri: string
  readonly path: string
  readonly fileName?: string
}

/** All that a launch is built from. */
export interface LaunchRequest {
  readonly attemptId: string
  /** From 0: which try of the job this is. */
  readonly attemptNumber: number
  readonly jobName: string
  readonly rootName: string
  readonly experiment: string
  /** Absolute `runs/<attempt>`. */
  readonly runDir: string
  readonly process: PlannedProcess
  readonly inputs: readonly PlacedInput[]
  readonly outputs: readonly PlacedOutput[]
  /** Variables that the prepared environment wants set (`PATH`, `VIRTUAL_ENV`…), from `environments`. */
  readonly environment: Readonly<Record<string, string>>
  /** Of a parallel job: `process.command` is not used, the driver is started instead. */
  readonly parallel?: { readonly settings: ParallelSettings; readonly mltable?: MltableBody }
}

/** A job as it is to be recorded and run. Serialisable: it is stored beside the job's row. */
export interface JobPlan {
  readonly name: string
  readonly parent: string | null
  readonly root: string
  /** Dotted path below the root job, `''` for the root itself. */
  readonly step: string
  readonly type: JobType
  readonly displayName: string
  readonly description: string | null
  readonly experiment: string
  /** As the user named it, after defaults; `''` for a pipeline without one. */
  readonly compute: string
  readonly tags: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
  /** What `job show` prints, without live fields. */
  readonly entity: Readonly<Record<string, unknown>>
  /** Jobs that must have completed before this one may start, in the order of the file. */
  readonly needs: readonly string[]
  readonly inputs: readonly PlannedInput[]
  readonly outputs: readonly PlannedOutput[]
  /** Of a command. */
  readonly process?: PlannedProcess
  /** Of a pipeline: whether independent children go on when one fails. */
  readonly continueOnStepFailure: boolean
  /** Seconds after which a pipeline or a controlled job is cancelled. A command's is in `process`. */
  readonly timeoutSeconds?: number
  /** May take earlier results: a deterministic child of a pipeline that forces nothing. */
  readonly isReusable: boolean
  /**
   * What decides whether two runs are the same, part by part, in order; bound inputs are added when looked up.
   * A forced step has them too: others may take its results.
   */
  readonly reuseParts: readonly ReusePart[]
  /** Of a sweep or parallel job: what its controller works from. */
  readonly controlled?: Readonly<Record<string, unknown>>
}

/** One named part of a reuse key, such as `command` or `inputs.learning_rate`. */
export interface ReusePart {
  readonly name: string
  readonly value: string
}
