"""Things that went wrong, as rows."""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.reports.masking import mask
from archive.store.privacy import is_masked


def insert_problem(connection: sqlite3.Connection, data: dict[str, Any], *, at: str) -> None:
    """The row of a problem as the journal tells it, its words masked where the archive masks."""
    said = (data["message"], data["evidence"])
    message, evidence = (mask(words) for words in said) if is_masked(connection) else said
    connection.execute(
        "insert into problems (run, site, section, url, kind, message, evidence, capture, occurred_at) "
        "values (?, ?, ?, ?, ?, ?, ?, (select id from captures where record_id = ?), ?)",
        (
            data["run"],
            data["site"],
            data["section"],
            data["url"],
            data["kind"],
            message,
            evidence,
            data["record"],
            at,
        ),
    )
