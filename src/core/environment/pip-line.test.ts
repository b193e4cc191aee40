import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPipLine, requirementName } from './pip-line.ts'

const read = (line: string) => {
  const found = readPipLine(line)
  return found !== undefined && 'text' in found ? `${found.kind} ${found.text}` : found?.kind
}

for (const [line, expected] of [
  ['mlflow>=2 # tracker', 'requirement mlflow>=2'],
  [
    'pkg @ https://example.org/pkg-1.0.tar.gz',
    'requirement pkg @ https://example.org/pkg-1.0.tar.gz',
  ],
  [
    'https://example.org/pkg-1.0-py3-none-any.whl',
    'requirement https://example.org/pkg-1.0-py3-none-any.whl',
  ],
  ['-e git+https://example.org/p.git#egg=p', 'requirement git+https://example.org/p.git#egg=p'],
  [
    '--extra-index-url=https://example.org/simple',
    'option --extra-index-url https://example.org/simple',
  ],
  ['-i https://example.org/simple', 'option --index-url https://example.org/simple'],
  ['--pre', 'option --prerelease=allow'],
  ['--no-cache-dir', 'ignored'],
  ['-r more.txt', 'refused'],
  ['-e .', 'refused'],
  ['dist/own-1.0-py3-none-any.whl', 'refused'],
  ['file:///tmp/x', 'refused'],
  ['--constructor', 'refused'],
  ['  # only a comment', undefined],
] as const)
  test(`the pip line "${line}" is ${expected ?? 'nothing'}`, () => {
    assert.equal(read(line), expected)
  })

test('an option without its value is told as that', () => {
  assert.deepEqual(readPipLine('--extra-index-url'), {
    kind: 'refused',
    reason: 'it has no value',
    hint: 'write --extra-index-url <value>',
  })
})

test('the name of a requirement is compared as PyPI does', () => {
  assert.equal(requirementName('Scikit_Learn[all]>=1'), 'scikit-learn')
  assert.equal(requirementName('ruamel.yaml ; python_version < "3.9"'), 'ruamel-yaml')
  assert.equal(requirementName('git+https://example.org/p.git#egg=My_P'), 'my-p')
  assert.equal(requirementName('https://example.org/x.whl'), undefined)
})
