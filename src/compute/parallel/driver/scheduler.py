"""Feeds the scoring processes, and commits what they return."""

import collections
import os
import selectors
import signal
import sys
import time

from failures import Failures
from problems import JobFailed
from processes import ScoringProcess
from resources import ResourceMonitor

# Mini-batches wait in the pipe of a process for about as long as this, while results are written to disk: those that take
# longer go to a process one by one, since one that waits behind another could be run by one that has nothing to do.
AHEAD_SECONDS = 0.05
MOST_AHEAD = 16

# A process that dies while it loads is replaced. All of them and three more, none of which came so far, mean that
# none ever will. Where one did, something else ends them (memory, an operator): that may take longer to pass.
MORE_DEATHS_IN_INIT = 3
PATIENCE_ONCE_LOADED = 5


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
        self.failures = Failures(plan, options, len(batches))
        self._monitor = ResourceMonitor(os.path.join(os.path.dirname(plan["log_dir"]), "sys", "perf"), options.resource_monitor_interval)
        self._started = 0
        self._deaths_in_init = 0
        self._has_loaded = False
        self._average_seconds = AHEAD_SECONDS

    def run(self, wanted):
        """Scores the wanted mini-batches that are not committed yet. Raises JobFailed."""
        self._queue.extend(index for index in wanted if index not in self._journal.entries)
        for entry in self._journal.entries.values():
            self.failures.count(entry)
        self._progress.start(self._journal.entries.values(), len(self._queue))
        signal.signal(signal.SIGTERM, self._terminate)
        try:
            self.failures.check()
            for _ in range(min(self._plan["processes"], len(self._queue))):
                self._start_process()
            self._loop()
            self._shut_down()
        finally:
            for process in self._processes:
                process.kill()
            self._progress.end()

    def _shut_down(self):
        """All get the same time for their shutdown(), side by side."""
        limit = self._options.task_overhead_timeout
        until = time.monotonic() + limit
        for process in self._processes:
            process.close_input()
        for process in self._processes:
            code = process.wait(until - time.monotonic())
            if code is None:
                self._progress.say("%s was stopped: its shutdown() took longer than %g s (--task_overhead_timeout)" % (process.name, limit))
            elif code != 0:
                self._progress.say("%s ended with %s after its last mini-batch; see %s" % (process.name, describe(code), process.log_path))

    def _terminate(self, *_):
        for process in self._processes:
            process.kill()
        self._progress.say("stopped by SIGTERM; what was committed is kept")
        sys.stdout.flush()
        os._exit(128 + signal.SIGTERM)

    def _start_process(self):
        process = ScoringProcess(self._plan, self._options, self._started)
        self._started += 1
        self._processes.append(process)
        self._selector.register(process.answers, selectors.EVENT_READ, process)

    def _loop(self):
        while self._queue or any(process.tasks for process in self._processes):
            self._feed()
            committed = []
            for key, _ in self._selector.select(self._patience()):
                self._listen(key.data, committed)
            self._replace_the_dead(committed)
            self._replace_the_overdue(committed)
            self._journal.commit(committed)
            for entry, _ in committed:
                self._progress.committed(entry)
            self.failures.check()
            self._progress.tick(is_loading=not any(process.is_ready for process in self._processes))
            self._monitor.tick(self._processes)

    def _feed(self):
        most = 1 + min(MOST_AHEAD, int(AHEAD_SECONDS * 0.999 / max(self._average_seconds, 1e-6)))
        for waiting in range(most):
            for process in self._processes:
                if not self._queue:
                    return
                if process.is_ready and len(process.tasks) == waiting:
                    index = self._queue.popleft()
                    if not process.send(index):
                        self._queue.appendleft(index)

    def _patience(self):
        deadlines = [process.deadline for process in self._processes if process.deadline is not None]
        until = min(deadlines, default=time.monotonic() + 1) - time.monotonic()
        return max(0.0, min(1.0, until))

    def _listen(self, process, committed):
        for message, payload in process.read():
            if message["type"] == "ready":
                process.became_ready(message)
                self._deaths_in_init = 0
                self._has_loaded = True
            elif message["type"] == "failed":
                raise JobFailed(message["message"], message["error"])
            else:
                self._take(process, message, payload, committed)

    def _take(self, process, message, payload, committed):
        index = message["index"]
        self._average_seconds += 0.2 * (process.finished(message) - self._average_seconds)
        items = self._batches[index]["items"]
        is_whole = message["ok"] and message["items"] >= items
        if message["log_to"] > message["log_from"] or not is_whole:
            process.keep_log(index, message["log_from"], message["log_to"])
        if not message["ok"]:
            self._try_again(index, last_line(message["error"]), message["error"], committed)
            return
        entry = self._entry(index, is_whole, min(message["items"], items), self._tries[index] + 1)
        if not is_whole:
            entry["error"] = ["mini-batch %d returned %d of %d items" % (index, message["items"], items), ""]
        self.failures.count(entry)
        committed.append((entry, payload))

    def _entry(self, index, ok, succeeded, tries):
        return {"index": index, "ok": ok, "items": self._batches[index]["items"], "succeeded": succeeded, "tries": tries}

    def _try_again(self, index, why, details, committed):
        self._tries[index] += 1
        tries = self._tries[index]
        if tries <= self._plan["max_retries"]:
            self._progress.retried(index, why)
            self._queue.append(index)
            return
        self._progress.say("mini-batch %d failed: %s" % (index, why))
        entry = self._entry(index, False, 0, tries)
        entry["error"] = ["mini-batch %d failed after %d %s: %s" % (index, tries, "try" if tries == 1 else "tries", why), details]
        self.failures.count(entry)
        committed.append((entry, b""))

    def _replace_the_dead(self, committed):
        for process in [one for one in self._processes if one.has_ended()]:
            # What it answered before it died counts.
            self._listen(process, committed)
            self._replace(process, "died", committed)

    def _replace_the_overdue(self, committed):
        now = time.monotonic()
        for process in [one for one in self._processes if one.deadline is not None and one.deadline <= now]:
            process.ask_where()
            if not process.is_ready:
                limit = self._options.first_task_creation_timeout
                self._give_up_on_init(process, "took longer than %g s (--first_task_creation_timeout)" % limit)
                self._remove(process)
            else:
                limit = self._plan["timeout_seconds"]
                self._replace(process, "was stopped: a mini-batch took longer than %g s" % limit, committed)
        limit = self._options.progress_update_timeout
        if limit is not None and now - self._progress.last_change > limit:
            raise JobFailed("no mini-batch ended for %g s (--progress_update_timeout)" % limit)

    def _remove(self, process):
        self._selector.unregister(process.answers)
        self._processes.remove(process)
        return process.kill()

    def _replace(self, process, why, committed):
        """A scoring process is gone: the mini-batch it was at has lost a try, the one behind it has not."""
        code = describe(self._remove(process))
        ended = "%s %s" % (process.name, why) + (" (%s)" % code if why == "died" else "")
        running, waiting = process.abandoned()
        self._queue.extendleft(reversed(waiting))
        if not process.is_ready:
            self._deaths_in_init += 1
            if self._deaths_in_init >= self._most_deaths_in_init():
                self._give_up_on_init(process, "did not end: the process died of %s, %d times" % (code, self._deaths_in_init))
                return
        self._progress.say("%s; another one takes its place" % ended)
        if running is not None:
            process.keep_rest_of_log(running)
            self._try_again(running, ended, process.last_words(), committed)
        if self._queue:
            self._start_process()

    def _most_deaths_in_init(self):
        most = self._plan["processes"] + MORE_DEATHS_IN_INIT
        is_alone = not any(process.is_ready for process in self._processes)
        return most * PATIENCE_ONCE_LOADED if self._has_loaded and is_alone else most

    def _give_up_on_init(self, process, why):
        """Without this process when others score: it may be one more than the memory has room for."""
        what = "init() of %s %s" % (self._plan["entry_script"], why)
        others = sum(1 for one in self._processes if one.is_ready)
        if others == 0:
            raise JobFailed("%s; see %s" % (what, process.log_path), process.last_words())
        self._progress.say("%s: %s; going on with %d" % (process.name, what, others))
        self._deaths_in_init = 0


def last_line(text):
    return text.strip().splitlines()[-1] if text.strip() else "no reason given"


def describe(code):
    if code is None:
        return "still ending"
    if code == -signal.SIGKILL:
        return "signal SIGKILL, as when memory runs out"
    if code < 0:
        return "signal %s" % signal.Signals(-code).name
    return "exit code %d" % code
