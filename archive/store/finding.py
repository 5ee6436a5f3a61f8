"""Ranked full-text search over documents, with facets and exact counts."""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from archive.store.queries import Row, count, marks, rows
from archive.store.search import fts_query

#: Beyond this many hits a word says nothing about which document is better (复议 stands in three of
#: four reports, in the statutory table), and bm25 would take longer than a reader waits: newest first.
RANKED_UP_TO = 20_000

#: Weight of a title hit against bm25 scores, which lie between -15 and 0 here.
_TITLE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A search: what was typed, the words to look for in titles, and the facets chosen."""

    query: str
    words: tuple[str, ...] = ()
    year: int | None = None
    place: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`total` documents match; `hits` are one page of them; `facets` count documents by value."""

    total: int
    hits: list[Row]
    ranked: bool
    facets: dict[str, list[tuple[Any, int]]] = field(default_factory=dict)


def find(connection: sqlite3.Connection, wanted: Wanted, *, limit: int = 20, offset: int = 0) -> Found:
    """Documents whose text or title holds what was typed, best first.

    A title is searched only when every word of the query stands in it, so that 盖北 finds the report
    whose text says 我镇 throughout.
    """
    where, values = _where(wanted)
    match = fts_query(wanted.query)
    titles, title_values = _in_title(wanted.words)
    hit = f"""with hit(id) as materialized (
                select rowid from documents_fts where documents_fts match ?
                union select d.id from documents d where {titles})"""
    bound = (match, *title_values)
    total = count(
        connection, f"{hit} select count(*) from hit join documents d on d.id = hit.id where {where}", (*bound, *values)
    )
    ranked = total <= RANKED_UP_TO
    if ranked:
        order = f"""with hit(id, score) as materialized (
                select id, min(score) from (
                    select rowid as id, bm25(documents_fts) as score from documents_fts where documents_fts match ?
                    union all select d.id, {-_TITLE} from documents d where {titles})
                group by id)
            select hit.id from hit join documents d on d.id = hit.id where {where}
            order by hit.score, d.published_at desc, d.id"""
    else:
        order = f"""{hit} select hit.id from hit join documents d on d.id = hit.id where {where}
            order by hit.id desc"""
    page = rows(connection, f"{order} limit {int(limit)} offset {int(offset)}", (*bound, *values))
    return Found(
        total=total,
        hits=_shown(connection, [row["id"] for row in page]),
        ranked=ranked,
        facets=_facets(connection, hit, bound, where, values) if total else {},
    )


def _in_title(words: tuple[str, ...]) -> tuple[str, list[object]]:
    if not words:
        return "0", []
    return " and ".join("instr(d.title, ?) > 0" for _ in words), list(words)


def _where(wanted: Wanted) -> tuple[str, list[object]]:
    conditions, values = list[str](), list[object]()
    if wanted.year is not None:
        conditions.append("r.year = ?")
        values.append(wanted.year)
    if wanted.place:
        conditions.append("? in (b.province, b.city, b.county)")
        values.append(wanted.place)
    if wanted.level:
        conditions.append("b.level = ?")
        values.append(wanted.level)
    if not conditions:
        return "1", []
    joined = " and ".join(conditions)
    return (
        f"""exists (select 1 from reports r left join bodies b on b.id = r.body
                    where r.text_digest = d.text_digest and {joined})""",
        values,
    )


def _facets(
    connection: sqlite3.Connection, hit: str, bound: tuple[object, ...], where: str, values: list[object]
) -> dict[str, list[tuple[Any, int]]]:
    groups = rows(
        connection,
        f"""{hit} select r.year, coalesce(nullif(b.county, ''), nullif(b.city, ''), b.province) as place, b.level,
                count(distinct d.id) as documents
            from hit join documents d on d.id = hit.id join reports r on r.text_digest = d.text_digest
            left join bodies b on b.id = r.body where {where} group by 1, 2, 3""",
        (*bound, *values),
    )
    facets: dict[str, list[tuple[Any, int]]] = {}
    for name in ("year", "place", "level"):
        counted: Counter[Any] = Counter()
        for row in groups:
            if row[name] not in (None, ""):
                counted[row[name]] += row["documents"]
        if name == "year":
            facets[name] = sorted(counted.items(), reverse=True)
        else:
            facets[name] = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return facets


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
