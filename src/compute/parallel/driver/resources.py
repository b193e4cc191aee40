"""What the scoring processes take of the machine, as lines of a table in `logs/sys/perf`."""

import csv
import os
import time

COLUMNS = ("time", "load_1min", "memory_available_mb", "process", "pid", "memory_mb", "cpu_seconds")


class ResourceMonitor:
    """Writes one line a process every `interval` seconds; 0 is never. Does nothing without /proc."""

    def __init__(self, folder, interval):
        self._path = os.path.join(folder, "resources.csv")
        self._interval = interval
        self._next = time.monotonic()

    def tick(self, processes):
        if self._interval <= 0 or time.monotonic() < self._next or not os.path.isdir("/proc/self"):
            return
        self._next = time.monotonic() + self._interval
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        is_new = not os.path.exists(self._path)
        common = [time.strftime("%Y-%m-%dT%H:%M:%S%z"), os.getloadavg()[0], memory_available_mb()]
        with open(self._path, "a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow(COLUMNS)
            for process in processes:
                usage = usage_of(process.pid)
                if usage is not None:
                    writer.writerow([*common, process.name, process.pid, *usage])


def memory_available_mb():
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) // 1024
    return ""


def usage_of(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 2**20, seconds
