import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { Config } from '../../src/cli/config.ts'
import { helpFor } from '../../src/cli/help/help.ts'
import { cliReference } from '../../src/cli/help/reference.ts'
import { COMMANDS } from '../../src/cli/table/commands.ts'
import { ROOT } from '../support/cli.ts'

const config = new Config({ AMLET_HOME: '/nowhere', AZURE_CONFIG_DIR: '/nowhere' }, '/')

test('the page of a command has its options, required ones first, and examples', () => {
  assert.equal(
    helpFor(['job', 'wait'], config).split('Global Arguments')[0],
    `
Command
    amlet job wait : Wait until a job has ended, or is in a status.

Words
    NAME : Name of the job, in place of --name.

Arguments
    --for     : Wait for status=NAME; the end of the job when left out.
    --name -n : Name of the job.
    --timeout : Give up after this long, e.g. 90s, 10m, 2h.

`,
  )
  assert.match(helpFor(['job', 'show'], config), /Arguments\n {4}--name -n \[Required\] : Name/)
})

test('an active default shows beside its option', () => {
  const configured = new Config({ AMLET_DEFAULTS_GROUP: 'team' }, '/')
  assert.match(helpFor(['job', 'show'], configured), /--resource-group -g[\s\S]*Config: team\./)
})

test('no page is wider than 100 columns, and every command has one', () => {
  for (const { words } of COMMANDS.values()) {
    const page = helpFor(words.split(' '), config)
    const wide = page
      .split('\n')
      .filter((line) => line.length > 100 && !line.startsWith('        '))
    assert.deepEqual(wide, [], words)
  }
})

test('docs/cli.md is what the command table says', () => {
  const page = readFileSync(path.join(ROOT, 'docs', 'cli.md'), 'utf8')
  assert.equal(page, cliReference(), 'write it again with: node scripts/docs.mjs')
})
