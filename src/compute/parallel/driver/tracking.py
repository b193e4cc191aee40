"""What a parallel job tells the tracking server: progress as metrics, and its logs for the parent when asked to."""

import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

API = "/api/2.0/mlflow"


class Tracking:
    """The tracking server of the job; `runs` are the job's own and, when its metrics go there too, its parent's."""

    def __init__(self):
        self._uri = os.environ.get("MLFLOW_TRACKING_URI", "").rstrip("/")
        self.run = os.environ.get("MLFLOW_RUN_ID", "")
        self.parent = os.environ.get("AZUREML_ROOT_RUN_ID", "")
        self.is_there = bool(self.run) and self._uri.startswith("http")
        # A proxy is for the world; the server is next door.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method, path, data=None, kind="application/json"):
        request = urllib.request.Request(self._uri + path, data=data, method=method, headers={"Content-Type": kind})
        token = os.environ.get("MLFLOW_TRACKING_TOKEN")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        with self._opener.open(request, timeout=10) as answer:
            return answer.read()


class MetricSender:
    """Sends metrics beside the work; a server that is away is not waited for."""

    def __init__(self, options):
        self._tracking = Tracking()
        self._runs = [self._tracking.run]
        if options.push_metrics_to_parent and self._tracking.parent not in ("", self._tracking.run):
            self._runs.append(self._tracking.parent)
        self._thread = None

    def send(self, metrics, step, last):
        if not self._tracking.is_there:
            return
        if self._thread is not None and self._thread.is_alive():
            if not last:
                return
            self._thread.join(5)
        now = int(time.time() * 1000)
        points = [{"key": key, "value": value, "timestamp": now, "step": step} for key, value in metrics.items()]
        self._thread = threading.Thread(target=self._post, args=(points,), daemon=True)
        self._thread.start()

    def _post(self, points):
        try:
            for run in self._runs:
                body = json.dumps({"run_id": run, "metrics": points}).encode()
                self._tracking.call("POST", API + "/runs/log-batch", body)
        except OSError as problem:
            print("progress was not recorded as metrics: %s" % problem, flush=True)

    def close(self):
        if self._thread is not None:
            self._thread.join(5)


def copy_logs_to_parent(folder):
    """Puts the logs below `folder` among the artifacts of the parent's run, under the name of this job."""
    tracking = Tracking()
    if not tracking.is_there or tracking.parent in ("", tracking.run):
        return
    try:
        query = urllib.parse.urlencode({"run_id": tracking.parent})
        answer = json.loads(tracking.call("GET", API + "/runs/get?" + query))
        place = urllib.parse.urlsplit(answer["run"]["info"]["artifact_uri"]).path.strip("/")
        for path in sorted(os.path.join(top, name) for top, _, names in os.walk(folder) for name in names):
            target = "/".join([place, "logs", tracking.run, os.path.relpath(path, folder)])
            with open(path, "rb") as file:
                tracking.call("PUT", API + "-artifacts/artifacts/" + urllib.parse.quote(target), file.read(), "application/octet-stream")
    except OSError as problem:
        print("the logs were not copied to the parent: %s" % problem, flush=True)
