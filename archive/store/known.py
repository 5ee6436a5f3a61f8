"""What the archive knows of addresses: whether they were read, from which answer, by which reader."""

from __future__ import annotations

import sqlite3
from datetime import date

from archive.store import captures, warc
from archive.store.model import Capture, KnownPage
from archive.store.times import moment_of
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


_KNOWN = """
    select p.url, p.site, p.section, p.parent_page, p.state, p.title, p.published_at, p.first_seen_at, p.last_seen_at,
           p.last_fetched_at, p.text_digest, p.reader_version, p.absent_nights,
           (select c.etag || char(10) || c.last_modified from captures c
            where c.url = (select url from captures where id = p.capture) and c.status between 200 and 299
            order by c.id desc limit 1),
           (select url from captures where id = p.capture), p.listed_title,
           exists (select 1 from lost_captures l where l.capture = p.capture), p.listed_on
    from pages p where p.site = ?
"""


def known_pages(connection: sqlite3.Connection, site: str, section: str | None) -> list[KnownPage]:
    """The pages of a portal, or of one of its sections, by URL."""
    sql, parameters = _KNOWN + " order by p.url", [site]
    if section is not None:
        sql, parameters = _KNOWN + " and p.section = ? order by p.url", [site, f"{site}/{section}"]
    pages = []
    for row in connection.execute(sql, parameters):
        etag, _, last_modified = (row[13] or "").partition("\n")
        pages.append(
            KnownPage(
                url=row[0],
                site_id=row[1],
                section_key=(row[2] or "").partition("/")[2],
                parent_url=row[3] or "",
                state=row[4],
                title=row[5],
                published_at=row[6] or "",
                first_seen_at=moment_of(row[7]),
                last_seen_at=moment_of(row[8]),
                last_fetched_at=moment_of(row[9]),
                text_digest=row[10],
                reader_version=row[11],
                absent_nights=row[12],
                etag=etag,
                last_modified=last_modified,
                asked_url=row[14] or "",
                listed_title=row[15] or "",
                lost=bool(row[16]),
                listed_on=date.fromisoformat(row[17]) if row[17] else None,
            )
        )
    return pages
