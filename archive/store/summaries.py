"""The summaries that triggers keep (see `archive.store.schema_scale`): compared with what they sum, and made anew."""

from __future__ import annotations

import sqlite3

from archive.store.schema_scale import COUNT_ALL, EDITED_ALL, SHELVE_ALL

#: Summary → the statement that fills it, and the condition under which a row of it says anything.
_SUMMARIES = {
    "audit_counts": (COUNT_ALL, "failed <> 0 or passed <> 0 or not_assessable <> 0"),
    "shelves": (SHELVE_ALL, "1"),
    "edited_pages": (EDITED_ALL, "1"),
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
