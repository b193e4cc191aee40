"""Reads the cases as the parallel driver does (`python compare.py DRIVER_FOLDER`) and prints them as `record.py` does."""

import json
import sys
import tempfile
import warnings

sys.path.insert(0, sys.argv[1])
warnings.filterwarnings("ignore")

from cases import CASES  # noqa: E402
from folders import plain, write_case  # noqa: E402
from mltable_reader import read_table  # noqa: E402
from problems import JobFailed  # noqa: E402


def main():
    found = {}
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            write_case(case, folder)
            plan = {"table": case["table"], "input": {"path": folder}}
            try:
                found[case["name"]] = plain(read_table(plan), folder)
            except JobFailed as problem:
                found[case["name"]] = {"error": problem.message}
    print(json.dumps(found))


main()
