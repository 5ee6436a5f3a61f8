"""What an archive needs after a night so that it stays fast: statistics for the query planner, an index in few pieces.

Both are bounded: a night pays the same for a thousand documents and for a million.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.store.archive import Archive

#: Rows of each index that ANALYZE looks at.
ANALYSED = 1_000
#: Pages (of about 4 KB) of the full text that one night merges.
MERGED = 2_000
#: Pages merged at a time: readers wait for none of it, the next step of a writer for one.
_AT_ONCE = 500


def tend(archive: Archive, *, budget: int = MERGED) -> None:
    """Refresh the planner's statistics and merge up to `budget` pages of the full text indexes."""
    connection = archive.db.conn
    with archive.step():
        connection.execute(f"pragma analysis_limit = {ANALYSED}")
        connection.execute("analyze")
    for index in ("documents_fts", "titles_fts"):
        for _ in range(0, budget, _AT_ONCE):
            with archive.step():
                if not _merge(connection, index):
                    break


def _merge(connection: sqlite3.Connection, index: str) -> bool:
    """Merge a little; tells whether there was anything to merge: FTS5 shows it by two changes or more."""
    before = connection.total_changes
    connection.execute(f"insert into {index}({index}, rank) values ('merge', {_AT_ONCE})")  # noqa: S608
    return connection.total_changes - before >= 2
