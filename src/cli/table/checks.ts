import type { Command } from '../grammar/command.ts'
import { flag, list, option, STRICT } from './common.ts'

/** Commands that look at files and need no server. */
export const CHECK_COMMANDS: readonly Command[] = [
  {
    words: 'validate',
    summary: 'Check YAML files of any kind, or every one below a folder.',
    positional: {
      name: 'FILE',
      help: 'Files or folders; the current folder when left out.',
      required: false,
      many: true,
      completes: 'file',
    },
    flags: () => [
      option('list', 'A JSON array of {id, file, kind, flags}; one JSON object a case comes out.', {
        isOwn: true,
        completes: 'file',
      }),
      list('set', 'Set a field, as PATH=VALUE.', { isOwn: true }),
      STRICT,
    ],
    examples: [{ title: 'A whole repository', line: 'amlet validate .' }],
    load: async () => (await import('../commands/validate.ts')).validateFiles,
  },
  {
    words: 'schema',
    summary: 'The JSON Schema of a kind, for editors.',
    positional: {
      name: 'KIND',
      help: 'job, command-job, pipeline-job, component, data, model, environment…',
      required: true,
      many: false,
    },
    flags: () => [],
    examples: [{ title: 'For an editor', line: 'amlet schema job > job.schema.json' }],
    load: async () => (await import('../commands/schema.ts')).showSchema,
  },
  {
    words: 'check',
    summary: 'For each job of a repository: does it run here, and what is missing.',
    positional: {
      name: 'FOLDER',
      help: 'The folder; the current one when left out.',
      required: false,
      many: false,
      completes: 'file',
    },
    flags: () => [
      flag('exit-status', 'Exit code 1 unless every job runs.', { isOwn: true }),
      STRICT,
    ],
    load: async () => (await import('../commands/check.ts')).checkFolder,
  },
]
