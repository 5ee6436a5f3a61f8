"""Things that went wrong, as rows."""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.reports.masking import mask
from archive.store.privacy import is_masked
from sites.reading.urls import canonical


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


def told_of(connection: sqlite3.Connection, url: str) -> str:
    """The class of the newest problem of an address since it was last read, '' for none."""
    row = connection.execute(
        "select p.kind from problems p where p.url = ?1 and not exists "
        "(select 1 from pages g where g.url = ?2 and g.last_fetched_at > p.occurred_at) order by p.id desc limit 1",
        (url, canonical(url)),
    ).fetchone()
    return str(row[0]) if row else ""
