import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CliWorld, makeCliWorld, shellJob } from '../support/cli.ts'

let world: CliWorld

before(() => {
  world = makeCliWorld()
  world.write('bad.yml', 'type: command\ncomand: echo\nenvironment: {image: x}\n')
  world.write('fails.yml', shellJob('echo before; exit 3'))
})
after(() => world[Symbol.asyncDispose]())

/** A command line, its exit code and what stderr says. stdout stays empty in each. */
const CASES: readonly (readonly [line: string, code: number, stderr: RegExp])[] = [
  [
    'job shw',
    2,
    /^ERROR: 'shw' is misspelled or not recognized by the system\.\nDid you mean 'show' \?/,
  ],
  ['job show', 2, /^ERROR: the following arguments are required: --name\/-n\n/],
  [
    'job create',
    2,
    /^ERROR: the following arguments are required: --file\/-f\n\nExamples from command's help:\namlet job create/,
  ],
  [
    'component update -n c -v 1 -f c.yml',
    2,
    /^ERROR: unrecognized arguments: --file\/-f\n.*amlet component create -f c\.yml -v <version>\n/,
  ],
  [
    'server run --port 99999',
    2,
    /^ERROR: argument --port: 99999 is no port, which is 0 to 65535\n$/,
  ],
  ['data create -n d --path no.csv', 1, /^ERROR: \(FileNotFound\) .*\n {2}--path {2}path\n/],
  [
    'exec --keep-home fails.yml/home -- true',
    1,
    /^ERROR: \(StorageFailure\) ".*\/fails\.yml\/home" cannot be used: not a directory \(ENOTDIR at mkdir\)\n {2}hint: choose a path/,
  ],
  ['job list -o xml', 2, /'xml' is not a valid value for '--output'\. Allowed values: json/],
  [
    'job list --query [?bad',
    2,
    /^ERROR: argument --query: invalid jmespath_type value: '\[\?bad'\n$/,
  ],
  [
    'job show --nme x -n y',
    2,
    /^ERROR: unrecognized arguments: --nme x\nDid you mean --name \?\n$/,
  ],
  ['--verion', 2, /^ERROR: '--verion' is misspelled or not recognized by the system\./],
  ['job create -f missing.yml', 1, /^ERROR: .*No such file or directory: missing\.yml/],
  [
    'job create -f bad.yml --set a',
    1,
    /^ERROR: usage error: --set KEY=VALUE \[KEY=VALUE \.\.\.\]\n$/,
  ],
  [
    'job create -f bad.yml',
    1,
    /\(UnknownField\)[\s\S]*bad\.yml:2:1[\s\S]*comand: echo\n +\^[\s\S]*hint/,
  ],
  ['job show -n nosuch', 3, /nosuch/],
  ['model show -n nosuch -v 1', 3, /nosuch/],
  ['job list --include-archived --archived-only', 1, /Cannot provide both/],
  ['data create -n x', 2, /Please provide either --file\/-f {2}or --name\/-n and --path\/-p/],
  ['feature-store list', 2, /^ERROR: 'feature-store list' is not something amlet has: [^\n]+\n$/],
  ['storage account list', 2, /belongs to Azure itself[\s\S]*command az storage account list/],
  ['online-endpoint create -n e', 1, /`online-endpoint create` is not supported yet/],
  ['config get defaults.none', 1, /^ERROR: Configuration 'defaults\.none' is not set\.\n$/],
]

for (const [line, code, stderr] of CASES)
  test(`\`amlet ${line}\` exits with ${code} and says why`, async () => {
    const ran = await world.run(line.split(' '))
    assert.equal(ran.code, code, ran.stderr)
    assert.match(ran.stderr.replace(/^amlet keeps.*\n/, ''), stderr)
    assert.equal(ran.stdout, '')
    assert.doesNotMatch(ran.stderr, /\n {4}at /, 'no stack')
  })

test('a failed job is exit code 1 with its error, its last lines and where to look', async () => {
  const { code, stdout, stderr } = await world.run(['job', 'create', '-f', 'fails.yml', '--stream'])
  assert.equal(code, 1)
  assert.match(stdout, /\nbefore\n\nExecution Summary\n/)
  assert.match(
    stderr,
    /ERROR: Exception :\n \{\n {4}"error": \{\n {8}"code": "UserError",\n {8}"message": "[^"]*code 3/,
  )
  assert.match(stderr, /Look inside: amlet job shell /)
})

test('an output that holds nothing but a link out of it is not said to be missing', async () => {
  const outputs = 'outputs: {o: {type: uri_folder}}\n'
  world.write('linked.yml', shellJob('ln -s /nowhere $AZURE_ML_OUTPUT_o/link') + outputs)
  await world.run(['job', 'create', '-f', 'linked.yml', '-n', 'linked', '--stream'])
  const { code, stderr } = await world.run([
    'job',
    'download',
    '-n',
    'linked',
    '--output-name',
    'o',
  ])
  assert.equal(code, 1)
  assert.match(stderr, /the output "o" of job "linked" holds no files; links out of it/)
})

test('a query that finds nothing and an empty list are successes', async () => {
  const none = await world.run(['version', '--query', 'nothing'])
  assert.deepEqual([none.code, none.stdout], [0, ''])
  const empty = await world.run(['data', 'list'])
  assert.deepEqual([empty.code, empty.stdout], [0, '[]\n'], empty.stderr)
})

test('a reader that leaves early ends the command quietly', async () => {
  const { stderr, code } = await world.bash(
    'az --help | head -n 1 > /dev/null; echo "${PIPESTATUS[0]}"',
  )
  assert.equal(stderr, '')
  assert.equal(code, 0)
})

test('--debug shows where an error comes from, --only-show-errors hides the rest', async () => {
  const debug = await world.run(['job', 'show', '-n', 'nosuch', '--debug'])
  assert.match(debug.stderr, /^DEBUG: .*\n {4}at /m)
  const { stderr } = await world.run(['job', 'list', '--verbose'])
  assert.match(stderr, /INFO: Command ran in \d+\.\d{3} seconds/)
})
