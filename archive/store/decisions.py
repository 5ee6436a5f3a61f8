"""What people decided: a report's kind, body or year, a cell's value, a finding. Journal rows that every
reading and every rebuild applies again; what was printed is never overwritten.

A decision stands until another one about the same thing; an empty value takes it back.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import Literal, get_args

from archive.reports.model import Body, Kind, Report
from archive.store.errors import UnknownDecision

DecisionKind = Literal["kind", "body", "year", "cell", "finding"]
_VERDICTS = ("accepted", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`page` is the URL of the report. `key` is the cell's key for a cell, `RULE where` for a finding, ''
    otherwise. `value` is the kind, `name` or `region_code|name` of the body, the year, the number, or
    `accepted`/`rejected`; '' takes an earlier decision back."""

    kind: DecisionKind
    page: str
    value: str
    by: str
    reason: str = ""
    key: str = ""


def check_decision(connection: sqlite3.Connection, decision: Decision) -> None:
    """Raise `UnknownDecision` when it names something that is not there or cannot be so."""
    page = connection.execute("select 1 from reports where page = ?", (decision.page,)).fetchone()
    if page is None:
        raise UnknownDecision(
            f"{decision.page}: no report was read there; nothing to decide. Name a page of `reports`."
        )
    if not decision.by:
        raise UnknownDecision("a decision needs to say who decided (by)")
    if not decision.value:
        return
    match decision.kind:
        case "kind":
            _among(decision, get_args(Kind))
        case "finding":
            _among(decision, _VERDICTS)
        case "year":
            if not decision.value.isdigit() or not 2000 < int(decision.value) < 2101:
                raise UnknownDecision(f"year {decision.value!r} is no report year (four digits)")
        case "cell":
            try:
                float(decision.value)
            except ValueError as error:
                raise UnknownDecision(f"cell value {decision.value!r} is no number") from error
        case "body":
            pass


def _among(decision: Decision, choices: tuple[str, ...]) -> None:
    if decision.value not in choices:
        raise UnknownDecision(f"{decision.kind} {decision.value!r} is none of: {', '.join(choices)}")


def insert_decision(connection: sqlite3.Connection, decision: Decision, *, at: str) -> None:
    """The journal row."""
    connection.execute(
        "insert into decisions (kind, page, key, value, reason, decided_by, decided_at) values (?, ?, ?, ?, ?, ?, ?)",
        (decision.kind, decision.page, decision.key, decision.value, decision.reason, decision.by, at),
    )


def decided_for(connection: sqlite3.Connection, page: str) -> dict[tuple[str, str], str]:
    """What stands decided of a page: (kind, key) → value."""
    found: dict[tuple[str, str], str] = {}
    for kind, key, value in connection.execute(
        "select kind, key, value from decisions where page = ? order by id", (page,)
    ):
        found[kind, key] = value
    return {what: value for what, value in found.items() if value}


def apply(report: Report, decided: dict[tuple[str, str], str]) -> Report:
    """The report as people decided it is; cells and findings keep what was read."""
    kind, body, year = (decided.get((what, "")) for what in ("kind", "body", "year"))
    if kind:
        report = replace(report, kind=_kind(kind), reasons=(*report.reasons, f"decided: {kind}"))
    if year:
        report = replace(report, year=int(year), year_source="decision")
    if body:
        region, separator, name = body.rpartition("|")
        before = report.body
        region = region if separator else (before.region_code if before else "")
        level = before.level if before else ""
        report = replace(report, body=Body(name=name, raw=name, level=level, region_code=region, source="decision"))
    return report


def _kind(value: str) -> Kind:
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    return kinds[value]
