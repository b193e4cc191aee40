"""Adds up what was scored."""

import argparse
import csv
import json
import os

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--rows", required=True)
parser.add_argument("--summary", required=True)
args = parser.parse_args()

with open(args.rows, encoding="utf-8") as file:
    rows = [(name, int(count), float(total)) for name, count, total in csv.reader(file)]
trips = sum(count for _, count, _ in rows)
summary = {"files": len(rows), "trips": trips, "mean_fare": round(sum(total for _, _, total in rows) / trips, 4)}
print(json.dumps(summary))
with open(os.path.join(args.summary, "summary.json"), "w", encoding="utf-8") as file:
    json.dump(summary, file)
