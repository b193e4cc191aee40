import { asMapping } from '../mapping.ts'
import { parseQuantity } from './quantity.ts'

/** CPUs, GPUs and memory that something has, asks for or holds. CPUs may be fractions. */
export interface Slots {
  readonly cpus: number
  readonly gpus: number
  readonly memoryBytes: number
}

/** What one compute gives to its jobs. */
export interface ComputeSizes {
  readonly name: string
  /** What its jobs may hold together, where its definition says so. */
  readonly share: Partial<Slots>
  /** What a job that names an instance type asks for, each node of it. */
  readonly instanceTypes: ReadonlyMap<string, Slots>
}

type Path = readonly (string | number)[]

/** Something in a definition that cannot be read. */
export interface SizeProblem {
  /** Keys and indices below the compute, `instance_types`, 0, `spec`, …, `nvidia.com/gpu`. */
  readonly path: Path
  readonly message: string
  readonly hint?: string
}

/** The type that a job has which names none, as on Azure's Kubernetes computes. */
export const DEFAULT_INSTANCE_TYPE = 'defaultinstancetype'

const QUANTITY_HINT = 'write it as Kubernetes does: 2, 500m, 8Gi'

/**
 * Reads `cpus`, `gpus`, `memory` and `instance_types` of a compute's definition. An instance type is what Azure's
 * Kubernetes extension takes, `kind: InstanceType` of `amlarc.azureml.com/v1alpha1`, or one line,
 * `{name: gpu, cpus: 4, gpus: 1, memory: 16Gi}`.
 */
export function readComputeSizes(entity: Readonly<Record<string, unknown>>): {
  readonly sizes: ComputeSizes
  readonly problems: readonly SizeProblem[]
} {
  const reader = new SizeReader()
  const share = reader.slots(entity, [])
  const instanceTypes = reader.types(entity['instance_types'], ['instance_types'])
  const sizes = { name: String(entity['name'] ?? ''), share, instanceTypes }
  return { sizes, problems: reader.problems }
}

class SizeReader {
  readonly problems: SizeProblem[] = []

  /** The three fields where they stand side by side. */
  slots(given: Readonly<Record<string, unknown>>, path: Path): Partial<Slots> {
    const cpus = this.#quantity(given['cpus'], [...path, 'cpus'])
    const gpus = this.#count(given['gpus'], [...path, 'gpus'])
    const memoryBytes = this.#quantity(given['memory'], [...path, 'memory'])
    return {
      ...(cpus !== undefined && { cpus }),
      ...(gpus !== undefined && { gpus }),
      ...(memoryBytes !== undefined && { memoryBytes }),
    }
  }

  types(given: unknown, path: Path): ReadonlyMap<string, Slots> {
    const found = new Map<string, Slots>()
    if (given === undefined || given === null) return found
    if (!Array.isArray(given)) {
      this.#report(path, 'instance_types is a list', 'give each type its own entry with a name')
      return found
    }
    for (const [i, item] of given.entries()) this.#manifest(item, [...path, i], found)
    return found
  }

  #manifest(given: unknown, path: Path, found: Map<string, Slots>): void {
    const item = asMapping(given)
    if (item['kind'] === 'InstanceTypeList') {
      const items = item['items']
      if (!Array.isArray(items)) return
      for (const [i, one] of items.entries()) this.#manifest(one, [...path, 'items', i], found)
      return
    }
    const name = asMapping(item['metadata'])['name'] ?? item['name']
    if (typeof name !== 'string' || name === '') {
      this.#report(path, 'an instance type has no name', 'name it in metadata.name, or in name')
      return
    }
    if (found.has(name)) this.#report(path, `there are two instance types named "${name}"`)
    const isManifest = item['kind'] === 'InstanceType' || item['spec'] !== undefined
    const asked = isManifest ? this.#resources(item, path) : this.slots(item, path)
    found.set(name, { cpus: 1, gpus: 0, memoryBytes: 0, ...asked })
  }

  /** Requests are what is reserved; GPUs stand under limits alone. */
  #resources(item: Readonly<Record<string, unknown>>, path: Path): Partial<Slots> {
    const resources = asMapping(asMapping(item['spec'])['resources'] ?? item['resources'])
    const [requests, limits] = [asMapping(resources['requests']), asMapping(resources['limits'])]
    const pick = (name: string) => {
      const from = name in requests ? 'requests' : 'limits'
      return {
        value: (from === 'requests' ? requests : limits)[name],
        path: [...path, 'spec', 'resources', from, name],
      }
    }
    const gpuName = [...Object.keys(limits), ...Object.keys(requests)].find((name) =>
      name.endsWith('/gpu'),
    )
    const [cpu, memory] = [pick('cpu'), pick('memory')]
    const gpu = gpuName === undefined ? undefined : pick(gpuName)
    const cpus = this.#quantity(cpu.value, cpu.path)
    const memoryBytes = this.#quantity(memory.value, memory.path)
    const gpus = gpu && this.#count(gpu.value, gpu.path)
    return {
      ...(cpus !== undefined && { cpus }),
      ...(gpus !== undefined && { gpus }),
      ...(memoryBytes !== undefined && { memoryBytes }),
    }
  }

  #quantity(given: unknown, path: Path): number | undefined {
    if (given === undefined || given === null) return undefined
    const value = parseQuantity(given)
    if (value === undefined)
      this.#report(path, `"${String(given)}" is not a quantity`, QUANTITY_HINT)
    return value
  }

  #count(given: unknown, path: Path): number | undefined {
    const value = this.#quantity(given, path)
    if (value === undefined || Number.isInteger(value)) return value
    this.#report(path, `"${String(given)}" GPUs cannot be given out`, 'ask for a whole number')
    return undefined
  }

  #report(path: Path, message: string, hint?: string): void {
    this.problems.push({ path, message, ...(hint !== undefined && { hint }) })
  }
}

/** The fields of a `resources.properties` that amlet understands; everything else there is recorded. */
export function readAskedSlots(given: Readonly<Record<string, unknown>>): {
  readonly slots: Partial<Slots>
  readonly problems: readonly SizeProblem[]
} {
  const reader = new SizeReader()
  const slots = reader.slots(given, [])
  return { slots, problems: reader.problems }
}
