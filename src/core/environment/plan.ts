import type { EnvironmentEntity } from '../entity.ts'
import type { Diagnostic, SourceRef } from '../errors.ts'
import { counterpartOf } from './conda-pypi.ts'
import type { CondaSource } from './conda-source.ts'
import { locateConda } from './conda-source.ts'
import { curatedForImage } from './curated.ts'
import { parseMatchSpec, toPep440 } from './match-spec.ts'
import { readPipLine } from './pip-line.ts'

/** One line of the conda file and what it has become. */
export interface PlannedLine {
  /** What is asked of PyPI or of the machine: `numpy==1.2.*`, `git`, `==3.10.*`. */
  readonly value: string
  /** The line as it stands in the conda file. */
  readonly conda: string
  /** Dotted path below the conda file: `dependencies.2`, `dependencies.4.pip.0`. */
  readonly path: string
  /** Where the line is, when the conda file's text was at hand. */
  readonly source?: SourceRef | undefined
}

/** Something done otherwise than the YAML says. `--strict` refuses it; a job shows it. */
export interface Substitution {
  readonly kind: 'image' | 'python' | 'package'
  readonly text: string
}

/** What an environment needs, worked out from its entity alone. */
export interface EnvironmentPlan {
  /** PEP 440 clauses, `==3.10.*` or `>=3.9,<3.13`; absent when any Python does. */
  readonly python?: PlannedLine | undefined
  /** In the order of the file. */
  readonly requirements: readonly PlannedLine[]
  /** Options of the pip part, in pip's own words: `--extra-index-url …`. */
  readonly options: readonly PlannedLine[]
  /** Programs that conda would have brought; the machine must have them. */
  readonly programs: readonly PlannedLine[]
  /** Packages that only conda has; without it the environment cannot be built. */
  readonly condaOnly: readonly PlannedLine[]
  /** What the conda file's `variables` set for every process. */
  readonly variables: Readonly<Record<string, string>>
  /** The parsed conda file, for conda itself where it is. */
  readonly conda?: Readonly<Record<string, unknown>> | undefined
  /** True when the file asks conda for more than Python and pip. */
  readonly hasCondaPackages: boolean
  readonly notes: readonly Substitution[]
}

interface Draft {
  readonly python: PlannedLine[]
  readonly requirements: PlannedLine[]
  readonly options: PlannedLine[]
  readonly programs: PlannedLine[]
  readonly condaOnly: PlannedLine[]
  readonly notes: Substitution[]
  readonly diagnostics: Diagnostic[]
  readonly seen: { condaPackages: boolean }
}

/**
 * Works out what an environment needs: the Python, the PyPI requirements, and for each the line of the conda
 * file that it came from. An image is never pulled here; one of the curated ones is known by its packages.
 *
 * Reports `InvalidValue` for a line that cannot be read, `EnvironmentBuildFailed` for a Dockerfile,
 * `OperationNotSupported` for a pip option without meaning here. `source` gives these their line and column.
 * Whether a package that only conda has is an error depends on the machine: `condaOnlyDiagnostics`. Never throws.
 */
export function planEnvironment(
  entity: EnvironmentEntity,
  source?: CondaSource,
): { readonly plan: EnvironmentPlan; readonly diagnostics: readonly Diagnostic[] } {
  const draft = emptyDraft()
  const curated = entity.conda_file === undefined ? curatedForImage(entity.image) : undefined
  const conda = entity.conda_file ?? curated?.conda_file
  addImageNotes(entity, draft)
  if (conda !== undefined) addDependencies(conda, draft, source)
  return {
    plan: {
      python: joinPython(draft.python),
      requirements: draft.requirements,
      options: draft.options,
      programs: draft.programs,
      condaOnly: draft.condaOnly,
      variables: readVariables(conda?.['variables'], draft),
      conda,
      hasCondaPackages: draft.seen.condaPackages,
      notes: draft.notes,
    },
    diagnostics: draft.diagnostics,
  }
}

/** What to say of packages that only conda has, on a machine without it: one error for each line. */
export function condaOnlyDiagnostics(plan: EnvironmentPlan): readonly Diagnostic[] {
  return plan.condaOnly.map(({ conda, value, source, path }) => ({
    code: 'EnvironmentBuildFailed',
    message: `"${conda}" (${placeOf(source, path)}) has no counterpart outside conda: ${value}`,
    source,
    hint: 'remove it, or install conda or micromamba on this machine',
  }))
}

function readVariables(variables: unknown, { diagnostics }: Draft): Record<string, string> {
  if (variables === undefined || variables === null) return {}
  const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
  const pairs = typeof variables === 'object' && !Array.isArray(variables) && variables
  if (pairs && Object.values(pairs).every(isScalar))
    return Object.fromEntries(Object.entries(pairs).map(([name, value]) => [name, String(value)]))
  diagnostics.push({
    code: 'InvalidValue',
    message: `variables of a conda file is a mapping of names to texts, not ${JSON.stringify(variables).slice(0, 80)}`,
  })
  return {}
}

const placeOf = (source: SourceRef | undefined, path: string) =>
  source === undefined ? `conda file, ${path}` : `${source.file}:${source.line}`

function emptyDraft(): Draft {
  return {
    python: [],
    requirements: [],
    options: [],
    programs: [],
    condaOnly: [],
    notes: [],
    diagnostics: [],
    seen: { condaPackages: false },
  }
}

function addImageNotes(entity: EnvironmentEntity, draft: Draft): void {
  const note = (text: string) => draft.notes.push({ kind: 'image', text })
  if (needsContainer(entity))
    draft.diagnostics.push({
      code: 'EnvironmentBuildFailed',
      message: 'the environment is made by a Dockerfile, which needs a container engine',
      hint: 'give image and conda_file instead of build: this version runs no containers',
    })
  else if (entity.build !== undefined)
    note('the build context is not used here: the environment is made from the conda file')
  if (entity.image === undefined) return
  note(imageNote(entity.image, { hasCondaFile: entity.conda_file !== undefined }))
}

/** Whether nothing but a Dockerfile says what is in an environment: amlet cannot make it. */
export function needsContainer(entity: Pick<EnvironmentEntity, 'build' | 'conda_file'>): boolean {
  return entity.build !== undefined && entity.conda_file === undefined
}

/** What becomes of an image here. */
export function imageNote(
  image: string,
  { hasCondaFile }: { readonly hasCondaFile: boolean },
): string {
  const start = `image "${image}" is not pulled`
  if (curatedForImage(image) !== undefined)
    return `${start}: an environment with its main packages stands for it`
  if (hasCondaFile) return `${start}: the conda file alone makes the environment`
  return `${start}: the job runs with this machine's Python and no packages`
}

function addDependencies(
  conda: Readonly<Record<string, unknown>>,
  draft: Draft,
  source: CondaSource | undefined,
): void {
  const { dependencies } = conda
  const at = (path: readonly (string | number)[]) => locateConda(source, path)
  if (dependencies === undefined || dependencies === null) return
  if (!Array.isArray(dependencies)) {
    const message = 'dependencies of a conda file is a list of packages'
    draft.diagnostics.push({ code: 'InvalidValue', message, source: at(['dependencies']) })
    return
  }
  dependencies.forEach((item: unknown, index) => {
    const path = ['dependencies', index]
    const line = (text: string) => ({ conda: text, path: path.join('.'), source: at(path) })
    if (typeof item === 'string') addCondaLine(line(item), draft)
    else if (isPipPart(item)) addPipPart(item.pip, { draft, path, at })
    else
      draft.diagnostics.push({
        code: 'InvalidValue',
        message: `${JSON.stringify(item)} is not a package of a conda file`,
        source: at(path),
        hint: 'write a name with a version, such as numpy=1.26, or a "pip:" list',
      })
  })
}

function isPipPart(item: unknown): item is { readonly pip: unknown } {
  return typeof item === 'object' && item !== null && Object.hasOwn(item, 'pip')
}

type Line = Omit<PlannedLine, 'value'>

function addCondaLine(line: Line, draft: Draft): void {
  const spec = parseMatchSpec(line.conda)
  const version = spec?.version === undefined ? '' : toPep440(spec.version)
  if (spec === undefined || version === undefined) {
    draft.diagnostics.push({
      code: 'InvalidValue',
      message: `"${line.conda}" cannot be read as a conda package and its version`,
      source: line.source,
      hint: 'write a name with one version or range, such as numpy=1.26 or numpy>=1.24,<2',
    })
    return
  }
  if (spec.name === 'python') {
    draft.python.push({ ...line, value: version })
    return
  }
  if (spec.name !== 'pip') draft.seen.condaPackages = true
  if (spec.build !== undefined)
    note(
      draft,
      `"${line.conda}": the build "${spec.build}" exists in conda only, any build is taken`,
    )
  addCounterpart(spec.name, version, { line, draft })
}

function addCounterpart(name: string, version: string, to: { line: Line; draft: Draft }): void {
  const { line, draft } = to
  const counterpart = counterpartOf(name)
  switch (counterpart.kind) {
    case 'package':
      draft.requirements.push({ ...line, value: requirementOf(counterpart, version) })
      return
    case 'program':
      draft.programs.push({ ...line, value: counterpart.program })
      return
    case 'dropped':
      note(draft, `"${line.conda}" is left out: ${counterpart.reason}`)
      return
    case 'refused':
      draft.condaOnly.push({ ...line, value: counterpart.reason })
  }
}

function requirementOf(
  { requirement, isFiner }: { readonly requirement: string; readonly isFiner?: true },
  version: string,
): string {
  const wanted = isFiner ? version.replace(/==([\d.]+)(?=,|$)/g, '==$1.*') : version
  return `${requirement}${wanted}`
}

function note(draft: Draft, text: string): void {
  draft.notes.push({ kind: 'package', text })
}

interface PipPart {
  readonly draft: Draft
  readonly path: readonly (string | number)[]
  readonly at: (path: readonly (string | number)[]) => SourceRef | undefined
}

function addPipPart(pip: unknown, { draft, path, at }: PipPart): void {
  if (pip === null || pip === undefined) return
  const items: readonly unknown[] = Array.isArray(pip) ? pip : [pip]
  items.forEach((item, index) => {
    const here = [...path, 'pip', index]
    const source = at(here)
    const read = typeof item === 'string' ? readPipLine(item) : undefined
    const line = { conda: String(item), path: here.join('.'), source }
    if (read === undefined)
      draft.diagnostics.push({
        code: 'InvalidValue',
        message: `${JSON.stringify(item)} is not a line of pip's requirements`,
        source,
      })
    else if (read.kind === 'refused')
      draft.diagnostics.push({
        code: 'OperationNotSupported',
        message: `"${line.conda}" in the pip part cannot be followed: ${read.reason}`,
        source,
        hint: read.hint,
      })
    else if (read.kind === 'requirement') draft.requirements.push({ ...line, value: read.text })
    else if (read.kind === 'option') draft.options.push({ ...line, value: read.text })
  })
}

function joinPython(lines: readonly PlannedLine[]): PlannedLine | undefined {
  const [first] = lines
  if (first === undefined) return undefined
  const value = lines.map((line) => line.value).filter((text) => text !== '')
  return value.length === 0 ? undefined : { ...first, value: value.join(',') }
}
