"""Things that went wrong, as rows."""

from __future__ import annotations

import sqlite3
from typing import Any


def insert_problem(connection: sqlite3.Connection, data: dict[str, Any], *, at: str) -> None:
    """The row of a problem as the journal tells it."""
    connection.execute(
        "insert into problems (run, site, section, url, kind, message, evidence, capture, occurred_at) "
        "values (?, ?, ?, ?, ?, ?, ?, (select id from captures where record_id = ?), ?)",
        (
            data["run"],
            data["site"],
            data["section"],
            data["url"],
            data["kind"],
            data["message"],
            data["evidence"],
            data["record"],
            at,
        ),
    )
