"""Is everything still true? Every capture against its digest, every derived row against what it came
from, the index against the text, the journal against itself; and repairs that lose nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive.reports.masking import MARKS
from archive.store import captures, journal
from archive.store.errors import BrokenArchive, DamagedCapture
from sites.reading.digest import text_digest

if TYPE_CHECKING:
    from archive.store.archive import Archive

#: Marks the digest of a capture whose bytes are lost, so that nothing refers to it any more.
DAMAGED = "damaged:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Something that is not as it must be. `kind` is `database`, `warc`, `capture`, `row`, `index` or
    `journal`; `what` names it; `repaired` says what was done about it ('' when nothing was)."""

    kind: str
    what: str
    message: str
    repaired: str = ""


def verify(
    archive: Archive, *, repair: bool = False, progress: Callable[[int], None] = lambda done: None
) -> list[Damage]:
    """Check everything; with `repair` (a writing archive) mend what can be mended without losing anything.

    Captures are read one by one: memory stays flat, time grows with the WARCs.
    """
    found = [*_database(archive), *_warcs(archive), *_journal(archive)]
    found += _captures(archive, repair=repair, progress=progress)
    found += _rows(archive, repair=repair)
    found += _index(archive, repair=repair)
    return found


def _database(archive: Archive) -> Iterator[Damage]:
    for (message,) in archive.db.execute("pragma quick_check(20)").fetchall():
        if message != "ok":
            yield Damage(kind="database", what=str(archive.path), message=f"{message}. Restore it: gongkai restore.")


def _warcs(archive: Archive) -> Iterator[Damage]:
    for file, length in archive.db.execute("select file, length from warc_files order by file").fetchall():
        path = archive.warcs / file
        if length and not path.exists():
            yield Damage(kind="warc", what=file, message=f"{path} is not there. Put it back from a backup.")
        elif length and path.stat().st_size < length:
            missing = length - path.stat().st_size
            yield Damage(
                kind="warc", what=file, message=f"{path} lost its last {missing} bytes. Put it back from a backup."
            )


def _journal(archive: Archive) -> Iterator[Damage]:
    try:
        last = 0
        for entry in journal.entries(archive.journal):
            if entry.id <= last:
                yield Damage(kind="journal", what=str(entry.id), message=f"line {entry.id} stands after line {last}")
            last = entry.id
    except BrokenArchive as error:
        yield Damage(kind="journal", what=str(archive.journal), message=str(error))


def _captures(archive: Archive, *, repair: bool, progress: Callable[[int], None]) -> Iterator[Damage]:
    """Each payload once; revisits against the capture that holds theirs."""
    connection = archive.db.conn
    identifiers = connection.execute(
        "select id from captures where revisit_of is null and withheld <> 'purged' and payload_digest not like ? "
        "order by warc_file, warc_offset",
        (DAMAGED + "%",),
    ).fetchall()
    for number, (identifier,) in enumerate(identifiers, 1):
        capture = captures.find_capture(connection, "id = ?", (identifier,))
        assert capture is not None
        try:  # what is withheld is still evidence
            captures.body_of(connection, archive.warcs, replace(capture, withheld=""))
        except DamagedCapture as error:
            damage = Damage(kind="capture", what=f"{identifier} {capture.url}", message=str(error))
            if repair:
                with archive.step():
                    _give_up(connection, identifier)
                damage = replace(damage, repaired="marked as lost; the page will be fetched in full again")
            yield damage
        progress(number)
    for identifier, url in connection.execute(
        "select c.id, c.url from captures c left join captures h on h.id = c.revisit_of "
        "where c.revisit_of is not null and (h.id is null "
        "or h.payload_digest not in (c.payload_digest, ? || c.payload_digest))",
        (DAMAGED,),
    ).fetchall():
        yield Damage(kind="capture", what=f"{identifier} {url}", message="refers to a capture with another payload")


def _give_up(connection: sqlite3.Connection, identifier: int) -> None:
    """Nothing refers to a lost payload any more, and its validators are not sent again."""
    connection.execute(
        "update captures set payload_digest = ? || payload_digest, etag = '', last_modified = '' where id = ?",
        (DAMAGED, identifier),
    )
    connection.execute("update captures set etag = '', last_modified = '' where revisit_of = ?", (identifier,))


#: What must not be found, how it is called, and the statement that mends it ('' for none).
_CHECKS = (
    (
        "select url from pages where capture not in (select id from captures)",
        "is read from a capture that is not there",
        "",
    ),
    (
        "select url from pages where text_digest not in (select text_digest from documents)",
        "says a text that is not there",
        "",
    ),
    (
        "select text_digest from documents d where not exists (select 1 from document_texts t where t.id = d.id "
        "and t.text_digest = d.text_digest)",
        "has no text",
        "",
    ),
    (
        "select text_digest from document_texts t where not exists (select 1 from documents d where d.id = t.id)",
        "is the text of no document",
        "delete from document_texts where id not in (select id from documents)",
    ),
    (
        "select v.page from versions v left join captures c on c.id = v.capture "
        "left join documents d using (text_digest) "
        "where c.id is null or d.id is null",
        "has a version without its capture or text",
        "",
    ),
    (
        "select p.url from pages p where not exists (select 1 from versions v where v.page = p.url "
        "and v.text_digest = p.text_digest)",
        "says what none of its versions says",
        "",
    ),
    (
        "select r.page || ' ' || r.year from reports r where r.standing = 'chosen' and r.body is not null "
        "group by r.body, r.year having count(*) > 1",
        "is one of several chosen reports of its body and year",
        "",
    ),
    (
        "select r.page from reports r left join pages p on p.url = r.page left join documents d "
        "on d.text_digest = r.text_digest where p.url is null or d.id is null",
        "is a report without its page or text",
        "",
    ),
    *(
        (
            f"select distinct report from {table} where report not in (select id from reports)",  # noqa: S608
            f"has rows in {table} but is no report",
            f"delete from {table} where report not in (select id from reports)",  # noqa: S608
        )
        for table in ("report_sections", "cells", "findings")
    ),
)


def _rows(archive: Archive, *, repair: bool) -> Iterator[Damage]:
    connection = archive.db.conn
    for question, message, remedy in _CHECKS:
        wrong = connection.execute(question).fetchall()
        if wrong and repair and remedy:
            with archive.step():
                connection.execute(remedy)
        for (what,) in wrong:
            yield Damage(kind="row", what=str(what), message=message, repaired="removed" if repair and remedy else "")
    for digest, text in connection.execute("select text_digest, text from document_texts where text <> '' order by id"):
        # the digest is of what was said: a masked text cannot prove it, its capture can
        if text.strip() and not any(mark in text for mark in MARKS) and text_digest(text) != digest:
            yield Damage(kind="row", what=digest, message="the text has another digest. Run gongkai rebuild.")


def _index(archive: Archive, *, repair: bool) -> Iterator[Damage]:
    connection = archive.db.conn
    if archive.read_only:
        counted = connection.execute(
            "select (select count(*) from document_texts), (select count(*) from documents_fts_docsize)"
        ).fetchone()
        if counted[0] != counted[1]:
            yield Damage(kind="index", what="documents_fts", message=f"holds {counted[1]} of {counted[0]} texts")
        return
    try:
        connection.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        repaired = ""
        if repair:
            with archive.step():
                connection.execute("insert into documents_fts(documents_fts) values ('rebuild')")
            repaired = "made anew"
        yield Damage(
            kind="index", what="documents_fts", message=f"does not match the texts ({error})", repaired=repaired
        )
