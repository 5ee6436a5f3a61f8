"""The logical content of an archive: what it says, without when, in which run, and where in a WARC.

Two archives with equal dumps hold the same: an undisturbed crawl and one that was killed and
continued, one machine and a merge of shards, a database and its restoration.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archive.store.codec import to_json
from archive.store.dictionary import TABLES, Table
from archive.store.files import open_reader

#: Rows that hang on a row with a local id say what that row is instead.
_OWNED = frozenset({"report_sections", "report_grids", "cells", "findings"})
_OWNER = "(select page || ' ' || text_digest from reports where reports.id = {table}.report)"


def dumped_tables() -> list[Table]:
    """The tables whose content is public and not a local matter."""
    return [
        table
        for table in TABLES.values()
        if not table.view and table.kind != "internal" and not table.name.endswith("_fts")
    ]


def dump_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """One line a row, `table {json}`, tables in the dictionary's order and lines sorted within each."""
    for table in dumped_tables():
        names = [column.name for column in table.columns if not column.local]
        columns = ", ".join(f'"{name}"' for name in names)
        if table.name in _OWNED:
            names.append("owner")
            columns += ", " + _OWNER.format(table=table.name)
        if table.name == "versions":
            names.append("place")
            columns += ", row_number() over (partition by page order by from_at)"
        rows = connection.execute(f'select {columns} from "{table.name}"')  # noqa: S608
        yield from sorted(f"{table.name} {to_json(dict(zip(names, row, strict=True)))}" for row in rows)


def logical_dump(path: Path) -> str:
    """The whole dump as text. For tests and checks: it holds every text in memory."""
    opened = open_reader(path)
    try:
        return "\n".join(dump_rows(opened.connection)) + "\n"
    finally:
        opened.connection.close()
