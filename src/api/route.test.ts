import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonText } from './route.ts'

test('other work has its turn before each further page of a list is read', async () => {
  const seen: string[] = []
  const work = (name: string) => setImmediate(() => seen.push(name))
  function* pages() {
    for (const page of [[1, 2], [], [3]]) {
      seen.push(`page ${page}`)
      work(`work after ${page}`)
      yield page
    }
  }
  const { text } = await JsonText.ofPagesInTurn(pages())
  assert.deepEqual(JSON.parse(String(text)), { value: [1, 2, 3] })
  const inTurn = [[1, 2], [], [3]].flatMap((page) => [`page ${page}`, `work after ${page}`])
  assert.deepEqual(seen, inTurn)
})
