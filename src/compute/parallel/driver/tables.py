"""Divides a table into mini-batches: each is written once, and read by the process that scores it.

Runs as a program of its own (`python tables.py PLAN BATCHES`), so that the scheduler needs no pandas and holds
no table. Writes the list of mini-batches to BATCHES, by rename, and their rows beside it.
"""

import json
import os
import pickle
import subprocess
import sys

from problems import JobFailed

PARTS = "parts.bin"


def divide_table(plan):
    """Has the division done, and gives it. Raises JobFailed."""
    words = [sys.executable, "-B", os.path.abspath(__file__), plan["plan_path"], plan["batches_path"]]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False)
    if done.returncode == 3:
        raise JobFailed(*json.loads(done.stdout.decode().splitlines()[-1]))
    if done.returncode != 0:
        raise JobFailed("the table could not be read: the process that reads it ended with code %d" % done.returncode)
    with open(plan["batches_path"], encoding="utf-8") as file:
        return json.load(file)


def write_parts(plan, batches_path):
    from mltable_reader import read_table

    frame = read_table(plan)
    batches = []
    with open(os.path.join(os.path.dirname(batches_path), PARTS), "wb") as parts:
        for rows in rows_of_batches(plan, frame):
            # Rows are taken, not sliced: a slice may carry the whole table's memory with it.
            part = pickle.dumps(frame.iloc[rows].reset_index(drop=True), pickle.HIGHEST_PROTOCOL)
            batches.append({"table": {"file": PARTS, "offset": parts.tell(), "length": len(part)}, "items": len(rows)})
            parts.write(part)
        parts.flush()
        os.fsync(parts.fileno())
    return batches


def rows_of_batches(plan, frame):
    """The positions of the rows of each mini-batch."""
    keys = plan.get("partition_keys")
    if keys:
        missing = [key for key in keys if key not in frame.columns]
        if missing:
            raise JobFailed("partition key %r is no column of the table; it has %s" % (missing[0], ", ".join(map(str, frame.columns))))
        yield from frame.groupby(list(keys), sort=True, dropna=False).indices.values()
        return
    count = rows_per_batch(plan, frame)
    for start in range(0, len(frame), count):
        yield list(range(start, min(start + count, len(frame))))


def rows_per_batch(plan, frame):
    from batches import table_files

    size = plan["mini_batch"]
    if "count" in size:
        return size["count"]
    total = sum(os.path.getsize(path) for path in table_files(plan["table"], plan["input"]["path"]))
    return max(1, int(size["bytes"] * len(frame) / max(1, total)))


def main():
    from batches import write_batches

    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    # What reading prints belongs to the log; the answer is the last line.
    answer = os.dup(1)
    os.dup2(2, 1)
    try:
        write_batches(sys.argv[2], write_parts(plan, sys.argv[2]))
    except JobFailed as problem:
        os.write(answer, json.dumps([problem.message, problem.details]).encode())
        sys.exit(3)


if __name__ == "__main__":
    main()
