"""Leases: who may ask the hosts of a shard, until when. Kept in an SQLite file in the run's folder, which the
coordinator makes and every worker sees, so that they outlive worker, scheduler and coordinator.

A lease runs out `seconds` after its last renewal. Its holder counts on a third less, by a clock that does not jump,
and asks nothing once that is over; another may take it only after all of it. Clocks of two machines may therefore
differ by a third of `seconds`. Every taking gets a new token: an old holder that wakes up cannot renew.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.cluster.errors import LeaseLost

#: Share of a lease its holder does not count on, and how often in its length it is renewed.
_MARGIN, _RENEWALS = 1 / 3, 6

_BUSY_SECONDS = 20.0

_SCHEMA = """
    create table if not exists leases (
        shard text primary key,
        token integer not null default 0,
        holder text not null default '',
        expires_at real not null default 0,
        finished integer not null default 0
    )
"""


class LeaseBook:
    """The leases of one run."""

    def __init__(
        self,
        path: Path,
        *,
        seconds: float,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.seconds = seconds
        self.clock = clock
        self.monotonic = monotonic

    def add(self, shards: Iterable[str]) -> None:
        """Make the file, and write down shards nobody holds yet."""
        with self.transaction() as connection:
            connection.execute(_SCHEMA)
            connection.executemany("insert or ignore into leases (shard) values (?)", [(shard,) for shard in shards])

    def take(self, shard: str, holder: str) -> Lease | None:
        """The lease of a shard that nobody holds any more; None while somebody does."""
        before, now = self.monotonic(), self.clock()
        with self.transaction() as connection:
            token, expires_at = connection.execute(
                "select token, expires_at from leases where shard = ?", (shard,)
            ).fetchone()
            if expires_at > now:
                return None
            connection.execute(
                "update leases set token = ?, holder = ?, expires_at = ? where shard = ?",
                (token + 1, holder, now + self.seconds, shard),
            )
        return Lease(self, shard, token + 1, renewed_at=before)

    def finish(self, shard: str) -> None:
        """Write down that a shard is crawled to its end."""
        with self.transaction() as connection:
            connection.execute("update leases set finished = 1 where shard = ?", (shard,))

    def finished(self) -> set[str]:
        """The shards that are crawled to their end."""
        with self.transaction() as connection:
            return {shard for (shard,) in connection.execute("select shard from leases where finished = 1")}

    def holders(self) -> dict[str, str]:
        """Who holds which shard now."""
        with self.transaction() as connection:
            rows = connection.execute("select shard, holder from leases where expires_at > ?", (self.clock(),))
            return dict(rows.fetchall())

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One change of the file. A rollback journal, not WAL: the file may lie on a network file system."""
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=_BUSY_SECONDS)
        try:
            connection.execute("begin immediate")
            yield connection
            connection.execute("commit")
        finally:
            connection.close()


class Lease:
    """One worker's leave to ask a shard's hosts. As a context it is renewed by a thread, and given back at its end."""

    def __init__(self, book: LeaseBook, shard: str, token: int, *, renewed_at: float) -> None:
        self._book = book
        self.shard = shard
        self.token = token
        self._renewed_at = renewed_at
        self._lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{shard}", daemon=True)

    def is_held(self) -> bool:
        """Whether the holder may still count on it."""
        age = self._book.monotonic() - self._renewed_at
        return not self._lost and age < self._book.seconds * (1 - _MARGIN)

    def require(self) -> None:
        """Raise `LeaseLost` unless it is held: called before every request."""
        if not self.is_held():
            raise LeaseLost(
                f"the lease of shard {self.shard} is lost: another worker may go on with its hosts. If that happens "
                "often, its machine is too busy to renew in time: raise cluster.lease_seconds"
            )

    def renew(self) -> bool:
        """Hold it for its full time again; False when somebody else took it."""
        before = self._book.monotonic()
        with self._book.transaction() as connection:
            renewed = connection.execute(
                "update leases set expires_at = ? where shard = ? and token = ?",
                (self._book.clock() + self._book.seconds, self.shard, self.token),
            ).rowcount
        if renewed:
            self._renewed_at = before
        else:
            self._lost = True
        return bool(renewed)

    def release(self) -> None:
        """Give it back, so that nobody waits for its end."""
        with self._book.transaction() as connection:
            connection.execute(
                "update leases set expires_at = 0 where shard = ? and token = ?", (self.shard, self.token)
            )

    def _keep(self) -> None:
        while not self._over.wait(self._book.seconds / _RENEWALS):
            try:
                if not self.renew():
                    return
            except sqlite3.OperationalError:
                continue  # the folder is out of reach: tried again until the lease is over

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self.release()
