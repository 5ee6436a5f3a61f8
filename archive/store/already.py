"""Does the archive say this already? Asked of every reading of a rebuild, nearly all of which change nothing.

A reading is compared with the rows that writing it would touch, made by the functions that make those rows, and
nothing is written. Whatever is unusual counts as different and goes the way of all readings: a wrong "no" costs a
moment, a "yes" means that `pages.put_reading` would change reader versions only.
"""

# Only names of columns are put into SQL text; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from typing import Any

from archive.store import pages, privacy
from archive.store.codec import to_json
from archive.store.judgement import Judged, is_judged, judged
from archive.store.model import Reading
from archive.store.standing import differing, years_of
from archive.store.times import stamp
from sites.model import READER_VERSION, Extracted

_PAGE = (
    "select site, text_digest, capture, last_fetched_at, coalesce(last_listed_at, ''), listed_title, listed_on "
    "from pages where url = ?"
)
_VERSION = """
    select text_digest, to_at from versions where page = ?1 and (from_at = ?2 or ?2 = '')
    order by from_at desc limit 1
"""
_DOCUMENT = (
    "select t.text, d.chars, d.flags, d.url, d.title, d.issuer, d.index_number, d.document_number, d.disclosure_mode, "
    "d.published_at, d.dated_on, d.media_type, d.provenance "
    "from documents d join document_texts t on t.id = d.id where d.text_digest = ?"
)


def is_said(connection: sqlite3.Connection, reading: Reading, from_at: str = "") -> bool:
    """Whether writing this reading of a stored capture would change nothing but reader versions. `from_at` names a past
    version, '' the current one."""
    digest = pages.digest_of(reading.extracted)
    reading = privacy.shown(connection, reading)
    page = connection.execute(_PAGE, (reading.url,)).fetchone()
    version = connection.execute(_VERSION, (reading.url, from_at)).fetchone()
    if page is None or version is None or version[0] != digest:
        return False
    site, current = page[:2]
    if not from_at:
        same = (
            current == digest
            and version[1] >= stamp(reading.capture.fetched_at)
            and _is_page(connection, reading, page)
        )
    else:
        same = not any(differing(connection, *one) for one in years_of(connection, reading.url))
    return (
        same
        and _is_document(connection, digest, reading.extracted)
        and (
            reading.report is None
            or (bool(from_at) and digest == current)
            or _is_report(connection, reading, digest, site)
        )
    )


def _is_page(connection: sqlite3.Connection, reading: Reading, page: tuple[Any, ...]) -> bool:
    """Whether the row of the page, and the files it links to, are as this reading of its current capture has them."""
    digest, capture, fetched_at, listed_at, *listed = page[1:]
    at, ref = stamp(reading.capture.fetched_at), reading.ref
    listed_late = ref is not None and not reading.parent_url and listed_at < at
    if capture != reading.capture.id or fetched_at < at or listed_late:
        return False
    wanted = pages.page_values(reading, digest, pages.claims_of(reading, *listed))
    del wanted["reader_version"]
    held = connection.execute(f"select {', '.join(wanted)} from pages where url = ?", (reading.url,)).fetchone()
    return bool(
        held == tuple(wanted.values())
        and pages.known_files(connection, reading.url) == pages.linked_files(reading.extracted)
    )


def _is_document(connection: sqlite3.Connection, digest: str, extracted: Extracted) -> bool:
    """Whether the text is stored as it reads now, and its document says what the preferred page says."""
    row = connection.execute(_DOCUMENT, (digest,)).fetchone()
    if row is None or row[:3] != (extracted.text, len(extracted.text), to_json(extracted.flags)):
        return False
    chosen = pages.preferred(connection, digest)
    return chosen is None or chosen == row[3:]


def _is_report(connection: sqlite3.Connection, reading: Reading, digest: str, site: str) -> bool:
    assert reading.report is not None
    found = judged(connection, reading.report, page=reading.url, capture=reading.capture.id, family=reading.family)
    return is_judged(connection, found, page=reading.url, digest=digest) and _is_body(connection, found, site)


def _is_body(connection: sqlite3.Connection, found: Judged, site: str) -> bool:
    """Whether the body of a judgement is known, with all that this report and its portal could tell of it."""
    if found.body is None:
        return True
    row = connection.execute(
        "select b.level, b.province, coalesce(s.province, '') from bodies b left join sites s on s.id = ?2 "
        "where b.id = ?1",
        (found.body_id, site),
    ).fetchone()
    return row is not None and bool(row[0] or not found.body.level) and bool(row[1] or not row[2])


def put_same(connection: sqlite3.Connection, url: str, from_at: str) -> None:
    """A reading by this reader that says what was read before: only the reader's version is new. `from_at` names a
    past version, '' the current one."""
    row = connection.execute(
        "select v.from_at, v.text_digest, v.reader_version, p.reader_version, d.reader_version, "
        "(select count(*) from reports r where r.page = v.page and r.text_digest = v.text_digest "
        "and r.reader_version <> ?3) "
        "from versions v join pages p on p.url = v.page left join documents d on d.text_digest = v.text_digest "
        "where v.page = ?1 and (v.from_at = ?2 or ?2 = '') order by v.from_at desc limit 1",
        (url, from_at, READER_VERSION),
    ).fetchone()
    if row is None:
        return
    began, digest, version, page, document, reports = row
    if version != READER_VERSION:
        connection.execute(
            "update versions set reader_version = ? where page = ? and from_at = ?", (READER_VERSION, url, began)
        )
    if document not in (READER_VERSION, None):
        connection.execute("update documents set reader_version = ? where text_digest = ?", (READER_VERSION, digest))
    if reports:
        connection.execute(
            "update reports set reader_version = ? where page = ? and text_digest = ?", (READER_VERSION, url, digest)
        )
    if not from_at and page != READER_VERSION:
        connection.execute("update pages set reader_version = ? where url = ?", (READER_VERSION, url))
