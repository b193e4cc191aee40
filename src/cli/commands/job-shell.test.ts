import assert from 'node:assert/strict'
import { test } from 'node:test'
import { underDebugger } from './job-shell.ts'

const DEBUGPY = '-m debugpy --listen 127.0.0.1:5678 --wait-for-client'

test('the first start of Python goes through debugpy, by the name that the command gives it', () => {
  const rows: [string, string][] = [
    ['python train.py --n 1', `python ${DEBUGPY} train.py --n 1`],
    ['python3 -m pkg.train', `python3 ${DEBUGPY} -m pkg.train`],
    ['ls; python a.py && python b.py', `ls; python ${DEBUGPY} a.py && python b.py`],
    ['ls my-python x; python a.py', `ls my-python x; python ${DEBUGPY} a.py`],
  ]
  for (const [command, debugged] of rows) assert.equal(underDebugger(command), debugged)
})

test('a command without Python cannot be debugged, and says so', () => {
  assert.throws(() => underDebugger('bash run.sh pythonic'), { code: 'InvalidState' })
})
