import { main } from './main.ts'

/** The process of a command: its exit code, and pipes that close early. */
export async function start(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
      throw error
    })
  process.exitCode = await main(process.argv.slice(2), process.env)
}
