import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { readFlags } from '../../src/cli/checks/cases.ts'
import { asShown } from '../../src/cli/checks/read-file.ts'
import { toJsonSchema } from '../../src/core/spec/json-schema.ts'
import { findNotRun } from '../../src/core/spec/not-run.ts'
import { toPlain } from '../../src/core/yaml/node.ts'
import { parseYaml } from '../../src/core/yaml.ts'
import { corpusFolder, isValid, loadFile, readGolden, readIndex } from './corpus.ts'
import { differences } from './same-content.ts'

/** Cases where amlet says something else than the recording, and why that is right. */
const DEVIATIONS: Readonly<Record<string, string>> = {
  'sdk-tests/components/input_types_component.yml':
    'its default 10 is above its own max 8, and a default out of range is told at once',
}

/** Entities that differ from the recording, and why that is right. */
const OTHER_CONTENT: Readonly<Record<string, string>> = {
  'cli/jobs/parallel/1a_oj_sales_prediction/pipeline.yml':
    'without mini_batch_size nothing is written; the recording has "0", which partition_keys override',
  'sdk-tests/components/helloworld_parallel.yml':
    'mini_batch_size keeps its unit; the recording has bytes, which read like a number of files',
}

const folder = corpusFolder()
const skip =
  folder === undefined
    ? 'the corpus is not on this machine: 275 cases and 195 broken files not tried (set AMLET_SHARED)'
    : false
if (skip !== false) console.warn(`SKIPPED: ${skip}`)

const corpus = folder ?? ''
const index = folder === undefined ? { cases: [], broken: [] } : readIndex(folder)
const core = index.cases.filter((given) => given.scope === 'core')

function goldenOf(given: { readonly golden: string }): ReturnType<typeof readGolden> {
  return readGolden(path.join(corpus, given.golden))
}

test('files are accepted and rejected as the official client does', { skip }, () => {
  const wrong: string[] = []
  const table = new Map<string, { cases: number; same: number }>()
  for (const given of core) {
    const isEither = given.notes.includes('either verdict')
    const same =
      isValid(loadFile(path.join(corpus, 'files', given.path), given.kind)) === given.accepted
    const row = table.get(given.kind) ?? { cases: 0, same: 0 }
    table.set(given.kind, { cases: row.cases + 1, same: row.same + (same || isEither ? 1 : 0) })
    if (!same && !isEither && !Object.hasOwn(DEVIATIONS, given.path)) wrong.push(given.path)
  }
  console.table(Object.fromEntries(table))
  for (const [file, reason] of Object.entries(DEVIATIONS))
    console.log(`deviates: ${file}: ${reason}`)
  assert.deepEqual(wrong, [])
})

test('the options of the command line complete a file', { skip }, () => {
  const wrong = core.filter((given) => {
    const flagged = goldenOf(given).with_cli_flags
    if (flagged === undefined) return false
    const { params } = readFlags(flagged.flags)
    const found = loadFile(path.join(corpus, 'files', given.path), given.kind, params)
    return isValid(found) !== flagged.accepted
  })
  assert.deepEqual(
    wrong.map((given) => given.path),
    [],
  )
})

test('accepted files give the same content as the official client', { skip }, () => {
  const wrong: string[] = []
  let compared = 0
  const place = { root: path.join(corpus, 'files'), folder: '' }
  for (const given of core.filter(({ accepted }) => accepted)) {
    const { entity } = goldenOf(given)
    if (entity === undefined) continue
    compared += 1
    const file = path.join(corpus, 'files', given.path)
    const shown = asShown(given.kind, loadFile(file, given.kind).entity ?? {})
    const found = differences(shown, entity, {
      ...place,
      folder: path.dirname(file),
    })
    if (found.length > 0 && !Object.hasOwn(OTHER_CONTENT, given.path))
      wrong.push(given.path, ...found)
  }
  console.log(
    `content compared: ${compared}, deviating with a reason: ${Object.keys(OTHER_CONTENT).length}`,
  )
  assert.deepEqual(wrong, [])
})

test('broken files are told on the line of their mistake', { skip }, () => {
  const wrong: string[] = []
  const counts = { must_reject: 0, should_reject: 0, may_warn: 0, accept: 0 }
  for (const given of index.broken) {
    counts[given.expect] += 1
    const file = path.join(corpus, 'broken', given.path)
    const found = loadFile(file, given.kind)
    const { where } = readGolden(path.join(corpus, 'broken', `${given.name}.json`))
    const errors = found.diagnostics.filter(({ severity }) => severity !== 'warning')
    const shouldBeValid = given.expect === 'accept'
    if (given.expect === 'may_warn') {
      if (found.diagnostics.length === 0) wrong.push(`${given.name}: nothing said`)
    } else if (isValid(found) !== shouldBeValid) wrong.push(`${given.name}: ${given.expect}`)
    else if (
      !shouldBeValid &&
      !errors.every(({ source }) => (source?.line ?? 0) > 0 && (source?.column ?? 0) > 0)
    )
      wrong.push(`${given.name}: an error without line and column`)
    else if (
      !shouldBeValid &&
      where !== undefined &&
      !errors.some(({ source }) => source?.line === where.line)
    )
      wrong.push(`${given.name}: line ${where.line} is not named`)
  }
  console.table(counts)
  assert.deepEqual(wrong, [])
})

test('what amlet does not run is known by name, and nothing else is', { skip }, () => {
  const jobs = index.cases.filter(({ kind, accepted }) => kind === 'job' && accepted)
  const wrong = jobs.filter((given) => {
    const { entity } = loadFile(path.join(corpus, 'files', given.path), 'job')
    return (findNotRun('job', entity ?? {}).length === 0) !== (given.scope === 'core')
  })
  assert.deepEqual(
    wrong.map((given) => given.path),
    [],
  )
})

test('the JSON Schema takes every accepted file and refuses misspelt fields', { skip }, () => {
  const ajv = new Ajv({ strict: false })
  const validators = new Map<string, ReturnType<typeof ajv.compile>>()
  const check = (kind: string, file: string): boolean => {
    const validate = validators.get(kind) ?? ajv.compile(toJsonSchema(kind) ?? {})
    validators.set(kind, validate)
    const { root } = parseYaml(readFileSync(file, 'utf8'), file)
    return root !== undefined && validate(toPlain(root)) === true
  }
  const refused = core
    .filter(({ accepted }) => accepted)
    .filter((given) => !check(given.kind, path.join(corpus, 'files', given.path)))
  const missed = index.broken
    .filter(({ expect, category }) => expect === 'must_reject' && category === 'unknown')
    .filter((given) => check(given.kind, path.join(corpus, 'broken', given.path)))
  assert.deepEqual([...refused.map((given) => given.path), ...missed.map(({ name }) => name)], [])
})
