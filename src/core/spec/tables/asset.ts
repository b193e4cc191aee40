import { finishData, finishModel } from '../asset-rule.ts'
import { checkEnvironment } from '../environment-rule.ts'
import {
  anything,
  exactWord,
  listOf,
  mapOf,
  object,
  optional,
  readOnly,
  required,
  type Table,
  text,
  version,
  word,
} from '../field.ts'
import { assetName, environmentFields, looseTags, shownAssetFields } from './shared.ts'
import { environmentSlips } from './slips.ts'

const common = {
  ...shownAssetFields,
  version: optional(version, 'the version', { default: 'one more than the last' }),
  description: optional(text, 'what it is'),
  tags: optional(looseTags, 'labels of your own'),
  datastore: optional(text, 'where a local upload is kept', { default: 'workspaceblobstore' }),
} as const

export const data: Table = {
  title: 'data asset',
  unknown: 'reject',
  fields: {
    ...common,
    name: required(assetName, 'the name of the asset'),
    type: optional(
      exactWord('uri_file', 'uri_folder', 'mltable'),
      'a file, a folder, or a folder with an MLTable file',
      {
        default: 'uri_folder',
      },
    ),
    path: required(
      {
        kind: 'path',
        must: 'exist',
        orReference: 'input',
        orUrl: true,
        what: 'data file or folder',
      },
      'a local path, an address or a reference',
    ),
    properties: optional(mapOf(anything), 'properties of your own'),
    auto_delete_setting: optional(anything, 'recorded'),
    skip_validation: optional(anything, 'recorded'),
  },
  rule: finishData,
}

const template: Table = {
  title: 'deployment template',
  unknown: 'keep',
  fields: { asset_id: optional(text, 'the template') },
}

export const modelFields: Table['fields'] = {
  ...common,
  type: optional(word('custom_model', 'mlflow_model', 'triton_model'), 'what kind of model', {
    default: 'custom_model',
  }),
  path: optional(
    {
      kind: 'path',
      must: 'exist',
      orReference: 'input',
      orUrl: true,
      what: 'model file or folder',
    },
    'a local path, an address, a run or a job',
  ),
  stage: optional(text, 'recorded'),
  flavors: optional(mapOf(anything), 'how an MLflow model can be loaded'),
  properties: optional(mapOf(anything), 'properties of your own'),
  system_metadata: optional(mapOf(anything), 'recorded'),
  default_deployment_template: optional(
    object(() => template),
    'recorded',
  ),
  allowed_deployment_templates: optional(listOf(object(() => template)), 'recorded'),
  job_name: readOnly('the job that made it'),
  utc_time_created: readOnly('when it was made'),
  intellectual_property: readOnly('recorded by the service'),
}

export const model: Table = {
  title: 'model',
  unknown: 'reject',
  fields: { name: required(assetName, 'the name of the model'), ...modelFields },
  rule: finishModel,
}

export const environmentAsset: Table = {
  title: 'environment',
  slips: environmentSlips,
  unknown: 'reject',
  fields: { ...environmentFields, name: required(assetName, 'the name of the environment') },
  rule: checkEnvironment,
}
