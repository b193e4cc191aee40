// The program of a server of its own: `node run.js --home <folder>`. Says once, on its standard output, how the start went.
import { writeSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import path from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    port: { type: 'string' },
    'idle-seconds': { type: 'string' },
    'auto-started': { type: 'boolean', default: false },
  },
})
const { home = '', port, 'idle-seconds': idleSeconds, 'auto-started': autoStarted } = values
enableCompileCache(path.join(home, 'cache', 'compile'))
const { runServer } = await import('./main.ts')

process.exitCode = await runServer({
  home,
  autoStarted,
  ...(idleSeconds === undefined ? {} : { idleStopMs: Number(idleSeconds) * 1000 }),
  ...(port === undefined ? {} : { port: Number(port) }),
  report: (report) => writeSync(1, `${JSON.stringify(report)}\n`),
})
process.exit()
