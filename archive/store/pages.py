"""Readings into rows: pages with their own claims, documents by what they say, versions, reports.

The hot path of every crawl: plain prepared statements, and only what changed is written.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.store import privacy
from archive.store.codec import ref_context, section_id, to_json
from archive.store.judgement import drop_report, put_report
from archive.store.model import Capture, Change, Reading
from archive.store.parts import CellDiff
from archive.store.standing import resettle_page
from archive.store.states import put_seen
from archive.store.times import china_day, stamp
from archive.store.withheld import any_active, covering, hide
from sites.model import READER_VERSION, Extracted, PageRef
from sites.reading.digest import text_digest
from sites.reading.urls import canonical

#: The claims every page keeps and `documents` repeats from its preferred page.
CLAIMS = ("issuer", "index_number", "document_number", "disclosure_mode", "published_at", "dated_on")


def digest_of(extracted: Extracted) -> str:
    """What was said: the body text; for a body without text its pictures and files, then its title."""
    if extracted.text.strip():
        return text_digest(extracted.text)
    shown = sorted(link.url for link in (*extracted.images, *extracted.attachments))
    return text_digest("\n".join(["no text", *shown]) if shown else "no text\n" + extracted.title)


def is_withheld(connection: sqlite3.Connection, reading: Reading) -> bool:
    """Whether nothing of this reading may be kept; every capture of its address then reads as nothing."""
    capture = reading.capture
    if not any_active(connection):
        return bool(capture.withheld)
    target = covering(connection, addresses=(reading.url, reading.parent_url, capture.url))
    target = target or covering(connection, digests=(capture.payload_digest, digest_of(reading.extracted)))
    if target:
        same = "select id from captures where url = ?1 or id = ?2"
        for (identifier,) in connection.execute(same, (capture.url, capture.id)).fetchall():
            hide(connection, identifier, target)
    return bool(target or capture.withheld)


def put_reading(connection: sqlite3.Connection, reading: Reading, diffs: list[CellDiff] | None = None) -> Change:
    """Write a reading. The same capture read again replaces what it said before and is no change.

    Cells that a page already had and that now read differently are added to `diffs`.
    """
    digest = digest_of(reading.extracted)  # of what was said, whatever of it may be shown
    reading = privacy.shown(connection, reading)
    capture, url, extracted = reading.capture, reading.url, reading.extracted
    at = stamp(capture.fetched_at)
    known = connection.execute(
        "select text_digest, capture, reader_version, last_fetched_at, listed_title, listed_on "
        "from pages where url = ?",
        (url,),
    ).fetchone()
    claims = claims_of(reading, *(known[4:] if known else (None, None)))
    _put_text(connection, digest, extracted, claims, url)
    if known is None:
        duplicate_of = _find_duplicate(connection, digest, url)
        _insert_page(connection, reading, digest, at, claims, duplicate_of)
        _insert_version(connection, url, at, digest, capture.id)
        _put_files(connection, url, extracted)
        _judge(connection, reading, digest, diffs)
        prefer(connection, digest)
        return Change(kind="new", url=url, text_digest=digest, duplicate_of=duplicate_of or "")
    previous, held, version, last_fetched = known[:4]
    if at < last_fetched and held != capture.id:
        return _put_older(connection, reading, digest, previous, at, diffs)
    again = held == capture.id
    _update_page(connection, reading, digest, at, claims)
    _put_files(connection, url, extracted)
    if not again:
        put_seen(connection, url, at, reading.run)
    newest = "page = ?3 and from_at = (select max(from_at) from versions where page = ?3)"
    if digest == previous:
        if not again:
            # a version whose bytes were lost is proven by the next answer that says the same
            connection.execute(
                f"update versions set capture = ?1 where {newest.replace('?3', '?2')} "  # noqa: S608
                "and capture in (select capture from lost_captures)",
                (capture.id, url),
            )
        connection.execute(
            f"update versions set to_at = max(to_at, ?1), reader_version = ?2 where {newest} "  # noqa: S608
            "and (to_at < ?1 or reader_version <> ?2)",
            (at, READER_VERSION, url),
        )
    elif again or version != READER_VERSION:
        # A better reader sees the past differently: no new version.
        connection.execute(
            "update versions set text_digest = ?4, to_at = max(to_at, ?1), reader_version = ?2 "  # noqa: S608
            f"where {newest}",
            (at, READER_VERSION, url, digest),
        )
        _rename_report(connection, url, previous, digest)
    else:
        _insert_version(connection, url, at, digest, capture.id)
    _judge(connection, reading, digest, diffs)
    prefer(connection, digest)
    if digest != previous:
        resettle_page(connection, url)
        forget_text(connection, previous)
    changed = digest != previous and not again and version == READER_VERSION
    return Change(
        kind="changed" if changed else "unchanged", url=url, text_digest=digest, previous_text_digest=previous
    )


def linked_files(extracted: Extracted) -> set[str]:
    """The files a page links to, by canonical address."""
    return {canonical(link.url) for link in extracted.attachments if link.url}


def known_files(connection: sqlite3.Connection, url: str) -> set[str]:
    """The files a page linked to when it was read last."""
    return {file for (file,) in connection.execute("select file from page_files where page = ?", (url,))}


def _put_files(connection: sqlite3.Connection, url: str, extracted: Extracted) -> None:
    """Which files a page links to now."""
    linked, known = linked_files(extracted), known_files(connection, url)
    for file in sorted(known - linked):
        connection.execute("delete from page_files where page = ? and file = ?", (url, file))
    for file in sorted(linked - known):
        connection.execute("insert into page_files (page, file) values (?, ?)", (url, file))


def reread_version(
    connection: sqlite3.Connection, reading: Reading, from_at: str, diffs: list[CellDiff] | None = None
) -> bool:
    """Replace what a past version said by what a better reader makes of its capture; tells whether it differs."""
    digest = digest_of(reading.extracted)
    reading = privacy.shown(connection, reading)
    (previous,) = connection.execute(
        "select text_digest from versions where page = ? and from_at = ?", (reading.url, from_at)
    ).fetchone()
    _put_text(connection, digest, reading.extracted, claims_of(reading), reading.url)
    connection.execute(
        "update versions set text_digest = ?1, reader_version = ?2 where page = ?3 and from_at = ?4 "
        "and (text_digest, reader_version) is not (?1, ?2)",
        (digest, READER_VERSION, reading.url, from_at),
    )
    if digest != previous:
        held = connection.execute(
            "select 1 from versions where page = ? and text_digest = ?", (reading.url, previous)
        ).fetchone()
        if held is None:
            _rename_report(connection, reading.url, previous, digest)
    current = connection.execute("select text_digest from pages where url = ?", (reading.url,)).fetchone()[0]
    if digest != current:  # the current text's judgement belongs to its own capture
        _judge(connection, reading, digest, diffs)
        resettle_page(connection, reading.url)
    prefer(connection, digest)
    forget_text(connection, previous)
    return bool(digest != previous)


def _rename_report(connection: sqlite3.Connection, url: str, previous: str, digest: str) -> None:
    """What was judged under the old digest is the same judgement under the new one."""
    kept = connection.execute("select 1 from versions where page = ? and text_digest = ?", (url, previous)).fetchone()
    if kept is not None:
        return  # an earlier version still says the old text
    if connection.execute("select 1 from reports where page = ? and text_digest = ?", (url, digest)).fetchone():
        drop_report(connection, url, previous)
    else:
        connection.execute(
            "update reports set text_digest = ? where page = ? and text_digest = ?", (digest, url, previous)
        )


def _judge(connection: sqlite3.Connection, reading: Reading, digest: str, diffs: list[CellDiff] | None) -> None:
    if reading.report is None:
        return
    site = reading.section.site_id if reading.section else ""
    if not site:
        row = connection.execute("select site from pages where url = ?", (reading.url,)).fetchone()
        site = str(row[0]) if row else ""
    found = put_report(
        connection,
        reading.report,
        page=reading.url,
        digest=digest,
        capture=reading.capture.id,
        family=reading.family,
        site=site,
        reader_version=READER_VERSION,
    )
    if diffs is not None:
        diffs.extend(found)


def put_unchanged(
    connection: sqlite3.Connection, capture: Capture, url: str, ref: PageRef | None, run: int | None
) -> Change:
    """A page answered what it answered before: seen again, nothing read."""
    at = stamp(capture.fetched_at)
    _put_times(connection, url, at, listed=ref is not None)
    connection.execute(
        "update versions set to_at = max(to_at, ?) where page = ? and from_at = "
        "(select max(from_at) from versions where page = ?)",
        (at, url, url),
    )
    put_seen(connection, url, at, run)
    row = connection.execute("select text_digest from pages where url = ?", (url,)).fetchone()
    digest = str(row[0]) if row else ""
    return Change(kind="unchanged", url=url, text_digest=digest, previous_text_digest=digest)


def claims_of(reading: Reading, listed_title: str | None = None, listed_on: str | None = None) -> dict[str, Any]:
    """The page's own claims and where each came from; the listing's (tonight's, or an earlier one) when it
    has none."""
    if reading.ref is not None:
        listed_title = reading.ref.title or listed_title
        listed_on = reading.ref.listed_on.isoformat() if reading.ref.listed_on else listed_on
    metadata = reading.extracted.metadata
    values: dict[str, Any] = dict.fromkeys(CLAIMS)
    sources: dict[str, str] = {}
    for name in CLAIMS:
        claim = metadata.claim(name)
        if claim is not None:
            values[name], sources[name] = claim.value, claim.source
    if values["published_at"] is None and listed_on:
        values["published_at"], sources["published_at"] = listed_on, "listing"
    title, source = reading.extracted.title, "page"
    if not title and reading.report is not None and reading.report.title:
        title, source = reading.report.title, "report"
    if not title and listed_title:
        title, source = listed_title, "listing"
    claim = metadata.claim("title")
    values["title"], sources["title"] = title, claim.source if claim and claim.value == title else source
    values["provenance"] = to_json(sources)
    return values


def _put_text(
    connection: sqlite3.Connection, digest: str, extracted: Extracted, claims: dict[str, Any], url: str
) -> None:
    """A document's row and text, when nobody has said this before (or a better reader prints it anew)."""
    row = connection.execute(
        "select d.id, t.text, d.reader_version from documents d join document_texts t on t.id = d.id "
        "where d.text_digest = ?",
        (digest,),
    ).fetchone()
    flags = to_json(extracted.flags)
    if row is None:
        cursor = connection.execute(
            "insert into documents (text_digest, title, chars, url, issuer, index_number, document_number, "
            "disclosure_mode, published_at, dated_on, media_type, flags, provenance, reader_version) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                digest,
                claims["title"],
                len(extracted.text),
                url,
                *(claims[name] for name in CLAIMS),
                extracted.media_type,
                flags,
                claims["provenance"],
                READER_VERSION,
            ),
        )
        connection.execute(
            "insert into document_texts (id, text_digest, text) values (?, ?, ?)",
            (cursor.lastrowid, digest, extracted.text),
        )
    elif row[2] != READER_VERSION:
        connection.execute(
            "update documents set reader_version = ?, chars = ?, flags = ? where id = ?",
            (READER_VERSION, len(extracted.text), flags, row[0]),
        )
        if row[1] != extracted.text:
            connection.execute("update document_texts set text = ? where id = ?", (extracted.text, row[0]))


def _find_duplicate(connection: sqlite3.Connection, digest: str, url: str) -> str | None:
    row = connection.execute(
        "select url from pages where text_digest = ? and url <> ? order by first_seen_at, url limit 1", (digest, url)
    ).fetchone()
    return str(row[0]) if row else None


def _insert_page(
    connection: sqlite3.Connection,
    reading: Reading,
    digest: str,
    at: str,
    claims: dict[str, Any],
    duplicate_of: str | None,
) -> None:
    section, ref, extracted = reading.section, reading.ref, reading.extracted
    connection.execute(
        "insert into pages (url, site, section, parent_page, title, issuer, index_number, document_number, "
        "disclosure_mode, published_at, dated_on, listed_title, listed_on, breadcrumb, provenance, media_type, flags, "
        "state, absent_nights, first_seen_at, last_seen_at, last_fetched_at, last_listed_at, text_digest, capture, "
        "family, reader_version, duplicate_of, first_run, listed_context) values "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'present', 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            reading.url,
            section.site_id if section else "",
            section_id(section) if section and section.key else None,
            reading.parent_url or None,
            claims["title"],
            *(claims[name] for name in CLAIMS),
            ref.title if ref else None,
            ref.listed_on.isoformat() if ref and ref.listed_on else None,
            to_json(extracted.breadcrumb),
            claims["provenance"],
            extracted.media_type,
            to_json(extracted.flags),
            at,
            at,
            at,
            at if ref is not None and not reading.parent_url else None,
            digest,
            reading.capture.id,
            reading.family,
            READER_VERSION,
            duplicate_of,
            reading.run,
            ref_context(ref),
        ),
    )


def page_values(reading: Reading, digest: str, claims: dict[str, Any]) -> dict[str, object]:
    """What a known page's row says of its current reading, by column."""
    extracted = reading.extracted
    values: dict[str, object] = {
        "title": claims["title"],
        **{name: claims[name] for name in CLAIMS},
        "breadcrumb": to_json(extracted.breadcrumb),
        "provenance": claims["provenance"],
        "media_type": extracted.media_type,
        "flags": to_json(extracted.flags),
        "text_digest": digest,
        "capture": reading.capture.id,
        "family": reading.family,
        "reader_version": READER_VERSION,
    }
    ref = reading.ref
    if ref is not None:
        values["listed_title"] = ref.title
        if ref.listed_on is not None:
            values["listed_on"] = ref.listed_on.isoformat()
        if ref.context:
            values["listed_context"] = ref_context(ref)
    return values


def _update_page(
    connection: sqlite3.Connection, reading: Reading, digest: str, at: str, claims: dict[str, Any]
) -> None:
    """What the page says now; a row that says so already is not written."""
    values = page_values(reading, digest, claims)
    names = ", ".join(values)
    marks = ", ".join("?" * len(values))
    connection.execute(
        f"update pages set ({names}) = ({marks}) where url = ? and ({names}) is not ({marks})",  # noqa: S608
        (*values.values(), reading.url, *values.values()),
    )
    section = reading.section
    if section is not None and section.key:
        connection.execute(
            "update pages set site = ?, section = ? where url = ? and section is null",
            (section.site_id, section_id(section), reading.url),
        )
    _put_times(connection, reading.url, at, listed=reading.ref is not None and not reading.parent_url)


def _put_times(connection: sqlite3.Connection, url: str, at: str, *, listed: bool) -> None:
    """The page was there, and perhaps listed, at this moment."""
    connection.execute(
        "update pages set last_seen_at = max(last_seen_at, ?1), last_fetched_at = max(last_fetched_at, ?1), "
        "last_listed_at = case when ?2 then max(coalesce(last_listed_at, ?1), ?1) else last_listed_at end "
        "where url = ?3 and (last_fetched_at < ?1 or ?2 and coalesce(last_listed_at, '') < ?1)",
        (at, listed, url),
    )


def _insert_version(connection: sqlite3.Connection, url: str, at: str, digest: str, capture: int) -> None:
    connection.execute(
        "insert or replace into versions (page, from_at, to_at, text_digest, capture, reader_version) "
        "values (?, ?, ?, ?, ?, ?)",
        (url, at, at, digest, capture, READER_VERSION),
    )


def _put_older(
    connection: sqlite3.Connection, reading: Reading, digest: str, current: str, at: str, diffs: list[CellDiff] | None
) -> Change:
    """A capture from before the newest one (an imported WARC): history, not the present."""
    around = connection.execute(
        "select from_at, text_digest from versions where page = ? order by from_at", (reading.url,)
    ).fetchall()
    before = [row for row in around if row[0] <= at]
    after = [row for row in around if row[0] > at]
    taken = bool(before) and before[-1][0] == at  # WARC dates have seconds: two answers of one, the first stays
    if before and before[-1][1] == digest:
        connection.execute(
            "update versions set to_at = max(to_at, ?) where page = ? and from_at = ?", (at, reading.url, before[-1][0])
        )
    elif after and after[0][1] == digest and not taken:
        connection.execute(
            "update versions set from_at = ?, capture = ? where page = ? and from_at = ?",
            (at, reading.capture.id, reading.url, after[0][0]),
        )
    elif not taken:
        _insert_version(connection, reading.url, at, digest, reading.capture.id)
    connection.execute("update pages set first_seen_at = min(first_seen_at, ?) where url = ?", (at, reading.url))
    _judge(connection, reading, digest, diffs)
    forget_text(connection, digest)
    return Change(kind="unchanged", url=reading.url, text_digest=current, previous_text_digest=current)


def preferred(connection: sqlite3.Connection, digest: str) -> tuple[Any, ...] | None:
    """What the page that speaks for a document says (url, title, claims, media type, provenance): the one first seen on
    the earliest China day, of several the lowest URL. None when no page says the text now."""
    rows = connection.execute(
        "select first_seen_at, url, title, issuer, index_number, document_number, disclosure_mode, published_at, "
        "dated_on, media_type, provenance from pages where text_digest = ?",
        (digest,),
    ).fetchall()
    if not rows:
        return None
    chosen = rows[0] if len(rows) == 1 else min(rows, key=lambda row: (china_day(row[0]), row[1]))
    return tuple(chosen[1:])


def prefer(connection: sqlite3.Connection, digest: str) -> None:
    """Let the preferred page speak for a document."""
    chosen = preferred(connection, digest)
    if chosen is None:
        return
    connection.execute(
        "update documents set url = ?1, title = ?2, issuer = ?3, index_number = ?4, document_number = ?5, "
        "disclosure_mode = ?6, published_at = ?7, dated_on = ?8, media_type = ?9, provenance = ?10 "
        "where text_digest = ?11 and (url, title, provenance) is not (?1, ?2, ?10) "
        "or text_digest = ?11 and (issuer, index_number, document_number, disclosure_mode, published_at, dated_on) "
        "is not (?3, ?4, ?5, ?6, ?7, ?8)",
        (*chosen, digest),
    )


def forget_text(connection: sqlite3.Connection, digest: str) -> None:
    """Drop a text that no page, version or report refers to any more (a better reader replaced it)."""
    used = connection.execute(
        "select exists (select 1 from pages where text_digest = ?1) or exists (select 1 from versions where "
        "text_digest = ?1) or exists (select 1 from reports where text_digest = ?1)",
        (digest,),
    ).fetchone()[0]
    if used:
        prefer(connection, digest)
        return
    connection.execute("delete from document_texts where text_digest = ?", (digest,))
    connection.execute("delete from documents where text_digest = ?", (digest,))
