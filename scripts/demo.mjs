// The article's case, driven through the command line only: every line that starts with `$` can be typed.
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const EXAMPLE = 'examples/nyc-taxi'
const AMLET = './amlet'
const MODEL = 'nyc_taxi_lgb_model'
const FORCE = 'settings.force_rerun=true'
const FILES = ['MLmodel', 'conda.yaml', 'model.lgb', 'python_env.yaml', 'requirements.txt']
const STARTED_AT = performance.now()

const results = []

async function main() {
  say("This trains a model, registers it, and feeds it to the article's pipeline in three ways.")
  const compute = ['-n', 'cpu-cluster', '--type', 'local', '--query', 'name', '-o', 'tsv']
  ask('compute', 'create', ...compute)
  makeData()
  await train('1', 'rounds=40')
  await train('2', 'rounds=60')
  await runPipelines()
  await showReuse()
  await runSingleFile()
  sumUp()
}

function makeData() {
  heading('1. Taxi trips, made by the example, become two data assets')
  const python = pythonProgram()
  run(python, [join(EXAMPLE, 'data/make_data.py'), '--output', join(EXAMPLE, 'data')])
  for (const name of ['train', 'valid']) {
    const path = join(EXAMPLE, `data/data-${name}.yml`)
    const id = ask('data', 'create', '-f', path, '--query', 'id', '-o', 'tsv')
    say(`  ${id}`)
  }
}

async function train(number, rounds) {
  heading(`2.${number} A command job trains LightGBM and registers an MLflow model`)
  const set = ['--set', `inputs.${rounds}`]
  const job = await stream('job', 'create', '-f', join(EXAMPLE, '03_pipeline/train.yml'), ...set)
  const query = ['--query', "outputs.model.[name, version] | join(':', @)"]
  const registered = tryAsk('job', 'show', '-n', job.name, ...query, '-o', 'tsv')
  results.push([`training ${number}`, job.name, job.log, `registers ${registered ?? MODEL}`])
}

async function runPipelines() {
  heading("3. The article's pipeline, its model named in three ways")
  const assetId = ask('model', 'show', '-n', MODEL, '-v', '2', '--query', 'asset_id', '-o', 'tsv')
  const ways = [
    ['Asset ID', assetId],
    ['name and version', `azureml:${MODEL}:2`],
    ['label', `azureml:${MODEL}@latest`],
  ]
  const jobs = ways.map(([way, path]) => ({ way, name: submitPipeline(path, FORCE) }))
  for (const { way, name } of jobs) {
    heading(`3. Model by ${way}`)
    const { log: whole } = await stream('job', 'stream', '-n', name)
    const log = linesOfStep(whole)
    expectFiles(name, log)
    results.push([`pipeline, model by ${way}`, name, log, ''])
  }
}

async function showReuse() {
  heading('4. The same pipeline once more, not forced: its step is reused')
  const name = submitPipeline(`azureml:${MODEL}:2`)
  await stream('job', 'stream', '-n', name)
  const child = childOf(name)
  const query = `properties."azureml.isreused"`
  const isReused = tryAsk('job', 'show', '-n', child, '--query', query, '-o', 'tsv')
  if (!/^true$/i.test(isReused ?? '')) fail(`the step ${child} was not reused`)
  say(`  ${child} was reused; "amlet job show -n ${child}" says why`)
  results.push(['pipeline, not forced', name, '', 'step reused'])
}

async function runSingleFile() {
  heading('5. A model registered from one single file')
  const scratch = mkdtempSync(join(tmpdir(), 'amlet-demo-'))
  try {
    ask('model', 'download', '-n', MODEL, '-v', '2', '--download-path', scratch)
    const file = readdirSync(scratch, { recursive: true }).find((name) => /model\.lgb$/.test(name))
    if (file === undefined) fail(`the downloaded model has no model.lgb`)
    copyFileSync(join(scratch, file), join(ROOT, EXAMPLE, 'single-file/model.lgb'))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  const create = ['-f', join(EXAMPLE, 'single-file/model.yml'), '--query', 'id', '-o', 'tsv']
  say(`  ${ask('model', 'create', ...create)}`)
  for (const [way, file] of [
    ['custom_model: a directory', 'use-as-directory.yml'],
    ['uri_file: the file', 'use-as-file.yml'],
  ]) {
    const job = await stream('job', 'create', '-f', join(EXAMPLE, 'single-file', file))
    const opened = /opened: (.*)/.exec(job.log)?.[1]
    if (opened === undefined) fail(`${job.name} did not open the model`)
    results.push([`single file, ${way}`, job.name, '', `opened: ${opened}`])
  }
}

function submitPipeline(path, ...set) {
  const model = `jobs.train_job.inputs.model.path=${path}`
  const file = join(EXAMPLE, '03_pipeline/pipeline.yml')
  return ask('job', 'create', '-f', file, '--set', model, ...set, '--query', 'name', '-o', 'tsv')
}

function childOf(name) {
  return ask('job', 'list', '--parent-job-name', name, '--query', '[0].name', '-o', 'tsv')
}

/** The lines of the one step, without the name of the step before them. */
function linesOfStep(log) {
  return log.replace(/^train_job │ /gm, '')
}

function expectFiles(job, log) {
  const missing = FILES.filter((name) => !log.split('\n').some((line) => line.trim() === name))
  if (missing.length > 0) fail(`${job} did not list ${missing.join(', ')}`)
}

function sumUp() {
  heading('What came of it')
  for (const [what, job, log, more] of results) {
    const rmse = /^rmse: (.*)$/m.exec(log)?.[1]
    const before = /^before_rmse: (.*)$/m.exec(log)?.[1]
    const change = before === undefined ? rmse : `${before} -> ${rmse}`
    say(`  ${what.padEnd(38)} ${rmse === undefined ? '' : `rmse ${change}  `}${more}`)
    say(`  ${''.padEnd(38)} ${job}`)
  }
  const pipeline = results.find(([what]) => what.startsWith('pipeline'))?.[1]
  heading('To look around')
  for (const line of [
    'job list',
    `job show -n ${pipeline}`,
    `job stream -n ${pipeline}`,
    `job list --parent-job-name ${pipeline} -o table`,
    `model list -n ${MODEL}`,
    `model show -n ${MODEL} -v 2`,
    'data list',
  ])
    say(`  ${AMLET} ${line}`)
  say(`\nDone in ${((performance.now() - STARTED_AT) / 1000).toFixed(0)} s.`)
}

/** Runs a command to its end and gives its one line of output. */
function ask(...args) {
  showCommand(AMLET, args)
  const { status, stdout, stderr } = call(args)
  if (status !== 0) {
    process.stderr.write(stderr)
    fail(`"${AMLET} ${args.join(' ')}" ended with code ${status}`)
  }
  return stdout.trim()
}

function tryAsk(...args) {
  const { status, stdout } = call(args)
  const text = stdout.trim()
  return status === 0 && text !== '' ? text : undefined
}

function call(args) {
  const { status, stdout, stderr, error } = spawnSync(AMLET, args, { cwd: ROOT, encoding: 'utf8' })
  if (error !== undefined) fail(`${AMLET} cannot be started: ${error.message}`)
  return { status, stdout, stderr }
}

/** Runs a command that streams, showing its lines as they come; for a new job, gives its name. */
async function stream(...args) {
  const isNew = args[1] === 'create'
  const full = isNew ? [...args, '--stream', '--query', 'name', '-o', 'tsv'] : args
  showCommand(AMLET, full)
  const child = spawn(AMLET, full, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  let answer = ''
  const show = (text) => {
    log += text
    process.stdout.write(text.replace(/^(?=.)/gm, '  '))
  }
  child.stderr.setEncoding('utf8').on('data', show)
  child.stdout.setEncoding('utf8').on('data', (text) => {
    answer += text
    if (!isNew) show(text)
  })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) fail(`"${AMLET} ${args.join(' ')}" ended with code ${code}`)
  return { name: answer.trim(), log }
}

function run(program, args) {
  showCommand(program, args)
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' })
  if (error !== undefined || status !== 0) fail(`${program} ended with ${error?.message ?? status}`)
}

function pythonProgram() {
  const found = ['python3', 'python'].find(
    (name) =>
      spawnSync(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0,
  )
  return found ?? fail('Python 3.9 or newer is needed on the path')
}

function showCommand(program, args) {
  const words = args.map((word) => (/[^\w@%+=:,./-]/.test(word) ? `'${word}'` : word))
  say(dim(`$ ${program} ${words.join(' ')}`))
}

function heading(text) {
  say(`\n${process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text}`)
}

function dim(text) {
  return process.stdout.isTTY ? `\x1b[2m${text}\x1b[0m` : text
}

function say(text) {
  process.stdout.write(`${text}\n`)
}

function fail(message) {
  process.stderr.write(`\nThe demo stopped: ${message}\n`)
  process.exit(1)
}

await main()
