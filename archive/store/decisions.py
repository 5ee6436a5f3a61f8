"""What people decided: a report's kind, body or year, a cell's value, a finding. Journal rows that every
reading and every rebuild applies again; what was printed is never overwritten.

A decision stands until another one about the same thing; an empty value takes it back.
"""

from __future__ import annotations

import difflib
import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from archive.reports.identity import level_of
from archive.reports.model import Body, Decided, Kind, Report
from archive.store.errors import UnknownDecision

DecisionKind = Literal["kind", "body", "year", "cell", "finding"]
_VERDICTS = ("accepted", "rejected")
_DECIDED = "decided: "
#: How many of the possible keys an error names: the nearest ones.
_NAMED = 8
#: Decisions about a part of a report, and the keys there are.
_KEYED = {
    "cell": "select distinct form || '_' || \"row\" || '__' || \"column\" as key from cells "
    "where report in (select id from reports where page = ?) order by key",
    "finding": "select distinct trim(rule || ' ' || \"where\") as key from findings where verdict = 'FAIL' "
    "and report in (select id from reports where page = ?) order by key",
}


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
    if decision.kind not in get_args(DecisionKind):
        raise UnknownDecision(f"{decision.kind!r} is nothing to decide; choices: {', '.join(get_args(DecisionKind))}")
    page = connection.execute("select 1 from reports where page = ?", (decision.page,)).fetchone()
    if page is None:
        raise UnknownDecision(
            f"{decision.page}: no report was read there; nothing to decide. Name a page of `reports`."
        )
    if not decision.by.strip():
        raise UnknownDecision("a decision needs to say who decided (by)")
    if decision.kind not in _KEYED and decision.key:
        raise UnknownDecision(f"a decision about a report's {decision.kind} has no key; it says {decision.key!r}")
    if not decision.value:
        if (decision.kind, decision.key) not in decided_for(connection, decision.page):
            raise UnknownDecision(f"nothing is decided of {decision.kind} {decision.key}".rstrip() + " to take back")
        return
    match decision.kind:
        case "kind":
            _among(decision, get_args(Kind))
        case "finding":
            _among(decision, _VERDICTS)
        case "year":
            if not decision.value.isdecimal() or not 2000 < int(decision.value) < 2101:
                raise UnknownDecision(f"year {decision.value!r} is no report year (four digits)")
        case "cell":
            try:
                number = float(decision.value)
            except ValueError as error:
                raise UnknownDecision(f"cell value {decision.value!r} is no number") from error
            if not math.isfinite(number):
                raise UnknownDecision(f"cell value {decision.value!r} is no number a cell can hold")
        case "body":
            region, _, name = decision.value.rpartition("|")
            if not name.strip() or (region and not region.isdecimal()):
                raise UnknownDecision(
                    f"body {decision.value!r} is none: write its name, or REGION_CODE|NAME (GB/T 2260 digits)"
                )
    if decision.kind in _KEYED:
        known = keys_of(connection, decision.page, decision.kind)
        if decision.key not in known:
            near = difflib.get_close_matches(decision.key, known, n=_NAMED, cutoff=0.0)
            more = f" and {len(known) - len(near)} more" if len(known) > len(near) else ""
            raise UnknownDecision(
                f"{decision.page} has no {decision.kind} {decision.key!r}; "
                + (f"it has: {', '.join(near)}{more}" if near else "it has none at all")
            )


def keys_of(connection: sqlite3.Connection, page: str, kind: str) -> list[str]:
    """What there is to decide of a page: the keys of its cells (`kind` cell), or of its failed rules (finding)."""
    return [str(key) for (key,) in connection.execute(_KEYED[kind], (page,))]


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


def decided_of(connection: sqlite3.Connection, page: str) -> Decided:
    """What people decided of a page that its reading must know."""
    decided = decided_for(connection, page)
    kind = decided.get(("kind", ""))
    return Decided(
        kind=_kind(kind) if kind else None,
        cells={key: float(value) for (what, key), value in decided.items() if what == "cell"},
    )


def decided_body(value: str, region_code: str) -> Body:
    """The body a decision names. Without a region of its own it is one of `region_code`, the page's portal's."""
    region, separator, name = value.rpartition("|")
    region, name = (region if separator else region_code), name.strip()
    return Body(name=name, raw=name, level=level_of(name, region), region_code=region, source="decision")


def with_reason(reasons: Sequence[str], kind: str) -> tuple[str, ...]:
    """The reasons for a kind, ending with the decision in place of any before it."""
    return (*(reason for reason in reasons if not reason.startswith(_DECIDED)), f"{_DECIDED}{kind}")


def apply(report: Report, decided: dict[tuple[str, str], str], *, region_code: str = "") -> Report:
    """The report as people decided it is; cells and findings keep what was read. `region_code` is where a decided
    body is when the decision does not say."""
    kind, body, year = (decided.get((what, "")) for what in ("kind", "body", "year"))
    if kind:
        report = replace(report, kind=_kind(kind), reasons=with_reason(report.reasons, kind))
    if year:
        report = replace(report, year=int(year), year_source="decision")
    if body:
        report = replace(report, body=decided_body(body, region_code))
    return report


def _kind(value: str) -> Kind:
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    return kinds[value]
