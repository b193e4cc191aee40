"""Feeds the scoring processes, counts failures against the thresholds, and commits what they return."""

import collections
import os
import selectors
import signal
import sys
import time

from problems import JobFailed
from processes import ScoringProcess

# One mini-batch runs while the next one already waits in the pipe.
IN_FLIGHT = 2

# A process that dies while it loads is replaced; so many in a row mean that it never will load.
MOST_DEATHS_IN_INIT = 3


class Scheduler:
    def __init__(self, plan, options, batches, journal, progress):
        self._plan = plan
        self._options = options
        self._batches = batches
        self._journal = journal
        self._progress = progress
        self._queue = collections.deque()
        self._tries = collections.Counter()
        self._processes = []
        self._selector = selectors.DefaultSelector()
        self._first_failure = None
        self._failed_batches = 0
        self._failed_items = 0
        self._started = 0
        self._deaths_in_init = 0

    def run(self, wanted):
        """Scores the wanted mini-batches that are not committed yet. Raises JobFailed."""
        self._queue.extend(index for index in wanted if index not in self._journal.entries)
        for entry in self._journal.entries.values():
            self._count(entry)
        self._progress.start(len(self._journal.entries), len(self._queue))
        signal.signal(signal.SIGTERM, self._terminate)
        try:
            self._check_thresholds()
            for _ in range(min(self._plan["processes"], len(self._queue))):
                self._start_process()
            self._loop()
            for process in self._processes:
                process.close_input()
            for process in self._processes:
                process.finish(self._options.task_overhead_timeout)
        finally:
            for process in self._processes:
                process.kill()
        self._progress.end()

    def _terminate(self, *_):
        for process in self._processes:
            process.kill()
        self._progress.say("stopped by SIGTERM; what was committed is kept")
        sys.stdout.flush()
        os._exit(128 + signal.SIGTERM)

    def _start_process(self):
        process = ScoringProcess(self._plan, self._started)
        self._started += 1
        self._processes.append(process)
        self._selector.register(process.answers, selectors.EVENT_READ, process)

    def _loop(self):
        while self._queue or any(process.tasks for process in self._processes):
            self._feed()
            committed = []
            for key, _ in self._selector.select(self._patience()):
                process = key.data
                for message, payload in process.read():
                    self._take(process, message, payload, committed)
                if process.is_closed:
                    self._replace(process, "died", committed)
            self._journal.commit(committed)
            for entry, _ in committed:
                self._progress.committed(entry)
            self._check_thresholds()
            self._stop_overdue()
            self._progress.tick()

    def _feed(self):
        for process in self._processes:
            while self._queue and process.is_ready and len(process.tasks) < IN_FLIGHT:
                index = self._queue.popleft()
                if not process.send(index):
                    self._queue.appendleft(index)
                    break

    def _patience(self):
        deadlines = [process.deadline for process in self._processes if process.deadline is not None]
        until = min(deadlines, default=time.monotonic() + 1) - time.monotonic()
        return max(0.0, min(1.0, until))

    def _take(self, process, message, payload, committed):
        if message["type"] == "ready":
            process.is_ready = True
            self._deaths_in_init = 0
            return
        if message["type"] == "failed":
            raise JobFailed(message["message"], message["error"])
        index = process.finished(message["index"])
        if message["ok"]:
            batch = self._batches[index]
            entry = {
                "index": index,
                "ok": message["items"] >= batch["items"],
                "items": batch["items"],
                "succeeded": min(message["items"], batch["items"]),
                "tries": self._tries[index] + 1,
            }
            process.keep_log(index, message, entry["ok"])
            if not entry["ok"]:
                text = "mini-batch %d returned %d of %d items" % (index, message["items"], batch["items"])
                self._remember(index, text, "")
            self._count(entry)
            committed.append((entry, payload))
        else:
            process.keep_log(index, message, False)
            self._try_again(index, message["error"], committed)

    def _try_again(self, index, error, committed):
        self._tries[index] += 1
        last = error.strip().splitlines()[-1] if error.strip() else "no reason given"
        if self._tries[index] <= self._plan["max_retries"]:
            self._progress.retried(index, last)
            self._queue.append(index)
            return
        batch = self._batches[index]
        self._remember(index, "mini-batch %d failed after %d tries: %s" % (index, self._tries[index], last), error)
        self._progress.say("mini-batch %d failed: %s" % (index, last))
        entry = {"index": index, "ok": False, "items": batch["items"], "succeeded": 0, "tries": self._tries[index]}
        self._count(entry)
        committed.append((entry, b""))

    def _remember(self, index, message, error):
        if self._first_failure is None:
            self._first_failure = (index, message, error)

    def _count(self, entry):
        self._failed_batches += 0 if entry["ok"] else 1
        self._failed_items += entry["items"] - entry["succeeded"]

    def _replace(self, process, why, committed):
        """A scoring process is gone: the mini-batch it was at has lost a try, the one behind it has not."""
        self._selector.unregister(process.answers)
        self._processes.remove(process)
        code = process.kill()
        running, waiting = process.abandoned()
        self._queue.extendleft(reversed(waiting))
        self._progress.say("%s %s (%s); another one takes its place" % (process.name, why, describe(code)))
        self._deaths_in_init += 0 if process.is_ready else 1
        if self._deaths_in_init > MOST_DEATHS_IN_INIT:
            raise JobFailed("%s ended before init() was done (%s); see %s" % (process.name, describe(code), process.log_path))
        if running is not None:
            self._try_again(running, "%s %s (%s)" % (process.name, why, describe(code)), committed)
        if self._queue or running is not None:
            self._start_process()

    def _stop_overdue(self):
        now = time.monotonic()
        for process in list(self._processes):
            if process.deadline is not None and process.deadline <= now:
                committed = []
                limit = self._plan["timeout_seconds"]
                self._replace(process, "was stopped: a mini-batch took longer than %g s" % limit, committed)
                self._journal.commit(committed)
                for entry, _ in committed:
                    self._progress.committed(entry)
        limit = self._options.progress_update_timeout
        if limit is not None and now - self._progress.last_change > limit:
            raise JobFailed("no mini-batch ended for %g s (progress_update_timeout)" % limit)

    def _check_thresholds(self):
        batches, items = self._plan["mini_batch_error_threshold"], self._plan["error_threshold"]
        if 0 <= batches < self._failed_batches:
            self._stop("%d mini-batches failed, more than mini_batch_error_threshold: %d" % (self._failed_batches, batches))
        if 0 <= items < self._failed_items:
            self._stop("%d items failed, more than error_threshold: %d" % (self._failed_items, items))
        percent = self._options.allowed_failed_percent
        if percent < 100 and self._failed_batches * 100 > percent * len(self._batches):
            self._stop("%d of %d mini-batches failed, more than allowed_failed_percent: %g" % (self._failed_batches, len(self._batches), percent))

    def _stop(self, message):
        _, first, error = self._first_failure or (None, "", "")
        raise JobFailed(message + (". The first: " + first if first else ""), error)


def describe(code):
    if code is None:
        return "still ending"
    if code < 0:
        return "signal %s" % signal.Signals(-code).name
    return "exit code %d" % code
