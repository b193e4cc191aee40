"""Says how far the job is: a line in the log, a small file for `job show`, and metrics of the run."""

import json
import os
import threading
import time
import urllib.error
import urllib.request

INTERVAL_SECONDS = 5.0


class Progress:
    def __init__(self, plan, options, total):
        self._path = os.path.join(plan["state_dir"], "progress.json")
        self._prefix = options.metrics_name_prefix
        self._quiet = plan.get("logging_level") == "WARNING"
        self._total = total
        self._done = self._failed = self._retries = self._items = 0
        self._before = 0
        self._began = self._said = self.last_change = time.monotonic()
        self._sender = MetricSender()

    def start(self, already, left):
        self._began = self.last_change = time.monotonic()
        if already:
            self._before = already
            self.say("%d mini-batches were committed before; %d are left" % (already, left))
        else:
            self.say("%d mini-batches" % self._total)

    def say(self, text):
        print(text, flush=True)

    def committed(self, entry):
        self.last_change = time.monotonic()
        self._done += 1
        self._failed += 0 if entry["ok"] else 1
        self._items += entry["succeeded"]

    def retried(self, index, reason):
        self._retries += 1
        self.say("mini-batch %d is tried again: %s" % (index, reason))

    def tick(self):
        if time.monotonic() - self._said >= INTERVAL_SECONDS:
            self._report()

    def end(self):
        self._report(last=True)

    def close(self):
        self._sender.close()

    def _report(self, last=False):
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
            self.say(line_of(facts))
        with open(self._path + ".partial", "w", encoding="utf-8") as file:
            json.dump(facts, file)
        os.replace(self._path + ".partial", self._path)
        names = ("total", "done", "failed", "retried", "items", "rate_per_second")
        self._sender.send({self._prefix + "mini_batches_" + name: facts[name] for name in names})


def line_of(facts):
    text = "progress: %(done)d of %(total)d mini-batches, %(failed)d failed, %(retried)d retried" % facts
    text += ", %.1f/s" % facts["rate_per_second"]
    left = facts["seconds_left"]
    if facts["done"] < facts["total"] and left is not None:
        text += ", about %d:%02d left" % (left // 60, left % 60)
    return text


class MetricSender:
    """Sends metrics to the run's tracking server beside the work; a server that is away is not waited for."""

    def __init__(self):
        self._uri = os.environ.get("MLFLOW_TRACKING_URI", "")
        self._run = os.environ.get("MLFLOW_RUN_ID", "")
        self._threads = []

    def send(self, metrics):
        if not self._run or not self._uri.startswith("http"):
            return
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) > 1:
            return
        now = int(time.time() * 1000)
        points = [{"key": key, "value": value, "timestamp": now, "step": 0} for key, value in metrics.items()]
        thread = threading.Thread(target=self._post, args=({"run_id": self._run, "metrics": points},), daemon=True)
        thread.start()
        self._threads.append(thread)

    def _post(self, body):
        request = urllib.request.Request(
            self._uri.rstrip("/") + "/api/2.0/mlflow/runs/log-batch",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        token = os.environ.get("MLFLOW_TRACKING_TOKEN")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except (urllib.error.URLError, OSError) as problem:
            print("progress was not recorded as metrics: %s" % problem, flush=True)

    def close(self):
        for thread in self._threads:
            thread.join(5)
