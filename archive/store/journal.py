"""What no WARC can tell, as lines of `journal.jsonl` beside the database.

Rows are written into the table `journal` within the step they belong to and appended to the file
after the commit. The file never runs ahead of the database: at opening, a torn last line and lines
of steps that were lost with a power failure are cut.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.store.codec import to_json
from archive.store.errors import BrokenArchive
from archive.store.times import stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: its number, when it was recorded, what kind of event, and the event."""

    id: int
    at: str
    kind: str
    data: dict[str, Any]


def record(connection: sqlite3.Connection, at: datetime, kind: str, data: dict[str, Any]) -> None:
    """Write an event into the outbox; belongs to the open step."""
    record_at(connection, stamp(at), kind, data)


def record_at(connection: sqlite3.Connection, at: str, kind: str, data: dict[str, Any]) -> None:
    """The same with the moment as another journal wrote it."""
    connection.execute("insert into journal (recorded_at, kind, data) values (?, ?, ?)", (at, kind, to_json(data)))


def entries(path: Path) -> Iterator[Entry]:
    """Every complete line in order. Raises `BrokenArchive` for a line that cannot be read."""
    if not path.exists():
        return
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.endswith(b"\n"):
                return
            try:
                fields = json.loads(line)
                yield Entry(id=fields["id"], at=fields["at"], kind=fields["kind"], data=fields["data"])
            except (ValueError, KeyError, TypeError) as error:
                raise BrokenArchive(
                    f"{path}: line {number} cannot be read ({error}). Restore the journal from a backup, or remove "
                    "that line: what it tells is then lost."
                ) from error


def waiting(connection: sqlite3.Connection, schema: str = "main", *, after: int = 0) -> Iterator[Entry]:
    """The events of the outbox that come after a line."""
    for number, at, kind, data in connection.execute(
        f"select id, recorded_at, kind, data from {schema}.journal where id > ? order by id",  # noqa: S608
        (after,),
    ).fetchall():
        yield Entry(id=number, at=at, kind=kind, data=json.loads(data))


class JournalFile:
    """The file being appended to."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Cut what the database does not know of, and go on from there."""
        self.path = path
        committed = connection.execute("select seq from sqlite_sequence where name = 'journal'").fetchone()
        self._written = self._cut(int(committed[0]) if committed else 0)

    def _cut(self, committed: int) -> int:
        if not self.path.exists():
            return 0
        last = 0
        with self.path.open("r+b") as stream:
            size = stream.seek(0, os.SEEK_END)
            block = min(size, 1 << 16)
            while True:
                stream.seek(size - block)
                lines = stream.read(block).split(b"\n")
                kept = size - len(lines[-1])
                whole = lines[1:-1] if block < size else lines[:-1]
                for line in reversed(whole):
                    number = _number(line)
                    if number is not None and number <= committed:
                        last = number
                        break
                    kept -= len(line) + 1
                if last or block >= size:
                    break
                block = min(size, block * 8)
            if kept < size:
                stream.truncate(kept)
        return last

    def flush(self, connection: sqlite3.Connection) -> None:
        """Append the committed events that the file does not hold yet."""
        rows = connection.execute(
            "select id, recorded_at, kind, data from journal where id > ? order by id", (self._written,)
        ).fetchall()
        if not rows:
            return
        lines = (f'{{"id":{number},"at":"{at}","kind":"{kind}","data":{data}}}\n' for number, at, kind, data in rows)
        size = self.path.stat().st_size if self.path.exists() else 0
        try:
            with self.path.open("ab") as stream:
                stream.writelines(line.encode() for line in lines)
        except OSError:
            if self.path.exists():  # a full disk: half a line must not stand before the next
                os.truncate(self.path, size)
            raise
        self._written = rows[-1][0]

    def settle(self, connection: sqlite3.Connection) -> None:
        """Put the file on the disk and empty the outbox."""
        if self.path.exists():
            with self.path.open("ab") as stream:
                os.fsync(stream.fileno())
        connection.execute("delete from journal where id <= ?", (self._written,))


def _number(line: bytes) -> int | None:
    try:
        return int(json.loads(line)["id"])
    except (ValueError, KeyError, TypeError):
        return None
