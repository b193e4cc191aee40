import { posix } from 'node:path'
import { curatedEnvironment } from '../../core/environment/curated.ts'
import { imageNote, needsContainer } from '../../core/environment/plan.ts'
import { parseReference } from '../../core/refs/parse.ts'
import { COLLECTIONS, type Reference, type ReferenceKind } from '../../core/refs/reference.ts'
import { findNotRun } from '../../core/spec/not-run.ts'

/** What keeps a job from running here, or is done otherwise than it says. */
export type Need =
  /** Something that has to be created first, with the line that does it. */
  | { readonly type: 'create'; readonly what: string; readonly line: string }
  | { readonly type: 'substitution'; readonly what: string; readonly line?: string }
  | { readonly type: 'unsupported'; readonly what: string }

/** What a repository itself defines, by `kind:name`. */
export type Definitions = ReadonlyMap<string, Definition>

export interface Definition {
  /** The file to create it from, as it is named from where the lines are pasted. */
  readonly file: string
  readonly version: string | undefined
  /** What is not there yet that creating it needs. */
  readonly missing: string | undefined
  /** An environment that only a container engine makes. */
  readonly needsContainer: boolean
}

const BUILT_IN_DATASTORES = new Set(['workspaceblobstore', 'workspaceartifactstore'])
const HERE = new Set(['local', 'serverless'])

/** Everything that a job needs besides what stands in its files; each thing once, in the order it is met. */
export function needsOf(
  entity: Readonly<Record<string, unknown>>,
  defined: Definitions,
): readonly Need[] {
  const found = new Map<string, Need>()
  const add = (need: Need | undefined): void => {
    if (need !== undefined) found.set(`${need.type}:${need.what}`, need)
  }
  for (const { message } of findNotRun('job', entity)) add({ type: 'unsupported', what: message })
  visit(entity, '', (key, value, owner) => {
    if (key === 'outputs') for (const text of pathsOf(value)) add(needOfOutput(text))
    else if (key === 'build' && needsContainer(owner)) add(madeByDockerfile('the environment'))
    else if (typeof value === 'string') add(needOfText(key, value, { owner, defined }))
  })
  return [...found.values()]
}

function madeByDockerfile(environment: string): Need {
  const what = `${environment} is made by a Dockerfile, and this version runs no containers`
  return { type: 'unsupported', what }
}

const NOT_LOOKED_INTO = new Set(['conda_file', 'environment_variables', 'tags', 'outputs'])

type Visitor = (key: string, value: unknown, owner: Readonly<Record<string, unknown>>) => void

function visit(value: unknown, key: string, visitor: Visitor): void {
  if (Array.isArray(value)) for (const item of value) visit(item, key, visitor)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  if (NOT_LOOKED_INTO.has(key)) return
  const owner = value as Record<string, unknown>
  for (const [name, inner] of Object.entries(owner)) {
    visitor(name, inner, owner)
    visit(inner, name, visitor)
  }
}

interface Around {
  readonly owner: Readonly<Record<string, unknown>>
  readonly defined: Definitions
}

function needOfText(key: string, text: string, around: Around): Need | undefined {
  switch (key) {
    case 'compute':
    case 'default_compute':
      return needOfCompute(text)
    case 'environment':
      return needOfAsset('environment', text, around)
    case 'component':
    case 'trial':
      return needOfAsset('component', text, around)
    case 'image':
      return {
        type: 'substitution',
        what: imageNote(text, { hasCondaFile: 'conda_file' in around.owner }),
      }
    case 'default_datastore':
      return needOfDatastore(text.replace(/^azureml:/, ''))
    case 'path':
      return needOfAsset('input', text, around)
    default:
      return undefined
  }
}

function needOfCompute(text: string): Need | undefined {
  const found = parseReference(text, { kind: 'compute' })
  const name = 'name' in found ? found.name : text
  if (HERE.has(name) || found.type === 'binding') return undefined
  return {
    type: 'substitution',
    what: `compute ${name}: runs on the default compute`,
    line: `amlet compute create -n ${quote(name)} --type local`,
  }
}

function needOfDatastore(name: string): Need | undefined {
  if (BUILT_IN_DATASTORES.has(name)) return undefined
  return {
    type: 'create',
    what: `datastore ${name}`,
    line: `amlet datastore create -n ${quote(name)} --path <folder>`,
  }
}

/** The explicit paths of outputs: they need their datastore, but nothing in it. */
function pathsOf(outputs: unknown): readonly string[] {
  if (typeof outputs !== 'object' || outputs === null) return []
  return Object.values(outputs).flatMap((output: unknown) => {
    const path =
      typeof output === 'object' && output !== null && 'path' in output ? output.path : ''
    return typeof path === 'string' ? [path] : []
  })
}

function needOfOutput(text: string): Need | undefined {
  const found = parseReference(text, { kind: 'input' })
  return found.type === 'datastore-path' && !found.datastore.includes('${{')
    ? needOfDatastore(found.datastore)
    : undefined
}

function needOfAsset(kind: ReferenceKind, text: string, around: Around): Need | undefined {
  const found = parseReference(text, { kind })
  switch (found.type) {
    case 'asset':
    case 'arm':
    case 'asset-id':
    case 'workspace-asset':
      return needOfNamed(kind, found, around)
    case 'registry':
      return needOfRegistry(kind, found)
    case 'datastore-path':
      return needOfPath(found)
    case 'job-output':
    case 'run':
      return { type: 'create', what: `${text}: the job has to run here first`, line: '' }
    case 'mlflow-model':
      return needOfNamed('model', found, around)
    default:
      return undefined
  }
}

type Named = Reference & { readonly name: string }

function needOfNamed(kind: ReferenceKind, found: Named, around: Around): Need | undefined {
  const real = kind === 'input' ? inputKind(found, around) : kind
  if (real === 'environment' && curatedEnvironment(found.name) !== undefined)
    return { type: 'substitution', what: `environment ${found.name}: the same packages from PyPI` }
  const version =
    'version' in found && found.version !== undefined ? ` --version ${quote(found.version)}` : ''
  const own = around.defined.get(`${real}:${found.name}`)
  if (own?.needsContainer === true)
    return madeByDockerfile(`environment ${found.name} (${own.file})`)
  const isOther = 'version' in found && found.version !== own?.version
  const line =
    own === undefined
      ? createLine(real, `-n ${quote(found.name)}${version}`, around)
      : `amlet ${real} create -f ${quote(own.file)}${isOther ? version : ''}${comment(own.missing)}`
  const shown =
    version === '' ? found.name : `${found.name}:${'version' in found ? found.version : ''}`
  return { type: 'create', what: `${real} ${shown}`, line }
}

const comment = (text: string | undefined) => (text === undefined ? '' : `  # ${text}`)

function inputKind(found: Reference, { owner }: Around): ReferenceKind {
  if ('collection' in found) return found.collection === 'models' ? 'model' : 'data'
  return String(owner['type'] ?? '').endsWith('_model') ? 'model' : 'data'
}

function createLine(kind: ReferenceKind, named: string, { owner }: Around): string {
  const type = typeof owner['type'] === 'string' ? ` --type ${owner['type']}` : ''
  if (kind === 'environment')
    return `amlet environment create ${named} --image python:3.11 --conda-file <conda file>`
  if (kind === 'component') return `amlet component create ${named} -f <component file>`
  return `amlet ${kind} create ${named}${type} --path <file or folder>`
}

function needOfRegistry(
  kind: ReferenceKind,
  found: Reference & { type: 'registry' },
): Need | undefined {
  if (found.registry !== 'azureml')
    return {
      type: 'create',
      what: `registry ${found.registry}`,
      line: `amlet registry create -n ${quote(found.registry)}`,
    }
  if (kind === 'environment' && curatedEnvironment(found.name) !== undefined)
    return { type: 'substitution', what: `environment ${found.name}: the same packages from PyPI` }
  return {
    type: 'unsupported',
    what: `${COLLECTIONS.get(found.collection) ?? kind} ${found.name} of the registry azureml cannot be had outside of Azure`,
  }
}

function needOfPath(found: Reference & { type: 'datastore-path' }): Need | undefined {
  const store = needOfDatastore(found.datastore)
  if (store !== undefined || /\$\{\{/.test(found.path)) return store
  const root = `$(amlet datastore show -n ${quote(found.datastore)} --query path -o tsv)`
  const { dir, base } = posix.parse(found.path)
  const folder = dir === '' ? root : `${root}/${dir}`
  return {
    type: 'create',
    what: `data at ${found.path} in the datastore ${found.datastore}`,
    line: `d="${folder}"; mkdir -p "$d" && cp -r <data> "$d/${base}"`,
  }
}

function quote(text: string): string {
  return /^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
