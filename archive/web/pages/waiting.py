"""What waits for a person, to read only: each entry with the command that decides it."""

from __future__ import annotations

import shlex
from typing import Any

from datasette.utils.asgi import Response

from archive.store import queries
from archive.store.decisions import DecisionKind
from archive.store.waiting import Waiting, waiting
from archive.web.numbers import cell_label, where_label
from archive.web.visit import Visit

ENTRIES_A_PAGE = 50
#: Kinds of decisions that a queue is made of.
KINDS: tuple[DecisionKind, ...] = ("kind", "body", "year", "finding", "cell")
LAST_PAGE = 200


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
        entries=[_shown(entry, await visit.kept(queries.reports_at, entry.page)) for entry in shown],
        page=page,
        more=len(found) > start + ENTRIES_A_PAGE,
    )


def _shown(entry: Waiting, reports: list[queries.Row]) -> dict[str, Any]:
    report = next((row for row in reports if row["kind"] == "report" and row["body"] and row["year"]), None)
    rule, _, where = entry.key.partition(" ")
    known = {"finding": where_label(rule, where), "cell": cell_label(entry.key)}
    return {
        **entry.as_json(),
        "choices": entry.choices,
        "place": known.get(entry.kind, ""),
        "rule": rule if entry.kind == "finding" else "",
        "report": report,
        "capture": reports[0]["capture"] if reports else None,
        "command": command(entry),
    }


def command(entry: Waiting) -> str:
    """The line that decides an entry; the words in capitals are the person's."""
    parts = ["gongkai", "review", "--page", entry.page, "--decide", entry.kind]
    parts += ["--key", entry.key] if entry.key else []
    return f"{shlex.join(parts)} --value VALUE --by NAME --reason WHY"
