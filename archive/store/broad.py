"""Which documents hold a word that very many hold, remembered for as long as no text that is known changes.

公开 or 年 stands in nearly every report: to ask the index for all of them costs more than everything else on a page of
results, and it is what most visitors ask. Four bytes a document. Documents that came since are asked for and added;
only where a text or a title was changed or removed (`texts_changed` in `archive_info`, kept by triggers) is everything
asked anew.
"""

from __future__ import annotations

import sqlite3
import threading
from array import array
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

#: The state of a file and of its write-ahead log.
Stamp = tuple[tuple[int, int], ...]

#: Searches remembered; the longest unasked is forgotten first.
MOST = 12


class Place(NamedTuple):
    """An archive in a state: its file, which file that is on the disk, and how often a known text changed."""

    file: str
    number: int
    changed: int


@dataclass(frozen=True, slots=True)
class Broad:
    """The documents that a search found among those up to `last`, ascending."""

    documents: array[int]
    last: int


_KNOWN: OrderedDict[tuple[str, str], tuple[Place, Broad]] = OrderedDict()
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


def place_of(connection: sqlite3.Connection) -> Place | None:
    """The archive as the connection reads it. None for an archive in memory: nothing is remembered of those."""
    file = str(connection.execute("select file from pragma_database_list where name = 'main'").fetchone()[0])
    if not file:
        return None
    (changed,) = connection.execute(
        "select cast(value as integer) from archive_info where key = 'texts_changed'"
    ).fetchone()
    return Place(file, Path(file).stat().st_ino, changed)


def known(place: Place, query: str) -> Broad | None:
    """What a search found in this archive while its known texts are what they were, None when that is not known."""
    with _CHANGING:
        found = _KNOWN.get((place.file, query))
        if found is None or found[0] != place:
            return None
        _KNOWN.move_to_end((place.file, query))
        return found[1]


def remember(place: Place, query: str, found: Broad) -> None:
    """Keep what a search found."""
    with _CHANGING:
        _KNOWN[(place.file, query)] = (place, found)
        _KNOWN.move_to_end((place.file, query))
        while len(_KNOWN) > MOST:
            _KNOWN.popitem(last=False)
