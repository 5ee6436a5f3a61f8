"""What waits for a person: one queue of everything the reading was not sure of and nobody decided.

Only what a page says now counts, and of editions the chosen one: what is superseded needs no decision.
Nothing here writes; a decision goes through `Archive.put_decision` and leaves the queue at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

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
_CURRENT = "from reports r join pages p on p.url = r.page and p.text_digest = r.text_digest"
_WHOSE = "r.page, coalesce(nullif(r.title, ''), p.title) as title, r.body_name, r.year"
#: No decision of this kind stands: the newest one, if any, took the one before back.
_UNDECIDED = (
    "coalesce((select d.value from decisions d where d.page = r.page and d.kind = 'kind' order by d.id desc limit 1), "
    "'') = ''"
)

_KINDS = f"""select {_WHOSE}, r.kind, r.score, r.reasons {_CURRENT}
    where r.score >= {REVIEW_FROM} and r.score < {ACCEPT_FROM} and r.kind not in ('template', 'clone')
        and {_UNDECIDED}
    order by r.score desc, r.page"""

_UNIDENTIFIED = f"""select {_WHOSE}, p.issuer, coalesce(s.name, '') as section_name, p.published_at {_CURRENT}
    left join sections s on s.id = p.section
    where r.kind = 'report' and r.standing = 'unidentified' and {{missing}} is null
    order by r.page"""

_FINDINGS = f"""select {_WHOSE}, f.rule, f."where", f.severity, f.blame, f.expected, f.actual, f.evidence {_CURRENT}
    join findings f indexed by findings_failed on f.report = r.id
    where f.verdict = 'FAIL' and f.decision = '' and r.kind = 'report' and r.standing in ('chosen', 'unidentified')
    order by f.severity, r.page, f.position"""

#: The cells that are looked at; the first condition is that of the index `cells_unsure`.
_UNSURE = f"(confidence < {SURE_FROM} or status in ('inferred', 'unparsable', 'ocr')) and decided is null"
_CELLS = f"""select {_WHOSE}, c.form, c."row", c."column", c.raw, c.value, c.unit, c.status, c.confidence, c.location
    {_CURRENT} join (select * from cells indexed by cells_unsure where {_UNSURE}) c on c.report = r.id
    where r.kind = 'report' and r.standing = 'chosen'
    order by c.confidence, r.page, c.form, c."row", c."column" """  # noqa: S608


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
    sql = _UNIDENTIFIED.format(missing=f"r.{missing}")
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
    for page, title, body_name, year, rule, where, severity, blame, expected, actual, evidence in connection.execute(
        _FINDINGS
    ):
        yield Waiting(
            kind="finding",
            page=page,
            key=f"{rule} {where}".strip(),
            because="hard_rule" if severity == "E" else "soft_rule",
            printed=actual,
            facts=_facts(expected=expected, blame=blame, **{"from": _listed(evidence)}),
            title=title,
            body_name=body_name,
            year=year,
        )


def _cells(connection: sqlite3.Connection) -> Iterator[Waiting]:
    for page, title, body_name, year, form, row, column, raw, value, unit, status, sure, place in connection.execute(
        _CELLS
    ):
        yield Waiting(
            kind="cell",
            page=page,
            key=f"{form}_{row}__{column}",
            because="unsure",
            measure=sure,
            printed=raw,
            facts=_facts(
                number="" if value is None else f"{value:g}{unit}",
                status="" if status == "given" else status,
                place=place,
            ),
            title=title,
            body_name=body_name,
            year=year,
        )


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
