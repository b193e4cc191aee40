import path from 'node:path'
import { AmletError } from '../../core/errors.ts'
import { DISK } from '../../files/disk.ts'
import type { JobCheck } from '../checks/check-folder.ts'
import type { Run } from '../grammar/command.ts'
import { formatDiagnostic } from '../print-error.ts'

/** `amlet check FOLDER`: for each job of a repository, does it run here, and what to paste so that it does. */
export const checkFolder: Run = async (context, args) => {
  const folder = path.resolve(context.cwd, args.words[0] ?? '.')
  if (DISK.kind(folder) !== 'folder')
    throw new AmletError({
      code: 'FileNotFound',
      message: `there is no folder ${folder}`,
      hint: 'a single file is checked with "amlet validate FILE"',
    })
  const { checkJobs } = await import('../checks/check-folder.ts')
  const jobs = checkJobs(folder, context.cwd, { warn: (text) => context.log.warning(text) })
  const isStrict = args.isOn('strict')
  const runs = ({ state }: JobCheck): boolean =>
    state === 'runs' || (state === 'runs with substitutions' && !isStrict)
  const exitCode = args.isOn('exit-status') && !jobs.every(runs) ? 1 : 0
  const wantsData =
    context.hasChosenOutput || context.argv.some((word) => /^(-o|--out.*)/.test(word))
  return wantsData ? { value: jobs, exitCode } : { text: page(jobs, context.cwd), exitCode }
}

function page(jobs: readonly JobCheck[], cwd: string): string {
  if (jobs.length === 0) return 'there are no job files here\n'
  const width = Math.max(...jobs.map(({ state }) => state.length))
  const lines = jobs.flatMap((job) => [
    `${job.state.padEnd(width)}  ${job.file}`,
    ...[...job.unsupported, ...job.needs.map((need) => `needs ${need}`), ...job.substitutions].map(
      (line) => `${' '.repeat(width + 4)}${line}`,
    ),
    ...job.errors.flatMap((found) =>
      formatDiagnostic(found, cwd)
        .split('\n')
        .map((line) => `${' '.repeat(width + 4)}${line}`),
    ),
  ])
  return `${lines.join('\n')}\n\n${summary(jobs)}\n${toPaste(jobs)}`
}

function summary(jobs: readonly JobCheck[]): string {
  const counts = new Map<string, number>()
  for (const { state } of jobs) counts.set(state, (counts.get(state) ?? 0) + 1)
  const parts = [...counts].map(([state, count]) => `${count} ${state}`)
  return `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}: ${parts.join(', ')}`
}

/** The lines that make jobs run, each once. Those that only spare a substitution are not needed and not shown. */
function toPaste(jobs: readonly JobCheck[]): string {
  const lines = new Set(jobs.filter(({ state }) => state === 'needs').flatMap((job) => job.lines))
  if (lines.size === 0) return ''
  return `\nTo make those that need something run, paste what is missing:\n\n${[...lines].map((line) => `  ${line}`).join('\n')}\n`
}
