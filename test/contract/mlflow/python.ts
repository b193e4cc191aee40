import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { buildEnvironment } from '../../../src/environments/build.ts'
import { resolveEnvironment } from '../../../src/environments/resolve.ts'

const CLIENTS = path.join(import.meta.dirname, 'clients')
const CACHE = path.resolve(import.meta.dirname, '../../../node_modules/.cache/amlet-python')

/** The Python of an environment with the packages of `clients/<name>.txt`, which is built once and kept. */
export async function pythonWith(name: string): Promise<string> {
  const pip = readFileSync(path.join(CLIENTS, `${name}.txt`), 'utf8')
    .trim()
    .split('\n')
  const plan = resolveEnvironment({
    image: 'none',
    conda_file: { dependencies: ['python>=3.10', { pip }] },
  })
  const { python } = await buildEnvironment({ home: CACHE, plan, log: () => {} })
  return python
}

/** Runs a script of `clients/` against a server, and gives what it printed. It must succeed. */
export async function runClient(
  python: string,
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(python, [path.join(CLIENTS, script)], {
    env: {
      ...process.env,
      // An answer that is wrong should be seen, not repeated for minutes.
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
      GIT_PYTHON_REFRESH: 'quiet',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${output}`)
  return output
}
