import type { FieldType, Table } from './field.ts'
import { readJob } from './standalone-node.ts'
import { data, environmentAsset, model } from './tables/asset.ts'
import { component } from './tables/component.ts'
import { compute } from './tables/compute.ts'
import { datastore } from './tables/datastore.ts'
import { batchDeployment, onlineDeployment } from './tables/deployment.ts'
import { batchEndpoint, onlineEndpoint } from './tables/endpoint.ts'
import { job } from './tables/job.ts'
import { schedule } from './tables/schedule.ts'

/** The kinds of YAML file that amlet reads; each has a command group of the same name. */
export const SPEC_KINDS = [
  'job',
  'component',
  'data',
  'model',
  'environment',
  'compute',
  'datastore',
  'schedule',
  'online-endpoint',
  'online-deployment',
  'batch-endpoint',
  'batch-deployment',
] as const
export type SpecKind = (typeof SPEC_KINDS)[number]

function table(of: Table): FieldType {
  return { kind: 'object', table: () => of }
}

/** The type that the root of a file of each kind has. */
export const ROOT_TYPES: Readonly<Record<SpecKind, FieldType>> = {
  job: { kind: 'custom', like: job, read: readJob },
  component,
  data: table(data),
  model: table(model),
  environment: table(environmentAsset),
  compute,
  datastore,
  schedule: table(schedule),
  'online-endpoint': onlineEndpoint,
  'online-deployment': onlineDeployment,
  'batch-endpoint': table(batchEndpoint),
  'batch-deployment': batchDeployment,
}
