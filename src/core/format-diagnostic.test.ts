import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDiagnostic } from './format-diagnostic.ts'
import { loadEntity } from './spec/load.ts'

function shown(text: string): readonly string[] {
  const files = { read: () => undefined, kind: () => undefined }
  const { diagnostics } = loadEntity({ kind: 'job', file: '/w/j.yml', text, baseDir: '/w', files })
  return diagnostics.map((found) => formatDiagnostic(found))
}

/** The line of a file as it is shown, and the character above the caret. */
function pointedAt(text: string): string {
  const [, , line = '', caret = ''] = (shown(text)[0] ?? '').split('\n')
  const columns = [...line.replaceAll(/\p{Mark}/gu, '')].flatMap((letter) =>
    /\p{Script=Han}|[\u3040-\u30ff]|\p{Extended_Pictographic}/u.test(letter)
      ? [letter, '']
      : [letter],
  )
  return columns[caret.indexOf('^')] ?? ''
}

const JOB = 'environment: azureml:e:1\ncommand: '

test('the caret stands below its character, also behind wide ones, emoji and tabs', () => {
  assert.equal(pointedAt(`${JOB}echo \${{inputs.x}}\n`), '$')
  assert.equal(pointedAt(`${JOB}echo 日本語のテキスト \${{inputs.x}}\n`), '$')
  assert.equal(pointedAt(`${JOB}echo 😀😀 \${{inputs.x}}\n`), '$')
  assert.equal(pointedAt(`${JOB}"echo\t\t\${{inputs.x}}"\n`), '$')
  assert.equal(pointedAt(`${JOB}echo e\u0301e\u0301 \${{inputs.x}}\n`), '$')
})

test('a value of megabytes makes no message of megabytes', () => {
  const [message = ''] = shown(
    `command: x\nenvironment: azureml:/subscriptions/${'a/'.repeat(900_000)}\n`,
  )
  assert.ok(message.length < 2_000, `${message.length} characters`)
})
