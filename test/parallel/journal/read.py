"""Prints the rows of every mini-batch that is committed: `read.py <driver> <state>`."""

import sys

driver, state = sys.argv[1:]
sys.path.insert(0, driver)

from journal import Journal  # noqa: E402

journal = Journal(state)
journal.copy_rows(sorted(journal.entries), sys.stdout.buffer)
