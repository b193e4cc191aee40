import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CliWorld, makeCliWorld, shellJob } from '../support/cli.ts'

/** What shell scripts of the public examples do with `az ml`. */
let world: CliWorld

before(() => {
  world = makeCliWorld()
  world.write('job.yml', `${shellJob('echo "lr is ${{inputs.lr}}"')}inputs:\n  lr: 0.5\n`)
  world.write('slow.yml', shellJob('sleep 3600'))
  world.write('data/file.csv', 'a,b\n1,2\n')
})
after(() => world[Symbol.asyncDispose]())

test('the name of a created job is one line on stdout and nothing else, the first time too', async () => {
  const { code, stdout, stderr } = await world.bash(
    'az ml job create -f job.yml --query name -o tsv',
  )
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^[a-z0-9_]+\n$/)
  assert.match(stderr, /amlet keeps its data in/)
})

test('a script polls a job until it has ended', async () => {
  const { code, stdout, stderr } = await world.bash(`
    set -e
    run_id=$(az ml job create -f job.yml --query name -o tsv)
    status=$(az ml job show -n $run_id --query status -o tsv)
    while [[ $status != "Completed" && $status != "Failed" && $status != "Canceled" ]]; do
      sleep 0.2
      status=$(az ml job show -n $run_id --query status -o tsv)
    done
    echo "$status"`)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'Completed\n')
})

test('--set changes a field, and the name of the option wins over it', async () => {
  const { stdout, stderr } = await world.bash(`
    run=$(az ml job create --file job.yml --set inputs.lr=0.9 name=ignored -n chosen --query name -o tsv)
    az ml job show --name $run --query "[name, to_string(inputs.lr)]" -o tsv`)
  assert.equal(stdout, 'chosen\n0.9\n', stderr)
})

test('a followed job leaves stdout to the value that was asked for', async () => {
  const { code, stdout, stderr } = await world.bash(
    'az ml job create -f job.yml --stream --query status -o tsv',
  )
  assert.equal(code, 0)
  assert.equal(stdout, 'Completed\n')
  assert.match(stderr, /lr is 0.5\n/)
})

test('a job that is shown as YAML is a file for the next one', async () => {
  const { code, stdout, stderr } = await world.bash(`
    set -e
    az ml job create -f job.yml -n original --stream -o none
    az ml job show -n original -o yaml > again.yml
    az ml job create -f again.yml -n again --set inputs.lr=0.7 --stream --query status -o tsv
    az ml job show -n again --query 'to_string(inputs.lr)' -o tsv`)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'Completed\n0.7\n')
})

test('long options may be cut short', async () => {
  const { code, stdout, stderr } = await world.bash(
    'az ml job create --fi job.yml --quer name --out tsv --workspace w --resource g',
  )
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^\S+\n$/)
})

test('data assets are created, and their version is read back', async () => {
  const { stdout, stderr, code } = await world.bash(`
    set -e
    az ml data create --name taxi --version 1 --type uri_folder --path ./data --no-wait -o none
    az ml data show -n taxi -v 1 --query "[name, version, type]" -o tsv
    az ml data list -n taxi --query "[].version" -o tsv
    az ml data list --query '[]."latest version"' -o tsv`)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'taxi\n1\nuri_folder\n1\n1\n')
})

test('a job is canceled without a word, and following it then exits 0', async () => {
  const { code, stdout, stderr } = await world.bash(`
    set -e
    run=$(az ml job create -f slow.yml --query name -o tsv)
    az ml job cancel -n $run
    az ml job stream -n $run > /dev/null
    az ml job show -n $run --query status -o tsv`)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'Canceled\n')
})

test('what az scripts call around ml does no harm', async () => {
  const { code, stdout, stderr } = await world.bash(`
    set -e
    az login --service-principal -u x -p y --tenant z -o none
    az account set -s 00000000-0000-0000-0000-000000000000
    az extension add --name ml -y
    az extension remove -n azure-cli-ml
    az configure --defaults workspace=main group=team location=here
    az configure --list-defaults --query "[?name=='workspace'].value" -o tsv
    az config set core.output=table
    az config get core.output --query value -o tsv
    az config unset core.output
    az group show -n team --query name -o tsv
    az account show --query "isDefault" -o tsv
    az version --query '"azure-cli"' -o tsv
    az ml workspace show --query name -o tsv`)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^main\ntable\nteam\ntrue\n\d+\.\d+\.\d+\n\S+\n$/)
})

test('the access token is the one that the server takes', async () => {
  const { code, stdout, stderr } = await world.bash(`
    set -e
    token=$(az account get-access-token --resource https://ml.azure.com --query accessToken -o tsv)
    url=$(az server start --print-url)
    curl -s -o /dev/null -w '%{http_code} ' -H "Authorization: Bearer $token" $url/api/server
    curl -s -o /dev/null -w '%{http_code}' $url/api/server`)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, '200 401')
})

test('a delete asks, and refuses where nobody can answer', async () => {
  const { code, stderr } = await world.run(['compute', 'delete', '-n', 'nowhere'])
  assert.equal(code, 1)
  assert.equal(
    stderr,
    'WARNING: Unable to prompt for confirmation as no tty available. Use --yes.\nERROR: Operation cancelled.\n',
  )
})

test('a name is one line wherever it is asked for: in CI, without a terminal, with a server gone', async () => {
  const create = 'az ml job create -f job.yml --query name -o tsv'
  const surroundings: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    [`${create} < /dev/null`, { CI: '1' }],
    [`${create} 2> /dev/null`, { NO_COLOR: '1', TERM: 'dumb' }],
    [`az server stop; ${create}`, {}],
    [`${create} --only-show-errors`, { AZURE_CORE_OUTPUT: 'table' }],
    [`${create} --verbose --debug`, { LC_ALL: 'C' }],
  ]
  for (const [line, env] of surroundings) {
    const { code, stdout, stderr } = await world.bash(line, { env })
    assert.equal(code, 0, `${line}\n${stderr}`)
    assert.match(stdout, /^[a-z0-9_]+\n$/, line)
  }
})
