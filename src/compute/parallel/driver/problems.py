"""What ends a parallel job early, and how its cause reaches the job's record."""

import json
import os
import sys


class JobFailed(Exception):
    """Ends the job with this message; `details` is the traceback that a person wants to see."""

    def __init__(self, message, details="", exit_code=1, hint=""):
        super().__init__(message)
        self.message = message
        self.details = details
        self.exit_code = exit_code
        self.hint = hint


def write_error(problem, is_recorded=True):
    """Prints the problem and leaves it, by rename, where the engine looks for the cause of a failure."""
    sys.stdout.flush()
    if problem.details:
        print(problem.details.rstrip(), file=sys.stderr)
    print("error: " + problem.message, file=sys.stderr)
    if problem.hint:
        print("hint: " + problem.hint, file=sys.stderr)
    sys.stderr.flush()
    path = os.environ.get("AMLET_ERROR_FILE")
    if not path or not is_recorded:
        return
    body = {"error": {"code": "UserError", "message": problem.message, "debug_info": problem.details}}
    with open(path + ".partial", "w", encoding="utf-8") as file:
        json.dump(body, file)
    os.replace(path + ".partial", path)


def plural(count, word, ending="s"):
    return "%d %s%s" % (count, word, "" if count == 1 else ending)
