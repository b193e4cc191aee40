import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { PrepareStep } from '../../src/compute/executor.ts'
import { LocalExecutor } from '../../src/compute/local/local-executor.ts'
import type { ProtectionKind } from '../../src/compute/local/protection.ts'

// Runs one step that tries to spoil what it reads, and prints what came of it as JSON.
const [home = '', outside = '', protection = 'best'] = process.argv.slice(2)

const attempt = randomUUID()
const runDir = path.join(home, 'runs', attempt)
const workDir = path.join(runDir, 'exe', 'wd')
const data = path.join(runDir, 'data')
const asset = path.join(home, 'datastores', 'ds', 'model')
const staging = path.join(home, 'datastores', 'ds', '.staging', 'a', 'out')

const SPOIL = `
spoil() {
  (echo spoilt >>"$2/weights") 2>/dev/null && echo "$1: written" || echo "$1: write failed"
  (echo new >"$2/new") 2>/dev/null && echo "$1: added" || echo "$1: add failed"
  rm -f "$2/weights" 2>/dev/null && echo "$1: removed" || echo "$1: remove failed"
}
spoil store ${data}/store; spoil outside ${data}/outside
(echo more >>${data}/copy/weights) && echo 'private copy: written'
echo made >${data}/out/made; id -u >uid
`

const link = (name: string, target: string, readOnly: boolean): PrepareStep => ({
  op: 'link',
  path: path.join(data, name),
  target,
  readOnly,
})

const executor = new LocalExecutor({
  home,
  ...(protection !== 'best' && { protection: protection as ProtectionKind }),
})
executor.onObservation((end) => {
  if (end.state !== 'exited' && end.state !== 'notStarted') return
  const log = end.state === 'exited' ? readFileSync(`${runDir}/user_logs/std_log.txt`, 'utf8') : ''
  const uid = end.state === 'exited' ? readFileSync(`${workDir}/uid`, 'utf8').trim() : ''
  void executor.protection().then(({ kind }) => {
    process.stdout.write(JSON.stringify({ protection: kind, end, log, uid }), () => {
      if (executor.workerPid) process.kill(executor.workerPid)
      process.exit()
    })
  })
})
await executor.submit([
  {
    attemptId: attempt,
    jobName: 'spoil',
    runDir,
    workDir,
    command: SPOIL,
    env: { PATH: process.env['PATH'] ?? '' },
    prepare: [
      { op: 'mkdir', path: data },
      link('store', asset, true),
      link('outside', outside, true),
      { op: 'mkdir', path: staging },
      link('out', staging, false),
      { op: 'copy', path: path.join(data, 'copy'), target: asset },
    ],
    slots: { cpus: 1, gpus: 0, memoryBytes: 0 },
    processCount: 1,
    nodeCount: 1,
    graceSeconds: 5,
  },
])
