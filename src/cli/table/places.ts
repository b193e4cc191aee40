import type { Command, Flag, Run } from '../grammar/command.ts'
import {
  file,
  flag,
  GENERIC_UPDATE,
  LONG_DESCRIPTION,
  MAX_RESULTS,
  NO_WAIT,
  name,
  newName,
  option,
  SET,
  TAGS,
  tri,
  YES,
} from './common.ts'

type PlaceCommands = typeof import('../commands/place.ts')

function lazily(kind: string, pick: (commands: PlaceCommands) => (kind: string) => Run) {
  return async () => pick(await import('../commands/place.ts'))(kind)
}

function show(kind: string): Command {
  return {
    words: `${kind} show`,
    summary: `Show a ${kind}.`,
    flags: () => [name(kind, kind === 'compute' || kind === 'datastore' ? kind : 'name')],
    load: lazily(kind, (c) => c.showPlace),
  }
}

function listAll(kind: string, flags: readonly Flag[] = [MAX_RESULTS]): Command {
  return {
    words: `${kind} list`,
    summary: `List ${kind === 'registry' ? 'registries' : `${kind}s`}.`,
    flags: () => flags,
    load: lazily(kind, (c) => c.listPlaces),
  }
}

function update(kind: string, flags: () => readonly Flag[]): Command {
  return {
    words: `${kind} update`,
    summary: `Change a ${kind}.`,
    flags: () => [option('name -n', `Name of the ${kind}.`), ...flags(), ...GENERIC_UPDATE],
    load: lazily(kind, (c) => c.updatePlace),
  }
}

/** az asks before it deletes a compute or a workspace, and not before a datastore, schedule or registry. */
function remove(kind: string, flags: readonly Flag[], verb = 'delete'): Command {
  return {
    words: `${kind} ${verb}`,
    summary: `${verb === 'detach' ? 'Detach' : 'Delete'} a ${kind}.`,
    flags: () => [option('name -n', `Name of the ${kind}.`, { required: true }), ...flags],
    load: lazily(kind, (c) => c.deletePlace),
  }
}

function act(kind: string, verb: string, summary: string): Command {
  return {
    words: `${kind} ${verb}`,
    summary,
    flags: () => [name(kind), NO_WAIT],
    load: lazily(kind, (c) => (of) => c.actOnPlace(of, verb)),
  }
}

function validate(kind: string): Command {
  return {
    words: `${kind} validate`,
    summary: `Check the YAML file of a ${kind} without creating it.`,
    flags: () => [
      file(kind),
      SET,
      flag('strict', 'Refuse every substitution.', { isOwn: true }),
      flag('exit-status', 'Exit code 1 when there are errors.', { isOwn: true }),
    ],
    load: async () => (await import('../commands/validate.ts')).validateKind(kind),
  }
}

const CLOUD = { isHidden: true }

function ignored(...names: readonly string[]): Flag[] {
  return names.map((long) => option(long, 'Accepted for the sake of scripts.', CLOUD))
}

const COMPUTE_IDENTITY = ignored('identity-type', 'user-assigned-identities -i')

export const PLACE_COMMANDS: readonly Command[] = [
  {
    words: 'datastore create',
    summary: 'Create a datastore: a named place for bytes.',
    flags: () => [
      file('datastore', false),
      newName('datastore'),
      SET,
      option('path', 'Local folder that becomes the datastore.', {
        isOwn: true,
        completes: 'file',
      }),
      option('description', 'Description.', { isOwn: true }),
    ],
    examples: [
      {
        title: 'A folder of this machine',
        line: 'amlet datastore create -n mydata --path /data',
      },
    ],
    load: lazily('datastore', (c) => c.createPlace),
  },
  show('datastore'),
  listAll('datastore'),
  update('datastore', () => [file('datastore', false)]),
  remove('datastore', []),
  validate('datastore'),
  {
    words: 'compute create',
    summary: 'Create a compute: a named place to run.',
    flags: () => [
      file('compute', false),
      newName('compute'),
      SET,
      option('type -t', 'Type of the compute.'),
      option('size', 'Size; recorded.'),
      option('min-instances', 'Smallest number of nodes.', { isInteger: true }),
      option('max-instances', 'Largest number of nodes.', { isInteger: true }),
      option('idle-time-before-scale-down -d', 'Seconds before idle nodes go.', {
        isInteger: true,
      }),
      LONG_DESCRIPTION,
      TAGS,
      NO_WAIT,
      tri('ssh-public-access-enabled -p', 'Accepted for the sake of scripts.', CLOUD),
      tri('enable-node-public-ip', 'Accepted for the sake of scripts.', CLOUD),
      ...ignored('admin-password', 'admin-username', 'location -l', 'ssh-key-value', 'subnet'),
      ...ignored('tier', 'user-object-id', 'user-tenant-id', 'vnet-name'),
      ...COMPUTE_IDENTITY,
    ],
    load: lazily('compute', (c) => c.createPlace),
  },
  {
    words: 'compute attach',
    summary: 'Attach a compute that exists: a cluster, another machine.',
    flags: () => [
      file('compute', false),
      newName('compute'),
      option('type -t', 'Type of the compute.'),
      option('resource-id', 'Id of what is attached.'),
      option('namespace', 'Namespace of a Kubernetes cluster.'),
      option('ssh-private-key-file', 'Private key.', { completes: 'file' }),
      option('ssh-port', 'Port of ssh.', { isInteger: true }),
      NO_WAIT,
      ...ignored('admin-password', 'admin-username'),
      ...COMPUTE_IDENTITY,
    ],
    load: lazily('compute', (c) => c.createPlace),
  },
  show('compute'),
  listAll('compute', [MAX_RESULTS, option('type', 'Only computes of this type.')]),
  update('compute', () => [
    option('min-instances', 'Smallest number of nodes.', { isInteger: true }),
    option('max-instances', 'Largest number of nodes.', { isInteger: true }),
    option('idle-time-before-scale-down -d', 'Seconds before idle nodes go.', { isInteger: true }),
    TAGS,
    NO_WAIT,
    ...COMPUTE_IDENTITY,
  ]),
  remove('compute', [NO_WAIT, YES]),
  remove('compute', [NO_WAIT, YES], 'detach'),
  act('compute', 'start', 'Let a compute take jobs again.'),
  act('compute', 'stop', 'Let a compute take no more jobs.'),
  act('compute', 'restart', 'Stop and start a compute.'),
  {
    words: 'compute list-nodes',
    summary: 'The nodes of a compute.',
    flags: () => [name('compute', 'compute')],
    load: lazily('compute', (c) => () => c.listNodes),
  },
  {
    words: 'compute list-sizes',
    summary: 'What this machine has, as a size.',
    flags: () => [option('location -l', 'Accepted.'), option('type -t', 'Accepted.')],
    load: lazily('compute', (c) => () => c.listSizes),
  },
  {
    words: 'compute list-usage',
    summary: 'What is used of what there is.',
    flags: () => [option('location -l', 'Accepted.')],
    load: lazily('compute', (c) => () => c.listUsage),
  },
  validate('compute'),
  {
    words: 'schedule create',
    summary: 'Create a schedule.',
    flags: () => [file('schedule'), newName('schedule'), NO_WAIT, SET],
    load: lazily('schedule', (c) => c.createPlace),
  },
  show('schedule'),
  listAll('schedule', [
    flag('disabled-only', 'Only disabled ones.'),
    flag('include-disabled', 'Disabled ones too.'),
    MAX_RESULTS,
  ]),
  update('schedule', () => [file('schedule', false), NO_WAIT]),
  remove('schedule', [NO_WAIT]),
  act('schedule', 'enable', 'Enable a schedule.'),
  act('schedule', 'disable', 'Disable a schedule.'),
  {
    words: 'schedule trigger',
    summary: 'Run the job of a schedule now.',
    flags: () => [name('schedule', 'schedule')],
    load: lazily('schedule', (c) => (of) => c.actOnPlace(of, 'trigger')),
  },
  validate('schedule'),
  {
    words: 'workspace create',
    summary: 'Create a workspace: there is one, so its facts are recorded.',
    flags: () => [
      file('workspace', false),
      newName('workspace'),
      SET,
      NO_WAIT,
      LONG_DESCRIPTION,
      option('display-name', 'Display name.'),
      TAGS,
      tri('enable-data-isolation -e', 'Accepted for the sake of scripts.', CLOUD),
      tri('provision-network-now', 'Accepted for the sake of scripts.', CLOUD),
      tri('update-dependent-resources -u', 'Accepted for the sake of scripts.', CLOUD),
      tri('allow-roleassignment-on-rg -r', 'Accepted for the sake of scripts.', CLOUD),
      ...ignored('application-insights -a', 'container-registry -c', 'default-resource-group'),
      ...ignored('hub-id', 'image-build-compute -i', 'key-vault -k', 'kind', 'location -l'),
      ...ignored('managed-network -m', 'primary-user-assigned-identity -p'),
      ...ignored('public-network-access', 'storage-account -s', 'system-datastores-auth-mode -d'),
    ],
    load: lazily('workspace', (c) => c.createPlace),
  },
  {
    words: 'workspace show',
    summary: 'Show the workspace.',
    flags: () => [option('name -n', 'Name of the workspace.')],
    load: lazily('workspace', (c) => c.showPlace),
  },
  listAll('workspace', [MAX_RESULTS, option('filtered-kinds', 'Accepted.')]),
  update('workspace', () => [
    file('workspace', false),
    LONG_DESCRIPTION,
    option('display-name', 'Display name.'),
    TAGS,
    NO_WAIT,
    tri('allow-roleassignment-on-rg -r', 'Accepted for the sake of scripts.', CLOUD),
    tri('update-dependent-resources -u', 'Accepted for the sake of scripts.', CLOUD),
    ...ignored('application-insights -a', 'container-registry -c', 'image-build-compute -i'),
    ...ignored('managed-network -m', 'network-acls', 'primary-user-assigned-identity -p'),
    ...ignored('public-network-access', 'system-datastores-auth-mode -d'),
  ]),
  remove('workspace', [
    NO_WAIT,
    YES,
    flag('all-resources', 'Accepted.'),
    flag('permanently-delete -p', 'Accepted.'),
  ]),
  {
    words: 'registry create',
    summary: 'Create a registry: assets shared by name.',
    flags: () => [
      file('registry', false),
      newName('registry'),
      option('display-name', 'Display name.'),
      NO_WAIT,
      SET,
      TAGS,
      ...ignored('public-network-access'),
    ],
    load: lazily('registry', (c) => c.createPlace),
  },
  show('registry'),
  listAll('registry'),
  update('registry', () => [
    file('registry', false),
    option('display-name', 'Display name.'),
    NO_WAIT,
    TAGS,
    ...ignored('public-network-access'),
  ]),
  remove('registry', []),
]
