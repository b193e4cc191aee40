import type {
  CommandComponent,
  ComponentEntity,
  EnvironmentEntity,
  InputValue,
  ParallelTask,
  PathInput,
} from '../core/entity.ts'
import { AmletError, type Diagnostic, type SourceRef } from '../core/errors.ts'
import type { ResolvedAssets, ResolvedData } from '../core/plan/resolved.ts'
import type { AssetUse } from '../store/asset-uses.ts'
import { type ComputeChoice, resolveCompute } from './computes.ts'
import type { Context } from './context.ts'
import { pinCode } from './pin-code.ts'
import { pinComponentReference } from './pin-component.ts'
import { pinEnvironment } from './pin-environment.ts'
import { type PinnedInput, type PinOptions, pinInput } from './pin-input.ts'

/** Where something stands in the file that a person wrote, by its dotted path. */
export interface SourceLookup {
  get(path: string): SourceRef | undefined
}

const isBinding = (text: string): boolean => text.includes('${{')

/**
 * Pins the parts of one entity: turns references into full ids and gathers what they stand for. A part that
 * cannot be had is reported, and stays as it was written, so that one pass finds every problem.
 */
export class Pinner {
  readonly problems: Diagnostic[] = []
  readonly uses: AssetUse[] = []
  readonly computes = new Map<string, ComputeChoice>()
  readonly resolved = {
    data: new Map<string, ResolvedData>(),
    code: new Map<string, Resolved<'code'>>(),
    environments: new Map<string, Resolved<'environments'>>(),
    components: new Map<string, ComponentEntity>(),
  } satisfies ResolvedAssets
  readonly #ctx: Context
  readonly #sources: SourceLookup
  readonly #options: PinOptions
  readonly #once = new Map<string, Promise<unknown>>()
  readonly #reported = new Set<string>()

  constructor(ctx: Context, sources: SourceLookup, options: PinOptions) {
    this.#ctx = ctx
    this.#sources = sources
    this.#options = options
  }

  async inputs<V extends InputValue>(
    inputs: Readonly<Record<string, V>> | undefined,
    path: string,
  ): Promise<Record<string, V | PathInput> | undefined> {
    if (inputs === undefined) return undefined
    const pinned: [string, V | PathInput][] = []
    for (const [name, value] of Object.entries(inputs))
      pinned.push([name, await this.#input(name, value, `${path}.${name}`)])
    return Object.fromEntries(pinned)
  }

  async #input<V extends InputValue>(name: string, value: V, path: string): Promise<V | PathInput> {
    if (typeof value !== 'object' || isBinding(value.path)) return value
    const key = JSON.stringify([value.type ?? 'uri_folder', value.path, value.datastore])
    return this.#report(value, `${path}.path`, async () => {
      const pinned = await this.#do(key, () => pinInput(this.#ctx, value, this.#at(`${path}.path`)))
      this.resolved.data.set(pinned.path, pinned.data)
      if (pinned.used !== undefined) this.uses.push({ ...pinned.used, input: inputName(path) })
      this.#say(path, name, { value, pinned })
      return { ...value, path: pinned.path }
    })
  }

  async environment<E extends string | EnvironmentEntity | undefined>(
    given: E,
    path: string,
  ): Promise<E | string> {
    if (given === undefined || (typeof given === 'string' && isBinding(given))) return given
    return this.#report<E | string>(given, path, async () => {
      const key = `environment ${JSON.stringify(given)}`
      const pinned = await this.#do(key, () => pinEnvironment(this.#ctx, given, this.#at(path)))
      this.resolved.environments.set(pinned.path, pinned.environment)
      if (pinned.used !== undefined) this.uses.push({ ...pinned.used, input: inputName(path) })
      return pinned.path
    })
  }

  async code(
    given: string | undefined,
    path: string,
    includes: readonly string[] = [],
  ): Promise<string | undefined> {
    if (given === undefined || isBinding(given)) return given
    return this.#report(given, path, async () => {
      const key = `code ${JSON.stringify([given, includes])}`
      const options = { ...this.#at(path), includes }
      const pinned = await this.#do(key, () => pinCode(this.#ctx, given, options))
      this.resolved.code.set(pinned.path, pinned.code)
      return pinned.path
    })
  }

  /** The pinned id of a component that is named, and the component itself, whose own parts are gathered too. */
  async named(
    text: string,
    path: string,
  ): Promise<{ readonly path: string; readonly entity?: ComponentEntity }> {
    const fallback: { path: string; entity?: ComponentEntity } = { path: text }
    return this.#report(fallback, path, async () => {
      const found = pinComponentReference(this.#ctx, text, this.#at(path).notes)
      this.uses.push({ ...found.used, input: inputName(path) })
      this.resolved.components.set(found.path, found.entity)
      return { path: found.path, entity: found.entity }
    })
  }

  async command<C extends Pick<CommandComponent, 'environment' | 'code'>>(
    fields: C,
    path: string,
    includes: readonly string[] = [],
  ): Promise<C> {
    const at = (field: string) => (path === '' ? field : `${path}.${field}`)
    const environment = await this.environment(fields.environment, at('environment'))
    const code = await this.code(fields.code, at('code'), includes)
    return { ...fields, environment, ...(code === undefined ? {} : { code }) }
  }

  async task(task: ParallelTask, path: string): Promise<ParallelTask> {
    const environment = await this.environment(task.environment, `${path}.environment`)
    const code = await this.code(task.code, `${path}.code`)
    return {
      ...task,
      ...(environment === undefined ? {} : { environment }),
      ...(code === undefined ? {} : { code }),
    }
  }

  compute(text: string | undefined, path: string): void {
    if (text === undefined || isBinding(text) || this.computes.has(text)) return
    try {
      this.computes.set(text, resolveCompute(this.#ctx, text, this.#at(path).notes))
    } catch (error) {
      this.#add(error, path)
    }
  }

  /** The options, for what is told about one place. */
  #at(path: string): PinOptions {
    const { notes, ...options } = this.#options
    return { ...options, notes: notes.at(() => findSource(this.#sources, path)) }
  }

  /** Pipelines name the same things over and over: each is looked up once. */
  #do<T>(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#once.get(key) ?? work()
    this.#once.set(key, running)
    return running as Promise<T>
  }

  async #report<T>(fallback: T, path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      this.#add(error, path)
      return fallback
    }
  }

  #add(error: unknown, path: string): void {
    if (!(error instanceof AmletError)) throw error
    for (const diagnostic of error.diagnostics) {
      const source = diagnostic.source ?? findSource(this.#sources, path)
      const key = JSON.stringify([diagnostic.message, source?.file, source?.line, source?.column])
      if (this.#reported.has(key)) continue
      this.#reported.add(key)
      this.problems.push({ ...diagnostic, source })
    }
  }

  #say(
    path: string,
    name: string,
    { value, pinned }: { readonly value: PathInput; readonly pinned: PinnedInput },
  ): void {
    const { data, used } = pinned
    const what = used === undefined ? '' : `${used.kind} ${used.name}:${used.version}, `
    const shape = data.singleFile
      ? value.type === 'uri_file'
        ? `INPUT_${name} (the file ${data.singleFile})`
        : `INPUT_${name}/${data.singleFile} (single file)`
      : `INPUT_${name} (${data.isFile ? 'file' : 'folder'})`
    const label = inputName(path)
    this.#options.notes.note(`${label} → ${what}${value.mode === 'direct' ? data.uri : shape}`)
  }
}

type Resolved<K extends keyof ResolvedAssets> =
  ResolvedAssets[K] extends ReadonlyMap<string, infer V> ? V : never

/** `jobs.train.inputs.model.path` is told as `train.model`. */
function inputName(path: string): string {
  const hidden = new Set(['jobs', 'inputs', 'component', 'path', 'trial'])
  return path
    .split('.')
    .filter((part) => !hidden.has(part))
    .join('.')
}

/** The place of a path, or of the nearest thing around it that the file has. */
function findSource(sources: SourceLookup, path: string): SourceRef | undefined {
  let at = path
  while (at !== '') {
    const source = sources.get(at) ?? sources.get(at.replaceAll('.component', ''))
    if (source !== undefined) return source
    at = at.slice(0, Math.max(0, at.lastIndexOf('.')))
  }
  return sources.get('')
}
