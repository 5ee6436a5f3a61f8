"""A view made anew by a later migration, in other words: those before stay as they ran."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def reword_view(connection: sqlite3.Connection, name: str, words: Iterable[tuple[str, str]], *, end: str = "") -> None:
    """Make the view `name` anew with each (before, after) in its statement exchanged once, and `end` behind it."""
    (statement,) = connection.execute(
        "select sql from sqlite_master where type = 'view' and name = ?", (name,)
    ).fetchone()
    for before, after in words:
        assert before in statement, f"the view {name} is not the one this migration knows"
        statement = statement.replace(before, after, 1)
    connection.execute(f"drop view {name}")
    connection.execute(statement + end)
