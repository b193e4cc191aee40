import { DATA_TYPES, MODEL_TYPES } from '../../core/entity.ts'
import type { Command, Flag, Run } from '../grammar/command.ts'
import {
  ARCHIVED,
  DESCRIPTION,
  file,
  flag,
  GENERIC_UPDATE,
  LABEL,
  LONG_DESCRIPTION,
  MAX_RESULTS,
  NO_WAIT,
  name,
  newName,
  option,
  REGISTRY,
  SET,
  SKIP_VALIDATION,
  TAGS,
  VERSION,
  YES,
} from './common.ts'

type AssetCommands = typeof import('../commands/asset.ts')

/** Loads one of the functions that make the commands of every asset kind. */
function lazily(kind: string, pick: (commands: AssetCommands) => (kind: string) => Run) {
  return async () => pick(await import('../commands/asset.ts'))(kind)
}

const NOUNS: Readonly<Record<string, string>> = {
  data: 'a data asset',
  environment: 'an environment',
}
const PLURALS: Readonly<Record<string, string>> = {
  data: 'data assets',
  model: 'models',
  environment: 'environments',
  component: 'components',
}
const nounOf = (kind: string): string => NOUNS[kind] ?? `a ${kind}`

const STAGE = option('stage -s', 'Stage of the model.')
const DRY_RUN = flag('dry-run', 'List what would be uploaded; create nothing.', { isOwn: true })
const PATH = option('path -p', 'Local path or URI of the bytes.', { completes: 'file' })
const DATASTORE = option('datastore', 'Datastore to upload to.', { completes: 'datastore' })

/** The verbs that data, models, environments and components share. */
function assetCommands(kind: string, create: Pick<Command, 'flags' | 'examples'>): Command[] {
  const one = (): Flag[] => [name(kind), LABEL, REGISTRY, VERSION]
  return [
    {
      words: `${kind} create`,
      summary: `Create ${nounOf(kind)}, or a new version of one.`,
      ...create,
      load: lazily(kind, (c) => c.createAsset),
    },
    {
      words: `${kind} show`,
      summary: `Show a version of ${nounOf(kind)}; the latest when none is named.`,
      flags: one,
      load: lazily(kind, (c) => c.showAsset),
    },
    {
      words: `${kind} list`,
      summary: `List ${PLURALS[kind] ?? kind}, or with --name the versions of one.`,
      flags: () => [
        option('name -n', 'List the versions of this one.', { completes: 'name' }),
        ...ARCHIVED,
        MAX_RESULTS,
        REGISTRY,
        ...(kind === 'model' ? [STAGE] : []),
      ],
      load: lazily(kind, (c) => c.listAssets),
    },
    {
      words: `${kind} archive`,
      summary: `Hide a version of ${nounOf(kind)}, or without --version all of it.`,
      flags: one,
      load: lazily(kind, (c) => c.archiveAsset),
    },
    {
      words: `${kind} restore`,
      summary: `Bring back ${nounOf(kind)} that is archived.`,
      flags: one,
      load: lazily(kind, (c) => c.restoreAsset),
    },
    {
      words: `${kind} update`,
      summary: `Change description, tags or properties of ${nounOf(kind)}.`,
      flags: () => [
        ...one(),
        ...(kind === 'model' ? [STAGE] : []),
        ...GENERIC_UPDATE,
        option('file -f', 'Refused, with what to do instead.', { isHidden: true, isOwn: true }),
      ],
      load: lazily(kind, (c) => c.updateAsset),
    },
    {
      words: `${kind} delete`,
      summary: `Delete a version of ${nounOf(kind)}, or without --version all of it.`,
      flags: () => [...one(), YES],
      load: lazily(kind, (c) => c.deleteAsset),
    },
    {
      words: `${kind} set-label`,
      summary: `Let a label of your own, such as champion, name a version of ${nounOf(kind)}.`,
      flags: () => [
        name(kind),
        option('label -l', 'The label.', { required: true }),
        option('version -v', 'The version it names.', { required: true }),
        REGISTRY,
      ],
      load: lazily(kind, (c) => c.setLabel),
    },
    {
      words: `${kind} validate`,
      summary: `Check the YAML file of ${nounOf(kind)} without creating it.`,
      flags: () => [
        file(kind),
        SET,
        flag('strict', 'Refuse every substitution.', { isOwn: true }),
        flag('exit-status', 'Exit code 1 when there are errors.', { isOwn: true }),
      ],
      load: async () => (await import('../commands/validate.ts')).validateKind(kind),
    },
  ]
}

function shareCommand(kind: string): Command {
  return {
    words: `${kind} share`,
    summary: `Copy a version of ${nounOf(kind)} to a registry.`,
    flags: () => [
      name(kind),
      option('registry-name', 'The registry to share with.', { required: true }),
      option('share-with-name', 'Its name there.', { required: true }),
      option('share-with-version', 'Its version there.', { required: true }),
      option('version -v', 'The version to share.', { required: true, completes: 'version' }),
    ],
    load: lazily(kind, (c) => c.shareAsset),
  }
}

function downloadCommand(kind: string): Command {
  return {
    words: `${kind} download`,
    summary: `Download the bytes of ${nounOf(kind)}.`,
    flags: () => [
      name(kind),
      option('version -v', 'Version; the latest when left out.', { completes: 'version' }),
      option('download-path -p', 'Folder to write to.', { standard: '.', completes: 'file' }),
      REGISTRY,
    ],
    load: lazily(kind, (c) => c.downloadAsset),
  }
}

const SHARED_CREATE = (kind: string): Flag[] => [file(kind, false), newName(kind), VERSION, SET]

export const ASSET_COMMANDS: readonly Command[] = [
  ...assetCommands('data', {
    flags: () => [
      ...SHARED_CREATE('data asset'),
      DATASTORE,
      DESCRIPTION,
      NO_WAIT,
      PATH,
      REGISTRY,
      SKIP_VALIDATION,
      option('type -t', 'Type of the data asset.', { choices: DATA_TYPES }),
      TAGS,
      DRY_RUN,
      flag('in-place', 'Register the folder where it is, without a copy.', { isOwn: true }),
    ],
    examples: [
      {
        title: 'From a file on this machine',
        line: 'amlet data create -n taxi --type uri_file --path data.csv',
      },
    ],
  }),
  shareCommand('data'),
  downloadCommand('data'),
  ...assetCommands('model', {
    flags: () => [
      ...SHARED_CREATE('model'),
      DATASTORE,
      LONG_DESCRIPTION,
      NO_WAIT,
      PATH,
      REGISTRY,
      STAGE,
      TAGS,
      option('type -t', 'Type of the model.', { choices: MODEL_TYPES }),
      DRY_RUN,
    ],
    examples: [
      {
        title: 'An MLflow model from a folder',
        line: 'amlet model create -n taxi_model --type mlflow_model --path ./model',
      },
      {
        title: "From a job's output",
        line: 'amlet model create -n taxi_model --type mlflow_model --path azureml://jobs/NAME/outputs/model/paths/',
      },
    ],
  }),
  shareCommand('model'),
  downloadCommand('model'),
  ...assetCommands('environment', {
    flags: () => [
      ...SHARED_CREATE('environment'),
      option('build-context -b', 'Folder with a Dockerfile.', { completes: 'file' }),
      option('conda-file -c', 'Conda file.', { completes: 'file' }),
      DATASTORE,
      LONG_DESCRIPTION,
      option('dockerfile-path -d', 'Dockerfile below the folder.', { standard: '/Dockerfile' }),
      option('image -i', 'Image.'),
      NO_WAIT,
      option('os-type', 'Operating system.', { choices: ['linux', 'windows'] }),
      REGISTRY,
      TAGS,
    ],
    examples: [
      {
        title: 'From a conda file',
        line: 'amlet environment create -n train --conda-file environment.yml',
      },
    ],
  }),
  shareCommand('environment'),
  ...assetCommands('component', {
    flags: () => [file('component'), newName('component'), REGISTRY, SET, SKIP_VALIDATION, VERSION],
  }),
]
