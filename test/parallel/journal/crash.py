"""Commits mini-batches, and dies in place of one of the flushes to disk: `crash.py <driver> <state> <number of the flush>`."""

import os
import sys

driver, state, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path.insert(0, driver)

from journal import Journal  # noqa: E402

flush, flushes = os.fdatasync, 0


def dying(descriptor):
    global flushes
    flushes += 1
    if flushes == at:
        os._exit(9)
    flush(descriptor)


os.fdatasync = dying
journal = Journal(state)
journal.commit([({"index": 0}, b"row 0\n")])
journal.commit([({"index": 2}, b"row 2\n"), ({"index": 1}, b"row 1\n"), ({"index": 2}, b"again\n")])
