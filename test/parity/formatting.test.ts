import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { printOutcome } from '../../src/cli/output/print.ts'

interface Case {
  readonly value: unknown
  readonly query?: string
  /** What knack prints; null where it says that no table can be made. */
  readonly json: string
  readonly yaml: string
  readonly tsv: string
  readonly table?: string | null
}

const golden: { readonly origin: string; readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'knack.json'), 'utf8'),
)

async function print({ value, query }: Case, output: string): Promise<string | null> {
  try {
    return await printOutcome({ value }, { output, query, hasColour: false })
  } catch (error) {
    assert.match(String(error), /Table output unavailable/)
    return null
  }
}

for (const output of ['json', 'yaml', 'tsv', 'table'] as const)
  test(`${output} is byte for byte what az's own formatter prints`, async () => {
    assert.ok(golden.cases.length > 40)
    for (const each of golden.cases)
      if (each[output] !== undefined)
        assert.equal(await print(each, output), each[output], JSON.stringify(each))
  })
