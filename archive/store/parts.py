"""What a report says, in rows: sections, tables as printed, cells, findings. Only what differs is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from archive.reports.model import Finding, Report
from archive.store.codec import to_json

_Row = tuple[Any, ...]

#: A key, and its row before and after (None where there was none).
_Difference = tuple[_Row, _Row | None, _Row | None]

#: Findings from here on come from the second pass (`archive.store.across`), not from the report alone.
ACROSS = 1000
_FIRST, _SECOND = f" and position < {ACROSS}", f" and position >= {ACROSS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellDiff:
    """A cell that another reading sees differently: its key, what was printed there and its value,
    before and after (None where there was no cell)."""

    page: str
    key: str
    before: tuple[str, float | None, str] | None
    after: tuple[str, float | None, str] | None

    def __str__(self) -> str:
        return f"{self.page} {self.key}: {_shown(self.before)} → {_shown(self.after)}"


def _shown(cell: tuple[str, float | None, str] | None) -> str:
    if cell is None:
        return "(no cell)"
    raw, value, status = cell
    return f"{raw!r} = {'–' if value is None else f'{value:g}'} ({status})"


_TABLES: dict[str, tuple[int, str]] = {
    "report_sections": (1, "position, key, ordinal_raw, heading, text, dup_index"),
    "report_grids": (1, "position, section, title, rows"),
    "cells": (3, 'form, "row", "column", raw, value, unit, status, confidence, location, decided'),
    "findings": (
        1,
        'position, rule, severity, verdict, "where", blame, expected, actual, evidence, decision, blame_alone',
    ),
}


#: Where a finding's row says whose mistake it is: beside other editions, and by the report alone.
_BLAME, _ALONE = 5, 10

#: The rows of a report by table, each with its key first; findings are those of the report alone.
Parts = dict[str, dict[_Row, _Row]]


def parts_of(report: Report, decided: dict[tuple[str, str], str]) -> Parts:
    """What a report says, as rows. `decided` holds what a person decided of its page: ("cell", key) → value,
    ("finding", rule where) → verdict."""
    cells: dict[_Row, _Row] = {}
    for cell in report.cells:
        key = (cell.form, cell.row, cell.column)
        if key in cells:
            continue
        value = decided.get(("cell", cell.key)) if decided else None
        cells[key] = (
            *key,
            cell.raw,
            cell.value,
            cell.unit,
            cell.status,
            cell.confidence,
            cell.location,
            float(value) if value else None,
        )
    return {
        "report_sections": {
            (position,): (position, part.key, part.ordinal_raw, part.heading, part.text, part.dup_index)
            for position, part in enumerate(report.sections)
        },
        "report_grids": {
            (position,): (position, grid.section, grid.title, to_json(grid.rows))
            for position, grid in enumerate(report.grids)
        },
        "cells": cells,
        "findings": {row[:1]: row for row in finding_rows(report.findings, decided)},
    }


def stands(connection: sqlite3.Connection, report_id: int, wanted: Parts) -> bool:
    """Whether these are the rows of a report."""
    for table, rows in wanted.items():
        held = _held(connection, table, report_id)
        if held != (_blamed_before(rows, held) if table == "findings" else rows):
            return False
    return True


def put_parts(
    connection: sqlite3.Connection, report_id: int, page: str, wanted: Parts, *, fresh: bool = False
) -> tuple[CellDiff, ...]:
    """Write sections, tables as printed, cells and findings; gives the cells that now read differently. `fresh` says
    that the report has no rows yet."""
    if fresh:
        for table, rows in wanted.items():
            _insert(connection, table, report_id, rows.values())
        return ()
    changed: list[_Difference] = []
    for table, rows in wanted.items():
        held = _held(connection, table, report_id)
        due = _blamed_before(rows, held) if table == "findings" else rows
        differing = _replace(connection, table, report_id, held, due)
        if table == "cells":
            changed = differing
    diffs = []
    for key, before, after in changed:
        seen = None if before is None else (before[3], before[4], before[6])
        sees = None if after is None else (after[3], after[4], after[6])
        if seen != sees:
            diffs.append(CellDiff(page=page, key=f"{key[0]}_{key[1]}__{key[2]}", before=seen, after=sees))
    return tuple(diffs)


def _blamed_before(rows: dict[_Row, _Row], held: dict[_Row, _Row]) -> dict[_Row, _Row]:
    """Findings with the blame that other editions gave them (`archive.store.across`), where nothing else changed."""
    blamed = {key: row for key, row in held.items() if row[_BLAME] != row[_ALONE]}
    if not blamed:
        return rows
    wanted = dict(rows)
    for key, before in blamed.items():
        row = rows.get(key)
        if row and (row[1], row[4], row[_ALONE]) == (before[1], before[4], before[_ALONE]):
            wanted[key] = (*row[:_BLAME], before[_BLAME], *row[_BLAME + 1 :])
    return wanted


def finding_rows(findings: Sequence[Finding], decided: dict[tuple[str, str], str], *, first: int = 0) -> list[_Row]:
    """Findings as rows, numbered from `first`."""
    return [
        (
            position,
            finding.rule,
            finding.severity,
            finding.verdict,
            finding.where,
            finding.blame,
            finding.expected,
            finding.actual,
            to_json(finding.evidence) if finding.evidence else "[]",
            decided.get(("finding", f"{finding.rule} {finding.where}".strip()), "") if decided else "",
            finding.blame,
        )
        for position, finding in enumerate(findings, first)
    ]


def replace_across(connection: sqlite3.Connection, report_id: int, rows: Sequence[_Row]) -> None:
    """Make the second pass's findings of a report these."""
    held = _held(connection, "findings", report_id, _SECOND)
    _replace(connection, "findings", report_id, held, {row[:1]: row for row in rows})


def drop_parts(connection: sqlite3.Connection, report_id: int) -> None:
    """Remove everything a report said."""
    for table in _TABLES:
        connection.execute(f"delete from {table} where report = ?", (report_id,))  # noqa: S608


def _held(connection: sqlite3.Connection, table: str, report_id: int, within: str | None = None) -> dict[_Row, _Row]:
    """The rows of a report in a table, by key; of findings those of the report alone unless `within` names others."""
    width, columns = _TABLES[table]
    if within is None:
        within = _FIRST if table == "findings" else ""
    return {
        row[:width]: row
        for row in connection.execute(f"select {columns} from {table} where report = ?{within}", (report_id,))  # noqa: S608
    }


def _replace(
    connection: sqlite3.Connection, table: str, report_id: int, held: dict[_Row, _Row], wanted: dict[_Row, _Row]
) -> list[_Difference]:
    """Make the rows that are held these; gives those that differ."""
    if held == wanted:
        return []
    width, columns = _TABLES[table]
    differing = [
        (key, held.get(key), wanted.get(key)) for key in {**held, **wanted} if held.get(key) != wanted.get(key)
    ]
    gone = [(report_id, *key) for key, before, _ in differing if before is not None]
    if gone:
        condition = " and ".join(f"{name} = ?" for name in columns.split(", ")[:width])
        connection.executemany(f"delete from {table} where report = ? and {condition}", gone)  # noqa: S608
    _insert(connection, table, report_id, [after for _, _, after in differing if after is not None])
    return differing


#: Rows written by one statement, the most first: a row among many costs half of what it costs alone.
_TOGETHER = (40, 10, 1)


def _insert(connection: sqlite3.Connection, table: str, report_id: int, rows: Collection[_Row]) -> None:
    columns = _TABLES[table][1]
    marks = f"({', '.join('?' * (columns.count(',') + 2))})"
    waiting = [(report_id, *row) for row in rows]
    done = 0
    for count in _TOGETHER:
        statement = f"insert into {table} (report, {columns}) values {', '.join([marks] * count)}"  # noqa: S608
        while len(waiting) - done >= count:
            values = [value for row in waiting[done : done + count] for value in row]
            connection.execute(statement, values)
            done += count
