"""What waits for a person: one queue of everything the reading was not sure of and nobody decided.

Only what a page says now counts, and of editions the chosen one: what is superseded needs no decision.
Nothing here writes; a decision goes through `Archive.put_decision` and leaves the queue at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import get_args

from archive.reports.kind import ACCEPT_FROM, REVIEW_FROM
from archive.reports.model import Kind
from archive.store.decisions import DecisionKind

#: Below this a cell's own reader was not sure of it (half of it is a guess).
SURE_FROM = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing to decide: `kind`, `page` and `key` are those of the decision that settles it.

    `why` says why it waits, `printed` what the page prints there, `known` what the reading made of it. `title`,
    `body_name` and `year` say of which report ('' and None where unknown).
    """

    kind: DecisionKind
    page: str
    key: str
    why: str
    printed: str
    known: str
    title: str
    body_name: str
    year: int | None

    def as_json(self) -> dict[str, object]:
        """The public shape of an entry (`gongkai review --json`)."""
        return asdict(self)

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
            why=f"scored {score:g}: between {REVIEW_FROM:g} (no report) and {ACCEPT_FROM:g} (a report)",
            printed=title,
            known=f"{kind}: {_listed(reasons)}",
            title=title,
            body_name=body_name,
            year=year,
        )


def _bodies(connection: sqlite3.Connection) -> Iterator[Waiting]:
    return _unidentified(connection, "body")


def _years(connection: sqlite3.Connection) -> Iterator[Waiting]:
    return _unidentified(connection, "year")


def _unidentified(connection: sqlite3.Connection, missing: DecisionKind) -> Iterator[Waiting]:
    sql = _UNIDENTIFIED.format(missing=f"r.{missing}")
    for page, title, body_name, year, issuer, section_name, published_at in connection.execute(sql):
        facts = {
            "body": body_name,
            "year": year,
            "issuer": issuer,
            "section": section_name,
            "published": (published_at or "")[:10],
        }
        yield Waiting(
            kind=missing,
            page=page,
            key="",
            why=f"a report without a known {missing}: it is not counted",
            printed=title,
            known=", ".join(f"{name} {value}" for name, value in facts.items() if value),
            title=title,
            body_name=body_name,
            year=year,
        )


def _findings(connection: sqlite3.Connection) -> Iterator[Waiting]:
    for page, title, body_name, year, rule, where, severity, blame, expected, actual, evidence in connection.execute(
        _FINDINGS
    ):
        weight = "hard" if severity == "E" else "soft"
        facts = {"expected": expected, "blame": blame, "from": _listed(evidence)}
        yield Waiting(
            kind="finding",
            page=page,
            key=f"{rule} {where}".strip(),
            why=f"a {weight} rule fails",
            printed=actual,
            known=", ".join(f"{name} {value}" for name, value in facts.items() if value),
            title=title,
            body_name=body_name,
            year=year,
        )


def _cells(connection: sqlite3.Connection) -> Iterator[Waiting]:
    for page, title, body_name, year, form, row, column, raw, value, unit, status, sure, place in connection.execute(
        _CELLS
    ):
        number = "no number" if value is None else f"{value:g}{unit}"
        yield Waiting(
            kind="cell",
            page=page,
            key=f"{form}_{row}__{column}",
            why=f"read with confidence {sure:g}" + ("" if status == "given" else f", status {status}"),
            printed=raw,
            known=", ".join(part for part in (number, place) if part),
            title=title,
            body_name=body_name,
            year=year,
        )


def _listed(stored: str) -> str:
    """A stored JSON array of texts as one line."""
    return "; ".join(str(item) for item in json.loads(stored))
