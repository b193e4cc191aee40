import { STATUSES } from '../../core/lifecycle/status.ts'
import type { Command, Positional } from '../grammar/command.ts'
import {
  ARCHIVED,
  file,
  flag,
  GENERIC_UPDATE,
  list,
  name,
  newName,
  option,
  SET,
  SKIP_VALIDATION,
  STRICT,
  tri,
} from './common.ts'

const JOB = name('job', 'job')
/** Verbs that az has not take the name as a word too: `amlet job outputs NAME`. */
const JOB_OPTION = option('name -n', 'Name of the job.', { completes: 'job' })
const JOB_WORD: Positional = {
  name: 'NAME',
  help: 'Name of the job, in place of --name.',
  required: false,
  many: false,
  completes: 'job',
}
const WEB = flag('web -e', "Open the job's page in a browser.")
const STEP = list('step', 'Only these children, by name or dotted path. Repeatable.', {
  isOwn: true,
})
const ALL_FILES = flag('all-files', 'Every log file, not only the main one of each job.', {
  isOwn: true,
})

export const JOB_COMMANDS: readonly Command[] = [
  {
    words: 'job create',
    summary: 'Create a job from a YAML file.',
    flags: () => [
      file('job'),
      newName('job'),
      option('save-as -a', "Write the created job's YAML to this file.", { completes: 'file' }),
      SET,
      SKIP_VALIDATION,
      flag('stream -s', "Follow the job's logs until it ends; a failed job is exit code 1."),
      WEB,
      STEP,
      ALL_FILES,
      STRICT,
      option('env', "With 'machine', run in this machine's own Python.", {
        choices: ['machine'],
        isOwn: true,
      }),
      flag('exit-status', 'With --stream, a canceled job is exit code 1 too.', { isOwn: true }),
    ],
    examples: [
      { title: 'Run a job and follow it', line: 'amlet job create -f job.yml --stream' },
      {
        title: 'Change a field, and print only the name',
        line: 'amlet job create -f job.yml --set inputs.lr=0.1 --query name -o tsv',
      },
    ],
    load: async () => (await import('../commands/job-create.ts')).createJob,
  },
  {
    words: 'job show',
    summary: 'Show a job.',
    flags: () => [JOB, WEB],
    examples: [
      { title: 'Its status, one word', line: 'amlet job show -n NAME --query status -o tsv' },
    ],
    load: async () => (await import('../commands/job.ts')).showJob,
  },
  {
    words: 'job list',
    summary: 'List jobs, the newest first.',
    flags: () => [
      tri('all-results', 'All of them.'),
      ...ARCHIVED,
      option('max-results -r', 'Largest number of results.', { isInteger: true, standard: '50' }),
      option('parent-job-name -p', 'List the children of this job.', { completes: 'job' }),
      flag('tree', 'Children below their parents, as deep as they go.', { isOwn: true }),
      option('status', 'Only jobs in this status.', { isOwn: true, choices: STATUSES }),
      option('experiment-name', 'Only jobs of this experiment.', { isOwn: true }),
      flag('web', 'Open the page of all jobs in a browser.', { isOwn: true }),
    ],
    examples: [
      { title: 'As a table', line: 'amlet job list -o table' },
      { title: 'The steps of a pipeline', line: 'amlet job list -p NAME -o table' },
    ],
    load: async () => (await import('../commands/job-list.ts')).listJobs,
  },
  {
    words: 'job stream',
    summary: 'Follow the logs of a job and of everything below it.',
    flags: () => [
      JOB,
      STEP,
      ALL_FILES,
      flag('exit-status', 'A canceled job is exit code 1 too.', { isOwn: true }),
    ],
    examples: [{ title: 'Only one step', line: 'amlet job stream -n NAME --step train' }],
    load: async () => (await import('../commands/job-stream.ts')).streamJob,
  },
  {
    words: 'job cancel',
    summary: 'Cancel a job and everything below it.',
    flags: () => [JOB],
    load: async () => (await import('../commands/job.ts')).cancelJob,
  },
  {
    words: 'job archive',
    summary: 'Hide a job from lists.',
    flags: () => [JOB],
    load: async () => (await import('../commands/job.ts')).archiveJob,
  },
  {
    words: 'job restore',
    summary: 'Show an archived job in lists again.',
    flags: () => [JOB],
    load: async () => (await import('../commands/job.ts')).restoreJob,
  },
  {
    words: 'job update',
    summary: 'Change tags, properties, display name or description of a job.',
    flags: () => [JOB, WEB, ...GENERIC_UPDATE],
    examples: [{ title: 'Set a tag', line: 'amlet job update -n NAME --set tags.best=yes' }],
    load: async () => (await import('../commands/job.ts')).updateJob,
  },
  {
    words: 'job validate',
    summary: 'Check a job file and what it names, without running it.',
    flags: () => [
      file('job'),
      SET,
      STRICT,
      flag('exit-status', 'Exit code 1 when there are errors.', { isOwn: true }),
    ],
    load: async () => (await import('../commands/validate.ts')).validateKind('job'),
  },
  {
    words: 'job plan',
    summary: 'What a submission would do: references, inputs, reuse, environments. Runs nothing.',
    flags: () => [file('job'), newName('job'), SET, STRICT],
    examples: [{ title: 'See what would run', line: 'amlet job plan -f pipeline.yml -o table' }],
    load: async () => (await import('../commands/job-create.ts')).planJob,
  },
  {
    words: 'job download',
    summary: 'Download logs and outputs of a job.',
    flags: () => [
      JOB,
      flag('all', 'Logs and every named output.'),
      option('download-path -p', 'Folder to write to.', { standard: '.', completes: 'file' }),
      option('output-name', 'One output: its name, or STEP.NAME for a step of a pipeline.'),
    ],
    examples: [
      {
        title: "One output of a pipeline's step",
        line: 'amlet job download -n NAME --output-name train.model_output',
      },
    ],
    load: async () => (await import('../commands/job-download.ts')).downloadJob,
  },
  {
    words: 'job outputs',
    summary: 'The outputs of a job and its steps, and where they are.',
    positional: JOB_WORD,
    flags: () => [JOB_OPTION],
    load: async () => (await import('../commands/job.ts')).listOutputs,
  },
  {
    words: 'job show-services',
    summary: 'Services of a job, such as its page.',
    flags: () => [JOB, option('node-index -i', 'Node.', { isInteger: true, standard: '0' })],
    load: async () => (await import('../commands/job.ts')).showServices,
  },
  {
    words: 'job connect-ssh',
    summary: 'Not for jobs on this machine: see job shell.',
    flags: () => [
      JOB,
      option('node-index -i', 'Node.', { isInteger: true, standard: '0' }),
      option('private-key-file-path -f', 'Private key.', { completes: 'file' }),
      list('ssh-args -c', 'Arguments of ssh.'),
    ],
    load: async () => (await import('../commands/refuse.ts')).refuseSsh,
  },
  {
    words: 'job shell',
    summary: 'Open a shell in the folder, inputs, environment and variables of a job.',
    positional: JOB_WORD,
    flags: () => [
      option('name -n', 'Name of the job, or NAME.STEP.', { completes: 'job' }),
      flag('debugpy', 'Run the command under debugpy and wait for an editor.', { isOwn: true }),
      flag('print', 'Print folder and variables; start nothing.', { isOwn: true }),
    ],
    load: async () => (await import('../commands/job-shell.ts')).shellJob,
  },
  {
    words: 'job retry',
    summary: 'Run one mini-batch of a parallel job again, where the job ran.',
    positional: JOB_WORD,
    flags: () => [
      option('name -n', 'Name of the job, or NAME.STEP.', { completes: 'job' }),
      option('only-batch', 'Number of the mini-batch, from 0.', {
        isInteger: true,
        required: true,
        isOwn: true,
      }),
    ],
    examples: [
      {
        title: 'The mini-batch that failed, with its traceback',
        line: 'amlet job retry NAME.score --only-batch 17',
      },
    ],
    load: async () => (await import('../commands/job-retry.ts')).retryJob,
  },
  {
    words: 'job explain-reuse',
    summary: 'Why a step was reused, or was not.',
    positional: JOB_WORD,
    flags: () => [
      JOB_OPTION,
      option('against', 'Compare with this job.', { isOwn: true, completes: 'job' }),
    ],
    load: async () => (await import('../commands/job.ts')).explainReuse,
  },
  {
    words: 'job resume',
    summary: 'A new job that reuses every step of this one that finished.',
    positional: JOB_WORD,
    flags: () => [
      JOB_OPTION,
      option('file -f', 'The mended YAML, taken with its code in place of what was submitted.', {
        completes: 'file',
        isOwn: true,
      }),
      SET,
      option('from', 'Run this step, and what reads from it, again.', { isOwn: true }),
      flag('stream -s', "Follow the new job's logs until it ends.", { isOwn: true }),
    ],
    examples: [
      {
        title: 'After the code of a step was mended',
        line: 'amlet job resume -n NAME -f pipeline.yml --stream',
      },
    ],
    load: async () => (await import('../commands/job-create.ts')).resumeJob,
  },
  {
    words: 'job wait',
    summary: 'Wait until a job has ended, or is in a status.',
    positional: JOB_WORD,
    flags: () => [
      JOB_OPTION,
      option('for', 'Wait for status=NAME; the end of the job when left out.', { isOwn: true }),
      option('timeout', 'Give up after this long, e.g. 90s, 10m, 2h.', { isOwn: true }),
    ],
    examples: [
      {
        title: 'Ten minutes at most',
        line: 'amlet job wait -n NAME --for status=Completed --timeout 10m',
      },
    ],
    load: async () => (await import('../commands/job-wait.ts')).waitForJob,
  },
  {
    words: 'job describe',
    summary: 'A page for people: what a job is doing, why, and its last events.',
    positional: JOB_WORD,
    flags: () => [JOB_OPTION],
    load: async () => (await import('../commands/job-describe.ts')).describeJob,
  },
  {
    words: 'job metrics',
    summary: 'The metrics that a job logged.',
    positional: JOB_WORD,
    flags: () => [
      JOB_OPTION,
      option('key', 'Only this metric, all its points.', { isOwn: true }),
      option('export', 'Write all points to a file: .csv or .json.', {
        isOwn: true,
        completes: 'file',
      }),
    ],
    load: async () => (await import('../commands/job-metrics.ts')).showMetrics,
  },
  {
    words: 'job compare',
    summary: 'Parameters and metrics of several jobs side by side.',
    flags: () => [flag('differences', 'Only rows that differ.', { isOwn: true })],
    positional: { name: 'NAME', help: 'Jobs.', required: true, many: true, completes: 'job' },
    load: async () => (await import('../commands/job-metrics.ts')).compareJobs,
  },
]
