"""Tracking and registry as scripts for MLflow 1.30 and 2.x use them. Exits 0 when all of it holds."""

import os
import tempfile
import warnings

warnings.filterwarnings("ignore")

import mlflow
import mlflow.sklearn
import numpy as np
from mlflow.tracking import MlflowClient

MAJOR = int(mlflow.__version__.split(".")[0])


def check(condition, what):
    if not condition:
        raise AssertionError(what)
    print("ok", what)


def tracking():
    mlflow.set_experiment("older")
    with mlflow.start_run(run_name="old") as run:
        mlflow.log_param("alpha", 0.5)
        mlflow.log_params({"depth": 3, "name": "x"})
        for step in range(10):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"auc": 0.9})
        mlflow.set_tag("team", "a")
        mlflow.log_text("hello", "notes/hello.txt")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file.bin")
            with open(path, "wb") as file:
                file.write(os.urandom(100_000))
            mlflow.log_artifact(path, "files")
    client = MlflowClient()
    found = client.get_run(run.info.run_id)
    check(found.info.status == "FINISHED", "a run has finished")
    check(found.data.params == {"alpha": "0.5", "depth": "3", "name": "x"}, "params")
    check(found.data.metrics["loss"] == 0.1, "metrics")
    check(len(client.get_metric_history(run.info.run_id, "loss")) == 10, "history")
    check([entry.path for entry in client.list_artifacts(run.info.run_id)] == ["files", "notes"], "files")
    local = client.download_artifacts(run.info.run_id, "files/file.bin")
    check(os.path.getsize(local) == 100_000, "a file comes back whole")
    runs = mlflow.search_runs(
        [found.info.experiment_id], "metrics.auc > 0.5 and params.alpha = '0.5'", order_by=["metrics.loss ASC"]
    )
    check(list(runs.run_id) == [run.info.run_id], "searches")
    check(client.get_experiment_by_name("older").lifecycle_stage == "active", "experiments")
    names = [each.name for each in client.search_experiments()]
    check("older" in names, "experiments are listed")
    client.delete_run(run.info.run_id)
    client.restore_run(run.info.run_id)


def registry():
    from sklearn.linear_model import LinearRegression

    x = np.random.default_rng(1).normal(size=(40, 3))
    y = x @ np.array([1.0, 2.0, 3.0])
    mlflow.sklearn.autolog(log_models=False)
    with mlflow.start_run() as run:
        model = LinearRegression().fit(x, y)
        mlflow.sklearn.log_model(model, "model", registered_model_name="old-line")
    mlflow.sklearn.autolog(disable=True)
    client = MlflowClient()
    data = client.get_run(run.info.run_id).data
    check(any(key.startswith("training_") for key in data.metrics), f"autologged: {sorted(data.metrics)}")
    check("mlflow.log-model.history" in data.tags, "the model is noted")
    version = client.search_model_versions("name = 'old-line'")[0]
    check(version.run_id == run.info.run_id, "the version knows its run")
    client.transition_model_version_stage("old-line", version.version, "Production")
    loaded = mlflow.pyfunc.load_model("models:/old-line/Production")
    check(np.allclose(loaded.predict(x), y), "a model loads by its stage")
    loaded = mlflow.sklearn.load_model(f"models:/old-line/{version.version}")
    check(np.allclose(loaded.predict(x), y), "a model loads by its version")
    client.set_model_version_tag("old-line", version.version, "k", "v")
    client.update_model_version("old-line", version.version, description="fits")
    again = mlflow.register_model(f"runs:/{run.info.run_id}/model", "old-line")
    check(int(again.version) == int(version.version) + 1, "versions count")
    latest = client.get_latest_versions("old-line", stages=["None"])
    check(int(latest[0].version) == int(again.version), "the latest version")
    check(client.get_registered_model("old-line").name == "old-line", "a registered model")
    if MAJOR >= 2:
        client.set_registered_model_alias("old-line", "champion", version.version)
        check(client.get_model_version_by_alias("old-line", "champion").version == version.version, "alias")
        mlflow.pyfunc.load_model("models:/old-line@champion")
    client.delete_model_version("old-line", again.version)
    client.delete_registered_model("old-line")


if __name__ == "__main__":
    tracking()
    registry()
    print("all of it holds")
