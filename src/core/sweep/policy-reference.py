"""Made `policy-reference.json`: what each policy stops, computed with NumPy from Azure's formulas.

Source of the formulas: "Hyperparameter tuning a model", section early termination. `python policy-reference.py`
with NumPy 2 writes the file beside it. Nothing here is shared with the code under test.
"""

import json
import os

import numpy


def bandit(table, n, goal, options):
    best = table[:, :n].max(axis=1) if goal == "maximize" else table[:, :n].min(axis=1)
    at = table[:, n - 1]
    if "slack_amount" in options:
        limit = at.max() - options["slack_amount"] if goal == "maximize" else at.min() + options["slack_amount"]
    else:
        limit = at.max() / (1 + options["slack_factor"]) if goal == "maximize" else at.min() * (1 + options["slack_factor"])
    return best < limit if goal == "maximize" else best > limit


def median_stopping(table, n, goal, _options):
    middle = numpy.median(table[:, :n].mean(axis=1))
    best = table[:, :n].max(axis=1) if goal == "maximize" else table[:, :n].min(axis=1)
    return best < middle if goal == "maximize" else best > middle


def truncation_selection(table, n, goal, options):
    at = table[:, n - 1] if goal == "maximize" else -table[:, n - 1]
    count = len(at) * options["truncation_percentage"] // 100
    return numpy.isin(numpy.arange(len(at)), numpy.argsort(at)[:count])


def main():
    draw = numpy.random.default_rng(20)
    cases = []
    for number in range(90):
        rule = (bandit, median_stopping, truncation_selection)[number % 3]
        goal = ("maximize", "minimize")[number // 3 % 2]
        trials, intervals = int(draw.integers(2, 9)), int(draw.integers(2, 7))
        # Positive, since Azure's factor is written for positive metrics; four decimals, so that the file shows what is compared.
        table = draw.uniform(0.1, 1, (trials, intervals)).round(4)
        options = {"type": rule.__name__, "evaluation_interval": int(draw.integers(1, 4)), "delay_evaluation": int(draw.integers(0, 4))}
        if rule is bandit:
            options["slack_factor" if number % 2 else "slack_amount"] = round(float(draw.uniform(0.05, 0.5)), 3)
        if rule is truncation_selection:
            options["truncation_percentage"] = int(draw.integers(1, 100))
        asked = [n for n in range(1, intervals + 1) if n % options["evaluation_interval"] == 0 and n >= options["delay_evaluation"]]
        stops = [[n, numpy.flatnonzero(rule(table, n, goal, options)).tolist()] for n in asked]
        cases.append({"policy": options, "goal": goal, "reports": table.tolist(), "stops": stops})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "policy-reference.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")


main()
