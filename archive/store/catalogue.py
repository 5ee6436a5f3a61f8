"""Where documents belong: which year, place and level each stands for, in memory, for counting facets.

Four bytes a document. The table `shelves` is kept by triggers; documents that came since the last reading are added to
what is known, and everything is read anew only when something else changed (`shelves_changed` in `archive_info`).
"""

from __future__ import annotations

import sqlite3
import threading
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Shelf(NamedTuple):
    """Where a document belongs: the year, place and level of one of its reports."""

    year: int | None
    province: str
    city: str
    county: str
    level: str

    @property
    def place(self) -> str:
        """The smallest place known."""
        return self.county or self.city or self.province


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`kinds` are the combinations of shelves that occur (a text that two towns published belongs to both; the
    first kind belongs nowhere); `kind_at` says at each document's id which kind it is. `changed` and `last` tell how
    far it was read."""

    kinds: Sequence[tuple[Shelf, ...]]
    kind_at: array[int]
    changed: int
    last: int

    def kind_of(self, document: int) -> int:
        """The place in `kinds` of a document's kind."""
        return self.kind_at[document] if document <= self.last else 0

    def kinds_of(self, documents: Collection[int]) -> Iterator[int]:
        """The kinds of many documents, each known or not."""
        if documents and max(documents) <= self.last:
            return map(self.kind_at.__getitem__, documents)
        return map(self.kind_of, documents)


#: The newest catalogue of each archive that is being read, by its file.
_KNOWN: dict[str, Catalogue] = {}
_READING = threading.Lock()


def catalogue(connection: sqlite3.Connection) -> Catalogue:
    """Where every document belongs, as the archive says now. The first reading takes a second for 600,000 documents,
    the next ones only as long as what is new."""
    file = str(connection.execute("select file from pragma_database_list where name = 'main'").fetchone()[0])
    with _READING:
        found = _read(connection, _KNOWN.get(file))
        if file:
            _KNOWN[file] = found
    return found


def _read(connection: sqlite3.Connection, known: Catalogue | None) -> Catalogue:
    connection.execute("savepoint catalogue")  # one state of the archive for all that follows
    try:
        (changed,) = connection.execute(
            "select cast(value as integer) from archive_info where key = 'shelves_changed'"
        ).fetchone()
        (last,) = connection.execute("select coalesce(max(document), 0) from shelves").fetchone()
        if known is not None and known.changed == changed and known.last == last:
            return known
        if known is None or known.changed != changed or known.last > last:
            known = Catalogue([()], array("I", [0]), changed, 0)
        return _added(connection, known, changed, last)
    finally:
        connection.execute("release catalogue")


def _added(connection: sqlite3.Connection, known: Catalogue, changed: int, last: int) -> Catalogue:
    """What is known, and the documents after `known.last`."""
    bodies = {
        body: names for body, *names in connection.execute("select id, province, city, county, level from bodies")
    }
    nowhere = ["", "", "", ""]
    numbers: dict[tuple[int, str], int] = {}
    kinds = {shelves: number for number, shelves in enumerate(known.kinds)}
    kind_at = array("I", known.kind_at)
    kind_at.extend(array("I", bytes(4 * (last - known.last))))
    several: dict[int, list[tuple[int, str]]] = {}
    previous, first = 0, (0, "")
    for document, year, body in connection.execute(
        "select document, year, body from shelves where document > ? order by document", (known.last,)
    ):
        if document == previous:
            several.setdefault(document, [first]).append((year, body))
            continue
        previous, first = document, (year, body)
        number = numbers.get(first)
        if number is None:
            alone = Shelf(year or None, *bodies.get(body, nowhere))
            number = numbers[first] = kinds.setdefault((alone,), len(kinds))
        kind_at[document] = number
    for document, places in several.items():
        shelves = tuple(dict.fromkeys(Shelf(year or None, *bodies.get(body, nowhere)) for year, body in places))
        kind_at[document] = kinds.setdefault(shelves, len(kinds))
    return Catalogue(list(kinds), kind_at, changed, last)
