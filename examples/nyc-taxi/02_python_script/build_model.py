"""Learns what a taxi trip costs, or goes on learning from a model that exists, and evaluates the result."""

import argparse
import os
from pathlib import Path

import lightgbm
import numpy
import pandas

# What is known under different names in the records of green and of yellow cabs.
ALIASES = {
    "pickup_time": ["lpeppickupdatetime", "tpeppickupdatetime"],
    "dropoff_time": ["lpepdropoffdatetime", "tpepdropoffdatetime"],
    "pickup_longitude": ["pickuplongitude", "startlon"],
    "pickup_latitude": ["pickuplatitude", "startlat"],
    "dropoff_longitude": ["dropofflongitude", "endlon"],
    "dropoff_latitude": ["dropofflatitude", "endlat"],
    "distance": ["tripdistance"],
    "passengers": ["passengercount"],
    "vendor": ["vendorid"],
    "rate": ["ratecodeid"],
    "payment": ["paymenttype"],
    "stored": ["storeandfwdflag"],
    "trip": ["triptype"],
    "total": ["totalamount"],
}
# One column for each of these values, so that every file gives the same features in the same order.
CATEGORIES = {
    "vendor": [1, 2],
    "rate": [1, 2, 3, 4, 5, 6],
    "payment": [1, 2, 3, 4],
    "stored": ["Y"],
    "trip": [1, 2],
}
PARAMETERS = {
    "objective": "regression",
    "metric": "rmse",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "verbose": -1,
    "seed": 2016,
    "deterministic": True,
    "num_threads": 1,
}


def main():
    args = parse_arguments()
    if args.model is not None:
        print(f"model: {args.model}")
        for name in sorted(os.listdir(args.model)):
            print(f"  {name}")
    train, valid = load_trips(args.input_train_data), load_trips(args.input_valid_data)
    print(f"{len(train[1])} trips to learn from, {len(valid[1])} to evaluate on, {train[0].shape[1]} features")
    before = None if args.model is None else load_model(args.model)
    metrics = {} if before is None else evaluate(before, valid, prefix="before_")
    booster = lightgbm.train(
        {**PARAMETERS, "learning_rate": args.learning_rate},
        lightgbm.Dataset(*train),
        num_boost_round=args.rounds,
        init_model=before,
    )
    metrics.update(evaluate(booster, valid))
    metrics["trees"] = booster.num_trees()
    for name, value in metrics.items():
        print(f"{name}: {value:.4f}" if isinstance(value, float) else f"{name}: {value}")
    if args.mode == "remote":
        log_metrics(metrics)
    if args.output_model is not None:
        save_model(booster, args.output_model, train[0])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input_train_data", required=True)
    parser.add_argument("--input_valid_data", required=True)
    parser.add_argument("--model", help="directory of an MLflow model to go on from")
    parser.add_argument("--output_model", help="where to write the result as an MLflow model")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--learning_rate", type=float, default=0.05)
    parser.add_argument("--mode", choices=["remote", "local"], default="local", help="remote logs the metrics too")
    return parser.parse_args()


def load_trips(path):
    """The features and the total fares of the trips in a CSV file, without the records of refunds."""
    table = pandas.read_csv(path, low_memory=False)
    by_name = {name.lower(): name for name in table.columns}
    columns = {}
    for name, aliases in ALIASES.items():
        found = next((by_name[alias] for alias in aliases if alias in by_name), None)
        columns[name] = table[found] if found is not None else pandas.Series(numpy.nan, index=table.index)
    trips = pandas.DataFrame(columns)
    trips = trips[trips["total"] > 0]
    return features_of(trips), trips["total"].astype(float)


def features_of(trips):
    pickup = pandas.to_datetime(trips["pickup_time"])
    minutes = (pandas.to_datetime(trips["dropoff_time"]) - pickup).dt.total_seconds() / 60
    numbers = {
        "distance": trips["distance"].astype(float),
        # A trip of a day is a meter that was left on.
        "minutes": minutes.where(minutes.between(0, 600)),
        "passengers": trips["passengers"].astype(float),
        "hour": pickup.dt.hour.astype(float),
        "weekday": pickup.dt.day_of_week.astype(float),
    }
    for end in ("pickup", "dropoff"):
        for axis in ("longitude", "latitude"):
            place = trips[f"{end}_{axis}"].astype(float)
            numbers[f"{end}_{axis}"] = place.where(place != 0)
    for name, values in CATEGORIES.items():
        for value in values:
            numbers[f"{name}_{value}"] = (trips[name] == value).astype(float)
    return pandas.DataFrame(numbers)


def load_model(path):
    import mlflow.lightgbm

    return mlflow.lightgbm.load_model(str(path))


def evaluate(booster, trips, prefix=""):
    features, truth = trips
    error = booster.predict(features) - truth.to_numpy()
    spread = truth.to_numpy() - truth.mean()
    return {
        f"{prefix}rmse": float(numpy.sqrt(numpy.mean(error**2))),
        f"{prefix}mae": float(numpy.mean(numpy.abs(error))),
        f"{prefix}r2": float(1 - numpy.sum(error**2) / numpy.sum(spread**2)),
    }


def log_metrics(metrics):
    """Sends the metrics where the job's run is kept, when there is such a place."""
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        return
    try:
        import mlflow
    except ImportError:
        print("mlflow is not installed: the metrics are printed only")
        return
    mlflow.log_metrics(metrics)


def save_model(booster, path, features):
    import mlflow
    import mlflow.lightgbm

    versions = {"mlflow": mlflow, "lightgbm": lightgbm, "pandas": pandas, "numpy": numpy}
    mlflow.lightgbm.save_model(
        booster,
        path,
        signature=mlflow.models.infer_signature(features, booster.predict(features)),
        pip_requirements=[f"{name}=={module.__version__}" for name, module in versions.items()],
    )
    print(f"saved: {path}")
    for name in sorted(os.listdir(Path(path))):
        print(f"  {name}")


if __name__ == "__main__":
    main()
