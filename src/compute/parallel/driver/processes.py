"""One scoring process, seen from the scheduler."""

import collections
import json
import os
import subprocess
import sys
import time


class ScoringProcess:
    def __init__(self, plan, number):
        self.name = "process %03d" % number
        self.tasks = collections.deque()
        self.is_ready = False
        self.is_closed = False
        self._timeout = plan["timeout_seconds"]
        self._since = None
        self._logs = plan["log_dir"]
        os.makedirs(self._logs, exist_ok=True)
        self.log_path = os.path.join(self._logs, "process%03d.txt" % number)
        self._buffer = bytearray()
        tasks_out, self._tasks_in = os.pipe()
        self.answers, answers_in = os.pipe()
        scorer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scorer.py")
        environment = dict(os.environ)
        shims = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shims")
        known = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = shims + (os.pathsep + known if known else "")
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, scorer, plan["plan_path"], plan["batches_path"], str(tasks_out), str(answers_in)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(tasks_out, answers_in),
                env=environment,
            )
        os.close(tasks_out)
        os.close(answers_in)
        os.set_blocking(self.answers, False)

    @property
    def pid(self):
        return self._process.pid

    @property
    def deadline(self):
        """When the mini-batch that runs now is overdue (monotonic seconds)."""
        return None if self._since is None or self._timeout <= 0 else self._since + self._timeout

    def send(self, index):
        """Queues a mini-batch by its number; False when the process is gone."""
        try:
            os.write(self._tasks_in, b"%d\n" % index)
        except BrokenPipeError:
            return False
        if not self.tasks:
            self._since = time.monotonic()
        self.tasks.append(index)
        return True

    def read(self):
        """The messages that have come in whole, each with its payload."""
        while True:
            try:
                chunk = os.read(self.answers, 1 << 16)
            except BlockingIOError:
                break
            if not chunk:
                self.is_closed = True
                break
            self._buffer += chunk
        messages = []
        while True:
            end = self._buffer.find(b"\n")
            if end < 0:
                return messages
            message = json.loads(bytes(self._buffer[:end]))
            stop = end + 1 + message["bytes"]
            if len(self._buffer) < stop:
                return messages
            messages.append((message, bytes(self._buffer[end + 1 : stop])))
            del self._buffer[:stop]

    def finished(self, index):
        self.tasks.remove(index)
        self._since = time.monotonic() if self.tasks else None
        return index

    def abandoned(self):
        """The mini-batch it was at, and those that waited behind it."""
        running = self.tasks.popleft() if self.tasks else None
        waiting = list(self.tasks)
        self.tasks.clear()
        return running, waiting

    def keep_log(self, index, message, ok):
        """Gives a mini-batch that printed something, or failed, a log file of its own."""
        start, end = message["log_from"], message["log_to"]
        if end <= start and ok:
            return
        with open(self.log_path, "rb") as log:
            log.seek(start)
            text = log.read(end - start)
        folder = os.path.join(self._logs, "mini-batches")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "%06d.txt" % index), "ab") as own:
            own.write(text)

    def close_input(self):
        """Tells it that there is no more, so that it calls shutdown() and ends."""
        if self._tasks_in is not None:
            os.close(self._tasks_in)
            self._tasks_in = None

    def finish(self, patience):
        self.close_input()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        self.close_input()
        if self._process.poll() is None:
            self._process.kill()
        code = self._process.wait()
        if self.answers is not None:
            os.close(self.answers)
            self.answers = None
        return code
