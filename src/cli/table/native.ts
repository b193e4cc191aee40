import type { Command } from '../grammar/command.ts'
import { flag, option, YES } from './common.ts'

const SERVER = {
  run: async () => (await import('../commands/server.ts')).runInForeground,
  control: () => import('../commands/server-control.ts'),
}

/** What amlet has and az has not. */
export const NATIVE_COMMANDS: readonly Command[] = [
  {
    words: 'server run',
    summary: 'Run the server here, in the foreground, until Ctrl-C.',
    flags: () => [
      option('port', 'Port of the loopback address; kept for this home.', {
        isInteger: true,
        isOwn: true,
      }),
    ],
    load: SERVER.run,
  },
  {
    words: 'server start',
    summary: 'Start the server in the background, unless it runs.',
    flags: () => [flag('print-url', 'Print its address and nothing else.', { isOwn: true })],
    load: async () => (await SERVER.control()).startServer,
  },
  {
    words: 'server stop',
    summary: 'Stop the server. Running jobs go on and are found again.',
    flags: () => [],
    load: async () => (await SERVER.control()).stopServer,
  },
  {
    words: 'server status',
    summary: 'Process, address, home, version and load of the server.',
    flags: () => [],
    load: async () => (await SERVER.control()).showStatus,
  },
  {
    words: 'server logs',
    summary: "The server's own log.",
    flags: () => [
      option('lines -l', 'Number of last lines.', { isInteger: true, standard: '200' }),
      flag('follow', 'Go on as lines are written.', { isOwn: true }),
    ],
    load: async () => (await SERVER.control()).showLogs,
  },
  {
    words: 'server backup',
    summary: 'Copy this home to a folder that can be opened elsewhere.',
    flags: () => [option('path -p', 'Folder to make.', { required: true, completes: 'file' })],
    examples: [{ title: 'Keep a copy', line: 'amlet server backup --path ~/amlet-backup' }],
    load: async () => (await import('../commands/backup.ts')).backupServer,
  },
  {
    words: 'server restore',
    summary: 'Make a home from a backup.',
    flags: () => [option('path -p', 'The backup.', { required: true, completes: 'file' }), YES],
    load: async () => (await import('../commands/backup.ts')).restoreServer,
  },
  {
    words: 'server verify',
    summary: 'Read everything stored again and compare it with what was stored.',
    flags: () => [],
    load: async () => (await import('../commands/verify.ts')).verifyServer,
  },
  {
    words: 'doctor',
    summary: 'Say what this machine has and lacks for running jobs.',
    flags: () => [flag('json', 'Print JSON.', { isOwn: true })],
    load: async () => (await import('../commands/doctor.ts')).runDoctor,
  },
  {
    words: 'exec',
    summary: 'Run one command with a home and server of its own, removed afterwards. For CI.',
    positional: {
      name: 'COMMAND',
      help: 'The command and its arguments, after --.',
      required: true,
      many: true,
      isCommandLine: true,
    },
    flags: () => [
      option('keep-home', 'Use this folder as the home and leave it there.', {
        isOwn: true,
        completes: 'file',
      }),
    ],
    examples: [{ title: 'Tests against a fresh amlet', line: 'amlet exec -- pytest tests' }],
    load: async () => (await import('../commands/exec.ts')).execCommand,
  },
  {
    words: 'gc',
    summary: 'Delete what nothing refers to any more.',
    flags: () => [flag('dry-run', 'Only list it.', { isOwn: true }), YES],
    load: async () => (await import('../commands/gc.ts')).collectGarbage,
  },
  {
    words: 'mlflow env',
    summary: 'Shell lines that let a script of this machine log to amlet.',
    flags: () => [],
    examples: [{ title: 'In a shell', line: 'eval "$(amlet mlflow env)"' }],
    load: async () => (await import('../commands/mlflow-env.ts')).printMlflowEnv,
  },
  {
    words: 'completion',
    summary: 'Print the completion script of a shell.',
    positional: {
      name: 'SHELL',
      help: 'bash or zsh.',
      required: true,
      many: false,
      choices: ['bash', 'zsh'],
    },
    flags: () => [],
    examples: [{ title: 'In ~/.bashrc', line: 'eval "$(amlet completion bash)"' }],
    load: async () => (await import('../commands/completion.ts')).printCompletion,
  },
  {
    words: '__complete',
    summary: 'Values for Tab.',
    isHidden: true,
    positional: {
      name: 'WORD',
      help: 'The words so far.',
      required: false,
      many: true,
      isCommandLine: true,
    },
    flags: () => [],
    load: async () => (await import('../commands/completion.ts')).completeWord,
  },
]
