"""Is everything still true? Every capture against its digest, every derived row against what it came
from, the index against the text, the journal against itself; and repairs that lose nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.reports.masking import MARKS
from archive.store import captures, cold, journal, lost, summaries, warc
from archive.store.codec import split_section_id
from archive.store.errors import BrokenArchive, ColdCapture, DamagedCapture
from archive.store.members import whole_length
from archive.store.times import stamp, utc_now
from sites.reading.digest import text_digest

if TYPE_CHECKING:
    from archive.store.archive import Archive

#: The class of problem that names a page whose bytes are lost.
LOST = "lost-capture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Something that is not as it must be. `kind` is `database`, `warc`, `capture`, `row`, `index`, `journal` or
    `lost` (known since an earlier repair); `what` names it; `repaired` says what was done about it ('' when
    nothing was)."""

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
    found = [*_database(archive), *_journal(archive)]
    damaged = list(_captures(archive, repair=repair, progress=progress))
    found += _warcs(archive, repair=repair)
    found += damaged
    found += _rows(archive, repair=repair)
    found += _index(archive, repair=repair)
    found += _summaries(archive, repair=repair)
    found += _resting(archive)
    return found


def _database(archive: Archive) -> Iterator[Damage]:
    for (message,) in archive.db.execute("pragma quick_check(20)").fetchall():
        if message != "ok":
            yield Damage(kind="database", what=str(archive.path), message=f"{message}. Restore it: gongkai restore.")


def _warcs(archive: Archive, *, repair: bool) -> Iterator[Damage]:
    """Files that are shorter than what was committed. Repaired last, when the captures they lost are known."""
    connection = archive.db.conn
    for file, length in connection.execute("select file, length from warc_files order by file").fetchall():
        path = archive.warcs / file
        message = repaired = ""
        if cold.note_of(archive.warcs, file) is not None:
            continue  # moved away on purpose; checked when it is brought back
        if length and not path.exists():
            message = f"{path} is not there. Put it back from a backup."
            if repair:
                with archive.step():
                    connection.execute("delete from warc_files where file = ?", (file,))
                repaired = "what it held is given up"
        elif length and path.stat().st_size < length:
            message = f"{path} lost its last {length - path.stat().st_size} bytes. Put it back from a backup."
            if repair:
                whole = whole_length(path)
                with archive.step():
                    connection.execute("update warc_files set length = ? where file = ?", (whole, file))
                warc.truncate(path, whole)
                repaired = f"cut after its last whole record, at {whole}; what it lost is given up"
        if message:
            yield Damage(kind="warc", what=file, message=message, repaired=repaired)


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
    """Every record: the response with the digest of its payload, the revisit with the capture that holds its own."""
    connection = archive.db.conn
    identifiers = connection.execute(
        "select c.id, c.record_id, l.capture is not null from captures c "
        "left join lost_captures l on l.capture = c.id order by c.warc_file, c.warc_offset"
    ).fetchall()
    gone, found = [], []
    for number, (identifier, record_id, known) in enumerate(identifiers, 1):
        capture = captures.find_capture(connection, "id = ?", (identifier,))
        assert capture is not None
        try:
            captures.check(archive.warcs, capture, record_id)
            if known:
                found.append(identifier)
            if known and capture.revisit_of is None:
                message = "was lost and is there again"
                yield Damage(
                    kind="capture",
                    what=f"{identifier} {capture.url}",
                    message=message,
                    repaired="counts again" if repair else "",
                )
        except ColdCapture:
            pass
        except DamagedCapture as error:
            if not known:
                gone.append(identifier)
                repaired = "marked as lost; its page is asked for again at the next crawl" if repair else ""
                yield Damage(kind="capture", what=f"{identifier} {capture.url}", message=str(error), repaired=repaired)
        progress(number)
    if repair and (gone or found):
        with archive.step():
            lost.put_found(connection, found)
            _give_up(archive, gone)
    for identifier, url in connection.execute(
        "select c.id, c.url from captures c left join captures h on h.id = c.revisit_of "
        "where c.revisit_of is not null and (h.id is null or h.payload_digest <> c.payload_digest)"
    ).fetchall():
        yield Damage(kind="capture", what=f"{identifier} {url}", message="refers to a capture with another payload")


def _give_up(archive: Archive, gone: list[int]) -> None:
    """Nothing refers to a lost payload any more; the pages that rest on it are named as problems."""
    connection = archive.db.conn
    before = {(page.url, page.capture) for page in lost.resting(connection)}
    lost.put_lost(connection, gone, at=stamp(utc_now()))
    for page in lost.resting(connection):
        if (page.url, page.capture) in before:
            continue
        archive.put_problem(
            run=None,
            site_id=page.site,
            section_key=split_section_id(page.section or None)[1],
            url=page.url,
            kind=LOST,
            message="the bytes this page was read from are lost"
            if page.current
            else "the bytes of an earlier version of this page are lost",
            capture=archive.capture(page.capture),
        )


def _resting(archive: Archive) -> Iterator[Damage]:
    """What still rests on captures that are known to be lost: told every time, mended by the next answer."""
    for page in lost.resting(archive.db.conn):
        what, remedy = ("is", "asked for again at the next crawl") if page.current else ("was once", "nothing to do")
        yield Damage(
            kind="lost",
            what=page.url,
            message=f"{what} read from capture {page.capture}, lost since {page.lost_at}",
            repaired=f"known; {remedy}",
        )


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
        for table in ("report_sections", "report_grids", "cells", "findings")
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


#: Full text index → the table it must agree with.
_INDEXES = {"documents_fts": "document_texts", "titles_fts": "documents"}


def _index(archive: Archive, *, repair: bool) -> Iterator[Damage]:
    connection = archive.db.conn
    if archive.read_only:
        for index, table in _INDEXES.items():
            texts, indexed = connection.execute(
                f"select (select count(*) from {table}), (select count(*) from {index}_docsize)"  # noqa: S608
            ).fetchone()
            if texts != indexed:
                yield Damage(kind="index", what=index, message=f"holds {indexed} of {texts} texts")
        return
    for index in _INDEXES:
        try:
            connection.execute(f"insert into {index}({index}, rank) values ('integrity-check', 1)")  # noqa: S608
        except sqlite3.DatabaseError as error:
            repaired = ""
            if repair:
                with archive.step():
                    connection.execute(f"insert into {index}({index}) values ('rebuild')")  # noqa: S608
                repaired = "made anew"
            yield Damage(kind="index", what=index, message=f"does not match the texts ({error})", repaired=repaired)


def _summaries(archive: Archive, *, repair: bool) -> Iterator[Damage]:
    for name in summaries.differing(archive.db.conn):
        if repair:
            with archive.step():
                summaries.remake(archive.db.conn, name)
        yield Damage(kind="row", what=name, message="does not say what it sums", repaired="made anew" if repair else "")
