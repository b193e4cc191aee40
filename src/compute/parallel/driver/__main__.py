"""Runs a parallel job: plans mini-batches, feeds long-lived scoring processes, commits results once.

Started as `python <this folder> plan.json`, with the job's code folder as working directory. Needs nothing but
the standard library (pandas only for tables). What is committed stands in the state folder, so that a second
start goes on where the first one ended.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from batches import plan_batches  # noqa: E402
from journal import Journal  # noqa: E402
from problems import JobFailed, write_error  # noqa: E402
from progress import Progress  # noqa: E402
from scheduler import Scheduler  # noqa: E402
from tracking import copy_logs_to_parent  # noqa: E402


class OptionParser(argparse.ArgumentParser):
    def error(self, message):
        raise JobFailed("program_arguments: %s" % message)


def truth(text):
    return str(text).lower() in ("true", "1", "yes")


def runtime_options(argv):
    """Azure's options of `program_arguments`; unknown ones pass through to the script."""
    parser = OptionParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--error_threshold", type=int)
    parser.add_argument("--allowed_failed_percent", type=float, default=100.0)
    parser.add_argument("--progress_update_timeout", type=float)
    parser.add_argument("--first_task_creation_timeout", type=float, default=600.0)
    parser.add_argument("--task_overhead_timeout", type=float, default=600.0)
    parser.add_argument("--metrics_name_prefix", default="")
    parser.add_argument("--resource_monitor_interval", type=float, default=600.0)
    parser.add_argument("--copy_logs_to_parent", type=truth, default=False)
    parser.add_argument("--push_metrics_to_parent", type=truth, default=False)
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
        journal.copy_rows(range(count), out)
    os.replace(partial, path)


def run(plan):
    options = runtime_options(plan["argv"])
    if options.error_threshold is not None:
        plan["error_threshold"] = options.error_threshold
    plan["batches_path"] = os.path.join(plan["state_dir"], "batches.json")
    batches = plan_batches(plan)
    journal = Journal(plan["state_dir"])
    progress = Progress(plan, options, len(batches))
    try:
        scheduler = Scheduler(plan, options, batches, journal, progress)
        scheduler.run(range(len(batches)))
        scheduler.failures.say_what_was_tolerated(progress)
        append_rows(plan, journal, len(batches))
    finally:
        progress.close()
        journal.close()
        if options.copy_logs_to_parent:
            copy_logs_to_parent(plan["log_dir"])


def run_one(plan, number):
    """Scores one mini-batch again, as the job divided its input, beside what the job has committed."""
    options = runtime_options(plan["argv"])
    plan["batches_path"] = os.path.join(plan["state_dir"], "batches.json")
    batches = plan_batches(plan)
    if not 0 <= number < len(batches):
        raise JobFailed("there is no mini-batch %d; this job has %d, numbered from 0" % (number, len(batches)))
    plan.update(max_retries=0, mini_batch_error_threshold=-1, error_threshold=-1, processes=1)
    with tempfile.TemporaryDirectory(prefix="amlet-mini-batch-") as folder:
        plan.update(state_dir=folder, log_dir=os.path.join(folder, "logs"))
        journal = Journal(folder)
        progress = Progress(plan, options, 1, is_recorded=False)
        try:
            Scheduler(plan, options, batches, journal, progress).run([number])
        finally:
            print_logs(plan["log_dir"])
            journal.close()
        journal.copy_rows([number], sys.stdout.buffer)
        error = journal.entries[number].get("error")
        if error:
            # Its traceback is in the log above.
            raise JobFailed(error[0])


def print_logs(folder):
    """What the script printed goes beside the rows, not among them."""
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as log:
                shutil.copyfileobj(log, sys.stderr.buffer)
    sys.stderr.flush()


def main():
    parser = argparse.ArgumentParser(prog="parallel")
    parser.add_argument("plan")
    parser.add_argument("--only-batch", type=int)
    arguments = parser.parse_args()
    with open(arguments.plan, encoding="utf-8") as file:
        plan = json.load(file)
    os.makedirs(plan["state_dir"], mode=0o700, exist_ok=True)
    try:
        if arguments.only_batch is None:
            run(plan)
        else:
            run_one(plan, arguments.only_batch)
    except JobFailed as problem:
        write_error(problem, is_recorded=arguments.only_batch is None)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
