/*
 * Words of other tools and of other places, and what is meant: a field of the table, or what to do instead.
 */
type Slips = Readonly<Record<string, string>>

export const commandSlips: Slips = {
  script: 'command',
  cmd: 'command',
  env: 'environment',
  source_directory: 'code',
  compute_target: 'compute',
  image: 'write it below "environment:"',
  conda_file: 'write it below "environment:"',
  instance_count: 'write it below "resources:"',
  instance_type: 'write it below "resources:"',
  timeout: 'write it below "limits:"',
}

export const environmentSlips: Slips = {
  conda: 'conda_file',
  conda_dependencies: 'conda_file',
  docker: 'image',
  docker_image: 'image',
  dockerfile: 'build',
}

export const resourceSlips: Slips = {
  node_count: 'instance_count',
  nodes: 'instance_count',
  vm_size: 'instance_type',
  size: 'instance_type',
}

const BOTH_FORMS = 'a step has a "component", or "command" and "environment" of its own, not both'

/** Of a step that has a component. */
export const componentStepSlips: Slips = { command: BOTH_FORMS, code: BOTH_FORMS }

const IN_SETTINGS = 'write it below "settings:"'

export const pipelineSlips: Slips = {
  steps: 'jobs',
  default_compute: IN_SETTINGS,
  default_datastore: IN_SETTINGS,
  continue_on_step_failure: IN_SETTINGS,
  force_rerun: IN_SETTINGS,
}

export const spaceSlips: Slips = {
  min: 'min_value',
  max: 'max_value',
  low: 'min_value',
  high: 'max_value',
}

export const sweepLimitSlips: Slips = {
  max_trials: 'max_total_trials',
  max_concurrency: 'max_concurrent_trials',
}
