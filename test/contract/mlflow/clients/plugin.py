"""A script with azureml-mlflow installed beside mlflow: the plugin must not get in the way of a plain address."""

import azureml.mlflow  # noqa: F401
import mlflow

with mlflow.start_run() as run:
    mlflow.log_param("alpha", 1)
    mlflow.log_metric("loss", 0.5)
    mlflow.log_text("hello", "notes.txt")
found = mlflow.MlflowClient().get_run(run.info.run_id)
assert found.data.metrics == {"loss": 0.5}, found.data.metrics
assert found.info.status == "FINISHED", found.info.status
assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes.txt") == "hello"
print("ok azureml-mlflow", azureml.mlflow.VERSION if hasattr(azureml.mlflow, "VERSION") else "", mlflow.__version__)
