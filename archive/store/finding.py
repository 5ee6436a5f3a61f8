"""Ranked full-text search over documents, with facets and exact counts."""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import re
import sqlite3
from array import array
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

from archive.store import broad
from archive.store.catalogue import Catalogue, Shelf
from archive.store.queries import Row, marks, rows
from archive.store.search import fts_query, phrases, stands_in

#: Beyond this many hits a word says nothing about which document is better (复议 stands in three of
#: four reports, in the statutory table), and bm25 would take longer than a reader waits: newest first.
RANKED_UP_TO = 30_000
#: The same for a character alone: bm25 looks at every token that begins with it, and says little of what stands in most
#: texts.
CHARACTER_RANKED_UP_TO = 5_000

#: So many new texts are read for a single character rather than asked of the index.
READ_UP_TO = 1_000

#: What makes a query more than words that must all be there.
_OPERATOR = re.compile(r'[|｜"“”„‟＂]|(?:^|\s)-')

#: How the query for a single character ends (`archive.store.search`).
_BEGINNING = '" *'

#: Weight of a title hit against bm25 scores, which lie between -15 and 0 here.
_TITLE = -20.0


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


def find(
    connection: sqlite3.Connection, wanted: Wanted, known: Catalogue, *, limit: int = 20, offset: int = 0
) -> Found:
    """Documents whose text or title holds what was typed, best first.

    Titles count too, so that 盖北 复议 finds the report whose text says 我镇 throughout. With operators
    (`|`, `-x`, quotes) a title counts only when it holds every word.
    """
    ids, titled, scores = _matching(connection, wanted, fts_query(wanted.query))
    ranked = scores is not None
    kinds = Counter(known.kinds_of(ids))
    if wanted.narrowed:
        kinds = Counter({kind: kinds[kind] for kind in kinds if any(map(wanted.holds, known.kinds[kind]))})
        ids = [identity for identity in ids if known.kind_of(identity) in kinds]
    if scores is not None:
        for identity in titled:
            scores[identity] = scores.get(identity, 0.0) + _TITLE
        best = nsmallest(offset + limit, ((scores.get(identity, 0.0), -identity) for identity in ids))
        chosen = [-identity for _, identity in best[offset:]]
    else:
        chosen = sorted(ids, reverse=True)[offset : offset + limit]
    return Found(total=len(ids), hits=_shown(connection, chosen), ranked=ranked, facets=_facets(kinds, wanted, known))


def _matching(
    connection: sqlite3.Connection, wanted: Wanted, match: str
) -> tuple[Collection[int], set[int], dict[int, float] | None]:
    """The documents that match, each once; those of them whose title says so; and what bm25 says of each text, None
    when there are too many to ask."""
    if connection.in_transaction:  # what is being written may never be committed: nothing is remembered of it
        return _asked(connection, wanted, match)
    connection.execute("savepoint search")  # one state of the archive for all that follows
    try:
        place = broad.place_of(connection)
        if place is None:
            return _asked(connection, wanted, match)
        (last,) = connection.execute("select coalesce(max(id), 0) from documents").fetchone()
        known = broad.known(place, wanted.query)
        if known is not None and (known.last == last or not _begins(match) or last - known.last <= READ_UP_TO):
            if known.last < last:
                came = sorted(_came(connection, wanted, match, known.last))
                known = broad.Broad(known.documents + array("I", came), last)
                broad.remember(place, wanted.query, known)
            return known.documents, set(), None
        ids, titled, scores = _asked(connection, wanted, match)
        if scores is None:
            broad.remember(place, wanted.query, broad.Broad(array("I", sorted(ids)), last))
        return ids, titled, scores
    finally:
        connection.execute("release search")


def _begins(match: str) -> bool:
    """Whether a query looks for a single character and nothing else."""
    return match.endswith(_BEGINNING) and match.count('"') == 2


def _came(connection: sqlite3.Connection, wanted: Wanted, match: str, after: int) -> Collection[int]:
    """The documents with a higher number that match."""
    if not _begins(match):
        return _asked(connection, wanted, match, after)[0]
    # FTS5 would first gather all texts in which any token begins so: a few texts are read sooner
    character = match[1 : -len(_BEGINNING)]
    texts = connection.execute("select id, text from document_texts where id > ?", (after,))
    return {identity for identity, text in texts if stands_in(character, text)}.union(
        _ids(connection, "titles_fts", phrases(wanted.words), after)
    )


def _asked(
    connection: sqlite3.Connection, wanted: Wanted, match: str, after: int = 0
) -> tuple[Collection[int], set[int], dict[int, float] | None]:
    """As `_matching`, from the index; with `after`, only documents with a higher number, and never scores."""

    def ids_of(index: str, query: str) -> list[int]:
        return _ids(connection, index, query, after)

    if len(wanted.words) > 1 and _OPERATOR.search(wanted.query) is None:
        named = [set(ids_of("titles_fts", phrases((word,)))) for word in wanted.words]
        if any(named) or after:
            texts = [ids_of("documents_fts", fts_query(word)) for word in wanted.words]
            ids = set.intersection(*(titles.union(holding) for titles, holding in zip(named, texts, strict=True)))
            few = not after and len(ids) <= RANKED_UP_TO
            return ids, set[int]().union(*named) & ids, _scores(connection, match) if few else None
        titled = set[int]()
    else:
        titled = set(ids_of("titles_fts", phrases(wanted.words))) if wanted.words else set[int]()
    if after:
        return titled.union(ids_of("documents_fts", match)), titled, None
    if match.endswith(_BEGINNING):
        # FTS5 must know all texts in which any token begins so before it counts one: it is asked once
        holding = ids_of("documents_fts", match)
        scores = _scores(connection, match) if len(holding) <= CHARACTER_RANKED_UP_TO else None
        return titled.union(holding), titled, scores
    if _few(connection, match):
        scores = _scores(connection, match)
        return titled.union(scores) if titled else scores.keys(), titled, scores
    return titled.union(ids_of("documents_fts", match)), titled, None


def _few(connection: sqlite3.Connection, match: str) -> bool:
    """Whether at most `RANKED_UP_TO` texts match; FTS5 counts several times as fast as it tells which."""
    found = connection.execute(
        "select count(*) from (select 1 from documents_fts where documents_fts match ? limit ?)",
        (match, RANKED_UP_TO + 1),
    ).fetchone()
    return int(found[0]) <= RANKED_UP_TO


def _scores(connection: sqlite3.Connection, match: str) -> dict[int, float]:
    sql = "select rowid, bm25(documents_fts) from documents_fts where documents_fts match ?"
    return dict(connection.execute(sql, (match,)).fetchall())


def _ids(connection: sqlite3.Connection, index: str, match: str, after: int = 0) -> list[int]:
    # as one text: a row for each would take three times as long
    (found,) = connection.execute(
        f"select group_concat(rowid) from {index} where {index} match ? and rowid > ?", (match, after)
    ).fetchone()
    return list(map(int, found.split(","))) if found else []


def _facets(kinds: Mapping[int, int], wanted: Wanted, known: Catalogue) -> dict[str, list[tuple[Any, int]]]:
    counted: dict[str, Counter[Any]] = {"year": Counter(), "place": Counter(), "level": Counter()}
    years, places, levels = counted.values()
    for kind, number in kinds.items():
        shelves = known.kinds[kind]
        if len(shelves) == 1:
            shelf = shelves[0]
            years[shelf.year] += number
            places[shelf.place] += number
            levels[shelf.level] += number
            continue
        shown = [shelf for shelf in shelves if wanted.holds(shelf)]
        for name, counter in counted.items():
            for value in {getattr(shelf, name) for shelf in shown}:
                counter[value] += number
    for counter in counted.values():
        for nothing in (None, ""):
            counter.pop(nothing, None)
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
