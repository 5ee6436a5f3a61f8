"""What would this reading change? Asked by `gongkai verify --reread`, which names every difference.

The answer comes from the code that writes: the rows a page's reading touches are copied into a database in memory,
the reading is written there, and the rows are given as they were and as they are. Reader versions do not count: every
reading has a new one.
"""

# Only names of tables and columns are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from archive.store import pages, privacy, search
from archive.store.model import Reading

#: What is copied for a page (?1) before it is read into, in this order. Others that share its texts, or report on the
#: same body and year, take part in what is preferred and chosen.
_ROWS = {
    "versions": "page = ?1",
    "pages": "url = ?1 or text_digest in (select text_digest from main.versions)",
    "sites": "id in (select site from main.pages)",
    "sections": "id in (select section from main.pages)",
    "documents": "text_digest in (select text_digest from main.versions)",
    "document_texts": "text_digest in (select text_digest from main.versions)",
    "reports": "page = ?1 or (body, year) in (select body, year from src.reports where page = ?1)",
    "report_sections": "report in (select id from main.reports where page = ?1)",
    "report_grids": "report in (select id from main.reports where page = ?1)",
    "cells": "report in (select id from main.reports where page = ?1)",
    "findings": "report in (select id from main.reports where page = ?1)",
    "bodies": "id in (select body from main.reports)",
    "decisions": "page = ?1",
    "archive_info": "key = 'mask'",
}
_EDITIONS = "insert or ignore into main.pages select * from src.pages where url in (select page from main.reports)"

#: The rows that a reading may change.
_COMPARED = ("pages", "versions", "documents", "document_texts", "reports", "report_sections", "report_grids", "cells",
             "findings", "bodies")  # fmt: skip


#: Rows of every table compared.
Rows = dict[str, list[tuple[Any, ...]]]


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


class Comparer:
    """Compares readings with what an archive on this machine says. Opens it for reading."""

    def __init__(self, path: Path) -> None:
        connection = sqlite3.connect(":memory:", uri=True, isolation_level=None, check_same_thread=False)
        search.register(connection)
        connection.execute("attach ? as src", (f"{path.resolve().as_uri()}?mode=ro",))
        connection.execute("pragma src.busy_timeout = 30000")
        tables = connection.execute(
            "select name, sql from src.sqlite_master where sql is not null and type in ('table', 'index') "
            "and tbl_name not like 'sqlite_%' and tbl_name not like '%_fts%' order by type desc"
        ).fetchall()
        for _, sql in tables:
            connection.execute(sql)
        self._connection = connection
        #: The columns of every table compared, in the order of its rows.
        self.columns = {
            table: tuple(
                name
                for _, name, *_ in connection.execute(f"pragma main.table_info({table})")
                if name != "reader_version"
            )
            for table in _COMPARED
        }

    def beside(self, reading: Reading, from_at: str) -> tuple[Rows, Rows]:
        """The rows a reading touches as they stand and as they would stand once it were written, by table. `columns`
        names what is in them."""
        connection = self._connection
        connection.execute("begin")
        try:
            for table, condition in _ROWS.items():
                connection.execute(
                    f"insert or ignore into main.{table} select * from src.{table} where {condition}",
                    (reading.url,) if "?1" in condition else (),
                )
            connection.execute(_EDITIONS)
            before, untouched = self._rows(), connection.total_changes
            if from_at:
                pages.reread_version(connection, reading, from_at)
            else:
                pages.put_reading(connection, reading)
            wrote = connection.total_changes != untouched
            return before, self._rows() if wrote else before
        finally:
            connection.execute("rollback")

    def as_shown(self, reading: Reading) -> Reading:
        """The reading as this archive may store it (`archive.store.privacy`)."""
        connection = self._connection
        connection.execute("begin")
        try:
            connection.execute("insert into main.archive_info select * from src.archive_info where key = 'mask'")
            return privacy.shown(connection, reading)
        finally:
            connection.execute("rollback")

    def _rows(self) -> Rows:
        return {
            table: self._connection.execute(f"select {_quoted(names)} from main.{table}").fetchall()
            for table, names in self.columns.items()
        }
