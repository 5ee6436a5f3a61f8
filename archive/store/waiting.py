"""What waits for a person: one queue of everything the reading was not sure of and nobody decided.

Only what a page says now counts, and of editions the chosen one: what is superseded needs no decision.
Nothing here writes; a decision goes through `Archive.put_decision` and leaves the queue at once.
"""

# Only constants are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Literal, NamedTuple, get_args

from archive.reports.kind import ACCEPT_FROM, REVIEW_FROM
from archive.reports.model import Kind
from archive.store.decisions import DecisionKind

#: Below this a cell's own reader was not sure of it (half of it is a guess).
SURE_FROM = 0.6


#: Why something waits; every interface has its own words for it.
Because = Literal["score", "no_body", "no_year", "hard_rule", "soft_rule", "unsure"]
#: What the reading made of it, by name.
FactName = Literal[
    "kind", "reason", "body", "year", "issuer", "section", "published", "expected", "blame", "from", "number",
    "status", "place",
]  # fmt: skip

_WHY: Mapping[Because, str] = {
    "score": f"scored {{measure:g}}: between {REVIEW_FROM:g} (no report) and {ACCEPT_FROM:g} (a report)",
    "no_body": "a report without a known body: it is not counted",
    "no_year": "a report without a known year: it is not counted",
    "hard_rule": "a hard rule fails",
    "soft_rule": "a soft rule fails",
    "unsure": "read with confidence {measure:g}",
}
#: Facts that say what they are.
_BARE = frozenset({"kind", "reason", "number", "place"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known: what it is and what it says (several for reasons and evidence)."""

    name: FactName
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing to decide: `kind`, `page` and `key` are those of the decision that settles it.

    `because` says why it waits, with the score or confidence that made it so (`measure`), `printed` what the page
    prints there, `facts` what the reading made of it. `title`, `body_name` and `year` say of which report ('' and None
    where unknown).
    """

    kind: DecisionKind
    page: str
    key: str
    because: Because
    measure: float | None = None
    printed: str
    facts: tuple[Fact, ...]
    title: str
    body_name: str
    year: int | None

    @property
    def why(self) -> str:
        """Why it waits, in one English line."""
        status = "".join(f", status {fact.values[0]}" for fact in self.facts if fact.name == "status")
        return _WHY[self.because].format(measure=self.measure) + status

    @property
    def known(self) -> str:
        """What the reading made of it, in one English line."""
        told = [
            ("" if fact.name in _BARE else f"{fact.name} ") + "; ".join(fact.values)
            for fact in self.facts
            if fact.name != "status"
        ]
        return (": " if self.because == "score" else ", ").join(told)

    def as_json(self) -> dict[str, object]:
        """The public shape of an entry (`gongkai review --json`)."""
        return {
            "kind": self.kind,
            "page": self.page,
            "key": self.key,
            "because": self.because,
            "why": self.why,
            "printed": self.printed,
            "known": self.known,
            "title": self.title,
            "body_name": self.body_name,
            "year": self.year,
        }

    @property
    def choices(self) -> str:
        """What a decision about it can say."""
        match self.kind:
            case "kind":
                return ", ".join(get_args(Kind))
            case "body":
                return "a name, or REGION_CODE|NAME"
            case "year":
                return "a year, four digits"
            case "cell":
                return "a number"
            case "finding":
                return "accepted, rejected"


#: A report of what its page says now.
_CURRENT = "cross join pages p on p.url = r.page and +p.text_digest = r.text_digest"
_WHOSE = "r.page, coalesce(nullif(r.title, ''), p.title) as title, r.body_name, r.year"
#: No decision of this kind stands: the newest one, if any, took the one before back.
_UNDECIDED = (
    "coalesce((select d.value from decisions d where d.page = r.page and d.kind = 'kind' order by d.id desc limit 1), "
    "'') = ''"
)

# Each question is answered in the order of an index that holds nothing but what waits, and names it: so a page of the
# queue reads as far as it shows. An index says its condition word by word (`archive.store.schema_answers`).

_KINDS = f"""select {_WHOSE}, r.kind, r.score, r.reasons from reports r indexed by reports_doubtful {_CURRENT}
    where r.score >= {REVIEW_FROM} and r.score < {ACCEPT_FROM} and r.kind not in ('template', 'clone')
        and {_UNDECIDED}
    order by r.score desc, r.page"""

_UNIDENTIFIED = f"""select {_WHOSE}, p.issuer, coalesce(s.name, '') as section_name, p.published_at
    from reports r indexed by {{index}} {_CURRENT} left join sections s on s.id = p.section
    where r.kind = 'report' and r.standing = 'unidentified' and {{missing}} is null
    order by r.page"""

_FINDINGS = """select report, rule, "where", severity, blame, expected, actual, evidence
    from findings indexed by findings_waiting
    where verdict = 'FAIL' and decision = '' order by severity, report, position"""

#: The cells that are looked at.
_UNSURE = f"(confidence < {SURE_FROM} or status in ('inferred', 'unparsable', 'ocr')) and decided is null"
_CELLS = f"""select report, form, "row", "column", raw, value, unit, status, confidence, location
    from cells indexed by cells_unsure where {_UNSURE} order by confidence, report, form, "row", "column" """

#: Whose they are. Asked of one report after the other: in a join, SQLite would read all reports before the first.
_OF = f"select {_WHOSE}, r.standing from reports r {_CURRENT} where r.id = ? and r.kind = 'report'"


def waiting(
    connection: sqlite3.Connection, *, kinds: Sequence[DecisionKind] = (), limit: int | None = None
) -> list[Waiting]:
    """The queue, or the entries of `kinds` only: first what decides whether a report counts and as whose (kind,
    body, year), then failed rules, hard ones first, then cells, the least sure first."""
    readers: dict[DecisionKind, Callable[[sqlite3.Connection], Iterator[Waiting]]] = {
        "kind": _kinds,
        "body": _bodies,
        "year": _years,
        "finding": _findings,
        "cell": _cells,
    }
    entries = (entry for kind, read in readers.items() if not kinds or kind in kinds for entry in read(connection))
    return list(islice(entries, limit))


def _kinds(connection: sqlite3.Connection) -> Iterator[Waiting]:
    for page, title, body_name, year, kind, score, reasons in connection.execute(_KINDS):
        yield Waiting(
            kind="kind",
            page=page,
            key="",
            because="score",
            measure=score,
            printed=title,
            facts=_facts(kind=kind, reason=_listed(reasons)),
            title=title,
            body_name=body_name,
            year=year,
        )


def _bodies(connection: sqlite3.Connection) -> Iterator[Waiting]:
    return _unidentified(connection, "body", "no_body")


def _years(connection: sqlite3.Connection) -> Iterator[Waiting]:
    return _unidentified(connection, "year", "no_year")


def _unidentified(connection: sqlite3.Connection, missing: DecisionKind, because: Because) -> Iterator[Waiting]:
    sql = _UNIDENTIFIED.format(missing=f"r.{missing}", index=f"reports_{missing}less")
    for page, title, body_name, year, issuer, section_name, published_at in connection.execute(sql):
        yield Waiting(
            kind=missing,
            page=page,
            key="",
            because=because,
            printed=title,
            facts=_facts(
                body=body_name, year=year, issuer=issuer, section=section_name, published=(published_at or "")[:10]
            ),
            title=title,
            body_name=body_name,
            year=year,
        )


def _findings(connection: sqlite3.Connection) -> Iterator[Waiting]:
    for whose, found in _by_report(connection, _FINDINGS, ("chosen", "unidentified")):
        rule, where, severity, blame, expected, actual, evidence = found
        yield Waiting(
            kind="finding",
            page=whose.page,
            key=f"{rule} {where}".strip(),
            because="hard_rule" if severity == "E" else "soft_rule",
            printed=actual,
            facts=_facts(expected=expected, blame=blame, **{"from": _listed(evidence)}),
            title=whose.title,
            body_name=whose.body_name,
            year=whose.year,
        )


def _cells(connection: sqlite3.Connection) -> Iterator[Waiting]:
    for whose, found in _by_report(connection, _CELLS, ("chosen",)):
        form, row, column, raw, value, unit, status, sure, place = found
        yield Waiting(
            kind="cell",
            page=whose.page,
            key=f"{form}_{row}__{column}",
            because="unsure",
            measure=sure,
            printed=raw,
            facts=_facts(
                number="" if value is None else f"{value:g}{unit}",
                status="" if status == "given" else status,
                place=place,
            ),
            title=whose.title,
            body_name=whose.body_name,
            year=whose.year,
        )


class _Whose(NamedTuple):
    """The report something waits in."""

    page: str
    title: str
    body_name: str
    year: int | None
    standing: str


def _by_report(
    connection: sqlite3.Connection, sql: str, standings: Sequence[str]
) -> Iterator[tuple[_Whose, tuple[Any, ...]]]:
    """What `sql` finds, beside the report that its first column names, where that one counts."""
    for report, group in groupby(connection.execute(sql), key=itemgetter(0)):
        found = connection.execute(_OF, (report,)).fetchone()
        if found is None or (whose := _Whose(*found)).standing not in standings:
            continue
        for row in group:
            yield whose, tuple(row[1:])


def _facts(**said: object) -> tuple[Fact, ...]:
    """What is known, in the order of `FactName`, without what is empty."""
    told: list[Fact] = []
    for name in get_args(FactName):
        value = said.get(name)
        values = tuple(map(str, value)) if isinstance(value, list) else (str(value),)
        if value:
            told.append(Fact(name, values))
    return tuple(told)


def _listed(stored: str) -> list[str]:
    """A stored JSON array of texts."""
    return [str(item) for item in json.loads(stored)]
