"""One indicator of many bodies: what the page that sets bodies side by side asks."""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archive.store.queries import CHOSEN, Row, count, marks, reports_by_year, rows

#: A cross join keeps the order of the tables: one look at the primary key of `cells` for each report, not 250.
_CELLS = """cross join indicator_keys k on k.indicator = ?
    cross join cells c on c.report = r.id and c.form = k.form and c."row" = k."row" and c."column" = k."column\""""
_VALUE = "coalesce(c.decided, c.value)"


def indicators(connection: sqlite3.Connection) -> list[Row]:
    """The indicators there are: their cells in each form, their unit, since when they are comparable."""
    return rows(
        connection,
        """select indicator, form, "row", "column", unit, comparable_from from indicator_keys
           order by rowid""",
    )


def side_by_side(
    connection: sqlite3.Connection,
    indicator: str,
    year: int,
    *,
    place: str = "",
    level: str = "",
    limit: int = 60,
    offset: int = 0,
) -> tuple[int, list[Row]]:
    """How many bodies told `indicator` for `year`, and a page of them, the largest number first, with report and
    capture. All are looked at once; only those of the page are looked at closely."""
    if place or level:
        condition, wanted = _where(place, level)
        tables, where = "bodies b cross join reports r on r.body = b.id", condition
    else:
        tables, where, wanted = "reports r", "r.body is not null", []  # read within its index of years
    found = rows(
        connection,
        f"""select q.body, b.name, b.level, b.city, b.county, r.year, q.value, q.status, q.unit, r.capture, q.told
            from (
                select r.id as report, r.body, {_VALUE} as value, c.status, k.unit, count(*) over () as told
                from {tables} {_CELLS} where {CHOSEN} and r.year = ? and {where} and {_VALUE} is not null
                order by value desc, r.body limit {int(limit)} offset {int(offset)}
            ) q cross join reports r on r.id = q.report cross join bodies b on b.id = q.body
            order by q.value desc, q.body""",
        [indicator, year, *wanted],
    )
    if not found and offset:
        return side_by_side(connection, indicator, year, place=place, level=level, limit=1)[0], []
    total = found[0]["told"] if found else 0
    return total, [{name: row[name] for name in row if name != "told"} for row in found]


def over_years(connection: sqlite3.Connection, indicator: str, bodies: Sequence[str]) -> list[Row]:
    """`indicator` of some bodies in every year they told it."""
    return rows(
        connection,
        f"""select r.body, r.year, {_VALUE} as value, c.status from reports r {_CELLS}
            where r.body in ({marks(bodies)}) and {CHOSEN} and {_VALUE} is not null order by r.year""",
        [indicator, *bodies],
    )


def _where(place: str, level: str) -> tuple[str, list[object]]:
    where, values = ["1"], list[object]()
    if place:
        where.append("? in (b.province, b.city, b.county)")
        values.append(place)
    if level:
        where.append("b.level = ?")
        values.append(level)
    return " and ".join(where), values


def addresses(connection: sqlite3.Connection, *, limit: int, offset: int = 0) -> list[tuple[str, int | None]]:
    """Every body (year None), then every chosen report, year by year, as (body, year) in a fixed order. Years before
    the part that is asked for are passed by their number of reports."""
    parts: list[tuple[str, list[object], int]] = [
        ("select id, null from bodies order by id", [], count(connection, "select count(*) from bodies"))
    ]
    for row in reports_by_year(connection):
        sql = f"select r.body, r.year from reports r where {CHOSEN} and r.year = ? order by r.body"
        parts.append((sql, [row["year"]], row["reports"]))
    found: list[tuple[str, int | None]] = []
    for sql, values, there in parts:
        if offset < there and len(found) < limit:
            window = f"{sql} limit {int(limit) - len(found)} offset {int(offset)}"
            found += [(body, year) for body, year in connection.execute(window, values)]
        offset = max(0, offset - there)
    return found


def addresses_count(connection: sqlite3.Connection) -> int:
    """How many addresses `addresses` gives without a limit."""
    reports: int = sum(row["reports"] for row in reports_by_year(connection))
    return count(connection, "select count(*) from bodies") + reports
