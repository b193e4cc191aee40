import { MlflowError } from '../../core/mlflow/errors.ts'
import { decodePercent } from '../../core/refs/percent.ts'
import type { JsonRoute } from './context.ts'

interface PatternRoute {
  readonly route: JsonRoute
  readonly pattern: RegExp
  readonly names: readonly string[]
}

export interface FoundRoute {
  readonly route: JsonRoute
  /** Fields that stand in the path. */
  readonly params: Readonly<Record<string, string>>
}

/** Finds the operation of a request. */
export class RouteTable {
  readonly #exact = new Map<string, JsonRoute>()
  readonly #patterns: PatternRoute[] = []
  readonly #paths = new Set<string>()

  constructor(routes: readonly JsonRoute[]) {
    for (const route of routes) {
      this.#paths.add(route.path)
      if (!route.path.includes('{')) this.#exact.set(`${route.method} ${route.path}`, route)
      else this.#patterns.push(toPattern(route))
    }
  }

  /** @throws ENDPOINT_NOT_FOUND, NOT_IMPLEMENTED for what is known and not offered. */
  find(method: string, path: string): FoundRoute {
    const exact = this.#exact.get(`${method === 'HEAD' ? 'GET' : method} ${path}`)
    if (exact !== undefined) return { route: exact, params: {} }
    for (const { route, pattern, names } of this.#patterns) {
      if (route.method !== method) continue
      const match = pattern.exec(path)
      if (match === null) continue
      const entries = names.map((name, place) => [name, decodePercent(match[place + 1] ?? '')])
      return { route, params: Object.fromEntries(entries) }
    }
    throw this.#missing(method, path)
  }

  #missing(method: string, path: string): MlflowError {
    if (NOT_OFFERED.test(path))
      return new MlflowError(
        'NOT_IMPLEMENTED',
        `amlet does not support ${path.slice('mlflow/'.length)}: runs, metrics, artifacts, logged models and the model registry are`,
      )
    if (this.#paths.has(path))
      return new MlflowError('ENDPOINT_NOT_FOUND', `${method} is not an operation of ${path}`, {
        httpStatus: 405,
      })
    return new MlflowError('ENDPOINT_NOT_FOUND', `There is no endpoint ${method} ${path}`)
  }
}

/** Tracing and the platform around language models, which MLflow 3 has and amlet has not. */
const NOT_OFFERED =
  /^mlflow\/(traces|get-trace-artifact|runs\/create-promptlab-run|datasets|assessments|scorers|prompt-optimization|label-schemas|review-queues|issues|gateway|webhooks|workspaces|jobs|mcp|assistant|demo|evaluation|genai|secrets|endpoints)(\/|$)/

function toPattern(route: JsonRoute): PatternRoute {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
  // Keys of tags may hold slashes.
  const source = route.path.replace('{tag_key}', '(.+)').replaceAll(/\{\w+\}/g, '([^/]+)')
  return { route, pattern: new RegExp(`^${source}$`), names }
}
