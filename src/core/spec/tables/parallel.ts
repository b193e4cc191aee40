import { checkCommandText } from '../command.ts'
import {
  exactWord,
  type Field,
  listOf,
  object,
  optional,
  required,
  type Table,
  type TextType,
  text,
  word,
} from '../field.ts'
import { code, environment } from './shared.ts'

const argumentText: TextType = { kind: 'text', check: checkCommandText }

const parallelTask: Table = {
  title: 'parallel task',
  unknown: 'drop',
  fields: {
    type: required(word('run_function', 'model', 'function'), 'the kind of task'),
    code: optional(code, 'the folder that holds the entry script'),
    entry_script: optional(text, 'the script with init() and run(mini_batch)'),
    program_arguments: optional(argumentText, 'arguments of the entry script'),
    model: optional(text, 'the model, for tasks of type model'),
    append_row_to: optional(argumentText, 'the output that what run() returns is appended to'),
    environment: required(environment, 'what it runs in'),
  },
}

const retrySettings: Table = {
  title: 'retry settings',
  unknown: 'drop',
  fields: {
    max_retries: optional(
      { kind: 'bindable', type: { kind: 'integer', min: 0 } },
      'how often a mini-batch is tried again',
      { default: '2' },
    ),
    timeout: optional(
      { kind: 'bindable', type: { kind: 'integer', min: 1 } },
      'seconds a mini-batch may take',
      { default: '60' },
    ),
  },
}

export const parallelFields: Readonly<Record<string, Field>> = {
  task: optional(
    object(() => parallelTask),
    'what is run',
  ),
  input_data: optional(argumentText, 'the input that is cut into mini-batches: ${{inputs.<name>}}'),
  mini_batch_size: optional(
    {
      kind: 'text',
      pattern: /^\d+([kmg]b)?$/i,
      shape: 'a number of files, or a size such as "100kb" or "10mb", in quotes',
    },
    'size of a mini-batch: files, or bytes with kb, mb, gb',
    { default: '1' },
  ),
  partition_keys: optional(listOf(text), 'columns whose values make the mini-batches'),
  mini_batch_error_threshold: optional(
    { kind: 'integer', min: -1 },
    'how many mini-batches may fail',
    {
      default: '-1',
    },
  ),
  error_threshold: optional({ kind: 'integer', min: -1 }, 'how many items may fail', {
    default: '-1',
  }),
  logging_level: optional(exactWord('DEBUG', 'INFO', 'WARNING'), 'how much is logged', {
    default: 'INFO',
  }),
  max_concurrency_per_instance: optional(
    { kind: 'integer', min: 1 },
    'how many processes score on each node',
    { default: 'the number of processors' },
  ),
  retry_settings: optional(
    object(() => retrySettings),
    'when a mini-batch is tried again',
  ),
}
