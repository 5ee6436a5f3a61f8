"""Every derived row against its capture: each page read again from its stored answer by today's reader, and what
stands compared with what a rebuild would write. Nothing is written while it is compared.

`archive.store.verify` asks whether bytes, references and digests agree and stays quick; this asks whether titles,
texts, cells, findings and judgements are what the evidence says, at the pace of a rebuild. Readings by an older reader
are stale, no damage. Not asked here: what reports say of each other (standing, findings across years, blames), which
every run settles anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from archive.store.comparing import Comparer, Rows
from archive.store.parts import ACROSS
from archive.store.rebuild import Job, Reader, attempt, jobs_of, reading_of, rebuild
from archive.store.verify import Damage
from sites.model import READER_VERSION
from sites.reading.digest import text_digest

if TYPE_CHECKING:
    from archive.store.archive import Archive

_REMEDY = "gongkai verify --reread --repair writes what the capture says"
_CLAIMS = ("title", "issuer", "index_number", "document_number", "disclosure_mode", "published_at", "dated_on")

#: Table → what names a row for people, its key, and the columns that a reading decides.
_DECIDED: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "pages": ("page", (), (*_CLAIMS, "breadcrumb", "provenance", "media_type", "flags", "text_digest", "family")),
    "versions": ("version", ("from_at",), ("text_digest", "capture")),
    "documents": ("document", (), _CLAIMS),
    "reports": (
        "report",
        (),
        ("kind", "score", "reasons", "body", "body_name", "body_source", "year", "year_source", "title", "regime",
         "edition", "scope", "tables_status", "notes", "capture"),
    ),
    "report_sections": ("section", ("position",), ("key", "ordinal_raw", "heading", "text", "dup_index")),
    "cells": ("cell", ("form", "row", "column"), ("raw", "value", "unit", "status", "confidence", "location",
                                                 "decided")),
    "findings": ("finding", ("position",), ("rule", "severity", "verdict", "where", "expected", "actual", "evidence",
                                            "decision", "blame_alone")),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Recheck:
    """What reading everything again found. `pages` carry rows that their capture does not say. `stale` readings come
    from an older reader and were not compared, `skipped` ones have no capture at hand (lost, withheld, cold)."""

    read: int = 0
    stale: int = 0
    skipped: int = 0
    found: list[Damage] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)


def recheck(
    archive: Archive,
    read: Reader,
    *,
    urls: Collection[str] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> Recheck:
    """Read every page and past version (with `urls` of these pages) again from its capture and tell which rows differ.
    Writes nothing; memory stays flat."""
    result = Recheck()
    comparer = Comparer(archive.path)
    for job in jobs_of(archive, urls=urls):
        progress(result.read + result.stale + result.skipped)
        if job.cold:
            result.skipped += 1
            continue
        if _is_stale(archive, job):
            result.stale += 1
            continue
        if job.exchange is None:
            result.skipped += 1  # `verify` and `problems` name what is lost
            continue
        result.read += 1
        url, messages = job.context.url, list(_differing(archive, comparer, read, job))
        result.found += [Damage(kind="reading", what=url, message=message) for message in messages]
        if messages and url not in result.pages[-1:]:
            result.pages.append(url)
    return result


def mend(archive: Archive, read: Reader, checked: Recheck) -> list[Damage]:
    """Write what the captures of these pages say, as a rebuild does: no version and no change comes of it. Gives what
    was found, with what was done about it."""
    if not checked.pages:
        return []
    with archive.step():
        archive.db.conn.executemany(
            "update documents set reader_version = '' where text_digest in "
            "(select text_digest from versions where page = ?1 union select text_digest from pages where url = ?1)",
            [(url,) for url in checked.pages],
        )
    rebuild(archive, read, urls=checked.pages)
    left = {(damage.what, damage.message) for damage in recheck(archive, read, urls=checked.pages).found}
    return [
        damage if (damage.what, damage.message) in left else replace(damage, repaired="written anew")
        for damage in checked.found
    ]


def _is_stale(archive: Archive, job: Job) -> bool:
    row = archive.db.execute(
        "select 1 from pages p join versions v on v.page = p.url where p.url = ?1 and (v.from_at = ?2 or ?2 = '') "
        "and (p.reader_version <> ?3 or v.reader_version <> ?3)",
        [job.context.url, job.from_at, READER_VERSION],
    ).fetchone()
    return row is not None


def _differing(archive: Archive, comparer: Comparer, read: Reader, job: Job) -> Iterator[str]:
    outcome = attempt(read, job)
    if outcome.reading is None:
        yield (
            f"stands in the archive, and today's rules cannot read its capture: {outcome.message}. "
            "Mend the description of its portal; what was read before stays"
        )
        return
    reading = reading_of(outcome)
    before, after = comparer.beside(reading, job.from_at)
    standing, wanted = _of_page(comparer, before, job.context.url), _of_page(comparer, after, job.context.url)
    for name in sorted({**standing, **wanted}):
        held, said = standing.get(name), wanted.get(name)
        if held is None:
            yield f"{name} is missing. {_REMEDY}"
        elif said is None:
            yield f"{name} is not in its capture. {_REMEDY}"
        else:
            for column, value in held.items():
                if value != said[column]:
                    yield f"{name} {column} is {_shown(value)}, its capture says {_shown(said[column])}. {_REMEDY}"
    (text,) = archive.db.execute(_TEXT, [job.context.url, job.from_at]).fetchone() or (None,)
    # two pages may print one text with other line breaks: what is said counts, as in its digest
    if text is not None and text_digest(text) != text_digest(comparer.as_shown(reading).extracted.text):
        yield f"its text is not what its capture says. {_REMEDY}"


_TEXT = """
    select t.text from versions v join document_texts t on t.text_digest = v.text_digest
    where v.page = ?1 and (v.from_at = ?2 or ?2 = '') order by v.from_at desc limit 1
"""


def _of_page(comparer: Comparer, rows: Rows, url: str) -> dict[str, dict[str, Any]]:
    """What the rows say of one page: a row's name for people → its columns that a reading decides."""
    reports = {row["id"]: row["text_digest"][-8:] for row in _dicts(comparer, rows, "reports") if row["page"] == url}
    told: dict[str, dict[str, Any]] = {}
    for table, (word, keys, columns) in _DECIDED.items():
        for row in _dicts(comparer, rows, table):
            if "report" in row:
                own, text = row["report"] in reports, reports.get(row["report"], "")
            else:
                own, text = row.get("url", row.get("page")) == url, row["text_digest"][-8:]
            if not own or (table == "findings" and row["position"] >= ACROSS):
                continue
            name = " ".join([word, *(str(row[key]) for key in keys)])
            if table == "documents" or (table not in ("pages", "versions") and len(reports) > 1):
                name += f" (text …{text})"
            told[name] = {column: row[column] for column in columns}
    return told


def _dicts(comparer: Comparer, rows: Rows, table: str) -> Iterator[dict[str, Any]]:
    for row in rows[table]:
        yield dict(zip(comparer.columns[table], row, strict=True))


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
