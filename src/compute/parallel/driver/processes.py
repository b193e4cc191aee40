"""One scoring process, seen from the scheduler."""

import collections
import json
import os
import signal
import subprocess
import sys
import time

# How much of a log is quoted where a process could not say itself what went wrong.
QUOTED_BYTES = 8192

# Scoring processes write where they are at into their log on this signal.
ASK_WHERE = getattr(signal, "SIGUSR2", None)


# For so long a process that was asked where it is at may say nothing, and may pause while it says it.
LONGEST_ANSWER_SECONDS = 2.0
ANSWER_PAUSE_SECONDS = 0.2


class ScoringProcess:
    def __init__(self, plan, options, number):
        self.name = "process %03d" % number
        self.tasks = collections.deque()
        self.is_ready = False
        self.is_closed = False
        self._plan = plan
        self._timeout = plan["timeout_seconds"]
        self._since = time.monotonic()
        self._init_timeout = options.first_task_creation_timeout
        self._logs = plan["log_dir"]
        os.makedirs(self._logs, exist_ok=True)
        self.log_path = os.path.join(self._logs, "process%03d.txt" % number)
        self._buffer = bytearray()
        tasks_out, self._tasks_in = os.pipe()
        self.answers, answers_in = os.pipe()
        scorer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scorer.py")
        with open(self.log_path, "ab") as log:
            # Where the log of what runs now begins.
            self._log_at = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, scorer, plan["plan_path"], plan["batches_path"], str(tasks_out), str(answers_in)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(tasks_out, answers_in),
                env=environment_of(plan),
            )
        os.close(tasks_out)
        os.close(answers_in)
        os.set_blocking(self.answers, False)

    @property
    def pid(self):
        return self._process.pid

    @property
    def deadline(self):
        """When what it does now is overdue (monotonic seconds): its init(), or a mini-batch."""
        limit = self._timeout if self.is_ready else self._init_timeout
        return None if self._since is None or limit <= 0 else self._since + limit

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

    def has_ended(self):
        """True once it is dead, even where a process that it forked holds its end of the pipe open."""
        return self.is_closed or self._process.poll() is not None

    def became_ready(self, message):
        self.is_ready = True
        self._since = None
        self._log_at = message["log_at"]

    def finished(self, message):
        """The seconds that its mini-batch took."""
        self.tasks.remove(message["index"])
        now = time.monotonic()
        took = now - (self._since or now)
        self._since = now if self.tasks else None
        self._log_at = message["log_to"]
        return took

    def abandoned(self):
        """The mini-batch it was at, and those that waited behind it."""
        running = self.tasks.popleft() if self.tasks else None
        waiting = list(self.tasks)
        self.tasks.clear()
        return running, waiting

    def keep_log(self, index, start, end):
        """Gives a mini-batch a log file of its own."""
        folder = os.path.join(self._logs, "mini-batches")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "%06d.txt" % index), "ab") as own:
            own.write(self._log_part(start, end))

    def keep_rest_of_log(self, index):
        """The same for one that was not answered."""
        self.keep_log(index, self._log_at, os.path.getsize(self.log_path))

    def last_words(self):
        """The end of what it wrote since its last answer: the traceback of a crash, or where it was at."""
        size = os.path.getsize(self.log_path)
        part = self._log_part(max(self._log_at, size - QUOTED_BYTES), size)
        return part.decode("utf-8", "replace").strip()

    def _log_part(self, start, end):
        with open(self.log_path, "rb") as log:
            log.seek(start)
            return log.read(max(0, end - start))

    def ask_where(self):
        """Lets a process that is overdue write its traceback into its log, and waits until that is whole."""
        if ASK_WHERE is None or self._process.poll() is not None:
            return
        size = os.path.getsize(self.log_path)
        self._process.send_signal(ASK_WHERE)
        until = time.monotonic() + LONGEST_ANSWER_SECONDS
        while time.monotonic() < until:
            time.sleep(0.01)
            now = os.path.getsize(self.log_path)
            # It comes in pieces, and on a busy machine not all at once.
            if now != size:
                size, until = now, time.monotonic() + ANSWER_PAUSE_SECONDS

    def close_input(self):
        """Tells it that there is no more, so that it calls shutdown() and ends."""
        if self._tasks_in is not None:
            os.close(self._tasks_in)
            self._tasks_in = None

    def wait(self, seconds):
        """Its exit code, or None when it has not ended by itself in time."""
        self.close_input()
        try:
            return self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        """Ends it with all that it started, and gives its exit code."""
        self.close_input()
        if self._process.poll() is None:
            others = descendants(self._process.pid)
            self._process.kill()
            for pid in others:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
        code = self._process.wait()
        if self.answers is not None:
            os.close(self.answers)
            self.answers = None
        return code


def environment_of(plan):
    environment = dict(os.environ)
    shims = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shims")
    known = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = shims + (os.pathsep + known if known else "")
    # Each gets its share of the cores, where nobody has said how many threads there shall be.
    environment.setdefault("OMP_NUM_THREADS", str(max(1, plan.get("cpus", 1) // plan["processes"])))
    return environment


def descendants(pid):
    """Processes below one, where the system tells them."""
    found = []
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return found
    for child in children:
        found += [child, *descendants(child)]
    return found
