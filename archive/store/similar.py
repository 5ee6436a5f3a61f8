"""Copied text in rows: which reports' texts stand in which others.

A row of `similar` says how much of one text stands in another. Two texts are compared when hashing finds that they
resemble each other, and always when they are the chosen reports of two consecutive years of one body; of the former
only shares from `similarity.THRESHOLD` on are told, at most `KEPT` a text. Bands and marks are kept beside, and
triggers write down which texts' reports changed (`similar_waiting`), so that a night compares what is new in it and
looks at nothing else; what the rows say does not depend on the order of the nights.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from dataclasses import dataclass, field

from archive.reports.similarity import RULES, THRESHOLD, Overlap, bands, overlap, shingles

#: Others told of one text, years of the same body apart: the likest. A text that a whole province copied would fill
#: the table otherwise.
KEPT = 20
#: Texts whose shingles are held while a run is compared: one county's reports, some 40 MB.
_HELD = 400

#: Every text of a report that may have changed, with the places it fills: `body year`
#: where it is the chosen one, in order.
_NOW = """
    select d.id, r.text_digest, r.places from (
        select text_digest, group_concat(place, ',') as places from (
            select distinct text_digest, case when standing = 'chosen' and year is not null then body || ' ' || year
                else '' end as place
            from reports where kind = 'report' and text_digest in (select text_digest from similar_waiting)
            order by text_digest, place
        ) group by text_digest
    ) r join documents d on d.text_digest = r.text_digest
"""
_CHANGED = f"""
    select n.id, n.text_digest, n.places, m.rules is not null and m.rules = ?1
    from ({_NOW}) n left join similar_marks m on m.document = n.id and m.text_digest = n.text_digest
    where m.document is null or (m.rules, m.places) is not (?1, n.places)
"""  # noqa: S608
_GONE = """
    select m.document, m.text_digest from similar_waiting w join similar_marks m on m.text_digest = w.text_digest
    where not exists (
        select 1 from documents d join reports r on r.text_digest = d.text_digest and r.kind = 'report'
        where d.id = m.document and d.text_digest = m.text_digest)
"""
_MEETING = """
    select distinct m.text_digest from similar_bands mine join similar_bands b on b.band = mine.band
    join similar_marks m on m.document = b.document where mine.document = ?1 and b.document <> ?1
"""
_NEIGHBOURS = """
    select distinct o.text_digest from reports r join reports o on o.body = r.body and o.kind = 'report'
        and o.standing = 'chosen' and o.year in (r.year - 1, r.year + 1)
    where r.text_digest = ?1 and r.kind = 'report' and r.standing = 'chosen' and o.text_digest <> ?1
"""


def settle_similar(connection: sqlite3.Connection) -> int:
    """Compare what is new or stands elsewhere now; gives how many texts that was. Nothing new, nothing written."""
    return _Comparison(connection).settle()


@dataclass(slots=True)
class _Comparison:
    """One pass. `_dirty` are texts all of whose rows are to be made again, with their document's id."""

    _connection: sqlite3.Connection
    _dirty: dict[str, int] = field(default_factory=dict)
    _shingles: OrderedDict[str, frozenset[str]] = field(default_factory=OrderedDict)

    def settle(self) -> int:
        if self._connection.execute(
            "select min(rules) <> ?1 or max(rules) <> ?1 from similar_marks", (RULES,)
        ).fetchone()[0]:
            self._connection.execute("insert or ignore into similar_waiting select text_digest from similar_marks")
        for document, digest in self._connection.execute(_GONE).fetchall():
            self._forget(document, digest)
        for document, digest, places, hashed in self._connection.execute(_CHANGED, (RULES,)).fetchall():
            self._mark(document, digest, places, hashed=bool(hashed))
        self._connection.execute("delete from similar_waiting")
        done: set[str] = set()
        while waiting := [digest for digest in self._in_order() if digest not in done]:
            for digest in waiting:
                done.add(digest)
                self._compare(digest)
        return len(done)

    def _forget(self, document: int, digest: str) -> None:
        """A text that is no report's any more. Whoever had no room for others gets them back."""
        for (other,) in self._connection.execute(
            "select text_digest from similar where other_digest = ?", (digest,)
        ).fetchall():
            if self._is_full(other):
                self._again(other)
        self._connection.execute("delete from similar where ?1 in (text_digest, other_digest)", (digest,))
        self._connection.execute("delete from similar_bands where document = ?", (document,))
        self._connection.execute("delete from similar_marks where document = ?", (document,))

    def _mark(self, document: int, digest: str, places: str, *, hashed: bool) -> None:
        if not hashed:
            self._connection.execute("delete from similar_bands where document = ?", (document,))
            self._connection.executemany(
                "insert or ignore into similar_bands (band, document) values (?, ?)",
                [(band, document) for band in bands(self._of(digest))],
            )
        self._connection.execute(
            "insert or replace into similar_marks (document, text_digest, rules, places) values (?, ?, ?, ?)",
            (document, digest, RULES, places),
        )
        self._dirty[digest] = document

    def _again(self, digest: str) -> None:
        row = self._connection.execute("select document from similar_marks where text_digest = ?", (digest,)).fetchone()
        if row is not None:
            self._dirty[digest] = int(row[0])

    def _in_order(self) -> list[str]:
        """Texts that meet in a band one after the other, so that their shingles are still held."""
        first = {
            digest: self._connection.execute(
                "select min(band) from similar_bands where document = ?", (document,)
            ).fetchone()[0]
            for digest, document in self._dirty.items()
        }
        return sorted(first, key=lambda digest: (first[digest] is None, first[digest] or 0, digest))

    def _compare(self, digest: str) -> None:
        """Make every row from and to a text again."""
        mine = self._of(digest)
        years = self._years(digest)
        met = {other for (other,) in self._connection.execute(_MEETING, (self._dirty[digest],))} | years
        met = {other for other in met if mine and self._of(other)}  # tables alone have nothing to copy
        for (other,) in self._connection.execute(
            "select text_digest from similar where other_digest = ?", (digest,)
        ).fetchall():
            if other not in met:  # they were consecutive years of one body
                self._tell_back(other, digest, None)
        found: dict[str, Overlap] = {}
        for other in sorted(met):
            seen = overlap(mine, self._of(other))
            if other in years or seen.share >= THRESHOLD:
                found[other] = seen
            told_back = other in years or seen.share_back >= THRESHOLD
            self._tell_back(other, digest, seen.swapped() if told_back else None)
        likest = sorted(
            (other for other in found if other not in years), key=lambda other: (-found[other].share, other)
        )
        kept = years.union(likest[:KEPT])
        held = {
            other: (share, resemblance, rules)
            for other, share, resemblance, rules in self._connection.execute(
                "select other_digest, share, resemblance, reader_version from similar where text_digest = ?", (digest,)
            )
        }
        wanted = {other: (seen.share, seen.resemblance, RULES) for other, seen in found.items() if other in kept}
        self._connection.executemany(
            "delete from similar where text_digest = ? and other_digest = ?",
            [(digest, other) for other in held.keys() - wanted.keys()],
        )
        self._connection.executemany(
            "insert or replace into similar values (?, ?, ?, ?, ?)",
            [(digest, other, *row) for other, row in wanted.items() if held.get(other) != row],
        )

    def _tell_back(self, digest: str, other: str, seen: Overlap | None) -> None:
        """The row from a text that is not being compared itself to one that is; None: there is nothing to tell."""
        if digest in self._dirty:
            return  # has its own turn
        held = self._connection.execute(
            "select share, resemblance, reader_version from similar where text_digest = ? and other_digest = ?",
            (digest, other),
        ).fetchone()
        if held == (None if seen is None else (seen.share, seen.resemblance, RULES)):
            return
        if self._is_full(digest):
            self._again(digest)
        if seen is None:
            self._connection.execute("delete from similar where text_digest = ? and other_digest = ?", (digest, other))
        else:
            self._connection.execute(
                "insert or replace into similar values (?, ?, ?, ?, ?)",
                (digest, other, seen.share, seen.resemblance, RULES),
            )

    def _is_full(self, digest: str) -> bool:
        """Whether others of a text may be untold for want of room."""
        (rows,) = self._connection.execute("select count(*) from similar where text_digest = ?", (digest,)).fetchone()
        return int(rows) >= KEPT

    def _years(self, digest: str) -> set[str]:
        return {other for (other,) in self._connection.execute(_NEIGHBOURS, (digest,))}

    def _of(self, digest: str) -> frozenset[str]:
        found = self._shingles.get(digest)
        if found is None:
            row = self._connection.execute(
                "select text from document_texts where text_digest = ?", (digest,)
            ).fetchone()
            found = self._shingles[digest] = shingles(str(row[0])) if row else frozenset()
            if len(self._shingles) > _HELD:
                self._shingles.popitem(last=False)
        else:
            self._shingles.move_to_end(digest)
        return found
