"""The values that `sites` speaks in, and the protocol of a CMS family.

Everything here is a frozen value. An adapter is handed a `Page` and gives back a `Listing` or an
`Extracted`; it never fetches. It may *ask* for more by returning a `Request`, whose `context` comes
back on the `Page` that answers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from selectolax.lexbor import LexborHTMLParser

from sites.reading.bounds import refuse_endless

#: Version of everything that turns bytes into text, tables and metadata. Raise it whenever a change
#: in `sites` or `archive.reports` may read the same bytes differently: every reading records it, and
#: `gongkai rebuild` uses it to tell stale readings from fresh ones.
READER_VERSION = "1.1"

#: Ordered name/value pairs: HTTP headers, form fields, small contexts. Hashable, unlike a dict.
Pairs = tuple[tuple[str, str], ...]

#: What a portal's TOML may say about a section beyond the fixed keys. Data chooses and parametrises;
#: it never computes.
OptionValue = str | int | bool | tuple[str, ...]

Evidence_ = Literal["real page", "described"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A wish for one HTTP exchange. `body` is sent as is; `context` returns on the answering `Page`."""

    url: str
    method: Literal["GET", "POST"] = "GET"
    headers: Pairs = ()
    body: bytes = b""
    context: Pairs = ()

    def context_value(self, name: str, default: str = "") -> str:
        """The context entry called `name`, or `default`."""
        return dict(self.context).get(name, default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer, decoded. Built by `sites.reading.decode.page_of`, never by hand outside tests.

    `url` is the address after redirects, `requested_url` the one asked for. `flags` says what went
    wrong in decoding (`declared-wrong`, `replaced`, `mojibake`, `no-charset`).
    """

    url: str
    requested_url: str
    status: int
    headers: Pairs
    body: bytes
    text: str
    encoding: str
    flags: tuple[str, ...] = ()
    context: Pairs = ()
    fetched_at: datetime | None = None
    _parsed: list[LexborHTMLParser] = field(default_factory=list, compare=False, repr=False)

    def header(self, name: str, default: str = "") -> str:
        """The first header called `name`, case-insensitively."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    def context_value(self, name: str, default: str = "") -> str:
        """The context entry called `name`, or `default`."""
        return dict(self.context).get(name, default)

    @property
    def tree(self) -> LexborHTMLParser:
        """The parsed document, parsed once. Readers must not change it: copy before removing nodes.

        Raises `Unreadable` for a page that shows more text than any document.
        """
        if not self._parsed:
            refuse_endless(self.text)
            self._parsed.append(LexborHTMLParser(self.text))
        return self._parsed[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRef:
    """One line of a listing: where a document is, and what the listing claims of it."""

    url: str
    title: str
    listed_on: date | None = None
    context: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one listing page says. No refs with a `next` is legal (two-step sites).

    `complete` is False when the listing is known to go on and `next` does not lead there: such a run
    must not conclude that anything is missing. `total` is the number of records the portal claims.
    """

    refs: tuple[PageRef, ...] = ()
    next: Request | None = None
    complete: bool = True
    total: int | None = None
    notes: tuple[str, ...] = ()


class TableCell(NamedTuple):
    """One printed cell: text with inner white space folded, its top-left grid place and its spans.

    `confidence` is 1.0 for text that was text; below it, the recognition of a picture (0 to 1).
    A tuple, as there are hundreds on a page and a frozen dataclass takes five times as long to make.
    """

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    header: bool = False
    confidence: float = 1.0


_COLUMN = attrgetter("column")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A grid of printed cells in reading order. `rows` × `columns` is the size after spans."""

    cells: tuple[TableCell, ...]
    rows: int
    columns: int
    caption: str = ""

    def printed_rows(self) -> tuple[tuple[TableCell, ...], ...]:
        """The cells as printed, row by row, spans not repeated (what a reader of the source sees)."""
        rows: list[list[TableCell]] = [[] for _ in range(self.rows)]
        for cell in self.cells:
            rows[cell.row].append(cell)
        return tuple(tuple(sorted(row, key=_COLUMN)) for row in rows)

    def grid(self) -> tuple[tuple[str, ...], ...]:
        """Spans filled: every grid place holds the text of the cell that covers it, or ''."""
        grid = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            for row in range(cell.row, min(cell.row + cell.rowspan, self.rows)):
                for column in range(cell.column, min(cell.column + cell.colspan, self.columns)):
                    grid[row][column] = cell.text
        return tuple(tuple(row) for row in grid)


class Block(NamedTuple):
    """One piece of a body in reading order.

    `kind` `paragraph` or `heading`: `text` is the line. `table`: `text` is its flattened form (cells
    joined by tabs, rows by newlines) and `table` its index in `Extracted.tables`. `image`: `text` is
    the alternative text and `image` the index in `Extracted.images`.
    """

    kind: Literal["paragraph", "heading", "table", "image"]
    text: str
    table: int | None = None
    image: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An attachment or a picture of the body: absolute address, visible name, kind by extension."""

    url: str
    name: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one place says of one field. Fields use the archive's names (`issuer`, `index_number`,
    `document_number`, `disclosure_mode`, `published_at`, `dated_on`, `title`, …); times are ISO 8601
    with +08:00, dates ISO. `source` is where it stood: `catalogue`, `meta`, `visible`, `url`,
    `listing`, `body`, `api`."""

    field: str
    value: str
    source: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """All claims of a page, best first within a field (precedence of portals.md §2: catalogue block,
    meta tags, visible line, URL, listing). Conflicting claims are all kept; the first one counts."""

    claims: tuple[Claim, ...] = ()

    def claim(self, field_name: str) -> Claim | None:
        """The best claim of a field, or None."""
        return next((claim for claim in self.claims if claim.field == field_name), None)

    def value(self, field_name: str) -> str | None:
        """The best value of a field, or None."""
        claim = self.claim(field_name)
        return claim.value if claim else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What a page says once its chrome is gone.

    `text` is the body in reading order, one block a line, tables flattened where they stand. `title`
    may be '' when the document has none (imported text). `breadcrumb` goes from the outside in.
    `flags` holds what a reader should know (`mojibake`, `quarantine:host`, `no-container`, …).
    """

    title: str
    text: str
    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    metadata: Metadata = Metadata()
    attachments: tuple[Link, ...] = ()
    images: tuple[Link, ...] = ()
    breadcrumb: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    media_type: str = "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How strongly a page looks like a family: a score from 0 to 1, the signs seen, and the section
    options that could be read off the page (what `sites add` writes into the TOML)."""

    family: str
    score: float
    signs: tuple[str, ...]
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a section was read up to and including the day `until` (China date)."""

    until: date
    family: str
    url: str = ""
    encoding: str = ""
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A column (栏目) of a portal, or one body's annual reports within it.

    `body` is the body whose reports stand here when the column belongs to one ('' for a column of
    many bodies). `min_refs` is the least number of refs a complete listing yields: fewer is drift.
    `hosts` is the scope inherited from the portal.
    """

    site_id: str
    key: str
    name: str
    url: str
    family: str
    hosts: tuple[str, ...]
    body: str = ""
    region_code: str = ""
    min_refs: int = 1
    max_pages: int = 200
    encoding: str = ""
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    def on(self, day: date) -> Section:
        """This section under the rule that was valid on `day`; the current one when none is dated."""
        for rule in sorted(self.rules, key=lambda rule: rule.until):
            if day <= rule.until:
                return replace(
                    self,
                    family=rule.family,
                    url=rule.url or self.url,
                    encoding=rule.encoding or self.encoding,
                    options=rule.options,
                    rules=(),
                )
        return self

    def option(self, name: str, default: OptionValue = "") -> OptionValue:
        """The option called `name`, or `default`."""
        return self.options.get(name, default)

    def text_option(self, name: str, default: str = "") -> str:
        """The option called `name` as text, or `default`."""
        value = self.options.get(name, default)
        return value if isinstance(value, str) else str(value)

    def int_option(self, name: str, default: int) -> int:
        """The option called `name` as a whole number, or `default`."""
        value = self.options.get(name, default)
        return value if isinstance(value, int) else default


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSpec:
    """A portal: facts only. `verified` is the China date of the first complete live night, None until
    a person has seen one: unverified portals are crawled only when named and prove nothing missing."""

    id: str
    name: str
    home: str
    family: str
    sections: tuple[Section, ...]
    hosts: tuple[str, ...]
    site_id_code: str = ""
    region_code: str = ""
    province: str = ""
    city: str = ""
    county: str = ""
    encoding: str = ""
    tls: Literal["strict", "legacy"] = "strict"
    verify: bool = True
    why: str = ""
    delay_seconds: float | None = None
    verified: date | None = None
    source: str = ""

    def section(self, key: str) -> Section | None:
        """The section with this key, or None."""
        return next((section for section in self.sections if section.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSpec:
    """One option a family accepts in TOML: its type, whether it must be there, and what it means."""

    kind: type
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()


@runtime_checkable
class Family(Protocol):
    """One CMS. Instances carry no state; all methods are pure.

    `listing` and `extract` raise `Drift` when the page is not what the family knows, `Absent` when
    the portal says there is nothing here, `Challenged` when a wall answered in the page's place.
    """

    id: str
    title: str
    evidence: Evidence_
    options: Mapping[str, OptionSpec]

    def start(self, section: Section) -> Request:
        """The first request of a section's listing."""

    def listing(self, section: Section, page: Page) -> Listing:
        """The refs on one listing page and where it goes on."""

    def extract(self, section: Section, page: Page) -> Extracted:
        """A document page without its chrome."""

    def signs(self, page: Page) -> Evidence | None:
        """How this page shows the CMS, or None when it does not."""
