import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCommand } from '../../src/cli/grammar/find-command.ts'
import { parseArgs } from '../../src/cli/grammar/parse.ts'
import { unknownCommand } from '../../src/cli/help/unknown.ts'
import { COMMANDS } from '../../src/cli/table/commands.ts'
import { flagsOf } from '../../src/cli/table/flags-of.ts'

/** Lines in the manner of the public examples' scripts. */
const LINES = [
  'az ml online-endpoint create --name my-endpoint -f endpoint.yml',
  'az ml online-deployment create -n blue --endpoint my-endpoint -f blue.yml --all-traffic',
  'az ml online-endpoint show -n my-endpoint --query provisioning_state -o tsv',
  'az ml online-endpoint update -n my-endpoint --traffic "blue=90 green=10"',
  'az ml online-endpoint invoke -n my-endpoint --request-file sample.json --deployment blue',
  'az ml online-endpoint delete -n my-endpoint --yes --no-wait',
  'az ml online-deployment get-logs --name blue --endpoint my-endpoint -l 100',
  'az ml batch-endpoint invoke -n b --input azureml:taxi@latest --set outputs.score.path=azureml://x --query name -o tsv',
  'az ml batch-deployment create -f batch.yml --endpoint-name b --set-default',
  'az ml compute create -n cpu-cluster --type amlcompute --min-instances 0 --max-instances 4 --size STANDARD_DS3_V2',
  'az ml compute create --size STANDARD_DS3_v2 -f cluster.yml --set min_instances=0 max_instances=2',
  'az ml job create --file job.yml --web --set inputs.lr=0.1 environment_variables.X=y --stream',
  'az ml job create -f job.yml --resource-group g --workspace w --set name="run-1" --query name -o tsv',
  'az ml job download --name run-1 --download-path ./out --output-name model',
  'az ml job list --max-results 5 --query "[?status==\'Running\'].name" -o tsv',
  'az ml component create --file train.yml --registry-name r --version 3',
  'az ml environment create --name e --conda-file env.yml --image python:3.11',
  'az ml model create --name m --version 1 --path azureml://jobs/run-1/outputs/model --type mlflow_model',
  'az ml model download -n m --version 1 --download-path .',
  'az ml data create -f data.yml --set version=2 --name taxi',
  'az ml schedule disable -n nightly --no-wait',
  'az ml workspace show --query location -o tsv',
  'az configure --defaults group=g workspace=w location=l',
  'az extension add -n ml -y --upgrade',
  'az account set --subscription 0000',
  'az ml feature-store create --file fs.yml',
  'az storage account show -n s -g g --query id -o tsv',
  'az role assignment create --assignee x --role y --scope z',
] as const

/** What amlet says of a line: nothing when it is read, else the error. */
function problemOf(line: string): string | undefined {
  const words = (line.match(/(?:"[^"]*"|\S)+/g) ?? []).map((word) => word.replaceAll('"', ''))
  const found = findCommand(words.slice(1), COMMANDS)
  if (found.type === 'unknown') return unknownCommand(found.words).message
  assert.equal(found.type, 'command', line)
  if (found.type !== 'command') return undefined
  try {
    parseArgs(found.command, flagsOf(found.command), found.rest)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

test('lines in the manner of the examples are read; what only a cloud has is refused by name', () => {
  const problems = LINES.flatMap((line) => problemOf(line) ?? [])
  assert.deepEqual(problems, [
    "'feature-store create' is not something amlet has: it is a service of the cloud.",
    "'storage' belongs to Azure itself, not to amlet.",
    "'role' belongs to Azure itself, not to amlet.",
  ])
})
