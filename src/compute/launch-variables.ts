import type { LaunchRequest } from '../core/plan/job-plan.ts'
import type { PlacedPort } from './launch-ports.ts'

/** What a launch needs to know of the workspace and the machine. */
export interface LaunchFacts {
  readonly subscription: string
  readonly resourceGroup: string
  readonly workspace: string
  readonly workspaceId: string
  readonly machine: { readonly cpus: number; readonly gpus: number }
  /** Variables that let the process log to its own MLflow run. */
  readonly tracking: (job: {
    readonly name: string
    readonly experiment: string
    readonly attempt: string
  }) => Readonly<Record<string, string>>
  /** What every process inherits: HOME, LANG, proxies. See `inheritedVariables`. */
  readonly inherited: Readonly<Record<string, string>>
  /** Folder of the program that drives parallel jobs. */
  readonly parallelDriver: string
}

export interface LaunchPorts {
  readonly workDir: string
  readonly dataDir: string
  readonly inputs: readonly PlacedPort[]
  readonly outputs: readonly PlacedPort[]
}

/**
 * The variables of a job's process, as on Azure (reference of the common runtime). Those that would send
 * `azureml.core` to the cloud are left out, so that `Run.get_context()` gives its offline run. What the user set
 * in the YAML comes last.
 */
export function launchVariables(
  request: LaunchRequest,
  facts: LaunchFacts,
  ports: LaunchPorts,
): Record<string, string> {
  return {
    ...facts.inherited,
    ...request.environment,
    ...facts.tracking({
      name: request.jobName,
      experiment: request.experiment,
      attempt: request.attemptId,
    }),
    ...jobVariables(request, facts, ports),
    ...inputVariables(ports.inputs),
    ...outputVariables(ports.outputs),
    ...request.process.environmentVariables,
  }
}

function jobVariables(request: LaunchRequest, facts: LaunchFacts, ports: LaunchPorts) {
  const { jobName, rootName, experiment, attemptId, attemptNumber, process } = request
  return {
    AMLET: '1',
    AMLET_ATTEMPT: String(attemptNumber),
    AMLET_ATTEMPT_ID: attemptId,
    AMLET_ERROR_FILE: `${request.runDir}/error.json`,
    _AZUREML_CR_ERROR_JSON_FILE: `${request.runDir}/error.json`,
    AZUREML_ROOT_RUN_ID: rootName,
    AZUREML_RUN_ID: jobName,
    AZUREML_ARM_PROJECT_NAME: experiment,
    AZUREML_ARM_SUBSCRIPTION: facts.subscription,
    AZUREML_ARM_RESOURCEGROUP: facts.resourceGroup,
    AZUREML_ARM_WORKSPACE_NAME: facts.workspace,
    AZUREML_WORKSPACE_ID: facts.workspaceId,
    AZUREML_CR_EXECUTION_WORKING_DIR_PATH: ports.workDir,
    AZUREML_CR_DATA_CAPABILITY_PATH: ports.dataDir,
    AZUREML_CR_HT_CAP_outputs_PATH: `${ports.workDir}/outputs`,
    AZUREML_CR_HT_CAP_logs_PATH: `${ports.workDir}/logs`,
    AZUREML_CR_NODE_RANK: '0',
    AZUREML_NODE_COUNT: String(process.instanceCount),
    AZUREML_PROCESS_NAME: 'rank_0',
  }
}

/** Variables that hold the path of an input, or of its one file. */
export function pathVariables(input: string) {
  return {
    own: `AZURE_ML_INPUT_${input}`,
    reference: `AZUREML_DATAREFERENCE_${input}`,
    file: `AZURE_ML_INPUT_${input}_FILE`,
  }
}

function inputVariables(inputs: readonly PlacedPort[]): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const { name, value, isLiteral, file, localUri } of inputs) {
    if (value === undefined) continue
    const paths = pathVariables(name)
    variables[isLiteral ? `AZUREML_PARAMETER_${name}` : paths.own] = value
    if (!isLiteral) variables[paths.reference] = value
    if (file !== undefined) variables[paths.file] = file
    if (localUri !== undefined) variables[`AZURE_ML_INPUT_${name}_LOCAL`] = localUri
  }
  return variables
}

/** Outputs come under two names; a plain one never replaces a variable that programs live by. */
const RESERVED = new Set(['path', 'home', 'user', 'logname', 'shell', 'pwd', 'ld_library_path'])

function outputVariables(outputs: readonly PlacedPort[]): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const { name, value } of outputs) {
    if (value === undefined) continue
    variables[`AZURE_ML_OUTPUT_${name}`] = value
    if (!RESERVED.has(name.toLowerCase())) variables[name] = value
  }
  if (outputs.length > 0)
    variables['AZUREML_DATASET_FILE_OUTPUTS'] = outputs.map(({ name }) => name).join(',')
  return variables
}

const INHERITED =
  /^(HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TERM|SSL_CERT_(FILE|DIR)|(https?|all|no|ftp)_proxy|REQUESTS_CA_BUNDLE|CUDA_VISIBLE_DEVICES|LD_LIBRARY_PATH|NVIDIA_\w+|HF_HOME|PIP_\w+|UV_\w+)$/i

/** What of the server's own variables a job's process gets. Secrets of the caller's shell are not among them. */
export function inheritedVariables(
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return {
    PATH: own['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    SHELL: '/bin/bash',
    ...Object.fromEntries(
      Object.entries(own).flatMap(([name, value]) =>
        value !== undefined && INHERITED.test(name) ? [[name, value]] : [],
      ),
    ),
  }
}
