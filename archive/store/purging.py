"""Taking withheld bytes out of the WARC files: each record becomes a tombstone, in a new file under a new name.

The new files are complete on the disk before the database names them; one transaction moves every capture over;
the old files are deleted after it, and by the next writer when the process dies in between.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive.store import captures, warc
from archive.store.archive import Archive
from archive.store.errors import StoreError
from archive.store.journal import record
from archive.store.replaced import successor_of, sync_folder
from archive.store.times import stamp
from archive.store.tombstones import full_response, tombstone_of
from archive.store.withheld import PURGED, WITHHELD

_BLOCK = 1 << 20


class PurgeRefused(StoreError):
    """A WARC file that holds what is to be purged is not here to be written anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """One file rewritten: its names, its new length, and for each capture in it the new place and length."""

    file: str
    successor: str
    length: int
    places: Mapping[int, tuple[int, int]]


def purge(archive: Archive, target: str) -> dict[str, str]:
    """Replace the records of every capture that `target` hides; gives old file → new file, {} when there are none.

    A capture that is shown but whose bytes stand only in one of these records gets them as its own first.
    The files named are to be deleted with `delete_replaced` once the journal is safe. Raises `PurgeRefused` when one
    of them lies in cold storage or is lost.
    """
    connection = archive.db.conn
    now = archive.now()
    at = stamp(now)
    doomed = [
        row[0]
        for row in connection.execute(
            "select c.id from captures c join withheld_captures w on w.capture = c.id "
            "where w.target = ? and c.withheld = ? order by c.id",
            (target, WITHHELD),
        )
    ]
    away = [file for file in _files_of(connection, doomed) if not (archive.warcs / file).exists()]
    if away:
        raise PurgeRefused(
            f"{', '.join(away)}: not in {archive.warcs}. Bring it back from cold storage or from a backup, then purge "
            "again; the page stays withheld meanwhile."
        )
    replaced: dict[int, bytes] = {capture: tombstone_of(connection, capture, at=at) for capture in doomed}
    heirs = _heirs(archive, set(doomed))
    replaced |= heirs
    rewritten = [_rewrite(connection, archive.warcs, file, replaced) for file in _files_of(connection, list(replaced))]
    with archive.step():
        for new in rewritten:
            _adopt(connection, new)
        for capture in heirs:
            connection.execute("update captures set revisit_of = null where id = ?", (capture,))
        _resettle_unmodified(connection, set(doomed))
        connection.executemany(
            "update captures set withheld = ?, etag = '', last_modified = '' where id = ?",
            [(PURGED, capture) for capture in doomed],
        )
        connection.execute("update withheld set purged_at = ? where target = ?", (at, target))
        files = {new.file: new.successor for new in rewritten}
        record(connection, now, "purge", {"target": target, "at": at, "files": files})
    archive.leave_warc()
    return files


def _heirs(archive: Archive, doomed: set[int]) -> dict[int, bytes]:
    """Shown captures that repeat a doomed payload, as full records of their own."""
    connection = archive.db.conn
    found: dict[int, bytes] = {}
    for holder in sorted(doomed):
        for (identifier,) in connection.execute(
            "select id from captures where revisit_of = ? and withheld = '' and status <> 304", (holder,)
        ).fetchall():
            capture = archive.capture(identifier)
            assert capture is not None
            run, site = connection.execute("select run, site from captures where id = ?", (identifier,)).fetchone()
            fields = {warc.RUN: str(run or ""), warc.SITE: site}
            if not capture.tls_verified:
                fields[warc.TLS_UNVERIFIED] = "no"
            found[identifier] = full_response(
                captures.exchange_of(connection, archive.warcs, capture),
                record_id=captures.record_id_of(connection, capture),
                digest=capture.payload_digest,
                fields=fields,
            )
    return found


def _resettle_unmodified(connection: sqlite3.Connection, doomed: set[int]) -> None:
    """A 304 that led to a doomed payload leads to the record of its own address that has the payload now."""
    for holder in sorted(doomed):
        connection.execute(
            "update captures set revisit_of = (select max(o.id) from captures o where o.url = captures.url "
            "and o.id < captures.id and o.revisit_of is null and o.status between 200 and 299) "
            "where revisit_of = ? and withheld = '' and status = 304",
            (holder,),
        )


def _files_of(connection: sqlite3.Connection, identifiers: list[int]) -> list[str]:
    files = {
        connection.execute("select warc_file from captures where id = ?", (identifier,)).fetchone()[0]
        for identifier in identifiers
    }
    return sorted(files)


def _rewrite(connection: sqlite3.Connection, folder: Path, file: str, replaced: Mapping[int, bytes]) -> Rewritten:
    """Write a file's successor, complete and on the disk."""
    successor = successor_of(file)
    (committed,) = connection.execute("select length from warc_files where file = ?", (file,)).fetchone()
    rows = connection.execute(
        "select id, warc_offset, warc_length from captures where warc_file = ? order by warc_offset", (file,)
    ).fetchall()
    places: dict[int, tuple[int, int]] = {}
    part = folder / (successor + ".part")
    with (folder / file).open("rb") as reading, part.open("wb") as writing:
        done = 0
        for identifier, offset, length in rows:
            _copy(reading, writing, done, offset)
            done = offset
            if (member := replaced.get(identifier)) is not None:
                places[identifier] = (writing.tell(), len(member))
                writing.write(member)
                done += length
            else:
                places[identifier] = (writing.tell(), length)
        _copy(reading, writing, done, committed)
        total = writing.tell()
        writing.flush()
        os.fsync(writing.fileno())
    part.replace(folder / successor)
    sync_folder(folder)
    return Rewritten(file=file, successor=successor, length=total, places=places)


def _copy(reading: IO[bytes], writing: IO[bytes], begin: int, end: int) -> None:
    reading.seek(begin)
    left = end - begin
    while left > 0 and (block := reading.read(min(_BLOCK, left))):
        writing.write(block)
        left -= len(block)


def _adopt(connection: sqlite3.Connection, new: Rewritten) -> None:
    """Every capture of the old file stands in the new one."""
    connection.executemany(
        "update captures set warc_file = ?, warc_offset = ?, warc_length = ? where id = ?",
        [(new.successor, offset, length, identifier) for identifier, (offset, length) in new.places.items()],
    )
    connection.execute(
        "insert into warc_files (file, length, created_at) select ?, ?, created_at from warc_files where file = ?",
        (new.successor, new.length, new.file),
    )
    connection.execute("delete from warc_files where file = ?", (new.file,))
    connection.execute("insert or replace into purged_files (file, successor) values (?, ?)", (new.file, new.successor))
