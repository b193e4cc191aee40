const SUMMARIES: Readonly<Record<string, string>> = {
  '': "Azure Machine Learning's jobs on your own machines. `az ml` commands work as they are.",
  account: 'The local profile.',
  'batch-deployment': 'Batch deployments.',
  'batch-endpoint': 'Batch endpoints.',
  cloud: 'The local cloud.',
  component: 'Components: reusable steps of pipelines.',
  compute: 'Computes: named places to run.',
  config: 'Settings.',
  data: 'Data assets.',
  datastore: 'Datastores: named places for bytes.',
  environment: 'Environments.',
  extension: 'Extensions of az; ml is built in.',
  group: 'The local resource group.',
  job: 'Jobs.',
  mlflow: 'MLflow.',
  model: 'Models.',
  'online-deployment': 'Online deployments.',
  'online-endpoint': 'Online endpoints.',
  registry: 'Registries: assets shared by name.',
  schedule: 'Schedules of jobs.',
  server: 'The server behind these commands.',
  workspace: 'The workspace.',
}

/** One line about a group of commands. */
export function groupSummary(words: string): string {
  return SUMMARIES[words] ?? ''
}
