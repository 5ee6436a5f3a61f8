"""Rows for the API and its exports: chosen reports, their cells, and coverage, filtered and paged."""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3

from archive.store.queries import CHOSEN, Row, rows


def reports(
    connection: sqlite3.Connection,
    *,
    body: str = "",
    year: int | None = None,
    place: str = "",
    level: str = "",
    limit: int = 100,
    offset: int = 0,
) -> list[Row]:
    """Chosen reports with their page's claims, by body and year."""
    where, values = _where(body, year, place)
    if level:
        where += " and b.level = ?"
        values.append(level)
    return rows(
        connection,
        f"""select r.body, r.year, b.name, b.level, b.region_code, b.province, b.city, b.county, r.title, r.regime,
                r.scope, r.tables_status, p.issuer, p.index_number, p.document_number, p.published_at, p.state,
                r.page as url, r.capture, r.text_digest
            from bodies b cross join reports r on r.body = b.id cross join pages p on p.url = r.page
            where {CHOSEN} and {where} order by b.id, r.year limit {int(limit)} offset {int(offset)}""",
        values,
    )


def cells(
    connection: sqlite3.Connection,
    *,
    body: str = "",
    year: int | None = None,
    place: str = "",
    form: str = "",
    row: str = "",
    column: str = "",
    limit: int = 100,
    offset: int = 0,
) -> list[Row]:
    """Printed numbers of chosen reports, by body, year and place in the form."""
    where, values = _where(body, year, place)
    for name, value in (("form", form), ("row", row), ("column", column)):
        if value:
            where += f' and c."{name}" = ?'
            values.append(value)
    return rows(
        connection,
        f"""select r.body, b.name, r.year, c.form, c."row", c."column", c.raw, c.value, c.unit, c.status, c.confidence,
                c.decided
            from bodies b cross join reports r on r.body = b.id cross join cells c on c.report = r.id
            where {CHOSEN} and {where} order by b.id, r.year, c.form, c."row", c."column"
            limit {int(limit)} offset {int(offset)}""",
        values,
    )


def coverage(connection: sqlite3.Connection, *, place: str = "", limit: int = 100, offset: int = 0) -> list[Row]:
    """The coverage view with each body's name and place."""
    where, values = ("? in (b.province, b.city, b.county)", [place]) if place else ("1", [])
    return rows(
        connection,
        f"""select * from coverage b where {where} order by b.body, b.year limit {int(limit)} offset {int(offset)}""",
        values,
    )


def _where(body: str, year: int | None, place: str) -> tuple[str, list[object]]:
    where, values = ["1"], list[object]()
    if body:
        where.append("b.id = ?")
        values.append(body)
    if year is not None:
        where.append("r.year = ?")
        values.append(year)
    if place:
        where.append("? in (b.province, b.city, b.county)")
        values.append(place)
    return " and ".join(where), values
