"""What a report says, as values. Filled by `archive.reports.read.read_report`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

#: `report` is counted; `template` and `clone` never are; the rest are neighbours in the same columns.
Kind = Literal[
    "report",
    "template",
    "clone",
    "guide",
    "notice",
    "statistics",
    "interpretation",
    "summary",
    "website",
    "other",
]

Regime = Literal["R2008", "R2014S", "R2019", "R2021", "NARR", ""]
CellStatus = Literal["given", "blank", "dash", "derived", "inferred", "unparsable", "ocr"]
Verdict = Literal["PASS", "FAIL", "NOT_ASSESSABLE"]
Blame = Literal["", "ours", "theirs", "unknown"]
TablesStatus = Literal["complete", "partial", "image", "attachment", "absent", "refused", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people decided of a document before it is read. One whose `kind` they decided to be a report is read as
    one, whatever it scored. `cells` are key → number: the arithmetic is audited with them; what was printed stays."""

    kind: Kind | None = None
    cells: Mapping[str, float] = field(default_factory=dict)


#: Nobody decided anything.
UNDECIDED = Decided()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known around a document before it is read.

    `section_body` is the body a section belongs to; `known_bodies` the names configured for the site;
    `host` where it was fetched ('' for imported text); `listed_title` and `listed_on` the listing's
    claim; `url_year` the report year a URL parameter states (`fbtime=`). `decided` is what people decided of
    the document.
    """

    url: str = ""
    host: str = ""
    site_hosts: tuple[str, ...] = ()
    region_code: str = ""
    section_name: str = ""
    section_body: str = ""
    known_bodies: tuple[str, ...] = ()
    listed_title: str = ""
    listed_on: date | None = None
    decided: Decided = UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A public body as far as one document names it. `name` is the display key (盖北镇), `raw` as printed."""

    name: str
    raw: str
    level: str = ""
    region_code: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSection:
    """One section: canonical key ('' when unknown), printed ordinal and heading, and its text."""

    key: str
    ordinal_raw: str
    heading: str
    text: str
    dup_index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RawGrid:
    """A table of statistics as it was printed, where the form is not known cell by cell. `rows` all have the same
    length; a cell's words stand at its first place, the places it spans are ''. `section` is the place of its section
    in `Report.sections`, None for a table of an attachment; `title` its caption or the line above it."""

    section: int | None
    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One printed number under its canonical key `form_row__column`. `raw` is as printed, `value` the
    number in `unit` (None when blank, dash or unparsable). `location` says where it stood."""

    form: str
    row: str
    column: str
    raw: str
    value: float | None
    unit: str
    status: CellStatus
    confidence: float = 1.0
    location: str = ""

    @property
    def key(self) -> str:
        """`form_row__column`, the key of report_format.md §8."""
        return f"{self.form}_{self.row}__{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One audit verdict with its evidence (cell keys or quoted prose). Severity `E` hard, `W` soft."""

    rule: str
    severity: Literal["E", "W"]
    verdict: Verdict
    where: str = ""
    blame: Blame = ""
    expected: str = ""
    actual: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A judged document. `score` and `reasons` explain `kind`; `year` and `body` may be None."""

    kind: Kind
    score: float
    reasons: tuple[str, ...]
    year: int | None
    body: Body | None
    title: str
    regime: Regime = ""
    edition: str = ""
    scope: Literal["own", "consolidated", "unknown"] = "unknown"
    tables_status: TablesStatus = ""
    year_source: str = ""
    sections: tuple[ReportSection, ...] = ()
    grids: tuple[RawGrid, ...] = ()
    cells: tuple[Cell, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
