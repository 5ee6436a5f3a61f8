"""Ranked full-text search over documents, with facets and exact counts."""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from archive.store.queries import Row, marks, rows
from archive.store.search import fts_query

#: Beyond this many hits a word says nothing about which document is better (复议 stands in three of
#: four reports, in the statutory table), and bm25 would take longer than a reader waits: newest first.
RANKED_UP_TO = 20_000

#: What makes a query more than words that must all be there.
_OPERATOR = re.compile(r'[|｜"“”„‟＂]|(?:^|\s)-')

#: Weight of a title hit against bm25 scores, which lie between -15 and 0 here.
_TITLE = -20.0


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
    """Where documents belong: `kinds` are the combinations that occur (a text that two towns published
    belongs to both), `kind_of` the place in `kinds` of each document id."""

    kinds: Sequence[tuple[Shelf, ...]]
    kind_of: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A search: what was typed, the words to look for in titles, and the facets chosen."""

    query: str
    words: tuple[str, ...] = ()
    year: int | None = None
    place: str = ""
    level: str = ""

    def holds(self, shelf: Shelf) -> bool:
        """Whether the chosen facets hold for one of a document's reports."""
        return (
            (self.year is None or shelf.year == self.year)
            and (not self.place or self.place in (shelf.province, shelf.city, shelf.county))
            and (not self.level or shelf.level == self.level)
        )

    @property
    def narrowed(self) -> bool:
        """Whether any facet is chosen."""
        return self.year is not None or bool(self.place or self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`total` documents match; `hits` are one page of them; `facets` count documents by value."""

    total: int
    hits: list[Row]
    ranked: bool
    facets: dict[str, list[tuple[Any, int]]] = field(default_factory=dict)


def catalogue(connection: sqlite3.Connection) -> Catalogue:
    """Where every document belongs. Reading it costs seconds for 100,000 documents, keeping it 15 MB: it is
    read once and kept while the archive does not change."""
    shelves: dict[Shelf, Shelf] = {}
    found: dict[int, tuple[Shelf, ...]] = {}
    for identity, *keys in connection.execute(
        """select d.id, r.year, b.province, b.city, b.county, b.level
           from reports r join documents d on d.text_digest = r.text_digest left join bodies b on b.id = r.body"""
    ):
        year, *names = keys
        shelf = Shelf(year, *(name or "" for name in names))
        shelf = shelves.setdefault(shelf, shelf)
        if shelf not in found.get(identity, ()):
            found[identity] = (*found.get(identity, ()), shelf)
    kinds: dict[tuple[Shelf, ...], int] = {}
    kind_of = {identity: kinds.setdefault(places, len(kinds)) for identity, places in found.items()}
    return Catalogue(list(kinds), kind_of)


def find(
    connection: sqlite3.Connection, wanted: Wanted, known: Catalogue, *, limit: int = 20, offset: int = 0
) -> Found:
    """Documents whose text or title holds what was typed, best first.

    Titles count too, so that 盖北 复议 finds the report whose text says 我镇 throughout. With operators
    (`|`, `-x`, quotes) a title counts only when it holds every word.
    """
    match = fts_query(wanted.query)
    if len(wanted.words) > 1 and _OPERATOR.search(wanted.query) is None:
        named = [_titled(connection, (word,)) for word in wanted.words]
        texts = [_holding(connection, fts_query(word)) for word in wanted.words]
        ids = set.intersection(*(titles | holding for titles, holding in zip(named, texts, strict=True)))
        titled = set[int]().union(*named) & ids
    else:
        titled = _titled(connection, wanted.words)
        ids = titled | _holding(connection, match)
    ranked = len(ids) <= RANKED_UP_TO
    if wanted.narrowed:
        held = {kind for kind, places in enumerate(known.kinds) if any(map(wanted.holds, places))}
        ids = {identity for identity in ids if known.kind_of.get(identity) in held}
    if ranked:
        scores: dict[int, float] = dict(
            tuple(row)
            for row in connection.execute(
                "select rowid, bm25(documents_fts) from documents_fts where documents_fts match ?", (match,)
            )
        )
        for identity in titled:
            scores[identity] = scores.get(identity, 0.0) + _TITLE
        ordered = sorted(ids, key=lambda identity: (scores.get(identity, 0.0), -identity))
    else:
        ordered = sorted(ids, reverse=True)
    return Found(
        total=len(ids),
        hits=_shown(connection, ordered[offset : offset + limit]),
        ranked=ranked,
        facets=_facets(ids, wanted, known),
    )


def _holding(connection: sqlite3.Connection, match: str) -> set[int]:
    return {
        row[0] for row in connection.execute("select rowid from documents_fts where documents_fts match ?", (match,))
    }


def _titled(connection: sqlite3.Connection, words: tuple[str, ...]) -> set[int]:
    if not words:
        return set()
    condition = " and ".join("instr(title, ?) > 0" for _ in words)
    return {row[0] for row in connection.execute(f"select id from documents where {condition}", words)}


def _facets(ids: Iterable[int], wanted: Wanted, known: Catalogue) -> dict[str, list[tuple[Any, int]]]:
    together = Counter(map(known.kind_of.get, ids))
    counted: dict[str, Counter[Any]] = {"year": Counter(), "place": Counter(), "level": Counter()}
    for kind, number in together.items():
        shown = [] if kind is None else [shelf for shelf in known.kinds[kind] if wanted.holds(shelf)]
        for name, counter in counted.items():
            for value in {getattr(shelf, name) for shelf in shown} - {None, ""}:
                counter[value] += number
    return {
        name: sorted(counter.items(), reverse=True)
        if name == "year"
        else sorted(counter.items(), key=lambda item: (-item[1], item[0]))
        for name, counter in counted.items()
    }


def _shown(connection: sqlite3.Connection, ids: list[int]) -> list[Row]:
    documents = rows(
        connection,
        f"""select d.id, d.title, d.url, d.issuer, d.published_at, d.text_digest, d.chars, t.text, p.capture, p.state
            from documents d join document_texts t on t.id = d.id left join pages p on p.url = d.url
            where d.id in ({marks(ids)})""",
        ids,
    )
    by_digest = {document["text_digest"]: document for document in documents}
    for document in documents:
        document["reports"] = []
    for report in rows(
        connection,
        f"""select r.text_digest, r.kind, r.standing, r.year, r.body, r.page, r.capture,
                coalesce(b.name, r.body_name) as name, b.city, b.county
            from reports r left join bodies b on b.id = r.body
            where r.text_digest in ({marks(by_digest)}) order by r.standing <> 'chosen', r.year desc, b.name""",
        list(by_digest),
    ):
        by_digest[report["text_digest"]]["reports"].append(report)
    by_id = {document["id"]: document for document in documents}
    return [by_id[identity] for identity in ids if identity in by_id]
