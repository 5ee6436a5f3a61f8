"""Which texts meet: those with a band in common (`archive.reports.similarity.bands`), and whom of them to compare.

A band that more than `COMMON` texts have comes of words that everybody copies and says nothing of who copied whom: in
it nobody meets. Of those that meet in other bands, the `COMPARED` with the most bands in common are compared. So whom
a text is compared with follows from the texts that are there, whatever the order in which they came and went.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import chain

#: More texts than this in one band: a passage that everybody copied.
COMMON = 100
#: Others that one text is compared with, years of the same body apart.
COMPARED = 10

Bands = tuple[int, ...]

_SEVERAL = """
    select j.value from json_each(?) j where
        (select count(*) from (select 1 from similar_bands b where b.band = j.value limit 2)) > 1
"""


class Meetings:
    """Who meets whom, before and after some texts (by document) came and others went. Writes their bands."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        came: Mapping[int, Bands],
        went: Mapping[int, Bands],
        digest_of: Callable[[int], str],
    ) -> None:
        self._connection = connection
        self._digest_of = digest_of
        self._came, self._went = _by_band(came), _by_band(went)
        self._known: set[int] = set()
        self._before: dict[int, list[int]] = {}
        self._after: dict[int, list[int]] = {}
        # in order of the bands: each page of the index is written once
        connection.executemany("delete from similar_bands where band = ? and document = ?", _rows(self._went))
        connection.executemany("insert into similar_bands (band, document) values (?, ?)", _rows(self._came))

    def touched(self) -> set[int]:
        """The documents that may meet others now: those that came, and whoever met them or those that went."""
        bands = self._came.keys() | self._went.keys()
        self.look(bands)
        found = {document for named in self._came.values() for document in named}
        for band in bands:
            found.update(self._before.get(band, ()), self._after.get(band, ()))
        return found.difference(*self._went.values())

    def look(self, bands: Iterable[int]) -> None:
        """Ask who is in these bands, many at a time."""
        unknown = sorted(set(bands) - self._known)
        self._known.update(unknown)
        several = {band for (band,) in self._connection.execute(_SEVERAL, (json.dumps(unknown),))}
        for band in several.union(band for band in unknown if band in self._went):
            came, went = self._came.get(band, []), self._went.get(band, [])
            most = COMMON + len(came)
            after = [
                document
                for (document,) in self._connection.execute(
                    "select document from similar_bands where band = ? limit ?", (band, most + 1)
                )
            ]
            if len(after) > most:
                continue  # a common one, before as after
            before = [*set(after).difference(came), *went]
            if len(after) <= COMMON:
                self._after[band] = after
            if len(before) <= COMMON:
                self._before[band] = before

    def before(self, document: int, bands: Bands) -> set[int]:
        """Whom a text was compared with. Its bands must have been looked at."""
        return self._likest(document, bands, self._before)

    def after(self, document: int, bands: Bands) -> set[int]:
        """Whom a text is to be compared with now."""
        return self._likest(document, bands, self._after)

    def _likest(self, document: int, bands: Bands, met: Mapping[int, list[int]]) -> set[int]:
        shared = Counter(chain.from_iterable(met[band] for band in bands if band in met))
        del shared[document]
        if len(shared) <= COMPARED:
            return set(shared)
        least = sorted(shared.values())[-COMPARED]
        found = {other for other, number in shared.items() if number > least}
        equal = [other for other, number in shared.items() if number == least]
        if len(found) + len(equal) > COMPARED:
            equal = sorted(equal, key=self._digest_of)[: COMPARED - len(found)]
        return found.union(equal)


def _by_band(documents: Mapping[int, Bands]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for document, bands in documents.items():
        for band in bands:
            found.setdefault(band, []).append(document)
    return found


def _rows(documents: Mapping[int, list[int]]) -> list[tuple[int, int]]:
    return sorted((band, document) for band, named in documents.items() for document in named)
