import { readChoices } from '../choice.ts'
import {
  anything,
  type ChoiceType,
  count,
  type FieldType,
  integer,
  listOf,
  literal,
  mapOf,
  mapOr,
  number,
  optional,
  required,
  type Table,
  type TaggedType,
  text,
  word,
  words,
} from '../field.ts'
import { checkBandit, checkLimits, checkMinMax, checkSigma, checkStep } from '../sweep-rule.ts'
import { spaceSlips, sweepLimitSlips } from './slips.ts'

const LOW = required(number, 'the least value')
const HIGH = required(number, 'the greatest value')
const STEP = required(number, 'values are multiples of it')
const MU = required(number, 'the mean')
const SIGMA = required(number, 'the standard deviation')

function space(title: string, fields: Table['fields'], rule?: Table['rule']): () => Table {
  const type = required(word(title), 'how values are drawn')
  const table: Table = {
    title: `${title} search space`,
    unknown: 'reject',
    slips: spaceSlips,
    fields: { type, ...fields },
  }
  return () => (rule === undefined ? table : { ...table, rule })
}

export const searchSpace: TaggedType = {
  kind: 'tagged',
  title: 'search space',
  field: 'type',
  tables: {
    choice: space('choice', {
      values: required(
        { kind: 'custom', like: listOf(mapOr(mapOf(anything), literal)), read: readChoices },
        'the values to choose from',
      ),
    }),
    uniform: space('uniform', { min_value: LOW, max_value: HIGH }, checkMinMax),
    loguniform: space('loguniform', { min_value: LOW, max_value: HIGH }, checkMinMax),
    quniform: space('quniform', { min_value: LOW, max_value: HIGH, q: STEP }, checkStep),
    qloguniform: space('qloguniform', { min_value: LOW, max_value: HIGH, q: STEP }, checkStep),
    normal: space('normal', { mu: MU, sigma: SIGMA }, checkSigma),
    lognormal: space('lognormal', { mu: MU, sigma: SIGMA }, checkSigma),
    qnormal: space('qnormal', { mu: MU, sigma: SIGMA, q: STEP }, checkSigma),
    qlognormal: space('qlognormal', { mu: MU, sigma: SIGMA, q: STEP }, checkSigma),
    randint: space('randint', { upper: required(count, 'values are below it') }),
  },
}

const RANDOM: Table = {
  title: 'random sampling',
  unknown: 'reject',
  fields: {
    type: required(word('random'), 'the algorithm'),
    seed: optional(integer, 'makes the draws the same each time'),
    rule: optional(word('random', 'sobol'), 'how the draws spread', { default: 'random' }),
    logbase: optional(
      { kind: 'choice', members: [number, text], pick: (node) => (isNumber(node) ? 0 : 1) },
      'base of logarithmic spaces, a number or "e"',
    ),
  },
}
const GRID: Table = {
  title: 'grid sampling',
  unknown: 'reject',
  fields: { type: required(word('grid'), 'the algorithm') },
}
const BAYESIAN: Table = {
  title: 'bayesian sampling',
  unknown: 'reject',
  fields: { type: required(word('bayesian'), 'the algorithm') },
}

function isNumber(node: { readonly kind: string; readonly type?: string }): boolean {
  return node.kind === 'scalar' && (node.type === 'int' || node.type === 'float')
}

const samplingAlgorithm: ChoiceType = {
  kind: 'choice',
  members: [
    {
      kind: 'tagged',
      title: 'sampling algorithm',
      field: 'type',
      tables: { random: () => RANDOM, grid: () => GRID, bayesian: () => BAYESIAN },
    },
    word('random', 'grid', 'bayesian'),
  ],
  pick: (node) => (node.kind === 'map' ? 0 : 1),
}

const EVALUATION = {
  evaluation_interval: optional(count, 'how often it looks', { nullable: true, default: '1' }),
  delay_evaluation: optional({ kind: 'integer', min: 0 }, 'how many reports it waits', {
    nullable: true,
    default: '0',
  }),
} as const

const earlyTermination: TaggedType = {
  kind: 'tagged',
  title: 'early termination policy',
  field: 'type',
  tables: {
    bandit: () => ({
      title: 'bandit policy',
      unknown: 'reject',
      fields: {
        type: required(word('bandit'), 'the policy'),
        ...EVALUATION,
        slack_factor: optional(number, 'how much worse than the best is bearable, as a share', {
          nullable: true,
        }),
        slack_amount: optional(number, 'how much worse than the best is bearable', {
          nullable: true,
        }),
      },
      rule: checkBandit,
    }),
    median_stopping: () => ({
      title: 'median stopping policy',
      unknown: 'reject',
      fields: { type: required(word('median_stopping'), 'the policy'), ...EVALUATION },
    }),
    truncation_selection: () => ({
      title: 'truncation selection policy',
      unknown: 'reject',
      fields: {
        type: required(word('truncation_selection'), 'the policy'),
        ...EVALUATION,
        truncation_percentage: required(
          { kind: 'integer', min: 1, max: 99 },
          'how many of the trials are ended, in percent',
        ),
        exclude_finished_jobs: optional({ kind: 'boolean' }, 'recorded'),
      },
    }),
  },
}

const objective: Table = {
  title: 'objective',
  unknown: 'reject',
  fields: {
    goal: required(word('minimize', 'maximize'), 'whether less or more is better'),
    primary_metric: required(words, 'the metric that trials log'),
  },
}

const limits: Table = {
  title: 'sweep limits',
  slips: sweepLimitSlips,
  unknown: 'reject',
  fields: {
    max_total_trials: required(count, 'how many trials there are'),
    max_concurrent_trials: optional(count, 'how many run at once', { default: 'max_total_trials' }),
    timeout: optional(count, 'seconds until the sweep ends'),
    trial_timeout: optional(count, 'seconds until a trial ends'),
  },
  rule: checkLimits,
}

export const sweepFields: Table['fields'] = {
  search_space: optional(mapOf(searchSpace), 'what is varied'),
  sampling_algorithm: optional(samplingAlgorithm, 'how values are picked', { default: 'random' }),
  objective: required({ kind: 'object', table: () => objective }, 'what is optimised'),
  early_termination: optional(earlyTermination, 'when hopeless trials end'),
  limits: required({ kind: 'object', table: () => limits }, 'how many trials and how long'),
}

export const commandLimits: Table = {
  title: 'limits',
  unknown: 'reject',
  fields: { timeout: optional(count, 'seconds until the job is ended') },
}

/** `limits` of a command. */
export const limitsField: FieldType = { kind: 'object', table: () => commandLimits }
