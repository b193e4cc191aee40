import { checkNodeRange, checkSizes, warnComputeName } from '../compute-rule.ts'
import {
  anything,
  boolean,
  integer,
  listOf,
  mapOf,
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
import { timer } from './trigger.ts'

const name: TextType = { kind: 'text', check: warnComputeName }

const common = {
  name: required(name, 'the name of the compute'),
  description: optional(text, 'what it is for'),
  location: optional(text, 'recorded'),
  tags: optional(mapOf(anything), 'labels of your own'),
  resource_id: optional(text, 'recorded'),
  id: readOnly('id given by the service'),
  provisioning_state: readOnly('how far its creation is'),
  provisioning_errors: readOnly('what went wrong'),
  created_on: readOnly('when it was made'),
  creation_context: readOnly('who made it and when'),
  state: readOnly('its state'),
} as const

export const assignedIdentity: Table = {
  title: 'identity',
  unknown: 'reject',
  fields: {
    type: required(
      word('system_assigned', 'user_assigned', 'none', 'system_assigned,user_assigned'),
      'the kind of identity',
    ),
    user_assigned_identities: optional(
      listOf(
        object(() => ({
          title: 'user-assigned identity',
          unknown: 'warn',
          fields: {
            resource_id: optional(text, 'the identity'),
            principal_id: readOnly('given by the service'),
            client_id: readOnly('given by the service'),
            tenant_id: readOnly('given by the service'),
          },
        })),
      ),
      'the identities',
    ),
    principal_id: readOnly('given by the service'),
    tenant_id: readOnly('given by the service'),
  },
}

const network: Table = {
  title: 'network settings',
  unknown: 'reject',
  fields: {
    vnet_name: optional(text, 'recorded'),
    subnet: optional(text, 'recorded'),
    public_ip_address: readOnly('given by the service'),
    private_ip_address: readOnly('given by the service'),
  },
}

const ssh: Table = {
  title: 'ssh settings',
  unknown: 'reject',
  fields: {
    admin_username: optional(text, 'the user that logs in'),
    admin_password: optional(text, 'recorded'),
    ssh_key_value: optional(text, 'the public key'),
    ssh_port: optional(integer, 'the port', { default: '22' }),
    ssh_private_key_file: optional(text, 'file of the private key'),
  },
}

const machineSsh: Table = {
  ...ssh,
  fields: {
    ...ssh.fields,
    admin_username: required(text, 'the user that logs in'),
    ssh_port: optional(integer, 'the port', { fill: 22 }),
  },
}

const script: Table = {
  title: 'setup script',
  unknown: 'reject',
  fields: {
    path: optional(text, 'the script'),
    command: optional(text, 'a command'),
    timeout_minutes: optional(integer, 'minutes it may take'),
  },
}

const application: Table = {
  title: 'custom application',
  unknown: 'reject',
  fields: {
    name: required(text, 'its name'),
    type: optional(word('docker'), 'its kind'),
    image: optional(mapOf(anything), 'its image'),
    endpoints: optional(listOf(mapOf(anything)), 'its ports'),
    environment_variables: optional(mapOf(anything), 'its variables'),
    bind_mounts: optional(listOf(mapOf(anything)), 'its mounts'),
  },
}

const startStop: Table = {
  title: 'start and stop schedule',
  unknown: 'reject',
  fields: {
    action: required(word('start', 'stop'), 'what happens'),
    state: optional(word('enabled', 'disabled'), 'whether it happens', { fill: 'enabled' }),
    trigger: optional(timer, 'when it happens'),
    schedule_id: readOnly('given by the service'),
    provisioning_state: readOnly('given by the service'),
  },
}

const cluster: Table = {
  title: 'compute cluster',
  unknown: 'reject',
  fields: {
    type: required(word('amlcompute'), 'the kind of compute'),
    ...common,
    size: optional(text, 'size of a node; recorded'),
    tier: optional(word('dedicated', 'low_priority'), 'recorded'),
    min_instances: optional({ kind: 'integer', min: 0 }, 'how many nodes at least', {
      fill: 0,
    }),
    max_instances: optional({ kind: 'integer', min: 0 }, 'how many nodes at most', {
      fill: 4,
    }),
    idle_time_before_scale_down: optional(integer, 'recorded', { fill: 120 }),
    ssh_public_access_enabled: optional(boolean, 'recorded'),
    ssh_settings: optional(
      object(() => ssh),
      'recorded',
    ),
    network_settings: optional(
      object(() => network),
      'recorded',
    ),
    identity: optional(
      object(() => assignedIdentity),
      'recorded',
    ),
    enable_node_public_ip: optional(boolean, 'recorded', { fill: true }),
  },
  rule: checkNodeRange,
}

const instance: Table = {
  title: 'compute instance',
  unknown: 'reject',
  fields: {
    type: required(word('computeinstance'), 'the kind of compute'),
    ...common,
    size: optional(text, 'size; recorded'),
    network_settings: optional(
      object(() => network),
      'recorded',
    ),
    create_on_behalf_of: optional(mapOf(anything), 'recorded'),
    ssh_settings: optional(
      object(() => ssh),
      'recorded',
    ),
    ssh_public_access_enabled: optional(boolean, 'recorded'),
    schedules: optional(
      object(() => ({
        title: 'schedules',
        unknown: 'reject',
        fields: { compute_start_stop: optional(listOf(object(() => startStop)), 'when it runs') },
      })),
      'recorded',
    ),
    identity: optional(
      object(() => assignedIdentity),
      'recorded',
    ),
    idle_time_before_shutdown: optional(text, 'recorded'),
    idle_time_before_shutdown_minutes: optional(integer, 'recorded'),
    custom_applications: optional(listOf(object(() => application)), 'recorded'),
    setup_scripts: optional(
      object(() => ({
        title: 'setup scripts',
        unknown: 'reject',
        fields: {
          creation_script: optional(
            object(() => script),
            'runs once',
          ),
          startup_script: optional(
            object(() => script),
            'runs at each start',
          ),
        },
      })),
      'recorded',
    ),
    enable_node_public_ip: optional(boolean, 'recorded', { fill: true }),
    enable_sso: optional(boolean, 'recorded', { fill: true }),
    enable_root_access: optional(boolean, 'recorded', { fill: true }),
    release_quota_on_stop: optional(boolean, 'recorded', { fill: false }),
    enable_os_patching: optional(boolean, 'recorded', { fill: false }),
    last_operation: readOnly('given by the service'),
    services: readOnly('given by the service'),
    os_image_metadata: readOnly('given by the service'),
  },
}

const kubernetes: Table = {
  title: 'Kubernetes compute',
  unknown: 'keep',
  fields: {
    type: required(word('kubernetes'), 'the kind of compute'),
    ...common,
    namespace: required(text, 'the namespace that jobs run in'),
    properties: optional(mapOf(anything), 'recorded'),
    identity: optional(
      object(() => assignedIdentity),
      'recorded',
    ),
  },
}

const machine: Table = {
  title: 'virtual machine',
  unknown: 'reject',
  fields: {
    type: required(word('virtualmachine'), 'the kind of compute'),
    ...common,
    resource_id: required(text, 'the machine'),
    ssh_settings: optional(
      object(() => machineSsh),
      'how it is reached',
    ),
    compute_location: readOnly('given by the service'),
  },
}

const synapse: Table = {
  title: 'Synapse Spark compute',
  unknown: 'keep',
  fields: {
    type: required(word('synapsespark'), 'the kind of compute'),
    ...common,
    resource_id: required(text, 'the pool'),
    identity: optional(
      object(() => assignedIdentity),
      'recorded',
    ),
  },
}

/** A kind that amlet runs jobs on itself; what is special to an engine is checked by that engine. */
function own(type: string, title: string, more: Pick<Table, 'rule'> & Partial<Table> = {}) {
  const fields = { type: required(word(type), 'the kind of compute'), ...common, ...more.fields }
  const table: Table = { title, unknown: 'keep', ...more, fields }
  return () => table
}

const sizes: Table['fields'] = {
  cpus: optional(anything, 'CPUs that its jobs hold together at most, `4` or `500m`'),
  gpus: optional(anything, 'GPUs that its jobs hold together at most'),
  memory: optional(anything, 'memory that its jobs hold together at most, `8Gi`'),
  instance_types: optional(
    listOf(mapOf(anything)),
    "sizes that `resources.instance_type` names: `{name: gpu, cpus: 4, gpus: 1, memory: 16Gi}`, or an `InstanceType` manifest of Azure's Kubernetes extension",
  ),
}

export const compute: TaggedType = {
  kind: 'tagged',
  title: 'compute',
  field: 'type',
  tables: {
    amlcompute: () => cluster,
    computeinstance: () => instance,
    kubernetes: () => kubernetes,
    virtualmachine: () => machine,
    synapsespark: () => synapse,
    local: own('local', 'local compute', { fields: sizes, rule: checkSizes }),
    container: own('container', 'container compute'),
    slurm: own('slurm', 'Slurm compute'),
    ssh: own('ssh', 'ssh compute'),
  },
}
