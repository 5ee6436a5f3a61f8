"""What waits for a person, to read only: each entry with the command that decides it."""

from __future__ import annotations

import re
import shlex
from typing import Any

from datasette.utils.asgi import Response

from archive.reports.kind import sign_of
from archive.store import queries
from archive.store.decisions import DecisionKind
from archive.store.waiting import FactName, Waiting, waiting
from archive.web.language import Language
from archive.web.numbers import cell_label, evidence_label, where_label
from archive.web.visit import Visit

ENTRIES_A_PAGE = 50
#: Kinds of decisions that a queue is made of.
KINDS: tuple[DecisionKind, ...] = ("kind", "body", "year", "finding", "cell")
LAST_PAGE = 200
#: Where a cell was read, as the reader writes it: `table 2 row 5`, `line 40`.
_PLACE = re.compile(r"\b(table|row|line) (\d+)")


async def review(visit: Visit) -> Response:
    """The queue of `gongkai review`, by kind, page by page."""
    kind = visit.choice("kind", KINDS)
    page = visit.number("page", low=1, high=LAST_PAGE, default=1) or 1
    kinds = tuple(known for known in KINDS if known == kind)
    start = (page - 1) * ENTRIES_A_PAGE
    found = await visit.kept(waiting, kinds=kinds, limit=start + ENTRIES_A_PAGE + 1)
    shown = found[start : start + ENTRIES_A_PAGE]
    return visit.html(
        "review.html",
        kinds=KINDS,
        kind=kind,
        entries=[_shown(visit, entry, await visit.kept(queries.reports_at, entry.page)) for entry in shown],
        page=page,
        more=len(found) > start + ENTRIES_A_PAGE,
    )


def _shown(visit: Visit, entry: Waiting, reports: list[queries.Row]) -> dict[str, Any]:
    t = visit.language
    report = next((row for row in reports if row["kind"] == "report" and row["body"] and row["year"]), None)
    rule, _, where = entry.key.partition(" ")
    known = {"finding": where_label(rule, where), "cell": cell_label(entry.key)}
    return {
        "kind": entry.kind,
        "page": entry.page,
        "key": entry.key,
        "title": entry.title,
        "printed": entry.printed,
        "because": t.value("because", entry.because).format(measure=entry.measure or 0),
        "facts": [
            (t.value("fact", fact.name), [_said(t, fact.name, value) for value in fact.values]) for fact in entry.facts
        ],
        "choices": entry.choices if entry.kind == "kind" else t.value("decided", entry.kind),
        "place": known.get(entry.kind, ""),
        "rule": rule if entry.kind == "finding" else "",
        "report": report,
        "capture": reports[0]["capture"] if reports else None,
        "command": command(entry),
    }


def _said(t: Language, name: FactName, value: str) -> str:
    """One value of a fact in the reader's language; what the page itself says stays as it is."""
    match name:
        case "kind" | "blame":
            return t.value(name, value)
        case "status":
            return t.value("cell", value)
        case "from":
            return evidence_label(value)
        case "reason" if sign := sign_of(value):
            return f"{sign.points} {t.value('sign', sign.code).format(about=sign.about)}".strip()
        case "place" if parts := _PLACE.findall(value):
            return " ".join(t.value("place", part).format(number=number) for part, number in parts)
    return value


def command(entry: Waiting) -> str:
    """The line that decides an entry; the words in capitals are the person's."""
    parts = ["gongkai", "review", "--page", entry.page, "--decide", entry.kind]
    parts += ["--key", entry.key] if entry.key else []
    return f"{shlex.join(parts)} --value VALUE --by NAME --reason WHY"
