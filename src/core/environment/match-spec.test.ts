import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMatchSpec, toPep440 } from './match-spec.ts'

/** What a conda line asks of PyPI: name and PEP 440 version. */
function translate(line: string): string | undefined {
  const spec = parseMatchSpec(line)
  if (spec === undefined) return undefined
  const version = spec.version === undefined ? '' : toPep440(spec.version)
  return version === undefined ? undefined : `${spec.name}${version}`
}

for (const [line, expected] of [
  ['numpy', 'numpy'],
  ['numpy=1.26', 'numpy==1.26.*'],
  ['numpy=1.26.*', 'numpy==1.26.*'],
  ['numpy==1.26.4', 'numpy==1.26.4'],
  ['numpy=1.26.4=py310_0', 'numpy==1.26.4.*'],
  ['numpy 1.26.4 py310_0', 'numpy==1.26.4'],
  ['numpy 1.26.*', 'numpy==1.26.*'],
  ['numpy>=1.24,<2', 'numpy>=1.24,<2'],
  ['numpy >=1.24, <2', 'numpy>=1.24,<2'],
  ['numpy~=1.24.1', 'numpy~=1.24.1'],
  ['numpy!=1.25.*', 'numpy!=1.25.*'],
  ['numpy=*', 'numpy'],
  ['conda-forge::numpy=1.26', 'numpy==1.26.*'],
  ['conda-forge/linux-64::numpy', 'numpy'],
  ["numpy[version='>=1.24,<2']", 'numpy>=1.24,<2'],
  ['Pillow=10', 'pillow==10.*'],
  ['tensorflow=2.16.0rc1', 'tensorflow==2.16.0rc1'],
  ['_libgcc_mutex=0.1=main', '_libgcc_mutex==0.1.*'],
] as const)
  test(`the conda line "${line}" asks for ${expected}`, () => {
    assert.equal(translate(line), expected)
  })

test('what PEP 440 cannot say is not guessed', () => {
  assert.equal(translate('numpy=1.24|1.26'), undefined)
  assert.equal(translate('numpy==='), undefined)
  assert.equal(translate('/tmp/x'), undefined)
})

test('channel and build are kept beside the version', () => {
  assert.deepEqual(parseMatchSpec('pytorch::pytorch=2.1=py3.10_cpu'), {
    name: 'pytorch',
    channel: 'pytorch',
    version: '=2.1',
    build: 'py3.10_cpu',
  })
})
