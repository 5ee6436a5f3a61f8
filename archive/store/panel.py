"""One indicator of many bodies: what the page that sets bodies side by side asks."""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archive.store.queries import CHOSEN, Row, count, marks, rows

#: A cross join keeps the order of the tables: one look at the primary key of `cells` for each report, not 250.
_FROM = f"""from bodies b join reports r on r.body = b.id and {CHOSEN}
    cross join indicator_keys k on k.indicator = ?
    cross join cells c on c.report = r.id and c.form = k.form and c."row" = k."row" and c."column" = k."column\""""
_VALUE = "coalesce(c.decided, c.value)"


def indicators(connection: sqlite3.Connection) -> list[Row]:
    """The indicators there are: their cells in each form, their unit, since when they are comparable."""
    return rows(
        connection,
        """select indicator, form, "row", "column", unit, comparable_from from indicator_keys
           order by rowid""",
    )


def years_told(connection: sqlite3.Connection) -> list[int]:
    """The years with chosen reports, newest first."""
    found = rows(connection, f"select distinct r.year from reports r where {CHOSEN} and r.year is not null")
    return sorted((row["year"] for row in found), reverse=True)


def side_by_side(
    connection: sqlite3.Connection,
    indicator: str,
    year: int,
    *,
    place: str = "",
    level: str = "",
    limit: int = 60,
    offset: int = 0,
) -> list[Row]:
    """The bodies that told `indicator` for `year`, the largest number first, with report and capture."""
    where, values = _where(place, level)
    return rows(
        connection,
        f"""select b.id as body, b.name, b.level, b.city, b.county, r.year, {_VALUE} as value, c.status, k.unit,
                r.capture
            {_FROM} where r.year = ? and {where} and {_VALUE} is not null
            order by {_VALUE} desc, b.province, b.city, b.county, b.name, b.id
            limit {int(limit)} offset {int(offset)}""",
        [indicator, year, *values],
    )


def side_by_side_count(
    connection: sqlite3.Connection, indicator: str, year: int, *, place: str = "", level: str = ""
) -> int:
    """How many bodies `side_by_side` would give without a limit."""
    where, values = _where(place, level)
    return count(
        connection,
        f"select count(*) {_FROM} where r.year = ? and {where} and {_VALUE} is not null",
        [indicator, year, *values],
    )


def over_years(connection: sqlite3.Connection, indicator: str, bodies: Sequence[str]) -> list[Row]:
    """`indicator` of some bodies in every year they told it."""
    return rows(
        connection,
        f"""select b.id as body, r.year, {_VALUE} as value, c.status {_FROM}
            where b.id in ({marks(bodies)}) and {_VALUE} is not null order by r.year""",
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
    """Every body (year None), then every chosen report, as (body, year) in a fixed order."""
    return [
        (body, year)
        for body, year in connection.execute(
            f"""select id, null from bodies union all
                select * from (select r.body, r.year from reports r where {CHOSEN} and r.year is not null
                               order by r.body, r.year)
                limit {int(limit)} offset {int(offset)}"""
        )
    ]


def addresses_count(connection: sqlite3.Connection) -> int:
    """How many addresses `addresses` gives without a limit."""
    return count(
        connection,
        f"""select (select count(*) from bodies)
            + (select count(*) from reports r where {CHOSEN} and r.year is not null)""",
    )
