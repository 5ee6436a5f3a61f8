"""The second pass in rows: what the reports of one body say of each other, year by year."""

from __future__ import annotations

import sqlite3

from archive.reports.across import across_years
from archive.reports.model import Cell, Report
from archive.store.decisions import decided_for
from archive.store.parts import ACROSS, finding_rows, replace_across

#: The chosen reports of a body are compared on these tables only.
_CELLS = """
    select form, "row", "column", raw, value, unit, status, confidence, location, decided
    from cells where report = ? and form in ('t2', 't3')
"""


def settle_run(connection: sqlite3.Connection, run: int) -> None:
    """Compare the years of every body whose reports this run read."""
    for (body,) in connection.execute(
        "select distinct r.body from reports r join captures c on c.id = r.capture "
        "where c.run = ? and r.kind = 'report' and r.body is not null",
        (run,),
    ).fetchall():
        settle_body(connection, body)


def settle_body(connection: sqlite3.Connection, body: str) -> None:
    """Compare each chosen report of a body with the one of the year before; only what differs is written."""
    before: Report | None = None
    for identifier, page, year, standing in connection.execute(
        "select id, page, year, standing from reports where body = ? and kind = 'report' "
        "order by standing <> 'chosen', year, id",
        (body,),
    ).fetchall():
        if standing != "chosen" or year is None:
            replace_across(connection, identifier, [])
            continue
        report = _read_back(connection, identifier, year)
        findings = across_years(before, report) if before is not None else ()
        rows = finding_rows(findings, decided_for(connection, page), first=ACROSS)
        replace_across(connection, identifier, rows)
        before = report


def _read_back(connection: sqlite3.Connection, identifier: int, year: int) -> Report:
    """As much of a stored report as the comparison needs; a person's value counts before the printed one."""
    cells = tuple(
        Cell(
            form=form,
            row=row,
            column=column,
            raw=raw,
            value=value if decided is None else decided,
            unit=unit,
            status=status if decided is None else "given",
            confidence=confidence,
            location=location,
        )
        for form, row, column, raw, value, unit, status, confidence, location, decided in connection.execute(
            _CELLS, (identifier,)
        )
    )
    return Report(kind="report", score=1.0, reasons=(), year=year, body=None, title="", cells=cells)
