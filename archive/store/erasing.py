"""Leaving no trace of what was taken out: the full-text index is merged, the journal rewritten without its words,
the database file written anew. A process that dies in between leaves a mark, and the next writer erases before
it does anything else.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from archive.store.redaction import redact
from archive.store.replaced import delete_replaced

#: Key of `archive_info` that says: something was taken out, and its traces are not erased yet.
ERASING = "erasing"


def mark_erasing(connection: sqlite3.Connection) -> None:
    """Within a step: whoever opens the archive next must erase, should this process die."""
    connection.execute("insert or replace into archive_info (key, value) values (?, '1')", (ERASING,))


def erase(connection: sqlite3.Connection, journal_file: Path, warcs: Path) -> bool:
    """Leave no trace of what was taken out: in the index, the journal, free pages, the write-ahead log.

    False when a reader kept the log from being emptied; it empties by itself once no reader is left.
    """
    connection.execute("pragma secure_delete = on")
    connection.execute("delete from journal")  # all of it is in the file: a step flushes when it ends
    for index in ("documents_fts", "titles_fts"):
        connection.execute(f"insert into {index}({index}) values ('optimize')")  # noqa: S608
    redact(connection, journal_file)
    delete_replaced(connection, warcs)
    connection.execute("vacuum")
    connection.execute("delete from archive_info where key = ?", (ERASING,))
    busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    return not busy


def finish_erasing(connection: sqlite3.Connection, journal_file: Path, warcs: Path) -> None:
    """What a process that died left to erase, and WARC files that have a successor."""
    delete_replaced(connection, warcs)
    if connection.execute("select 1 from archive_info where key = ?", (ERASING,)).fetchone() is not None:
        erase(connection, journal_file, warcs)
