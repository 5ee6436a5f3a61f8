"""Which documents hold a word that very many hold, remembered while the archive stays as it is.

公开 or 年 stands in nearly every report: to ask the index for all of them costs more than everything else on a page of
results, and it is what most visitors ask. Four bytes a document; every commit forgets.
"""

from __future__ import annotations

import sqlite3
import threading
from array import array
from collections import OrderedDict
from pathlib import Path

#: The state of a file and of its write-ahead log.
Stamp = tuple[tuple[int, int], ...]

#: Searches remembered; the longest unasked is forgotten first.
MOST = 12

_KNOWN: OrderedDict[tuple[str, str], tuple[Stamp, array[int]]] = OrderedDict()
_CHANGING = threading.Lock()


def stamp_of(path: Path) -> Stamp:
    """Changes whenever something is committed: sizes and times of the database and of its write-ahead log."""
    stamps = []
    for file in (path, path.with_name(f"{path.name}-wal")):
        try:
            stat = file.stat()
            stamps.append((stat.st_mtime_ns, stat.st_size))
        except FileNotFoundError:
            stamps.append((0, 0))
    return tuple(stamps)


def stamped(connection: sqlite3.Connection) -> tuple[str, Stamp]:
    """The archive's file and its state now: to be asked before reading, so that what is committed meanwhile makes the
    answer old. '' for an archive in memory and for one that is being written: nothing is remembered of those."""
    if connection.in_transaction:
        return "", ()
    file = str(connection.execute("select file from pragma_database_list where name = 'main'").fetchone()[0])
    return file, stamp_of(Path(file)) if file else ()


def known(place: tuple[str, Stamp], query: str) -> array[int] | None:
    """The documents of a search as it was answered in this state of the archive, None when that is not known."""
    file, stamp = place
    with _CHANGING:
        found = _KNOWN.get((file, query))
        if found is None or found[0] != stamp:
            return None
        _KNOWN.move_to_end((file, query))
        return found[1]


def remember(place: tuple[str, Stamp], query: str, documents: array[int]) -> None:
    """Keep the documents of a search."""
    file, stamp = place
    if not file:
        return
    with _CHANGING:
        _KNOWN[(file, query)] = (stamp, documents)
        _KNOWN.move_to_end((file, query))
        while len(_KNOWN) > MOST:
            _KNOWN.popitem(last=False)
