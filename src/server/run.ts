// The program of a server of its own: `node run.js --home <folder>`. Says once, on its standard output, how the start went.
import { accessSync, constants, writeSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import path from 'node:path'
import { parseArgs } from 'node:util'

/** Beside the code, so that every home finds it; in the home where that cannot be written. */
function compileCache(): string {
  const isBuilt = import.meta.filename.endsWith('.js')
  const root = path.resolve(import.meta.dirname, isBuilt ? '..' : '../../node_modules')
  try {
    accessSync(root, constants.W_OK)
    return path.join(root, isBuilt ? '.compile-cache' : '.cache/amlet-compile')
  } catch {
    return path.join(home, 'cache', 'compile')
  }
}

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    port: { type: 'string' },
    'idle-seconds': { type: 'string' },
    'arrival-seconds': { type: 'string' },
    'auto-started': { type: 'boolean', default: false },
  },
})
const { home = '', port, 'auto-started': autoStarted } = values
const { 'idle-seconds': idleSeconds, 'arrival-seconds': arrivalSeconds } = values
enableCompileCache(compileCache())
const { runServer } = await import('./main.ts')

process.exitCode = await runServer({
  home,
  autoStarted,
  ...(idleSeconds === undefined ? {} : { idleStopMs: Number(idleSeconds) * 1000 }),
  ...(arrivalSeconds === undefined ? {} : { arrivalMs: Number(arrivalSeconds) * 1000 }),
  ...(port === undefined ? {} : { port: Number(port) }),
  report: (report) => writeSync(1, `${JSON.stringify(report)}\n`),
})
process.exit()
