"""A judged page in rows: its report, the body it names, what it says, and how it stands among editions."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from archive.reports.model import Body, Report
from archive.store import decisions
from archive.store.bodies import forget_body, put_body
from archive.store.codec import body_id, to_json
from archive.store.parts import CellDiff, Parts, drop_parts, parts_of, put_parts, replace_across, stands
from archive.store.standing import differing, resettle_page, settle_editions
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judged text of a page with people's decisions applied, in rows: the report's own (in the order of `_COLUMNS`)
    and its parts. `body` is the body it speaks of, None where it names none or somebody else's."""

    report: Report
    body: Body | None
    row: tuple[object, ...]
    parts: Parts

    @property
    def body_id(self) -> str | None:
        """The id of its body."""
        return body_id(self.body.region_code, self.body.name) if self.body else None


def judged(
    connection: sqlite3.Connection,
    report: Report,
    *,
    page: str,
    capture: int,
    family: str,
    reader_version: str = READER_VERSION,
) -> Judged:
    """What a report of a page says in rows, once people's decisions are applied."""
    decided = decisions.decided_for(connection, page)
    if decided:
        report = decisions.apply(report, decided, region_code=_region_of(connection, page))
    body = report.body if report.kind not in _NOBODY_S else None
    row = (
        capture,
        report.kind,
        report.score,
        to_json(report.reasons),
        body_id(body.region_code, body.name) if body else None,
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
    return Judged(report=report, body=body, row=row, parts=parts_of(report, decided))


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
    found = judged(connection, report, page=page, capture=capture, family=family, reader_version=reader_version)
    report, row = found.report, found.row
    body = put_body(connection, found.body, site) if found.body is not None else None
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
    diffs = put_parts(connection, identifier, page, found.parts, fresh=before is None)
    if report.kind == "report" and body is not None and report.year is not None:
        settle_editions(connection, body, report.year)
    return diffs


def is_judged(connection: sqlite3.Connection, found: Judged, *, page: str, digest: str) -> bool:
    """Whether the archive holds this judgement, by whatever reader, and would write none of it anew."""
    before = connection.execute(_READ, (page, digest)).fetchone()
    if before is None or before[1:-1] != found.row[:-1] or not stands(connection, before[0], found.parts):
        return False
    body, year = found.body_id, found.report.year
    if body is None or year is None or found.report.kind != "report":
        return True
    return not differing(connection, body, year)


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


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A page that is now another kind, of another body or of another year."""

    page: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.page}: {self.before or 'not judged'} → {self.after or 'not judged'}"


def judged_as(connection: sqlite3.Connection, url: str) -> str:
    """What the archive takes a page's present text for: kind, body with its id, year; '' when it is not judged."""
    row = connection.execute(
        "select r.kind, r.body_name, r.body, r.year from reports r join pages p on p.url = r.page "
        "and p.text_digest = r.text_digest where p.url = ?",
        (url,),
    ).fetchone()
    if row is None:
        return ""
    kind, name, body, year = row
    return f"{kind} of {f'{name} ({body})' if body else 'nobody known'}, {year or 'year unknown'}"
