"""Runs a parallel job: plans mini-batches, feeds long-lived scoring processes, commits results once.

Started as `python <this folder> plan.json`, with the job's code folder as working directory. Needs nothing but
the standard library (pandas only for tables). What is committed stands in the state folder, so that a second
start goes on where the first one ended.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from batches import plan_batches  # noqa: E402
from journal import Journal  # noqa: E402
from problems import JobFailed, write_error  # noqa: E402
from progress import Progress  # noqa: E402
from scheduler import Scheduler  # noqa: E402


def runtime_options(argv):
    """Azure's options of `program_arguments`; unknown ones pass through to the script."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--error_threshold", type=int)
    parser.add_argument("--allowed_failed_percent", type=float, default=100.0)
    parser.add_argument("--progress_update_timeout", type=float)
    parser.add_argument("--first_task_creation_timeout", type=float, default=600.0)
    parser.add_argument("--task_overhead_timeout", type=float, default=600.0)
    parser.add_argument("--metrics_name_prefix", default="")
    parser.add_argument("--resource_monitor_interval", type=float)
    parser.add_argument("--copy_logs_to_parent")
    parser.add_argument("--push_metrics_to_parent")
    return parser.parse_known_args(argv)[0]


def append_rows(plan, journal, count):
    """Writes the returned rows of all committed mini-batches, in their order, to the one output file."""
    path = plan.get("append_row_to")
    if not path:
        return
    if os.path.isdir(path):
        path = os.path.join(path, "parallel_run_step.txt")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = path + ".partial"
    with open(partial, "wb") as out:
        for index in range(count):
            journal.copy_rows(index, out)
    os.replace(partial, path)


def run(plan, only_batch):
    options = runtime_options(plan["argv"])
    if options.error_threshold is not None:
        plan["error_threshold"] = options.error_threshold
    state = plan["state_dir"] if only_batch is None else plan["state_dir"] + ".only-batch-%d" % only_batch
    os.makedirs(state, mode=0o700, exist_ok=True)
    plan["batches_path"] = os.path.join(state, "batches.json")
    batches = plan_batches(plan)
    if only_batch is not None and not 0 <= only_batch < len(batches):
        raise JobFailed("there is no mini-batch %d; this job has %d, numbered from 0" % (only_batch, len(batches)))
    journal = Journal(state, fresh=only_batch is not None)
    progress = Progress(plan, options, len(batches))
    try:
        wanted = range(len(batches)) if only_batch is None else [only_batch]
        Scheduler(plan, options, batches, journal, progress).run(wanted)
        if only_batch is None:
            append_rows(plan, journal, len(batches))
        else:
            journal.copy_rows(only_batch, sys.stdout.buffer)
    finally:
        progress.close()
        journal.close()


def main():
    parser = argparse.ArgumentParser(prog="parallel")
    parser.add_argument("plan")
    parser.add_argument("--only-batch", type=int)
    arguments = parser.parse_args()
    with open(arguments.plan, encoding="utf-8") as file:
        plan = json.load(file)
    try:
        run(plan, arguments.only_batch)
    except JobFailed as problem:
        write_error(problem)
        sys.stdout.flush()
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
