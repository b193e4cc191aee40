import os from 'node:os'
import path from 'node:path'
import { jobToken, type TokenKeys } from '../api/tokens.ts'
import { inheritedVariables, type LaunchFacts } from '../compute/launch-variables.ts'
import { mlflowEnvironment } from '../core/mlflow/environment.ts'
import type { WorkspaceIdentity } from '../store/settings.ts'

export interface LaunchParts {
  readonly identity: WorkspaceIdentity
  readonly keys: TokenKeys
  /** Loopback address of this server. */
  readonly url: string
  readonly experimentIdOf: (name: string) => string
}

/** What launches say of this workspace and this machine. */
export function launchFacts({ identity, keys, url, experimentIdOf }: LaunchParts): LaunchFacts {
  return {
    subscription: identity.subscriptionId,
    resourceGroup: identity.resourceGroup,
    workspace: identity.workspace,
    workspaceId: identity.workspaceId,
    machine: { cpus: os.availableParallelism(), gpus: 0 },
    tracking: ({ name, experiment, attempt }) =>
      mlflowEnvironment({
        trackingUri: url,
        jobName: name,
        experimentName: experiment,
        experimentId: experimentIdOf(experiment),
        token: jobToken(keys.secret, { jobName: name, attempt }),
      }),
    inherited: inheritedVariables(process.env),
    parallelDriver: path.join(import.meta.dirname, '..', 'compute', 'parallel', 'driver'),
  }
}
