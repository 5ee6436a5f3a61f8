"""Editions: which report of a body and year is the one that counts.

`standing` is `chosen` (at most one for a known body and year), `edition` (another one of the same
report), `superseded` (what a page said before it changed), `unidentified` (body or year unknown);
'' for what is not a report.
"""

from __future__ import annotations

import sqlite3

#: How much of the statutory tables an edition carries as text: the more the better.
_TABLES = {"complete": 0, "partial": 1, "refused": 2, "image": 3, "attachment": 4, "absent": 5, "": 6}

_SQL = """
    select r.id, r.standing, r.edition, r.tables_status, r.score, p.published_at, r.page,
           r.text_digest <> p.text_digest as old, p.state
    from reports r join pages p on p.url = r.page
    where r.kind = 'report' and r.body = ? and r.year = ?
"""


def _rank(row: tuple[object, ...]) -> tuple[object, ...]:
    """Corrections first, then the fullest tables, the surest reading, the earliest, the lowest URL."""
    _, _, edition, tables, score, published_at, page, _, state = row
    return (
        state in {"gone", "moved"},
        "更正" not in str(edition) and "correct" not in str(edition),
        _TABLES.get(str(tables), 6),
        -float(str(score)),
        str(published_at or "9"),
        str(page),
    )


def differing(connection: sqlite3.Connection, body: str, year: int) -> list[tuple[int, str]]:
    """The reports of one body and year that stand otherwise than they should: id and the standing that is due."""
    rows = connection.execute(_SQL, (body, year)).fetchall()
    current = sorted((row for row in rows if not row[7]), key=_rank)
    wanted = {row[0]: "superseded" for row in rows if row[7]}
    wanted |= {row[0]: "edition" if place else "chosen" for place, row in enumerate(current)}
    return [(row[0], wanted[row[0]]) for row in rows if row[1] != wanted[row[0]]]


def settle_editions(connection: sqlite3.Connection, body: str, year: int) -> None:
    """Choose among the reports of one body and year; writes only standings that differ."""
    for identifier, standing in differing(connection, body, year):
        connection.execute("update reports set standing = ? where id = ?", (standing, identifier))


def years_of(connection: sqlite3.Connection, url: str) -> list[tuple[str, int]]:
    """Body and year of every report that a page is, or was."""
    return connection.execute(
        "select distinct body, year from reports where page = ? and kind = 'report' "
        "and body is not null and year is not null",
        (url,),
    ).fetchall()


def resettle_page(connection: sqlite3.Connection, url: str) -> None:
    """A page says something else now (what it said before is superseded), or is gone, or back."""
    for body, year in years_of(connection, url):
        settle_editions(connection, body, year)
