import { resolve } from 'node:path'
import { AmletError } from '../../core/errors.ts'
import type { Run } from '../grammar/command.ts'
import { copyFiles, type RemoteFile } from './copy-files.ts'
import { apiPath } from './paths.ts'

interface Downloads {
  readonly files: readonly RemoteFile[]
  /** Names of all outputs, those of steps as `step.name`. */
  readonly names?: readonly string[]
}

/** `job download`: `artifacts/…` and `named-outputs/<name>/…` below the folder. Finding nothing is an error. */
export const downloadJob: Run = async (context, args) => {
  const client = await context.connect()
  const name = args.need('name')
  const output = args.text('output-name')
  const query = { output_name: output, all: args.isOn('all') || undefined }
  const path = `${apiPath('jobs', name)}/download`
  const { files, names = [] } = await client.get<Downloads>(path, { query })
  if (files.length === 0) throw nothingFound(name, output, names)
  const target = resolve(context.cwd, args.text('download-path') ?? '.')
  await copyFiles(client, { files, target })
  context.log.note(`${files.length} ${files.length === 1 ? 'file' : 'files'} written to ${target}`)
  return {}
}

function nothingFound(
  job: string,
  output: string | undefined,
  names: readonly string[],
): AmletError {
  return new AmletError({
    code: 'OutputMissing',
    message: whatIsMissing(job, output, names),
    hint: `list them with \`amlet job outputs -n ${job}\``,
  })
}

function whatIsMissing(job: string, output: string | undefined, names: readonly string[]): string {
  if (output === undefined) return `job "${job}" has no files to download`
  if (names.includes(output))
    return `the output "${output}" of job "${job}" holds no files; links out of it are not followed`
  const has = names.length === 0 ? 'it has no outputs' : `it has: ${names.join(', ')}`
  return `job "${job}" has no output "${output}"; ${has}`
}
