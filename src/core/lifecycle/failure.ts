import type { JobError } from './event.ts'

/** How a process ended, and what it said last. */
export interface ProcessEnd {
  readonly job: string
  readonly code: number | null
  readonly signal: string | null
  readonly log: readonly string[]
  /** Names of path inputs whose model is one single file. */
  readonly singleFileInputs: readonly string[]
}

/** What a process that did not end with 0 makes of its job. */
export function describeProcessEnd(end: ProcessEnd): JobError {
  const { code, signal, log, job } = end
  const how =
    signal === null ? `exited with code ${code}` : `was ended by signal ${signal}${meaning(signal)}`
  const hint = hintFor(end)
  return {
    code: 'UserError',
    message: `the command ${how}`,
    ...(code !== null && { exit_code: code }),
    ...(signal !== null && { signal }),
    ...(log.length > 0 && { log }),
    ...(hint !== undefined && { hint }),
    shell: `amlet job shell ${job}`,
  }
}

const meaning = (signal: string) => (signal === 'SIGKILL' ? ', perhaps for lack of memory' : '')

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /ModuleNotFoundError: No module named '([^']+)'/,
    'add the package of "$1" to the conda file of the environment',
  ],
  [/(?:bash|sh): line \d+: (\S+): command not found/, 'is "$1" part of the environment?'],
  [/can't open file '([^']+)'/, 'is "$1" in the folder that `code` names?'],
  [
    /(?:missing|No such file or directory|Could not find)[^\n]*MLmodel/i,
    'an MLflow model is a folder that holds a file MLmodel: check the type of the input and what was registered',
  ],
  [
    /active experiment ID does not match environment run ID/,
    "a job's run is in the experiment that the job names: leave set_experiment out of the script, or write its name as `experiment_name`",
  ],
  [/MemoryError/, 'the machine has too little memory for it'],
]

const NOT_A_FILE = /IsADirectoryError|NotADirectoryError|Is a directory/

function hintFor({ code, log, singleFileInputs }: ProcessEnd): string | undefined {
  const text = log.join('\n')
  const [input] = singleFileInputs
  if (input !== undefined && NOT_A_FILE.test(text))
    return `the input "${input}" is a folder that holds the model's one file: AZURE_ML_INPUT_${input}_FILE names the file, and \`type: uri_file\` passes the file itself`
  for (const [pattern, hint] of HINTS) {
    const match = pattern.exec(text)
    if (match !== null) return hint.replace('$1', match[1] ?? '')
  }
  return code === 127 ? 'a program of the command was not found in the environment' : undefined
}

/** The error of a pipeline: that of the command that failed first, and which one that was. */
export function describeChildFailure(
  child: { readonly name: string; readonly step: string },
  error: JobError,
): JobError {
  if (error.child !== undefined) return error
  const message = `${child.step}: ${error.message}`
  return { ...error, child: child.step, message }
}
