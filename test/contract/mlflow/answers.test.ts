import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { DIFFERENCES, OTHER_STATUS } from './compare/differences.ts'
import { type Answer, REQUESTS, replay } from './compare/replay.ts'
import { startHost } from './start-host.ts'

type Answers = Readonly<Record<string, Answer>>

const recordedFile = path.join(import.meta.dirname, 'compare', 'answers.json')
const recorded = JSON.parse(readFileSync(recordedFile, 'utf8')) as {
  readonly version: string
  readonly answers: Answers
}

test('hundreds of requests are answered as mlflow server answers them, but for a reasoned list', async (t) => {
  await using host = await startHost()
  const answers = await replay(`${host.url}/mlflow/compared`)
  assert.ok(REQUESTS.length >= 150)
  const different = Object.keys(answers).filter((id) => !isSame(answers[id], recorded.answers[id]))
  assert.deepEqual(
    different.filter((id) => !Object.hasOwn(DIFFERENCES, id)).map((id) => told(id, answers)),
    [],
  )
  const same = Object.keys(DIFFERENCES).filter((id) => !different.includes(id))
  assert.deepEqual(same, [], 'these are no differences any more')
  for (const id of different) checkListed(id, answers)
  t.diagnostic(
    `${REQUESTS.length} answers compared with mlflow ${recorded.version}, ${different.length} differ`,
  )
})

function isSame(left: Answer | undefined, right: Answer | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

function told(id: string, answers: Answers): string {
  return `${id}\n  mlflow ${JSON.stringify(recorded.answers[id])}\n  amlet  ${JSON.stringify(answers[id])}`
}

/** A difference is one of words: status and error code, which clients look at, are the same unless said. */
function checkListed(id: string, answers: Answers): void {
  const [ours, theirs] = [answers[id], recorded.answers[id]]
  assert.equal(ours?.status, OTHER_STATUS[id] ?? theirs?.status, id)
  const codeOf = (answer: Answer | undefined) =>
    (answer?.body as { error_code?: string } | undefined)?.error_code
  const isPage = typeof theirs?.body === 'string'
  if (!Object.hasOwn(OTHER_STATUS, id) && !isPage) assert.equal(codeOf(ours), codeOf(theirs), id)
}
