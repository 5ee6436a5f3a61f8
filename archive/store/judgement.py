"""A judged page in rows: its report, the body it names, what it says, and how it stands among editions."""

from __future__ import annotations

import json
import sqlite3

from archive.reports.model import Report
from archive.store import decisions
from archive.store.bodies import forget_body, put_body
from archive.store.codec import to_json
from archive.store.parts import CellDiff, drop_parts, put_parts, replace_across
from archive.store.standing import resettle_page, settle_editions
from sites.model import READER_VERSION

_COLUMNS = (
    "capture",
    "kind",
    "score",
    "reasons",
    "body",
    "body_name",
    "body_source",
    "year",
    "year_source",
    "title",
    "regime",
    "edition",
    "scope",
    "tables_status",
    "notes",
    "family",
    "reader_version",
)
#: A form that nobody filled in, and a copy of a page, name bodies that are none, or not theirs.
_NOBODY_S = frozenset({"template", "clone"})
_READ = f"select id, {', '.join(_COLUMNS)} from reports where page = ? and text_digest = ?"  # noqa: S608
_WRITE = f"update reports set {', '.join(f'{name} = ?' for name in _COLUMNS)}, standing = ? where id = ?"  # noqa: S608
_INSERT = (
    f"insert into reports ({', '.join(_COLUMNS)}, standing, page, text_digest) "  # noqa: S608
    f"values ({', '.join('?' * (len(_COLUMNS) + 3))})"
)


def put_report(
    connection: sqlite3.Connection,
    report: Report,
    *,
    page: str,
    digest: str,
    capture: int,
    family: str,
    site: str,
    reader_version: str = READER_VERSION,
) -> tuple[CellDiff, ...]:
    """Write a judged text of a page with people's decisions applied; gives the cells that read differently."""
    decided = decisions.decided_for(connection, page)
    if decided:
        report = decisions.apply(report, decided, region_code=_region_of(connection, page))
    named = report.body if report.kind not in _NOBODY_S else None
    body = put_body(connection, named, site) if named is not None else None
    row = (
        capture,
        report.kind,
        report.score,
        to_json(report.reasons),
        body,
        report.body.name if report.body else "",
        report.body.source if report.body else "",
        report.year,
        report.year_source,
        report.title,
        report.regime,
        report.edition,
        report.scope,
        report.tables_status,
        to_json(report.notes),
        family,
        reader_version,
    )
    standing = "unidentified" if report.kind == "report" and (body is None or report.year is None) else ""
    before = connection.execute(_READ, (page, digest)).fetchone()
    if before is None:
        identifier = int(connection.execute(_INSERT, (*row, standing, page, digest)).lastrowid or 0)
    else:
        identifier = int(before[0])
        if tuple(before[1:]) != row:
            connection.execute(_WRITE, (*row, standing, identifier))
            old_body, old_year = before[5], before[8]
            if (before[2], old_body, old_year) != (report.kind, body, report.year):
                replace_across(connection, identifier, [])
            if old_body is not None and old_year is not None and (old_body, old_year) != (body, report.year):
                settle_editions(connection, old_body, old_year)
            if old_body is not None and old_body != body:
                forget_body(connection, old_body)
    diffs = put_parts(connection, identifier, page, report, decided, fresh=before is None)
    if report.kind == "report" and body is not None and report.year is not None:
        settle_editions(connection, body, report.year)
    return diffs


def drop_report(connection: sqlite3.Connection, page: str, digest: str) -> None:
    """Remove what was judged of a text that the page turned out never to have carried."""
    for identifier, body, year in connection.execute(
        "select id, body, year from reports where page = ? and text_digest = ?", (page, digest)
    ).fetchall():
        drop_parts(connection, identifier)
        connection.execute("delete from reports where id = ?", (identifier,))
        if body is not None and year is not None:
            settle_editions(connection, body, year)
        if body is not None:
            forget_body(connection, body)


def decide(connection: sqlite3.Connection, decision: decisions.Decision) -> None:
    """Apply a new decision to the rows of its page. Taking one back needs the page to be read again: its
    reading is marked stale, so that the next rebuild does so."""
    page = decision.page
    if decision.kind == "cell":
        form, _, rest = decision.key.partition("_")
        row, _, column = rest.partition("__")
        connection.execute(
            'update cells set decided = ? where form = ? and "row" = ? and "column" = ? '
            "and report in (select id from reports where page = ?)",
            (float(decision.value) if decision.value else None, form, row, column, page),
        )
        return
    if decision.kind == "finding":
        connection.execute(
            "update findings set decision = ? where trim(rule || ' ' || \"where\") = ? "
            "and report in (select id from reports where page = ?)",
            (decision.value, decision.key, page),
        )
        return
    if not decision.value:
        connection.execute("update pages set reader_version = '' where url = ?", (page,))
        return
    before = connection.execute("select id, body, year from reports where page = ?", (page,)).fetchall()
    for identifier, body, year in before:
        _decide_report(connection, identifier, decision)
        if body is not None and year is not None:
            settle_editions(connection, body, year)
    resettle_page(connection, page)
    for body in {body for _, body, _ in before if body is not None}:
        forget_body(connection, body)


def _region_of(connection: sqlite3.Connection, page: str) -> str:
    """The region of a page's section, else of its portal; '' when neither says."""
    row = connection.execute(
        "select coalesce(nullif(c.region_code, ''), s.region_code, '') from pages p "
        "left join sections c on c.id = p.section left join sites s on s.id = p.site where p.url = ?",
        (page,),
    ).fetchone()
    return str(row[0]) if row else ""


def _decide_report(connection: sqlite3.Connection, identifier: int, decision: decisions.Decision) -> None:
    if decision.kind == "kind":
        (reasons,) = connection.execute("select reasons from reports where id = ?", (identifier,)).fetchone()
        connection.execute(
            "update reports set kind = ?, reasons = ? where id = ?",
            (decision.value, to_json(decisions.with_reason(json.loads(reasons), decision.value)), identifier),
        )
        if decision.value != "report":
            replace_across(connection, identifier, [])
    elif decision.kind == "year":
        connection.execute(
            "update reports set year = ?, year_source = 'decision' where id = ?", (int(decision.value), identifier)
        )
    else:
        (site,) = connection.execute("select site from pages where url = ?", (decision.page,)).fetchone()
        body = decisions.decided_body(decision.value, _region_of(connection, decision.page))
        connection.execute(
            "update reports set body = ?, body_name = ?, body_source = ? where id = ?",
            (put_body(connection, body, site), body.name, body.source, identifier),
        )
    connection.execute(
        "update reports set standing = case when kind <> 'report' then '' when body is null or year is null "
        "then 'unidentified' else standing end where id = ?",
        (identifier,),
    )
