"""What the archive knows of one address: whether it was read, from which answer, by which reader."""

from __future__ import annotations

import sqlite3

from archive.store import captures, warc
from archive.store.model import Capture
from sites.model import READER_VERSION


def is_read(connection: sqlite3.Connection, url: str, body: bytes, reader_version: str) -> bool:
    """Whether the page's current reading came from this very payload under this reader version, and the
    payload is not lost."""
    row = connection.execute(
        "select coalesce(o.payload_digest, c.payload_digest) from pages p join captures c on c.id = p.capture "
        "left join captures o on o.id = c.converted_from where p.url = ? and p.reader_version = ? "
        "and p.capture not in (select capture from lost_captures)",
        (url, reader_version),
    ).fetchone()
    return bool(row) and row[0] == warc.payload_digest(body)


def is_known(connection: sqlite3.Connection, url: str) -> bool:
    """Whether a page of this URL was ever read."""
    return connection.execute("select 1 from pages where url = ?", (url,)).fetchone() is not None


def answered_at(connection: sqlite3.Connection, url: str) -> str:
    """The address that gave the page's current reading, '' when it was never read."""
    row = connection.execute(
        "select c.url from pages p join captures c on c.id = p.capture where p.url = ?", (url,)
    ).fetchone()
    return str(row[0]) if row else ""


def find_stale(connection: sqlite3.Connection, url: str) -> Capture | None:
    """The capture behind a page's current reading when an older reader made it, or None. Read it again and put that
    reading before a newer capture's, so that the two are compared under one reader."""
    stale = "id = (select capture from pages where url = ? and reader_version <> ?)"
    return captures.find_capture(connection, stale, (url, READER_VERSION))
