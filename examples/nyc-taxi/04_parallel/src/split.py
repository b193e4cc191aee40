"""Cuts one large file of trips into many small ones, each with the header."""

import argparse
import os

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--trips", required=True)
parser.add_argument("--rows", type=int, required=True)
parser.add_argument("--parts", required=True)
args = parser.parse_args()

with open(args.trips, encoding="utf-8") as file:
    header, *lines = [line for line in file if line.strip()]
for number, start in enumerate(range(0, len(lines), args.rows)):
    path = os.path.join(args.parts, f"part-{number:03d}.csv")
    with open(path, "w", encoding="utf-8") as part:
        part.writelines([header, *lines[start : start + args.rows]])
print(f"{len(lines)} trips in {number + 1} parts")
