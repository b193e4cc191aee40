"""A step that logs as Azure's do: no line of set-up, its run is its job."""

import os
import tempfile

import mlflow
from mlflow import MlflowClient

job = os.environ["AZUREML_RUN_ID"]
with mlflow.start_run() as run:
    assert run.info.run_id == job, run.info.run_id
    mlflow.log_param("alpha", 0.5)
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.set_tag("color", "red")
    mlflow.log_text("kept", "notes.txt")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "MLmodel"), "w") as file:
            file.write("flavors: {}\n")
        mlflow.log_artifacts(folder, "model")
    with mlflow.start_run(run_name="inner", nested=True) as child:
        mlflow.log_metric("loss", 3)

client = MlflowClient()
status = client.get_run(job).info.status
assert status == "RUNNING", f"end_run() has ended the job: {status}"
assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == job
assert mlflow.get_experiment(run.info.experiment_id).name == "taxi"
version = mlflow.register_model(f"runs:/{job}/model", "from-job")
client.set_registered_model_alias("from-job", "champion", version.version)
print("registered", version.version)
