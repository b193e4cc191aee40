import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toPlain } from '../yaml/node.ts'
import { parseYaml } from '../yaml.ts'
import { condaSourceOf } from './conda-source.ts'
import { environmentIdentity, planIdentity } from './identity.ts'
import { condaOnlyDiagnostics, planEnvironment } from './plan.ts'

const FILE = '/work/environment.yml'

function read(text: string) {
  const { root } = parseYaml(text, FILE)
  assert.ok(root)
  return { conda_file: toPlain(root) as Record<string, unknown>, source: condaSourceOf(root) }
}

function planText(text: string, image?: string) {
  const { conda_file, source } = read(text)
  const entity = { conda_file, ...(image === undefined ? {} : { image }) }
  return planEnvironment(entity, source)
}

const says = (text: string) =>
  planText(text).diagnostics.map(
    ({ code, message, source }) => `${source?.line}:${source?.column} ${code}: ${message}`,
  )

test('a conda file becomes a Python and requirements that know their lines', () => {
  const { plan, diagnostics } = planText(
    `name: x
channels: [conda-forge]
dependencies:
  - python=3.10
  - pip=25.1
  - pytorch::pytorch=2.1=py3.10_cpu
  - py-xgboost>=2
  - matplotlib-base
  - cudatoolkit=11.8
  - git
  - pip:
      - mlflow[extras]>=2  # the tracker
      - --extra-index-url https://packages.example.org/simple
      - git+https://example.org/some/project.git@v1
`,
    'mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest',
  )
  assert.deepEqual(diagnostics, [])
  assert.equal(plan.python?.value, '==3.10.*')
  assert.deepEqual(
    plan.requirements.map(({ value, source }) => `${source?.line}: ${value}`),
    [
      '5: pip==25.1.*',
      '6: torch==2.1.*',
      '7: xgboost>=2',
      '8: matplotlib',
      '12: mlflow[extras]>=2',
      '14: git+https://example.org/some/project.git@v1',
    ],
  )
  assert.deepEqual(
    plan.options.map(({ value }) => value),
    ['--extra-index-url https://packages.example.org/simple'],
  )
  assert.deepEqual(
    plan.programs.map(({ value }) => value),
    ['git'],
  )
  assert.deepEqual(
    plan.notes.map(({ text }) => text),
    [
      'image "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest" is not pulled: the conda file alone makes the environment',
      '"pytorch::pytorch=2.1=py3.10_cpu": the build "py3.10_cpu" exists in conda only, any build is taken',
      '"cudatoolkit=11.8" is left out: the Python packages bring it along',
    ],
  )
})

test('every line that cannot be had is reported at its place', () => {
  const text = `dependencies:
  - numpy=1.24|1.26
  - {conda: x}
  - pip:
      - -r requirements.txt
      - ./local
      - --frobnicate
      - 7
`
  assert.deepEqual(says(text), [
    '2:5 InvalidValue: "numpy=1.24|1.26" cannot be read as a conda package and its version',
    '3:5 InvalidValue: {"conda":"x"} is not a package of a conda file',
    '5:9 OperationNotSupported: "-r requirements.txt" in the pip part cannot be followed: a conda file stands alone, so the files beside it are not there when it is built',
    '6:9 OperationNotSupported: "./local" in the pip part cannot be followed: a conda file stands alone, so the files beside it are not there when it is built',
    '7:9 OperationNotSupported: "--frobnicate" in the pip part cannot be followed: it is not an option that a conda file can give here',
    "8:9 InvalidValue: 7 is not a line of pip's requirements",
  ])
})

test('variables of a conda file are kept as texts, and what is no mapping of texts is refused', () => {
  const { plan } = planText('variables:\n  A: x y\n  N: 1\n  YES: true\ndependencies: []\n')
  assert.deepEqual(plan.variables, { A: 'x y', N: '1', YES: 'true' })
  assert.match(says('variables: [A]\n')[0] ?? '', /variables of a conda file is a mapping/)
})

test('an exact version of OpenCV is met by the finer ones of PyPI', () => {
  const { plan } = planText('dependencies: [opencv==4.8.0, py-opencv=4.8, "opencv>=4.5,<4.9"]\n')
  assert.deepEqual(
    plan.requirements.map(({ value }) => value),
    [
      'opencv-python-headless==4.8.0.*',
      'opencv-python-headless==4.8.*',
      'opencv-python-headless>=4.5,<4.9',
    ],
  )
})

test('a package that only conda has is an error where there is no conda', () => {
  const { plan, diagnostics } = planText('dependencies:\n  - numpy\n  - r-ggplot2=3\n')
  assert.deepEqual(diagnostics, [])
  const [only] = condaOnlyDiagnostics(plan)
  assert.equal(only?.source?.line, 3)
  assert.match(only?.message ?? '', /"r-ggplot2=3" .* no counterpart outside conda: R packages/)
})

test('dependencies that are not a list are refused', () => {
  assert.deepEqual(says('dependencies: numpy\n'), [
    '1:15 InvalidValue: dependencies of a conda file is a list of packages',
  ])
})

test('an image alone gives an empty environment and says so', () => {
  const { plan } = planEnvironment({ image: 'library/python:latest' })
  assert.deepEqual(plan.requirements, [])
  assert.match(plan.notes[0]?.text ?? '', /not pulled: the job runs with this machine's Python/)
})

test('the image of a curated environment is known by its packages', () => {
  const { plan } = planEnvironment({
    image: 'mcr.microsoft.com/azureml/curated/sklearn-1.5:latest',
  })
  assert.ok(plan.requirements.some(({ value }) => value === 'scikit-learn~=1.5.0'))
})

test('a Dockerfile alone needs a container engine', () => {
  const path = 'azureml://datastores/workspaceblobstore/paths/LocalUpload/0/context'
  const { diagnostics } = planEnvironment({ build: { path } })
  const says = 'the environment is made by a Dockerfile, which needs a container engine'
  assert.equal(diagnostics[0]?.message, says)
})

test('the identity leaves out what a job cannot notice and keeps what it can', () => {
  const base = { image: 'a', conda_file: { name: 'x', dependencies: ['numpy'] } }
  const same = { name: 'n', version: '2', ...base, conda_file: { ...base.conda_file, name: 'y' } }
  assert.equal(environmentIdentity(base), environmentIdentity(same))
  for (const other of [
    { ...base, image: 'b' },
    { ...base, conda_file: { dependencies: ['numpy=1'] } },
    { ...base, conda_file: { dependencies: ['numpy', { pip: ['--pre'] }] } },
  ])
    assert.notEqual(environmentIdentity(base), environmentIdentity(other))
})

test('two environments that differ in their image alone share a folder', () => {
  const plan = (image: string) => planEnvironment({ image, conda_file: { dependencies: [] } }).plan
  assert.equal(planIdentity(plan('a')), planIdentity(plan('b')))
})
