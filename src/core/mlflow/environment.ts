/** What a process of a job needs to know to log to its own run. */
export interface MlflowFacts {
  /** Where the server answers, `http://127.0.0.1:PORT`; for another workspace with `/mlflow/<workspace>`. */
  readonly trackingUri: string
  /** Name of the job, which is the id of its run. */
  readonly jobName: string
  readonly experimentName: string
  /** Id of that experiment, from `experimentIdOf`. */
  readonly experimentId: string
  readonly token: string
}

/**
 * The variables that make `mlflow.autolog()` in a job log to the job without a line of set-up. As on Azure, and a
 * plain `http` address, so that the stock client needs no plugin.
 */
export function mlflowEnvironment(facts: MlflowFacts): Record<string, string> {
  return {
    MLFLOW_TRACKING_URI: facts.trackingUri,
    MLFLOW_TRACKING_TOKEN: facts.token,
    MLFLOW_RUN_ID: facts.jobName,
    MLFLOW_EXPERIMENT_ID: facts.experimentId,
    MLFLOW_EXPERIMENT_NAME: facts.experimentName,
  }
}
