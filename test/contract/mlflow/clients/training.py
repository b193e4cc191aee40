"""What training scripts do with MLflow 3: autologging, models, the registry, search. Exits 0 when all of it holds."""

import os
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def data(rows=60):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(rows, 4))
    return x, (x[:, 0] + x[:, 1] > 0).astype(int)


def check(condition, what):
    if not condition:
        raise AssertionError(what)
    print("ok", what)


def sklearn_autolog():
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment("sklearn")
    mlflow.sklearn.autolog(registered_model_name="flowers")
    x, y = data()
    with mlflow.start_run() as run:
        LogisticRegression().fit(x, y)
    mlflow.sklearn.autolog(disable=True)
    found = MlflowClient().get_run(run.info.run_id)
    check(found.info.status == "FINISHED", "an autologged run has finished")
    check("training_score" in found.data.metrics, "its metrics are there")
    check(found.data.params["max_iter"] == "100", "its params are there")
    check(len(found.inputs.dataset_inputs) == 1, "its dataset is there")
    check(len(found.outputs.model_outputs) == 1, "its model is there")
    version = MlflowClient().get_model_version("flowers", "1")
    check(version.run_id == run.info.run_id, "the registered version knows its run")
    loaded = mlflow.sklearn.load_model("models:/flowers/1")
    check((loaded.predict(x) == y).mean() > 0.8, "the registered model predicts")
    return run.info.run_id


def lightgbm_autolog():
    import lightgbm

    mlflow.set_experiment("lightgbm")
    mlflow.lightgbm.autolog()
    x, y = data(200)
    with mlflow.start_run() as run:
        train = lightgbm.Dataset(x, y)
        params = {"objective": "binary", "verbose": -1, "num_threads": 1}
        lightgbm.train(params, train, num_boost_round=12, valid_sets=[train])
    mlflow.lightgbm.autolog(disable=True)
    client = MlflowClient()
    history = client.get_metric_history(run.info.run_id, "training-binary_logloss")
    check([point.step for point in history] == list(range(12)), "every round is in the history")
    model_id = client.get_run(run.info.run_id).outputs.model_outputs[0].model_id
    version = mlflow.register_model(f"models:/{model_id}", "booster")
    check(version.run_id == run.info.run_id, "a logged model leads to its run")
    client.set_registered_model_alias("booster", "champion", version.version)
    model = mlflow.pyfunc.load_model("models:/booster@champion")
    check(len(model.predict(x)) == 200, "a model loaded by alias predicts")
    mlflow.pyfunc.load_model("models:/booster/latest")


def hand_written():
    from sklearn.linear_model import LinearRegression

    mlflow.set_experiment("hand")
    x, y = data()
    with mlflow.start_run(run_name="by hand", tags={"team": "a"}) as run:
        mlflow.log_params({"alpha": 0.5, "depth": 3})
        for step in range(20):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"auc": 0.9, "nan": float("nan"), "inf": float("inf")})
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": [1, 2]}, "config.json")
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, "deep", "er"))
            with open(os.path.join(folder, "deep", "er", "ü b.bin"), "wb") as file:
                file.write(os.urandom(300_000))
            mlflow.log_artifacts(folder, "tree")
        mlflow.sklearn.log_model(
            LinearRegression().fit(x, y), name="model", registered_model_name="line"
        )
        with mlflow.start_run(nested=True) as child:
            mlflow.log_param("alpha", 1)
    client = MlflowClient()
    found = client.get_run(run.info.run_id)
    check(found.data.metrics["loss"] == 1 / 20, "the latest metric is that of the last step")
    check(np.isnan(found.data.metrics["nan"]), "NaN stays NaN")
    check(found.data.metrics["inf"] == sys.float_info.max, "infinity is the largest double")
    names = [entry.path for entry in client.list_artifacts(run.info.run_id)]
    check(names == ["config.json", "notes", "tree"], f"artifacts are listed: {names}")
    check(mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt") == "hello", "text")
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(
            run_id=run.info.run_id, artifact_path="tree", dst_path=folder
        )
        size = os.path.getsize(os.path.join(path, "deep", "er", "ü b.bin"))
        check(size == 300_000, "a tree comes back whole")
    parent = client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"]
    check(parent == run.info.run_id, "a nested run knows its parent")
    runs = mlflow.search_runs(
        experiment_names=["hand"],
        filter_string=f"tags.mlflow.parentRunId = '{run.info.run_id}'",
    )
    check(list(runs.run_id) == [child.info.run_id], "children are found by their parent")
    try:
        client.log_param(run.info.run_id, "alpha", 0.6)
        check(False, "a param changed")
    except MlflowException as error:
        check(error.error_code == "INVALID_PARAMETER_VALUE", "a param cannot change")
    loaded = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    check(len(loaded.predict(x)) == 60, "a model loads by its run")


def searches():
    client = MlflowClient()
    experiment = mlflow.set_experiment("search").experiment_id
    for place in range(12):
        run = client.create_run(experiment, run_name=f"run-{place}")
        client.log_batch(
            run.info.run_id,
            metrics=[mlflow.entities.Metric("m", place / 10, 1, 0)],
            params=[mlflow.entities.Param("p", str(place % 3))],
            tags=[mlflow.entities.RunTag("t", "even" if place % 2 == 0 else "odd")],
        )
    found = client.search_runs(
        [experiment],
        "metrics.m >= 0.3 and params.p = '0' AND tags.t like 'o%'",
        order_by=["metrics.m DESC"],
    )
    check([run.info.run_name for run in found] == ["run-9", "run-3"], "a filter and an order")
    page = client.search_runs([experiment], max_results=5)
    seen = [run.info.run_id for run in page]
    while page.token:
        page = client.search_runs([experiment], max_results=5, page_token=page.token)
        seen += [run.info.run_id for run in page]
    check(len(seen) == len(set(seen)) == 12, "pages hold every run once")
    check(mlflow.MlflowClient().search_experiments(filter_string="name = 'search'")[0].name == "search", "x")


def registry():
    client = MlflowClient()
    client.create_registered_model("cars", tags={"team": "b"}, description="about cars")
    with mlflow.start_run() as run:
        mlflow.log_text("weights", "m/weights.txt")
    first = client.create_model_version("cars", f"runs:/{run.info.run_id}/m", run.info.run_id)
    client.create_model_version("cars", f"runs:/{run.info.run_id}/m", run.info.run_id)
    check(first.version in (1, "1"), "versions count from 1")
    client.set_model_version_tag("cars", "1", "k", "v")
    client.update_model_version("cars", "1", "the first")
    client.transition_model_version_stage("cars", "2", "production")
    names = [model.name for model in client.search_registered_models("name LIKE 'c%'")]
    check(names == ["cars"], "models are found by name")
    found = client.search_model_versions("name = 'cars' and tags.k = 'v'")
    check([version.version for version in found] in ([1], ["1"]), "versions are found by tag")
    latest = client.get_latest_versions("cars", ["Production"])
    check([str(version.version) for version in latest] == ["2"], "the latest of a stage")
    copied = client.copy_model_version("models:/cars/1", "copies")
    check(copied.run_id == run.info.run_id, "a copy keeps its lineage")
    path = mlflow.artifacts.download_artifacts("models:/cars/1")
    check(open(os.path.join(path, "weights.txt")).read() == "weights", "its files come back")
    client.delete_model_version("cars", "1")
    client.rename_registered_model("cars", "autos")
    check(str(client.get_model_version("autos", "2").version) == "2", "renamed with its versions")
    client.delete_registered_model("autos")
    check(client.search_registered_models("name = 'autos'") == [], "and deleted")


def life_cycle():
    client = MlflowClient()
    experiment = client.create_experiment("short-lived")
    run = client.create_run(experiment)
    client.delete_experiment(experiment)
    check(client.get_run(run.info.run_id).info.lifecycle_stage == "deleted", "deleted together")
    try:
        client.log_param(run.info.run_id, "a", "b")
        check(False, "a deleted run was written to")
    except MlflowException as error:
        check(error.error_code == "INVALID_PARAMETER_VALUE", "a deleted run is closed")
    client.restore_experiment(experiment)
    client.set_terminated(run.info.run_id, "KILLED")
    check(client.get_run(run.info.run_id).info.status == "KILLED", "restored and ended")


def logged_models():
    client = MlflowClient()
    model = client.create_logged_model("0", name="plain", tags={"a": "1"}, params={"p": "2"})
    client.set_logged_model_tags(model.model_id, {"b/c": "2"})
    client.delete_logged_model_tag(model.model_id, "a")
    client.finalize_logged_model(model.model_id, "READY")
    found = client.get_logged_model(model.model_id)
    check((found.tags, found.params) == ({"b/c": "2"}, {"p": "2"}), "tags of a logged model")
    client.delete_logged_model(model.model_id)
    try:
        client.get_logged_model(model.model_id)
        check(False, "a deleted model was found")
    except MlflowException as error:
        check(error.error_code == "RESOURCE_DOES_NOT_EXIST", "a logged model is deleted")


def images_and_tables():
    with mlflow.start_run() as run:
        mlflow.log_table({"a": [1, 2], "b": ["x", "y"]}, "table.json")
        mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), key="dog", step=1)
    table = mlflow.load_table("table.json", run_ids=[run.info.run_id])
    check(list(table.a) == [1, 2], "a table comes back")


def large_files():
    os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "5000000"
    os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = "5242880"
    content = os.urandom(12_000_000)
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "large.bin")
        with open(path, "wb") as file:
            file.write(content)
        mlflow.log_artifact(path, "parts")
    uri = f"runs:/{run.info.run_id}/parts/large.bin"
    for direct in ("false", "true"):
        os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"] = direct
        with open(mlflow.artifacts.download_artifacts(uri), "rb") as file:
            check(file.read() == content, "a large file survives its parts")
    del os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"]


if __name__ == "__main__":
    sklearn_autolog()
    lightgbm_autolog()
    hand_written()
    searches()
    registry()
    life_cycle()
    logged_models()
    images_and_tables()
    large_files()
    print("all of it holds")
