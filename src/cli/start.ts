import { main } from './main.ts'

/** The process of a command: its exit code, pipes that close early, disks that are full. */
export async function start(): Promise<void> {
  for (const [name, stream] of [
    ['stdout', process.stdout] as const,
    ['stderr', process.stderr] as const,
  ])
    stream.on('error', (error: NodeJS.ErrnoException) => giveUp(name, error))
  process.exitCode = await main(process.argv.slice(2), process.env)
}

/** Nobody reads any more: as good as done. Nothing can be written any more: that is a failure, and said where it can be. */
function giveUp(name: 'stdout' | 'stderr', error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
  if (name === 'stdout')
    process.stderr.write(`ERROR: ${name} cannot be written: ${error.message}\n`)
  process.exit(1)
}
