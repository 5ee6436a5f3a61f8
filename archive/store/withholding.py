"""Taking what is withheld out of every table: captures read as nothing, and nothing derived from them stays."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from archive.store import frontier, pages
from archive.store.bodies import forget_body
from archive.store.judgement import drop_report
from archive.store.settling import settle
from archive.store.standing import resettle_page
from archive.store.withheld import BLANK, WITHHELD, Kind, hide
from sites.reading.urls import canonical


@dataclass(slots=True, kw_only=True)
class Removed:
    """What a withholding took away. `pages` are gone, `trimmed` lost some of what they said; `stale` are pages
    to be read again, because they, or a file of theirs, said something else before. `elsewhere` are addresses
    that still carry one of the texts. `reports` are (body, year)."""

    captures: set[int] = field(default_factory=set)
    pages: set[str] = field(default_factory=set)
    trimmed: set[str] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    reports: set[tuple[str, int]] = field(default_factory=set)


def take_out(
    connection: sqlite3.Connection,
    target: str,
    kind: Kind,
    *,
    records: Collection[str] = (),
    reports: Collection[tuple[str, int]] = (),
) -> Removed:
    """Remove what `target` (its row in `withheld` is there) means. `records` are further captures, by record id,
    that show it; `reports` were found to be its earlier (a journal tells so when the bytes are gone)."""
    removed = Removed(reports=set(reports))
    matched = _matched(connection, target, kind, records)
    said = _said(connection, target, kind, matched)
    matched |= _carriers(connection, said)
    matched |= _conversions(connection, matched)
    removed.captures = matched
    for capture in sorted(matched):
        hide(connection, capture, target)
    bodies: set[str] = set()
    gone: set[str] = set()
    for page in sorted({page for page, _ in said}):
        bodies |= _bodies(connection, page)
        removed.reports |= _chosen(connection, page, {digest for where, digest in said if where == page})
        gone |= _trim(connection, page, matched, {digest for where, digest in said if where == page}, removed)
    removed.stale -= removed.pages
    for digest in sorted(gone):
        pages.forget_text(connection, digest)
        _forget_similar(connection, digest)
        removed.elsewhere |= {
            url for (url,) in connection.execute("select page from versions where text_digest = ?", (digest,))
        }
    settle(connection, bodies)
    for body in sorted(bodies):
        forget_body(connection, body)
    connection.executemany(
        "insert or ignore into withheld_reports (target, body, year) values (?, ?, ?)",
        [(target, body, year) for body, year in sorted(removed.reports)],
    )
    _blank_problems(connection, removed.pages | ({target} if kind == "url" else set()), matched)
    _forget_wishes(connection, removed.pages | ({target} if kind == "url" else set()))
    return removed


def put_target(connection: sqlite3.Connection, target: str, kind: Kind, *, reason: str, by: str, at: str) -> None:
    """The row of a withholding; one that was released is withheld again."""
    connection.execute(
        "insert into withheld (target, kind, reason, decided_by, withheld_at) values (?, ?, ?, ?, ?) "
        "on conflict (target) do update set reason = excluded.reason, decided_by = excluded.decided_by, "
        "withheld_at = excluded.withheld_at, purged_at = null, released_at = null",
        (target, kind, reason, by, at),
    )


def put_release(connection: sqlite3.Connection, target: str, *, reason: str, by: str, at: str) -> list[int]:
    """Mark a withholding as released; gives the captures that are shown again (none that was purged)."""
    connection.execute(
        "update withheld set released_at = ?, reason = ?, decided_by = ? where target = ?", (at, reason, by, target)
    )
    freed = [
        row[0]
        for row in connection.execute(
            "select w.capture from withheld_captures w join captures c on c.id = w.capture "
            "where w.target = ?1 and c.withheld = ?2 and not exists (select 1 from withheld_captures o "
            "join withheld t on t.target = o.target where o.capture = w.capture and t.released_at is null) "
            "order by w.capture",
            (target, WITHHELD),
        )
    ]
    connection.execute("delete from withheld_captures where target = ?", (target,))
    connection.execute("delete from withheld_reports where target = ?", (target,))
    connection.executemany("update captures set withheld = '' where id = ?", [(capture,) for capture in freed])
    return freed


# --- which captures, and what they said


def _matched(connection: sqlite3.Connection, target: str, kind: Kind, records: Collection[str]) -> set[int]:
    """The captures a target names; those of a text are found by where it stood."""
    found = {
        identifier
        for record in records
        for (identifier,) in connection.execute("select id from captures where record_id = ?", (record,))
    }
    if kind == "url":
        for _, identifiers in captures_of(connection, {target, *files_of(connection, target)}):
            found |= identifiers
        found |= _conversions(connection, found)
    elif kind == "payload":
        found |= {row[0] for row in connection.execute("select id from captures where payload_digest = ?", (target,))}
        found |= _conversions(connection, found)
    return found


def files_of(connection: sqlite3.Connection, page: str) -> set[str]:
    """The addresses of a page's files, save those that other pages link to as well."""
    linked = connection.execute(
        "select url from pages where (parent_page = ?1 or url in (select file from page_files where page = ?1)) "
        "and not exists (select 1 from page_files where file = pages.url and page <> ?1)",
        (page,),
    )
    return {url for (url,) in linked}


def captures_of(connection: sqlite3.Connection, wanted: Collection[str]) -> Iterator[tuple[str, set[int]]]:
    """For each address as asked whose canonical form is wanted: that form, and its captures."""
    for (asked,) in connection.execute("select distinct url from captures").fetchall():
        if asked in wanted or (address := canonical(asked)) in wanted:
            yield (
                asked if asked in wanted else address,
                {row[0] for row in connection.execute("select id from captures where url = ?", (asked,))},
            )


def _conversions(connection: sqlite3.Connection, captures: Iterable[int]) -> set[int]:
    return {
        identifier
        for capture in captures
        for (identifier,) in connection.execute("select id from captures where converted_from = ?", (capture,))
    }


def _said(connection: sqlite3.Connection, target: str, kind: Kind, matched: set[int]) -> set[tuple[str, str]]:
    """(page, text digest) of everything that was read from the captures, stands at the address, or is the text."""
    found: set[tuple[str, str]] = set()
    for table, page in (("versions", "page"), ("pages", "url"), ("reports", "page")):
        ask = f"select {page}, text_digest from {table} where "  # noqa: S608
        if kind == "url":
            for url in {target, *files_of(connection, target)}:
                found |= set(connection.execute(ask + f"{page} = ?", (url,)).fetchall())
        elif kind == "text":
            found |= set(connection.execute(ask + "text_digest = ?", (target,)).fetchall())
        # one scan, however many captures
        ask += "capture in (select value from json_each(?))"
        found |= set(connection.execute(ask, (json.dumps(sorted(matched)),)).fetchall())
    return {(str(page), str(digest)) for page, digest in found}


def _carriers(connection: sqlite3.Connection, said: set[tuple[str, str]]) -> set[int]:
    """The captures of a page from when to when it said one of these texts: other bytes, the same words."""
    spans: dict[str, list[tuple[str, str]]] = {}
    for page, digest in said:
        spans.setdefault(page, []).extend(
            connection.execute(
                "select from_at, to_at from versions where page = ? and text_digest = ?", (page, digest)
            ).fetchall()
        )
    found: set[int] = set()
    for page, identifiers in captures_of(connection, set(spans)):
        for identifier in identifiers:
            (at,) = connection.execute("select fetched_at from captures where id = ?", (identifier,)).fetchone()
            if any(begin <= at <= end for begin, end in spans[page]):
                found.add(identifier)
    return found


# --- out of the tables


def _trim(
    connection: sqlite3.Connection, page: str, matched: set[int], digests: set[str], removed: Removed
) -> set[str]:
    """Remove what a page must not have said; a page that said nothing else goes. Gives the digests it lost."""
    marks = ",".join("?" * len(digests))
    connection.execute(f"delete from versions where page = ? and text_digest in ({marks})", (page, *digests))  # noqa: S608
    connection.executemany("delete from versions where page = ? and capture = ?", [(page, one) for one in matched])
    row = connection.execute("select parent_page, text_digest, capture from pages where url = ?", (page,)).fetchone()
    if row is None:
        return digests
    parent, current, held = row
    linking = connection.execute("select page from page_files where file = ?", (page,)).fetchall()
    removed.stale |= {parent, *(url for (url,) in linking)} - {None}
    newest = connection.execute(
        "select text_digest, capture from versions where page = ? order by from_at desc limit 1", (page,)
    ).fetchone()
    if newest is None:
        for (digest,) in connection.execute("select text_digest from reports where page = ?", (page,)).fetchall():
            drop_report(connection, page, digest)
        connection.execute("delete from page_states where page = ?", (page,))
        connection.execute("delete from page_files where page = ?", (page,))
        connection.execute("delete from pages where url = ?", (page,))
        removed.pages.add(page)
        return {*digests, str(current)}
    for digest in digests:
        drop_report(connection, page, digest)
    if current in digests or held in matched:
        # what it said before is what can be shown of it now; the claims come back when that is read again
        connection.execute(
            "update pages set text_digest = ?, capture = ?, title = '', issuer = null, index_number = null, "
            "document_number = null, disclosure_mode = null, published_at = null, dated_on = null, "
            "listed_title = null, listed_on = null, listed_context = null, breadcrumb = '[]', provenance = '{}', "
            "flags = '[]', reader_version = '' where url = ?",
            (*newest, page),
        )
    removed.trimmed.add(page)
    removed.stale.add(page)
    resettle_page(connection, page)
    return digests


def _bodies(connection: sqlite3.Connection, page: str) -> set[str]:
    return {
        body for (body,) in connection.execute("select body from reports where page = ? and body is not null", (page,))
    }


def _chosen(connection: sqlite3.Connection, page: str, digests: set[str]) -> set[tuple[str, int]]:
    """Body and year of the reports that count among what a page said."""
    return {
        (body, year)
        for body, year, digest in connection.execute(
            "select body, year, text_digest from reports where page = ? and kind = 'report' and standing = 'chosen' "
            "and body is not null and year is not null",
            (page,),
        )
        if digest in digests
    }


def _forget_similar(connection: sqlite3.Connection, digest: str) -> None:
    if connection.execute("select 1 from documents where text_digest = ?", (digest,)).fetchone() is None:
        connection.execute("delete from similar where text_digest = ?1 or other_digest = ?1", (digest,))


def _blank_problems(connection: sqlite3.Connection, addresses: set[str], captures: set[int]) -> None:
    """A problem keeps its class; its words may quote the page."""
    wrong = [
        identifier
        for identifier, url, capture in connection.execute("select id, url, capture from problems").fetchall()
        if capture in captures or canonical(url) in addresses
    ]
    connection.executemany(
        f"update problems set message = '{BLANK}', evidence = '' where id = ?",  # noqa: S608
        [(identifier,) for identifier in wrong],
    )


def _forget_wishes(connection: sqlite3.Connection, addresses: set[str]) -> None:
    """A wish carries the title its listing gave it."""
    frontier.clear_finished(connection)
    wrong = [
        (identifier,)
        for identifier, url in connection.execute("select id, url from frontier").fetchall()
        if canonical(url) in addresses
    ]
    connection.executemany("delete from frontier where id = ?", wrong)
