"""Divides tables as the parallel driver does (`python refuse.py DRIVER_FOLDER`, plans as JSON on stdin); prints what it says."""

import json
import sys
import tempfile

sys.path.insert(0, sys.argv[1])

from problems import JobFailed  # noqa: E402
from tables import write_parts  # noqa: E402


def main():
    answers = []
    for plan in json.load(sys.stdin):
        with tempfile.TemporaryDirectory() as folder:
            try:
                answers.append("%d mini-batches" % len(write_parts(plan, folder + "/batches.json")))
            except JobFailed as problem:
                answers.append(problem.message)
    print(json.dumps(answers))


main()
