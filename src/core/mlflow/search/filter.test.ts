import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MlflowError } from '../errors.ts'
import { type Clause, parseFilter } from './filter.ts'
import {
  EXPERIMENT_GRAMMAR,
  type Grammar,
  LOGGED_MODEL_GRAMMAR,
  MODEL_VERSION_GRAMMAR,
  REGISTERED_MODEL_GRAMMAR,
  RUN_GRAMMAR,
} from './grammar.ts'

const shown = ({ type, key, comparator, value }: Clause) =>
  `${type} ${key} ${comparator} ${JSON.stringify(value)}`

const READ: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  ['metrics.loss < 0.5', ['metric loss < 0.5']],
  ['metric.loss >= -1e-3', ['metric loss >= -0.001']],
  ["params.lr = '0.1'", ['parameter lr = "0.1"']],
  ['parameters.lr != "0.1"', ['parameter lr != "0.1"']],
  ["tags.mlflow.parentRunId = 'x'", ['tag mlflow.parentRunId = "x"']],
  ["tags.`my key` LIKE '%a_'", ['tag my key LIKE "%a_"']],
  ['tags."my key" ilike \'A%\'', ['tag my key ILIKE "A%"']],
  ['params.lr IS NULL', ['parameter lr IS NULL null']],
  ['tags.a is not null', ['tag a IS NOT NULL null']],
  ["status = 'FAILED'", ['attribute status = "FAILED"']],
  ['attr.run_id IN (\'a\', "b")', ['attribute run_id IN ["a","b"]']],
  ["run_id NOT IN ('a')", ['attribute run_id NOT IN ["a"]']],
  ['created > 5', ['attribute start_time > 5']],
  ["`run name` = 'x'", ['attribute run_name = "x"']],
  ["datasets.context = 'train'", ['dataset context = "train"']],
  [
    "metrics.m > 1 AND params.p = 'a' and tags.t != 'b'",
    ['metric m > 1', 'parameter p = "a"', 'tag t != "b"'],
  ],
  ["params.p = 'a AND b'", ['parameter p = "a AND b"']],
]

for (const [filter, clauses] of READ)
  test(`the filter "${filter}" reads as ${clauses.length} clauses`, () => {
    assert.deepEqual(parseFilter(filter, RUN_GRAMMAR).map(shown), clauses)
  })

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["params.p = 'a' OR params.p = 'b'", /Invalid clause/],
  ["(params.p = 'a')", /Invalid clause/],
  ['metrics.m >', /Invalid clause/],
  ["metrics.m = 'a'", /Expected numeric value/],
  ['metrics.m LIKE 3', /Invalid comparator/],
  ["params.p > '3'", /Invalid comparator/],
  ['params.p = 3', /Expected a quoted string/],
  ['params.p = abc', /not quoted/],
  ["colors.red = 'x'", /Invalid entity type 'colors'/],
  ["constructor.red = 'x'", /Invalid entity type/],
  ["attributes.color = 'x'", /Invalid attribute key 'color'/],
  ["status IN ('FAILED')", /Only \['run_id'\]/],
  ['run_id IN ()', /empty list/],
  ['run_id IN (1)', /different type/],
  ['start_time IS NULL', /only supported for tags and params/],
  ["datasets.size = 'x'", /Invalid dataset key/],
]

for (const [filter, message] of REFUSED)
  test(`the filter "${filter}" is refused`, () => {
    assert.throws(
      () => parseFilter(filter, RUN_GRAMMAR),
      (error: unknown) =>
        error instanceof MlflowError &&
        error.code === 'INVALID_PARAMETER_VALUE' &&
        message.test(error.message),
    )
  })

const ELSEWHERE: readonly (readonly [Grammar, string, string])[] = [
  [EXPERIMENT_GRAMMAR, "experiment_id IN ('1', '02')", 'attribute experiment_id IN ["1","2"]'],
  [EXPERIMENT_GRAMMAR, 'creation_time >= 5', 'attribute creation_time >= 5'],
  [REGISTERED_MODEL_GRAMMAR, "name IN ('a')", 'attribute name IN ["a"]'],
  [MODEL_VERSION_GRAMMAR, 'version_number > 2', 'attribute version_number > 2'],
  [LOGGED_MODEL_GRAMMAR, 'creation_time > 1', 'attribute creation_timestamp > 1'],
  [LOGGED_MODEL_GRAMMAR, "params.p IN ('1', '2')", 'parameter p IN ["1","2"]'],
]

for (const [grammar, filter, clause] of ELSEWHERE)
  test(`"${filter}" reads in the grammar that has it`, () => {
    assert.deepEqual(parseFilter(filter, grammar).map(shown), [clause])
  })
