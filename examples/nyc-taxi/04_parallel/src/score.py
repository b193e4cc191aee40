"""Scores files of trips. The model is opened once a process and used for every mini-batch that it gets."""

import argparse
import os

import mlflow.lightgbm
import pandas


def init():
    global model
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    args, _ = parser.parse_known_args()
    model = mlflow.lightgbm.load_model(args.model)
    print(f"model: {args.model} holds {sorted(os.listdir(args.model))}")


def run(mini_batch):
    return [score(path) for path in mini_batch]


def score(path):
    trips = pandas.read_csv(path, low_memory=False)
    by_name = {name.lower(): name for name in trips.columns}
    features = pandas.DataFrame(index=trips.index)
    for name in model.feature_name():
        column = by_name.get({"distance": "tripdistance", "passengers": "passengercount"}.get(name, name))
        features[name] = trips[column].astype(float) if column else float("nan")
    fares = model.predict(features)
    return f"{os.path.basename(path)},{len(fares)},{fares.sum():.4f}"
