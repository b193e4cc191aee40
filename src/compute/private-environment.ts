import path from 'node:path'
import { installsPackages, privateLayer } from '../environments/layer.ts'
import type { Launch } from './executor.ts'

/**
 * Gives a launch whose command installs packages a layer of its own over the shared environment, as it would have
 * in a container; other launches stay as they are.
 */
export function withPrivateEnvironment(launch: Launch): Launch {
  if (!installsPackages(launch.command)) return launch
  const layer = privateLayer(launch.env, path.join(launch.runDir, 'exe', 'environment'))
  if (layer === undefined) return launch
  return { ...launch, env: layer.env, prepare: [...launch.prepare, ...layer.prepare] }
}
