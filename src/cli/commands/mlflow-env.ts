import { readFileSync } from 'node:fs'
import type { ServerStatus } from '../../core/wire.ts'
import { homePaths } from '../../files/home.ts'
import type { Run } from '../grammar/command.ts'

/** `mlflow env`: for `eval "$(amlet mlflow env)"`. With a chosen output the same as data. */
export const printMlflowEnv: Run = async (context) => {
  const client = await context.connect()
  const { url } = await client.get<ServerStatus>('/server')
  const variables = {
    MLFLOW_TRACKING_URI: context.env['AMLET_URL'] || url,
    MLFLOW_TRACKING_TOKEN: context.env['AMLET_TOKEN'] || readToken(homePaths(context.env).token),
  }
  if (context.hasChosenOutput) return { value: variables }
  const lines = Object.entries(variables).map(([key, value]) => `export ${key}=${quote(value)}\n`)
  return { text: lines.join('') }
}

function readToken(file: string): string {
  return readFileSync(file, 'utf8').trim()
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`
}
