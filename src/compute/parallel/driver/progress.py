"""Says how far the job is: a line in the log, a small file for `job show`, and metrics of the run."""

import json
import os
import sys
import time

from problems import plural
from tracking import MetricSender

INTERVAL_SECONDS = 5.0


class Progress:
    def __init__(self, plan, options, total, is_recorded=True):
        self._is_recorded = is_recorded
        self._path = os.path.join(plan["state_dir"], "progress.json")
        self._prefix = options.metrics_name_prefix
        self._quiet = plan.get("logging_level") == "WARNING"
        self._total = total
        self._done = self._failed = self._retries = self._items = 0
        self._before = 0
        self._began = self._said = self.last_change = time.monotonic()
        self._sender = MetricSender(options)

    def start(self, committed, left):
        """`committed` are those of an earlier start, which count but do not make this one look quick."""
        self._began = self.last_change = time.monotonic()
        if committed:
            self._before = len(committed)
            self._failed = sum(1 for entry in committed if not entry["ok"])
            self._items = sum(entry["succeeded"] for entry in committed)
            self._retries = sum(entry["tries"] - 1 for entry in committed)
            self.say("%s were committed before; %d are left" % (plural(self._before, "mini-batch", "es"), left))
        elif self._is_recorded:
            self.say(plural(self._total, "mini-batch", "es"))

    def say(self, text):
        print(text, file=sys.stdout if self._is_recorded else sys.stderr, flush=True)

    def committed(self, entry):
        self.last_change = time.monotonic()
        self._done += 1
        self._failed += 0 if entry["ok"] else 1
        self._items += entry["succeeded"]

    def retried(self, index, reason):
        self._retries += 1
        self.say("mini-batch %d is tried again: %s" % (index, reason))

    def tick(self, is_loading):
        if time.monotonic() - self._said >= INTERVAL_SECONDS:
            self._report(is_loading=is_loading)

    def end(self):
        self._report(last=True)

    def close(self):
        self._sender.close()

    def _report(self, last=False, is_loading=False):
        if not self._is_recorded:
            return
        self._said = time.monotonic()
        elapsed = max(self._said - self._began, 1e-3)
        rate = self._done / elapsed
        done = self._before + self._done
        left = (self._total - done) / rate if rate > 0 else None
        facts = {
            "total": self._total,
            "done": done,
            "failed": self._failed,
            "retried": self._retries,
            "items": self._items,
            "rate_per_second": round(rate, 3),
            "seconds_left": None if left is None else round(left, 1),
        }
        if not self._quiet or last:
            self.say("init() runs since %d s; %d mini-batches wait" % (elapsed, self._total - done) if is_loading else line_of(facts))
        with open(self._path + ".partial", "w", encoding="utf-8") as file:
            json.dump(facts, file)
        os.replace(self._path + ".partial", self._path)
        names = ("total", "done", "failed", "retried", "items", "rate_per_second")
        self._sender.send({self._prefix + "mini_batches_" + name: facts[name] for name in names}, step=done, last=last)


def line_of(facts):
    text = "progress: %(done)d of %(total)d mini-batches, %(failed)d failed, %(retried)d retried" % facts
    text += ", %.1f/s" % facts["rate_per_second"]
    left = facts["seconds_left"]
    if facts["done"] < facts["total"] and left is not None:
        text += ", about %d:%02d left" % (left // 60, left % 60)
    return text
