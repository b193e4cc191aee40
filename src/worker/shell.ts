import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { MOUNTER } from './mounter.ts'
import { Places, type Protection } from './places.ts'
import { prepareLaunch } from './prepare.ts'
import type { Launch } from './protocol.ts'

// Opens a shell, or runs the words after `--`, where an attempt ran: its folder, inputs and variables, under
// the same protection. Links are made anew; the working directory is left as the attempt left it.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    home: { type: 'string', default: '' },
    protection: { type: 'string', default: 'none' },
    launch: { type: 'string', default: '' },
  },
})
const launch = JSON.parse(readFileSync(values.launch, 'utf8')) as Launch
const protection = values.protection as Protection
const places = new Places({ home: values.home, protection, mounter: MOUNTER })
const isMissing = (step: Launch['prepare'][number]): boolean =>
  step.op === 'link' || step.op === 'mkdir' || !existsSync(step.path)
await prepareLaunch({ ...launch, prepare: launch.prepare.filter(isMissing) }, places)

const [program = '/bin/bash', ...args] = positionals.length > 0 ? positionals : ['/bin/bash', '-i']
process.on('SIGINT', () => {})
// What is opened here is not the attempt's and is not ended with it.
const { AMLET_ATTEMPT_ID: _, ...env } = launch.env
spawn(program, args, {
  cwd: launch.workDir,
  env: { ...env, TERM: process.env['TERM'] ?? 'dumb' },
  stdio: ['inherit', 'inherit', 'inherit', 'ignore', 'ignore', 'ignore'],
})
  .once('error', (error) => {
    process.stderr.write(`${program} can not be started: ${error.message}\n`)
    process.exitCode = 127
  })
  .once('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128)
  })
