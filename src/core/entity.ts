/**
 * The entity: what a user writes in YAML, normalised. The same shape is stored, planned from and shown
 * (`job show -o yaml` can be fed back to `job create`), so its names are the YAML's own snake_case.
 *
 * `core/spec` makes entities from text: defaults that Azure's client fills in are filled in, local paths are
 * absolute, `file:` is taken off, components given by a local path stand inline, `conda_file` stands inline.
 * `assets` then pins them: every reference becomes a full id, and what it stands for is in `ResolvedAssets`.
 */

export const DATA_TYPES = ['uri_file', 'uri_folder', 'mltable'] as const
export const MODEL_TYPES = ['mlflow_model', 'custom_model', 'triton_model'] as const
type DataType = (typeof DATA_TYPES)[number]
type ModelType = (typeof MODEL_TYPES)[number]
export type PathType = DataType | ModelType
export type PrimitiveType = 'string' | 'number' | 'integer' | 'boolean'

export type InputMode = 'ro_mount' | 'download' | 'direct' | 'eval_mount' | 'eval_download'
/** `mount` is another word for `rw_mount`. */
export type OutputMode = 'rw_mount' | 'mount' | 'upload' | 'direct'

export type Literal = string | number | boolean

/** An input that is bytes. `path` is a local path, a reference, a URI or a `${{…}}` binding. */
export interface PathInput {
  readonly type?: PathType
  readonly path: string
  readonly mode?: InputMode
  readonly datastore?: string
}

/** A literal, a binding (`${{parent.inputs.x}}`, possibly with text around it), or bytes. */
export type InputValue = Literal | PathInput

export interface OutputValue {
  readonly type?: PathType
  readonly mode?: OutputMode
  /** A datastore URI, or a `${{parent.outputs.x}}` binding. */
  readonly path?: string
  /** Registers the output as an asset of this name when the job completes. */
  readonly name?: string
  readonly version?: string
}

export interface Port {
  readonly type: PathType | PrimitiveType
  readonly optional?: boolean
  readonly default?: Literal
  readonly min?: number
  readonly max?: number
  readonly enum?: readonly Literal[]
  readonly description?: string
  readonly mode?: InputMode | OutputMode
}

export interface EnvironmentEntity {
  readonly name?: string
  readonly version?: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly image?: string
  readonly build?: { readonly path: string; readonly dockerfile_path?: string }
  /** The parsed conda file, whichever way it was given. */
  readonly conda_file?: Readonly<Record<string, unknown>>
  readonly os_type?: string
  readonly inference_config?: Readonly<Record<string, unknown>>
  readonly properties?: Readonly<Record<string, string>>
}

export interface Resources {
  readonly instance_count?: number
  readonly instance_type?: string
  readonly shm_size?: string
  readonly docker_args?: string | readonly string[]
  readonly properties?: Readonly<Record<string, unknown>>
}

export type Distribution =
  | { readonly type: 'pytorch' | 'mpi'; readonly process_count_per_instance?: number }
  | {
      readonly type: 'tensorflow'
      readonly worker_count?: number
      readonly parameter_server_count?: number
    }
  | ({ readonly type: 'ray' } & Readonly<Record<string, unknown>>)

interface JobFields {
  readonly name?: string
  readonly display_name?: string
  readonly description?: string
  readonly experiment_name?: string
  readonly tags?: Readonly<Record<string, string | null>>
  readonly properties?: Readonly<Record<string, string | null>>
  /** `azureml:cpu-cluster`, `local`, `serverless`, an ARM id. */
  readonly compute?: string
  readonly identity?: Readonly<Record<string, unknown>>
  readonly services?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly inputs?: Readonly<Record<string, InputValue>>
  readonly outputs?: Readonly<Record<string, OutputValue>>
}

/** What a process needs to be started, in a job and in a component alike. */
interface CommandFields {
  readonly command: string
  readonly environment: string | EnvironmentEntity
  readonly code?: string
  readonly environment_variables?: Readonly<Record<string, string>>
  readonly distribution?: Distribution
  readonly resources?: Resources
}

export interface CommandJob extends JobFields, CommandFields {
  readonly type: 'command'
  readonly limits?: { readonly timeout?: number }
  readonly queue_settings?: Readonly<Record<string, unknown>>
  readonly parent_job_name?: string
}

export interface PipelineSettings {
  readonly default_compute?: string
  readonly default_datastore?: string
  readonly continue_on_step_failure?: boolean
  readonly force_rerun?: boolean
  readonly [key: string]: unknown
}

export interface PipelineJob extends JobFields {
  readonly type: 'pipeline'
  readonly jobs: Readonly<Record<string, PipelineNode>>
  readonly settings?: PipelineSettings
  /** Set when the job is a pipeline component that is run as a job; `jobs` is then that component's. */
  readonly component?: string | ComponentEntity
  readonly limits?: { readonly timeout?: number }
}

interface NodeFields {
  readonly inputs?: Readonly<Record<string, InputValue>>
  readonly outputs?: Readonly<Record<string, OutputValue | string>>
  readonly compute?: string
  readonly environment_variables?: Readonly<Record<string, string>>
  readonly resources?: Resources
  readonly limits?: Readonly<Record<string, number>>
  readonly display_name?: string
  readonly description?: string
  readonly comment?: string
  readonly tags?: Readonly<Record<string, string | null>>
  readonly properties?: Readonly<Record<string, string | null>>
  readonly identity?: Readonly<Record<string, unknown>>
  readonly services?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly queue_settings?: Readonly<Record<string, unknown>>
  /** An inline node's own mark; a component's is on the component. */
  readonly is_deterministic?: boolean
}

/** A step. An inline step of a file has become one with an anonymous inline component. */
export type PipelineNode = CommandNode | PipelineComponentNode | ParallelNode | SweepNode

interface CommandNode extends NodeFields {
  readonly type: 'command'
  readonly component: string | CommandComponent
  readonly environment?: string | EnvironmentEntity
  readonly distribution?: Distribution
}

export interface PipelineComponentNode extends NodeFields {
  readonly type: 'pipeline'
  readonly component: string | PipelineComponent
  readonly settings?: PipelineSettings
}

export interface ParallelFields {
  readonly task?: ParallelTask
  readonly input_data?: string
  readonly mini_batch_size?: string
  readonly partition_keys?: readonly string[]
  readonly mini_batch_error_threshold?: number
  readonly error_threshold?: number
  readonly logging_level?: string
  readonly max_concurrency_per_instance?: number
  readonly retry_settings?: { readonly max_retries?: number; readonly timeout?: number }
}

export interface ParallelTask {
  readonly type: 'run_function' | 'model' | 'function'
  readonly code?: string
  readonly entry_script?: string
  readonly environment?: string | EnvironmentEntity
  readonly program_arguments?: string
  readonly append_row_to?: string
  readonly model?: string
}

export interface ParallelNode extends NodeFields, ParallelFields {
  readonly type: 'parallel'
  readonly component: string | ParallelComponent
}

export interface Objective {
  readonly goal: 'minimize' | 'maximize'
  readonly primary_metric: string
}

export interface SweepFields {
  readonly search_space?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly sampling_algorithm?:
    | string
    | ({ readonly type: string } & Readonly<Record<string, unknown>>)
  readonly objective: Objective
  readonly early_termination?: { readonly type: string } & Readonly<Record<string, unknown>>
}

export interface SweepLimits {
  readonly max_total_trials?: number
  readonly max_concurrent_trials?: number
  readonly timeout?: number
  readonly trial_timeout?: number
}

export interface SweepNode extends NodeFields, SweepFields {
  readonly type: 'sweep'
  readonly trial: string | ComponentEntity
}

export interface SweepJob extends JobFields, SweepFields {
  readonly type: 'sweep'
  /** A command job's process, or a component (a pipeline component too). */
  readonly trial: CommandFields | ComponentEntity | string
  readonly limits?: SweepLimits
  readonly resources?: Resources
  readonly queue_settings?: Readonly<Record<string, unknown>>
}

export type JobEntity = CommandJob | PipelineJob | SweepJob

interface ComponentFields {
  readonly name?: string
  readonly version?: string
  readonly display_name?: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string | null>>
  /** Absent means true. */
  readonly is_deterministic?: boolean
  readonly inputs?: Readonly<Record<string, Port>>
  readonly outputs?: Readonly<Record<string, Port>>
}

export interface CommandComponent extends ComponentFields, CommandFields {
  readonly type: 'command'
  readonly additional_includes?: readonly string[]
}

export interface ParallelComponent extends ComponentFields, ParallelFields {
  readonly type: 'parallel'
  readonly resources?: Resources
}

export interface PipelineComponent extends ComponentFields {
  readonly type: 'pipeline'
  readonly jobs: Readonly<Record<string, PipelineNode>>
}

export type ComponentEntity = CommandComponent | ParallelComponent | PipelineComponent
