"""The summaries that triggers keep (see `archive.store.schema_scale` and `schema_answers`): compared with what they
sum, and made anew."""

from __future__ import annotations

import sqlite3

from archive.store.schema_answers import (
    CAPTURE_COUNTS_ALL,
    EDITS_ALL,
    REPORT_COUNTS_ALL,
    SITE_COUNTS_ALL,
    SITE_DAYS_ALL,
)
from archive.store.schema_scale import COUNT_ALL, SHELVE_ALL

#: Summary → the statement that fills it, and the condition under which a row of it says anything.
_SUMMARIES = {
    "audit_counts": (COUNT_ALL, "failed <> 0 or passed <> 0 or not_assessable <> 0"),
    "shelves": (SHELVE_ALL, "1"),
    "edits": (EDITS_ALL, "1"),
    "report_counts": (REPORT_COUNTS_ALL, "reports <> 0"),
    "capture_counts": (CAPTURE_COUNTS_ALL, "captures <> 0 or bytes <> 0"),
    "site_counts": (SITE_COUNTS_ALL, "pages <> 0"),
    "site_days": (SITE_DAYS_ALL, "1"),
}


def differing(connection: sqlite3.Connection) -> list[str]:
    """The summaries that do not say what they sum. Reads all reports and findings."""
    return [name for name in _SUMMARIES if not _holds(connection, name)]


def remake(connection: sqlite3.Connection, name: str) -> None:
    """Make one summary anew."""
    connection.execute(f"delete from {name}")  # noqa: S608
    connection.execute(_SUMMARIES[name][0])


def _holds(connection: sqlite3.Connection, name: str) -> bool:
    fill, telling = _SUMMARIES[name]
    connection.execute(f"create temp table summed as select * from {name} limit 0")  # noqa: S608
    try:
        connection.execute(fill.replace(f"into {name}", "into temp.summed"))
        held, summed = f"select * from main.{name} where {telling}", f"select * from temp.summed where {telling}"  # noqa: S608
        (wrong,) = connection.execute(
            f"select exists ({held} except {summed}) or exists ({summed} except {held})"
        ).fetchone()
    finally:
        connection.execute("drop table temp.summed")
    return not wrong
