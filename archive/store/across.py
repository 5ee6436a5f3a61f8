"""The second pass in rows: what reports say of each other, across the years of a body, across a rename or a merger,
and across a government and its members."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator

from archive.reports.across import ROWS_COMPARED, Member, across_members, across_years
from archive.reports.audit import blame_beside
from archive.reports.model import Body, Cell, Finding, Report
from archive.store.bodies import kin_of
from archive.store.decisions import decided_for
from archive.store.parts import ACROSS, finding_rows, replace_across

_COLUMNS = 'form, "row", "column", raw, value, unit, status, confidence, location, decided'
_CELLS = f"select {_COLUMNS} from cells where report = ? and form in (?, ?)"  # noqa: S608
_ROWS = " or ".join(f"""form = '{form}' and "row" in {rows}""" for form, rows in ROWS_COMPARED.items())
#: What is compared with another year (?1: a report), with ?2 also what is compared with its members.
_COMPARED = (
    f"select {_COLUMNS} from cells where report = ?1 "  # noqa: S608 - names of forms and rows are the code's own
    f"""and ({_ROWS} or ?2 and form = 't3' and "column" = 'total')"""
)
#: The hard failures of a body's current reports, and the other current reports of the same year.
_FAILED = f"""
    select f.report, f.position, f.rule, f."where", f.evidence, f.blame, f.blame_alone
    from reports r join findings f on f.report = r.id
    where r.body = ? and r.kind = 'report' and r.standing in ('chosen', 'edition') and f.verdict = 'FAIL'
        and f.severity = 'E' and f.position < {ACROSS} order by f.report, f.position
"""  # noqa: S608
_EDITIONS = """
    select o.id from reports r join reports o on o.body = r.body and o.year = r.year and o.id <> r.id
        and o.kind = 'report' and o.standing in ('chosen', 'edition')
    where r.id = ? order by o.page
"""
_CHOSEN = "body = ? and kind = 'report' and standing = 'chosen'"
_MEMBERS = """
    select b.id, b.name, c."row", coalesce(c.decided, c.value)
    from bodies b left join reports r on r.body = b.id and r.year = ?2 and r.kind = 'report' and r.standing = 'chosen'
    left join cells c on c.report = r.id and c.form = 't3' and c."column" = 'total'
        and coalesce(c.decided, c.value) is not null
    where b.parent_id = ?1 and coalesce(cast(substr(b.valid_from, 1, 4) as integer), 0) <= ?2
        and coalesce(cast(substr(b.valid_to, 1, 4) as integer), 9999) > ?2
    order by b.name, b.id
"""


def settle_reports(connection: sqlite3.Connection, bodies: Iterable[str]) -> None:
    """Compare the reports of these bodies, and those of bodies that are compared with them."""
    wanted = set(bodies)
    for body in list(wanted):
        kin = kin_of(connection, body)
        wanted.update(kin.successors)
        if kin.parent:
            wanted.add(kin.parent)
    for body in sorted(wanted):
        _settle_body(connection, body)


def _settle_body(connection: sqlite3.Connection, body: str) -> None:
    """Compare each chosen report of a body with the year before and with its members; only what differs is written."""
    _settle_blames(connection, body)
    kin = kin_of(connection, body)
    before: Report | None = None
    for identifier, page, year, standing, scope in connection.execute(
        "select id, page, year, standing, scope from reports where body = ? and kind = 'report' "
        "order by standing <> 'chosen', year, id",
        (body,),
    ).fetchall():
        if standing != "chosen" or year is None:
            replace_across(connection, identifier, [])
            continue
        report = _read_back(connection, identifier, year, scope=scope)
        earlier, lacking = _inherited(connection, kin.predecessors, year)
        if before is not None and before.year == year - 1:
            earlier.insert(0, before)
        findings = across_years(earlier, report, lacking=lacking)
        if scope == "consolidated":
            findings += across_members(report, _members(connection, body, year))
        rows = finding_rows(findings, decided_for(connection, page), first=ACROSS)
        replace_across(connection, identifier, rows)
        before = report


def _settle_blames(connection: sqlite3.Connection, body: str) -> None:
    """Ask the other editions of a report whose hard rules fail (its PDF, its picture, its page elsewhere) before the
    agency is blamed; only blames that differ are written."""
    for identifier, position, rule, where, evidence, blame, alone in connection.execute(_FAILED, (body,)).fetchall():
        editions = [_printed(connection, other) for (other,) in connection.execute(_EDITIONS, (identifier,)).fetchall()]
        finding = Finding(rule=rule, severity="E", verdict="FAIL", where=where, evidence=tuple(json.loads(evidence)))
        found = blame_beside(alone, finding, _printed(connection, identifier), editions) if editions else alone
        if found != blame:
            connection.execute(
                "update findings set blame = ? where report = ? and position = ?", (found, identifier, position)
            )


def _printed(connection: sqlite3.Connection, identifier: int) -> dict[str, Cell]:
    """The cells of tables 三 and 四 of a report, by key, a person's value before the printed one."""
    return {cell.key: cell for cell in _cells(connection, _CELLS, (identifier, "t3", "t4"))}


def _inherited(
    connection: sqlite3.Connection, predecessors: Iterable[str], year: int
) -> tuple[list[Report], list[str]]:
    """Last year's reports of the bodies that ended in this one then, and the names of those that have none.

    A predecessor ended when it reports no more: it has no report of this year, and its validity, where a roster tells
    it, ended after last year began.
    """
    found: list[Report] = []
    lacking: list[str] = []
    for predecessor in predecessors:
        name, valid_to = connection.execute("select name, valid_to from bodies where id = ?", (predecessor,)).fetchone()
        ended = int(valid_to[:4]) if valid_to else None
        if ended is not None and ended not in (year - 1, year):
            continue
        if connection.execute(f"select 1 from reports where {_CHOSEN} and year = ?", (predecessor, year)).fetchone():  # noqa: S608
            continue
        row = connection.execute(
            f"select id from reports where {_CHOSEN} and year = ?",  # noqa: S608
            (predecessor, year - 1),
        ).fetchone()
        if row is not None:
            found.append(_read_back(connection, row[0], year - 1, name=name))
        elif ended is not None:
            lacking.append(name)
    return found, lacking


def _members(connection: sqlite3.Connection, government: str, year: int) -> list[Member]:
    """Who stands under a government in a year, with the totals of table 三 each reports."""
    totals: dict[tuple[str, str], dict[str, float]] = {}
    for body, name, row, value in connection.execute(_MEMBERS, (government, year)):
        told = totals.setdefault((name, body), {})
        if row is not None:
            told[row] = value
    return [Member(name=name, totals=told) for (name, _), told in totals.items()]


def _read_back(
    connection: sqlite3.Connection, identifier: int, year: int, *, scope: str = "unknown", name: str = ""
) -> Report:
    """As much of a stored report as the comparison needs. `name` is whose it is when it is another body's."""
    return Report(
        kind="report",
        score=1.0,
        reasons=(),
        year=year,
        body=Body(name=name, raw=name) if name else None,
        title="",
        scope="consolidated" if scope == "consolidated" else "unknown",
        cells=tuple(_cells(connection, _COMPARED, (identifier, scope == "consolidated"))),
    )


def _cells(connection: sqlite3.Connection, question: str, values: tuple[object, ...]) -> Iterator[Cell]:
    """Stored cells of a report; a person's value counts before the printed one."""
    for form, row, column, raw, value, unit, status, confidence, location, decided in connection.execute(
        question, values
    ):
        yield Cell(
            form=form,
            row=row,
            column=column,
            raw=raw,
            value=value if decided is None else decided,
            unit=unit,
            status=status if decided is None else "given",
            confidence=confidence if decided is None else 1.0,
            location=location,
        )
