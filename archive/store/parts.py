"""What a report says, in rows: sections, tables as printed, cells, findings. Only what differs is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archive.reports.model import Finding, Report
from archive.store.codec import to_json

_Row = tuple[Any, ...]

#: Findings from here on come from the second pass (`archive.store.across`), not from the report alone.
ACROSS = 1000


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


def put_parts(
    connection: sqlite3.Connection,
    report_id: int,
    page: str,
    report: Report,
    decided: dict[tuple[str, str], str],
    *,
    fresh: bool = False,
) -> tuple[CellDiff, ...]:
    """Write sections, tables as printed, cells and findings; gives the cells that now read differently.

    `fresh` says that the report has no rows yet. `decided` holds what a person decided of this page:
    ("cell", key) → value, ("finding", rule where) → verdict.
    """
    sections = [
        (position, part.key, part.ordinal_raw, part.heading, part.text, part.dup_index)
        for position, part in enumerate(report.sections)
    ]
    grids = [(position, grid.section, grid.title, to_json(grid.rows)) for position, grid in enumerate(report.grids)]
    cells: dict[_Row, _Row] = {}
    for cell in report.cells:
        key = (cell.form, cell.row, cell.column)
        value = decided.get(("cell", cell.key)) if decided else None
        cells.setdefault(
            key,
            (
                *key,
                cell.raw,
                cell.value,
                cell.unit,
                cell.status,
                cell.confidence,
                cell.location,
                float(value) if value else None,
            ),
        )
    findings = finding_rows(report.findings, decided)
    if fresh:
        for table, rows in zip(_TABLES, (sections, grids, list(cells.values()), findings), strict=True):
            _insert(connection, table, report_id, rows)
        return ()
    _replace(connection, "report_sections", report_id, sections)
    _replace(connection, "report_grids", report_id, grids)
    changed = _replace(connection, "cells", report_id, list(cells.values()))
    findings = _blamed_before(connection, report_id, findings)
    _replace(connection, "findings", report_id, findings, f" and position < {ACROSS}")
    diffs = []
    for key, before, after in changed:
        seen = None if before is None else (before[3], before[4], before[6])
        sees = None if after is None else (after[3], after[4], after[6])
        if seen != sees:
            diffs.append(CellDiff(page=page, key=f"{key[0]}_{key[1]}__{key[2]}", before=seen, after=sees))
    return tuple(diffs)


def _blamed_before(connection: sqlite3.Connection, report_id: int, rows: list[_Row]) -> list[_Row]:
    """The rows with the blame that other editions gave them (`archive.store.across`), where nothing else changed."""
    held = {
        position: (rule, where, alone, blame)
        for position, rule, where, alone, blame in connection.execute(
            'select position, rule, "where", blame_alone, blame from findings '
            "where report = ? and blame <> blame_alone",
            (report_id,),
        )
    }
    return [
        (*row[:5], held[row[0]][3], *row[6:]) if held.get(row[0], ())[:3] == (row[1], row[4], row[10]) else row
        for row in rows
    ]


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
            to_json(finding.evidence),
            decided.get(("finding", f"{finding.rule} {finding.where}".strip()), "") if decided else "",
            finding.blame,
        )
        for position, finding in enumerate(findings, first)
    ]


def replace_across(connection: sqlite3.Connection, report_id: int, rows: Sequence[_Row]) -> None:
    """Make the second pass's findings of a report these."""
    _replace(connection, "findings", report_id, rows, f" and position >= {ACROSS}")


def drop_parts(connection: sqlite3.Connection, report_id: int) -> None:
    """Remove everything a report said."""
    for table in _TABLES:
        connection.execute(f"delete from {table} where report = ?", (report_id,))  # noqa: S608


def _replace(
    connection: sqlite3.Connection, table: str, report_id: int, rows: Sequence[_Row], within: str = ""
) -> list[tuple[_Row, _Row | None, _Row | None]]:
    """Make the rows of a report these; gives (key, before, after) of those that differ."""
    width, columns = _TABLES[table]
    held = {
        row[:width]: tuple(row)
        for row in connection.execute(f"select {columns} from {table} where report = ?{within}", (report_id,))  # noqa: S608
    }
    wanted = {row[:width]: row for row in rows}
    if held == wanted:
        return []
    names = columns.split(", ")
    differing = [
        (key, held.get(key), wanted.get(key)) for key in {**held, **wanted} if held.get(key) != wanted.get(key)
    ]
    gone = [(report_id, *key) for key, before, _ in differing if before is not None]
    if gone:
        condition = " and ".join(f"{name} = ?" for name in names[:width])
        connection.executemany(f"delete from {table} where report = ? and {condition}", gone)  # noqa: S608
    _insert(connection, table, report_id, [after for _, _, after in differing if after is not None])
    return differing


def _insert(connection: sqlite3.Connection, table: str, report_id: int, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    columns = _TABLES[table][1]
    marks = ", ".join("?" * (columns.count(",") + 2))
    connection.executemany(
        f"insert into {table} (report, {columns}) values ({marks})",  # noqa: S608
        [(report_id, *row) for row in rows],
    )
