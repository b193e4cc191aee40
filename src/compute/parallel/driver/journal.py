"""What has been committed: one line a mini-batch, and the bytes of the rows that it returned.

A mini-batch is committed when its line is on disk, once and for all. Several that end together share one
flush to disk. A line that a crash tore is dropped, and with it the rows behind the last whole one.
"""

import json
import os


class Journal:
    def __init__(self, state, fresh=False):
        self._journal_path = os.path.join(state, "journal.jsonl")
        self._rows_path = os.path.join(state, "rows.bin")
        if fresh:
            for path in (self._journal_path, self._rows_path):
                if os.path.exists(path):
                    os.remove(path)
        self.entries = {}
        self._recover()
        self._journal = open(self._journal_path, "ab")
        self._rows = open(self._rows_path, "ab")
        self._offset = self._rows.tell()

    def _recover(self):
        whole, end = 0, 0
        if os.path.exists(self._journal_path):
            with open(self._journal_path, "rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    entry = json.loads(line)
                    self.entries[entry["index"]] = entry
                    whole += len(line)
                    end = max(end, entry["offset"] + entry["length"])
            os.truncate(self._journal_path, whole)
        if os.path.exists(self._rows_path):
            os.truncate(self._rows_path, end)

    def commit(self, results):
        """Writes the results of several mini-batches with one flush; a mini-batch already there is left out."""
        lines, rows = [], []
        for entry, payload in results:
            if entry["index"] in self.entries:
                continue
            entry["offset"], entry["length"] = self._offset, len(payload)
            self._offset += len(payload)
            self.entries[entry["index"]] = entry
            lines.append(json.dumps(entry).encode() + b"\n")
            rows.append(payload)
        if not lines:
            return
        payloads = b"".join(rows)
        if payloads:
            self._rows.write(payloads)
            self._rows.flush()
            os.fdatasync(self._rows.fileno())
        self._journal.write(b"".join(lines))
        self._journal.flush()
        os.fdatasync(self._journal.fileno())

    def copy_rows(self, indices, out):
        """Writes the rows of these mini-batches, in the order given."""
        with open(self._rows_path, "rb") as file:
            for index in indices:
                entry = self.entries.get(index)
                if entry is not None and entry["length"] > 0:
                    file.seek(entry["offset"])
                    out.write(file.read(entry["length"]))

    def close(self):
        self._journal.close()
        self._rows.close()
