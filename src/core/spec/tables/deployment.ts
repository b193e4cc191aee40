import { readComponent } from '../component-value.ts'
import {
  checkBatchOutput,
  checkDeploymentName,
  checkScript,
  fillModel,
  liftErrorThreshold,
  readModel,
} from '../deployment-rule.ts'
import {
  anything,
  boolean,
  type ChoiceType,
  count,
  exactWord,
  type FieldType,
  integer,
  listOf,
  mapOf,
  mapOr,
  object,
  optional,
  readOnly,
  required,
  type Table,
  type TaggedType,
  type TextType,
  text,
  word,
} from '../field.ts'
import { modelFields } from './asset.ts'
import {
  compute,
  environment,
  environmentVariables,
  looseTags,
  resourceName,
  resources,
} from './shared.ts'

const name: TextType = { kind: 'text', check: checkDeploymentName }

const inlineModel: Table = {
  title: 'model',
  unknown: 'reject',
  fields: { name: optional(text, 'the name of the model'), ...modelFields },
  rule: fillModel,
}
export const modelReference: ChoiceType = mapOr(
  object(() => inlineModel),
  { kind: 'reference', of: 'model', bare: true },
)
const model: FieldType = { kind: 'custom', like: modelReference, read: readModel }

const codeConfiguration: Table = {
  title: 'code configuration',
  unknown: 'reject',
  fields: {
    code: optional(
      { kind: 'path', must: 'any', orReference: 'code', orUrl: true, what: 'code folder' },
      'the folder of the script',
    ),
    scoring_script: optional(text, 'the script with init() and run(data)'),
  },
  rule: checkScript,
}

const common: Table['fields'] = {
  name: required(name, 'the name of the deployment'),
  endpoint_name: required(text, 'the endpoint that it belongs to'),
  description: optional(text, 'what it is for'),
  tags: optional(looseTags, 'labels of your own'),
  properties: optional(looseTags, 'properties of your own'),
  model: optional(model, 'the model: a reference, or the model itself'),
  code_configuration: optional(
    object(() => codeConfiguration),
    'the script that scores',
  ),
  environment: optional(environment, 'what it runs in'),
  environment_variables: optional(environmentVariables, 'variables of the process'),
  id: readOnly('id given by the service'),
  provisioning_state: readOnly('how far its creation is'),
  creation_context: readOnly('who made it and when'),
}

const probe: Table = {
  title: 'probe',
  unknown: 'reject',
  fields: {
    initial_delay: optional(integer, 'seconds before the first try', { default: '10' }),
    period: optional(integer, 'seconds between tries', { default: '10' }),
    timeout: optional(integer, 'seconds a try may take', { default: '2' }),
    success_threshold: optional(integer, 'successes in a row that count', { default: '1' }),
    failure_threshold: optional(integer, 'failures in a row that count', { default: '30' }),
  },
}

const requestSettings: Table = {
  title: 'request settings',
  unknown: 'reject',
  fields: {
    request_timeout_ms: optional(integer, 'milliseconds a call may take', { default: '5000' }),
    max_concurrent_requests_per_instance: optional(integer, 'calls at once', { default: '1' }),
    max_queue_wait_ms: optional(integer, 'milliseconds a call may wait', { default: '500' }),
  },
}

const scaleSettings: TaggedType = {
  kind: 'tagged',
  title: 'scale settings',
  field: 'type',
  tables: {
    default: () => ({
      title: 'default scale settings',
      unknown: 'reject',
      fields: { type: required(word('default'), 'the kind') },
    }),
    target_utilization: () => ({
      title: 'target utilization',
      unknown: 'reject',
      fields: {
        type: required(word('target_utilization'), 'the kind'),
        min_instances: optional(integer, 'how many instances at least'),
        max_instances: optional(integer, 'how many instances at most'),
        polling_interval: optional(integer, 'seconds between looks'),
        target_utilization_percentage: optional(integer, 'how busy they should be'),
      },
    }),
  },
}

const collection: Table = {
  title: 'data collection',
  unknown: 'reject',
  fields: {
    enabled: required(word('true', 'false'), 'whether it collects, in quotes'),
    data: optional(
      mapOr(
        object(() => ({
          title: 'collected data',
          unknown: 'reject',
          fields: {
            name: optional(text, 'name of the data asset'),
            path: optional(text, 'where it is kept'),
            version: optional(text, 'version of the data asset'),
            data_id: optional(text, 'id of the data asset'),
          },
        })),
        text,
      ),
      'where it goes',
    ),
    client_id: optional(text, 'recorded'),
  },
}

const dataCollector: Table = {
  title: 'data collector',
  unknown: 'reject',
  fields: {
    collections: optional(mapOf(object(() => collection)), 'what is collected'),
    rolling_rate: optional(word('minute', 'hour', 'day'), 'how often a new file begins'),
    sampling_rate: optional({ kind: 'number', min: 0, max: 1 }, 'share of the calls that is kept', {
      default: '1',
    }),
    request_logging: optional(
      object(() => ({
        title: 'request logging',
        unknown: 'reject',
        fields: { capture_headers: optional(listOf(text), 'headers that are kept') },
      })),
      'what is kept of calls',
    ),
  },
}

const quantity: Table = {
  title: 'resource amounts',
  unknown: 'reject',
  fields: {
    cpu: optional(text, 'processors, in quotes'),
    memory: optional(text, 'memory, as "1Gi"'),
    gpu: optional(text, 'graphics processors, in quotes'),
    'nvidia.com/gpu': optional(text, 'graphics processors, in quotes'),
  },
}

const onlineFields: Table['fields'] = {
  ...common,
  app_insights_enabled: optional(boolean, 'recorded', { fill: false }),
  scale_settings: optional(scaleSettings, 'how many instances there are'),
  request_settings: optional(
    object(() => requestSettings),
    'how calls are queued',
  ),
  liveness_probe: optional(
    object(() => probe),
    'how it is asked whether it lives',
  ),
  readiness_probe: optional(
    object(() => probe),
    'how it is asked whether it is ready',
  ),
  instance_count: optional(count, 'how many instances', { default: '1' }),
  model_mount_path: optional(text, 'where the model is, in a container of your own'),
  data_collector: optional(
    object(() => dataCollector),
    'what is kept of the calls',
  ),
}

const managed: Table = {
  title: 'online deployment',
  unknown: 'reject',
  fields: {
    type: optional(word('managed'), 'the kind', { fill: 'managed' }),
    ...onlineFields,
    instance_type: required(text, 'size of an instance; recorded'),
    egress_public_network_access: optional(word('enabled', 'disabled'), 'recorded'),
    private_network_connection: optional(boolean, 'recorded'),
  },
}

const kubernetes: Table = {
  title: 'Kubernetes online deployment',
  unknown: 'reject',
  fields: {
    type: required(exactWord('kubernetes'), 'the kind'),
    ...onlineFields,
    instance_type: optional(text, 'size of an instance'),
    resources: optional(
      object(() => ({
        title: 'resources',
        unknown: 'reject',
        fields: {
          requests: optional(
            object(() => quantity),
            'what it gets',
          ),
          limits: optional(
            object(() => quantity),
            'what it may use',
          ),
        },
      })),
      'how much it gets',
    ),
  },
}

export const onlineDeployment: TaggedType = {
  kind: 'tagged',
  title: 'online deployment',
  field: 'type',
  default: 'managed',
  exact: true,
  tables: { managed: () => managed, kubernetes: () => kubernetes },
}

const retrySettings: Table = {
  title: 'retry settings',
  unknown: 'reject',
  fields: {
    max_retries: optional(integer, 'how often a mini-batch is tried again', { default: '3' }),
    timeout: optional(integer, 'seconds a mini-batch may take', { default: '30' }),
  },
}

const batchSettings: Table['fields'] = {
  mini_batch_size: optional(count, 'how many files make a mini-batch', { default: '10' }),
  max_concurrency_per_instance: optional(count, 'how many processes on each node', {
    default: '1',
  }),
  error_threshold: optional({ kind: 'integer', min: -1 }, 'how many files may fail', {
    default: '-1',
  }),
  output_action: optional(word('append_row', 'summary_only'), 'what is written', {
    default: 'append_row',
  }),
  output_file_name: optional(text, 'the file that is written', { default: 'predictions.csv' }),
  retry_settings: optional(
    object(() => retrySettings),
    'when a mini-batch is tried again',
  ),
  logging_level: optional(text, 'how much is logged', { default: 'info' }),
}

const batchResources = optional(
  object(() => resources),
  'how many nodes',
)

const modelSettings: Table = {
  title: 'model deployment settings',
  unknown: 'reject',
  fields: {
    ...batchSettings,
    instance_count: optional(count, 'how many nodes'),
    environment_variables: optional(environmentVariables, 'variables of the processes'),
  },
  rule: checkBatchOutput,
}

const modelDeployment: Table = {
  title: 'model batch deployment',
  unknown: 'reject',
  fields: {
    type: required(exactWord('model'), 'the kind'),
    ...common,
    compute: required(compute, 'where it runs'),
    resources: batchResources,
    error_threshold: optional({ kind: 'integer', min: -1 }, 'how many files may fail'),
    settings: optional(
      object(() => modelSettings),
      'how files are scored',
    ),
  },
  rule: liftErrorThreshold,
}

const pipelineFile: FieldType = {
  kind: 'custom',
  like: { kind: 'path', must: 'file', orReference: 'component', what: 'component file' },
  read: (place) => readComponent(place, 'pipeline'),
}

const pipelineDeployment: Table = {
  title: 'pipeline batch deployment',
  unknown: 'reject',
  fields: {
    type: required(exactWord('pipeline'), 'the kind'),
    name: required(resourceName, 'the name of the deployment'),
    endpoint_name: optional(text, 'the endpoint that it belongs to'),
    description: optional(text, 'what it is for'),
    tags: optional(looseTags, 'labels of your own'),
    component: optional(pipelineFile, 'the pipeline component that is run'),
    job_definition: optional(anything, 'the job that is run'),
    settings: optional(mapOf(anything), 'settings of the pipeline'),
    id: readOnly('id given by the service'),
  },
}

const legacyDeployment: Table = {
  title: 'batch deployment',
  unknown: 'reject',
  fields: {
    ...common,
    ...batchSettings,
    compute: optional(compute, 'where it runs'),
    resources: batchResources,
    component: optional(pipelineFile, 'the pipeline component that is run'),
    job_definition: optional({ kind: 'reference', of: 'job', bare: true }, 'the job that is run'),
  },
  rule: checkBatchOutput,
}

export const batchDeployment: TaggedType = {
  kind: 'tagged',
  title: 'batch deployment',
  field: 'type',
  default: 'legacy',
  tables: {
    model: () => modelDeployment,
    pipeline: () => pipelineDeployment,
    legacy: () => legacyDeployment,
  },
}
