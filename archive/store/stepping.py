"""Steps: one SQLite transaction each, together with the WARC records it speaks of.

Records are appended and put on the disk first, the commit makes them exist. What a dead process left behind a
commit, the next writer cuts off.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from archive.store import warc
from archive.store.files import Opened, unwritable


class Stepper:
    """Opens steps over an opened archive. `stepping` while one is open, `grouping` while several are one.
    `undone` is called when a step failed and what it did is gone."""

    def __init__(
        self, opened: Opened, *, software: str, clock: Callable[[], datetime], undone: Callable[[], None]
    ) -> None:
        self._opened = opened
        self._connection = opened.connection
        self._software = software
        self._clock = clock
        self._undone = undone
        self.stepping = False
        self.grouping = False

    @contextmanager
    def step(self) -> Iterator[None]:
        """One transaction with its WARC records: all of it is kept, or none. Inside a group a step that fails
        undoes itself alone."""
        if self.stepping:
            raise RuntimeError("a step is open already: steps do not nest and hold no await")
        with unwritable(self._opened.path), self._part() if self.grouping else self._transaction():
            self.stepping = True
            try:
                yield
            finally:
                self.stepping = False

    @contextmanager
    def group(self) -> Iterator[None]:
        """The steps inside are kept all or none, with one flush to the disk for all of them."""
        if self.stepping or self.grouping:
            raise RuntimeError("a step is open already: a group holds steps, and no await")
        with unwritable(self._opened.path), self._transaction():
            self.grouping = True
            try:
                yield
            finally:
                self.grouping = False

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        files = self._opened.writing()
        file = files.warc_for_step(self._connection, self._clock(), self._software)
        start = file.length
        self._connection.execute("begin immediate")
        try:
            yield
            if file.length != start:
                file.sync()
                self._connection.execute("update warc_files set length = ? where file = ?", (file.length, file.name))
            self._connection.execute("commit")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("rollback")
            self._undone()
            file.roll_back(_committed(self._connection, file))
            raise
        files.journal.flush(self._connection)

    @contextmanager
    def _part(self) -> Iterator[None]:
        file = self._opened.writing().current()
        start = file.length
        self._connection.execute("savepoint step")
        try:
            yield
            self._connection.execute("release step")
        except BaseException:
            if self._connection.in_transaction:  # a full disk ends the transaction by itself
                self._connection.execute("rollback to step")
                self._connection.execute("release step")
            self._undone()
            file.roll_back(start)
            raise


def _committed(connection: sqlite3.Connection, file: warc.WarcFile) -> int:
    row = connection.execute("select length from warc_files where file = ?", (file.name,)).fetchone()
    return int(row[0])
