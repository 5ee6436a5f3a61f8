"""One writer: a lock file beside the database that says who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from datetime import datetime
from pathlib import Path

from archive.store.errors import Locked


class WriterLock:
    """An advisory lock the system drops when its owner dies, so a killed crawl never blocks the next."""

    def __init__(self, database: Path, *, since: datetime) -> None:
        """Take the lock or raise `Locked` with its owner."""
        self.path = database.with_name(database.name + ".lock")
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = self._owner()
            os.close(self._descriptor)
            raise Locked(
                f"{database}: another process is writing ({owner}). Wait for it to end, or stop that process; "
                "reading and serving go on meanwhile."
            ) from error
        os.ftruncate(self._descriptor, 0)
        owner = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since.isoformat()})
        os.pwrite(self._descriptor, owner.encode(), 0)

    def _owner(self) -> str:
        try:
            owner = json.loads(os.pread(self._descriptor, 1000, 0))
            return f"process {owner['pid']} on {owner['host']} since {owner['since']}"
        except (ValueError, KeyError, TypeError):
            return "its owner is just starting"

    def release(self) -> None:
        """Let the next writer in."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1
