"""Copied text in rows: which reports' texts stand in which others.

A row of `similar` says how much of one text stands in another. A text is compared with those it resembles most
(`archive.store.meeting`), of which shares from `similarity.THRESHOLD` on are told; and always with the chosen reports
of the years before and after of the same body. Bands and marks are kept beside, and triggers write down which texts'
reports changed (`similar_waiting`), so that a night compares what is new in it and looks at nothing else; what the
rows say does not depend on the order and number of the nights.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from archive.reports.similarity import RULES, THRESHOLD, Overlap, Shingles, bands, overlap, shingles
from archive.store.meeting import Bands, Meetings

#: Texts compared at a time: what a night holds in memory, some 15 MB of shingles.
AT_ONCE = 2_000
#: Texts whose shingles are held meanwhile, some 6 KB each.
_HELD_TEXTS = 2 * AT_ONCE

# A plus keeps the planner, which knows nothing of an archive before its first night ends, from other indexes.

_WAITING = "select d.id from similar_waiting w cross join documents d on d.text_digest = w.text_digest order by d.id"
#: Texts of these documents that are a report's and were not compared yet, or stand elsewhere now: with the places they
#: fill (`body year` where it is the chosen one, in order), and whether they are hashed.
_CHANGED = """
    select n.id, n.text_digest, n.places, m.document is not null from (
        select id, text_digest, group_concat(place, ',') as places from (
            select distinct d.id, d.text_digest, case when r.standing = 'chosen' and r.year is not null
                then r.body || ' ' || r.year else '' end as place
            from json_each(?1) j cross join documents d on d.id = j.value
            cross join reports r on r.text_digest = d.text_digest and +r.kind = 'report'
            order by d.id, place
        ) group by id
    ) n left join similar_marks m on m.document = n.id
    where m.document is null or m.places is not n.places
"""
#: Texts that wait and are no report's any more, or whose document is another one's now.
_GONE = """
    select w.text_digest, m.document, m.bands from similar_waiting w
    left join similar_marks m on m.text_digest = w.text_digest where not exists (
        select 1 from documents d join reports r on r.text_digest = d.text_digest and +r.kind = 'report'
        where d.text_digest = w.text_digest and d.id = coalesce(m.document, d.id))
"""
_MARKS = (
    "select m.document, m.text_digest, m.bands from json_each(?) j cross join similar_marks m on m.document = j.value"
)
#: Documents whose texts are told to stand in one of these.
_TOLD = """
    select distinct m.document from json_each(?) j cross join similar s on s.other_digest = j.value
    cross join similar_marks m on m.text_digest = s.text_digest
"""
_HELD = """
    select m.document, s.other_digest, s.share, s.resemblance, s.reader_version from json_each(?) j
    cross join similar_marks m on m.document = j.value cross join similar s on s.text_digest = m.text_digest
"""
#: Chosen reports of consecutive years of one body, both with something to compare.
_YEARS = """
    select distinct a.document, b.document from json_each(?) j
    cross join similar_marks a on a.document = j.value and length(a.bands) > 0
    cross join reports r on r.text_digest = a.text_digest and +r.kind = 'report' and +r.standing = 'chosen'
    cross join reports o on o.body = r.body and +o.kind = 'report' and +o.standing = 'chosen'
        and +o.year in (r.year - 1, r.year + 1)
    cross join similar_marks b on b.text_digest = o.text_digest and length(b.bands) > 0
    where a.document <> b.document
"""


def settle_similar(connection: sqlite3.Connection) -> int:
    """Compare what is new or stands elsewhere now; gives how many texts were looked at. Nothing new, nothing
    written."""
    if connection.execute("select rules <> ? from similar_marks limit 1", (RULES,)).fetchone() == (1,):
        _begin_anew(connection)
    looked = 0
    gone = connection.execute(_GONE).fetchall()
    for start in range(0, len(gone), AT_ONCE):
        looked += _Pass(connection).settle((), gone[start : start + AT_ONCE])
    waiting = iter(array("q", (document for (document,) in connection.execute(_WAITING))))
    while part := list(islice(waiting, AT_ONCE)):
        looked += _Pass(connection).settle(part, ())
    connection.execute("delete from similar_waiting")
    return looked


def _begin_anew(connection: sqlite3.Connection) -> None:
    """Texts are hashed or counted in another way now: all of them wait."""
    connection.execute("insert or ignore into similar_waiting select text_digest from similar_marks")
    connection.execute("delete from similar_bands")
    connection.execute("delete from similar_marks")


@dataclass(slots=True)
class _Pass:
    """Some texts that came, stand elsewhere or went, and everybody whose rows that touches. Texts are known by the
    number of their document."""

    _connection: sqlite3.Connection
    _digests: dict[int, str] = field(default_factory=dict)
    _bands: dict[int, Bands] = field(default_factory=dict)
    _shingles: OrderedDict[int, Shingles] = field(default_factory=OrderedDict)
    _shares: dict[tuple[int, int], Overlap] = field(default_factory=dict)
    _dropped: list[tuple[str, str]] = field(default_factory=list)
    _told: list[tuple[str, str, float, float, str]] = field(default_factory=list)

    def settle(self, waiting: Sequence[int], gone: Sequence[tuple[str, int | None, bytes | None]]) -> int:
        went = self._forget(gone)
        came, changed = self._mark(waiting)
        meetings = Meetings(self._connection, {new: self._bands[new] for new in came}, went, self._digest_of)
        looked = meetings.touched() | changed
        looked.update(other for _, other in self._connection.execute(_YEARS, (json.dumps(sorted(changed)),)))
        told = json.dumps([self._digests[document] for document in sorted(changed)])
        looked.update(document for (document,) in self._connection.execute(_TOLD, (told,)))
        self._know(looked)
        meetings.look(band for document in looked for band in self._bands[document])
        years: dict[int, set[int]] = {}
        everybody = json.dumps(sorted(looked))
        for document, other in self._connection.execute(_YEARS, (everybody,)):
            years.setdefault(document, set()).add(other)
        held: dict[int, dict[str, tuple[float, float, str]]] = {}
        for document, other_digest, share, resemblance, rules in self._connection.execute(_HELD, (everybody,)):
            held.setdefault(document, {})[other_digest] = (share, resemblance, rules)
        for document in sorted(looked):
            bands = self._bands[document]
            before = set() if document in came else meetings.before(document, bands).difference(came)
            self._tell(
                document, years.get(document, set()), meetings.after(document, bands), before, held.get(document, {})
            )
        self._connection.executemany(
            "delete from similar where text_digest = ? and other_digest = ?", sorted(self._dropped)
        )
        self._connection.executemany("insert or replace into similar values (?, ?, ?, ?, ?)", sorted(self._told))
        return len(looked)

    def _forget(self, gone: Iterable[tuple[str, int | None, bytes | None]]) -> dict[int, Bands]:
        """Texts that are no report's any more, and their bands."""
        went: dict[int, Bands] = {}
        for digest, document, packed in gone:
            self._connection.execute("delete from similar where text_digest = ?", (digest,))
            self._connection.execute("delete from similar where other_digest = ?", (digest,))
            if document is not None:
                self._digests[document] = digest
                self._connection.execute("delete from similar_marks where document = ?", (document,))
                went[document] = _unpacked(packed or b"")
        return went

    def _mark(self, waiting: Sequence[int]) -> tuple[set[int], set[int]]:
        """Hash and mark what is new among the texts that wait, and what stands elsewhere; gives the new, and both."""
        rows = self._connection.execute(_CHANGED, (json.dumps(waiting),)).fetchall()
        came = set()
        for document, digest, places, hashed in rows:
            self._digests[document] = digest
            if hashed:
                self._connection.execute("update similar_marks set places = ? where document = ?", (places, document))
                continue
            came.add(document)
            found = self._bands[document] = tuple(sorted(set(bands(self._said(document)))))
            self._connection.execute(
                "insert into similar_marks (document, text_digest, rules, places, bands) values (?, ?, ?, ?, ?)",
                (document, digest, RULES, places, _packed(found)),
            )
        return came, {document for document, *_ in rows}

    def _know(self, documents: Iterable[int]) -> None:
        unknown = sorted(document for document in documents if document not in self._bands)
        for document, digest, packed in self._connection.execute(_MARKS, (json.dumps(unknown),)):
            self._digests[document] = digest
            self._bands[document] = _unpacked(packed)

    def _digest_of(self, document: int) -> str:
        if document not in self._digests:
            (self._digests[document],) = self._connection.execute(
                "select text_digest from similar_marks where document = ?", (document,)
            ).fetchone()
        return self._digests[document]

    def _tell(
        self,
        document: int,
        years: set[int],
        met: set[int],
        before: set[int],
        held: Mapping[str, tuple[float, float, str]],
    ) -> None:
        """The rows from a text that differ. `before` are those it was compared with by the same rules."""
        wanted: dict[str, tuple[float, float, str]] = {}
        for other in years | met:
            digest = self._digest_of(other)
            row = held.get(digest)
            if row is None or row[2] != RULES:
                if other in before and other not in years:
                    continue  # too little of it stands there
                seen = self._overlap(document, other)
                row = (seen.share, seen.resemblance, RULES)
            if other in years or row[0] >= THRESHOLD:
                wanted[digest] = row
        mine = self._digest_of(document)
        self._dropped.extend((mine, other) for other in held.keys() - wanted.keys())
        self._told.extend((mine, other, *row) for other, row in wanted.items() if held.get(other) != row)

    def _overlap(self, one: int, other: int) -> Overlap:
        if one > other:
            return self._overlap(other, one).swapped()
        found = self._shares.get((one, other))
        if found is None:
            found = self._shares[one, other] = overlap(self._said(one), self._said(other))
        return found

    def _said(self, document: int) -> Shingles:
        found = self._shingles.get(document)
        if found is None:
            row = self._connection.execute(
                "select text from document_texts where text_digest = ?", (self._digest_of(document),)
            ).fetchone()
            found = self._shingles[document] = shingles(str(row[0]) if row else "")
            if len(self._shingles) > _HELD_TEXTS:
                self._shingles.popitem(last=False)
        else:
            self._shingles.move_to_end(document)
        return found


def _packed(found: Iterable[int]) -> bytes:
    return array("q", found).tobytes()


def _unpacked(kept: bytes) -> Bands:
    return tuple(array("q", kept))
