"""Failed mini-batches and items, counted against what the job tolerates."""

import os

from problems import JobFailed, plural

# A traceback is kept with the mini-batch, so that it is still known after a restart.
KEPT_CHARACTERS = 16384


class Failures:
    def __init__(self, plan, options, total):
        self._plan = plan
        self._options = options
        self._total = total
        self._first = None
        self._batches = 0
        self._items = 0

    def count(self, entry):
        self._items += entry["items"] - entry["succeeded"]
        if entry["ok"]:
            return
        self._batches += 1
        if entry.get("error"):
            message, details = entry["error"]
            entry["error"] = [message, details[-KEPT_CHARACTERS:]]
            if self._first is None:
                self._first = (message, details, entry["index"])

    def check(self):
        """Raises JobFailed, with the first failure's own words, when there are more than are tolerated."""
        batches, items = self._plan["mini_batch_error_threshold"], self._plan["error_threshold"]
        if 0 <= batches < self._batches:
            self._stop("%s failed, more than mini_batch_error_threshold: %d" % (mini_batches(self._batches), batches))
        if 0 <= items < self._items:
            self._stop("%s failed, more than error_threshold: %d" % (plural(self._items, "item"), items))
        percent = self._options.allowed_failed_percent
        if percent < 100 and self._batches * 100 > percent * self._total:
            self._stop("%d of %s failed, more than allowed_failed_percent: %g" % (self._batches, mini_batches(self._total), percent))

    def say_what_was_tolerated(self, progress):
        if self._first is None:
            return
        limit = self._plan["mini_batch_error_threshold"]
        progress.say("%d of %s failed; mini_batch_error_threshold: %d lets that pass. The first: %s" % (self._batches, mini_batches(self._total), limit, self._first[0]))

    def _stop(self, message):
        if self._first is None:
            raise JobFailed(message)
        first, details, index = self._first
        raise JobFailed("%s. The first: %s" % (message, first), details, hint=try_again(index))


def mini_batches(count):
    return plural(count, "mini-batch", "es")


def try_again(index):
    return "run it again with its output here: amlet job retry %s --only-batch %d" % (os.environ.get("AZUREML_RUN_ID", "NAME"), index)
