"""The values the store takes and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from archive.reports.model import Report
from sites.model import Extracted, PageRef, Pairs, Request, Section

ChangeKind = Literal["new", "changed", "unchanged", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response as they were on the wire, before anything was read.

    `body` is the payload with transfer and content encodings undone; `headers` are the response's as
    sent, in order. `requested_url` was asked, `url` is this hop's own address (a redirect is an
    exchange of its own; the last one carries the document). Times are aware, UTC.
    """

    url: str
    method: str
    request_headers: Pairs
    request_body: bytes
    status: int
    reason: str
    http_version: str
    headers: Pairs
    body: bytes
    fetched_at: datetime
    elapsed_seconds: float = 0.0
    tls_verified: bool = True
    truncated: bool = False

    def header(self, name: str, default: str = "") -> str:
        """The first response header called `name`, case-insensitively."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One stored exchange: a row of `captures`. `warc_file` is relative to the WARC folder;
    `revisit_of` is the id of the capture that holds the payload when this one does not. `withheld` is '' for
    one that is shown, else `withheld` or `purged` (see `archive.store.withheld`)."""

    id: int
    url: str
    fetched_at: datetime
    status: int
    payload_digest: str
    warc_file: str
    warc_offset: int
    warc_length: int
    media_type: str
    etag: str = ""
    last_modified: str = ""
    revisit_of: int | None = None
    tls_verified: bool = True
    withheld: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a reading came from: the capture, the family or format that read it, the reader version."""

    capture_id: int
    family: str
    reader_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one reading meant for the archive. `duplicate_of` names another URL that already carried
    the same text when this page was first seen."""

    kind: ChangeKind
    url: str
    text_digest: str
    previous_text_digest: str = ""
    duplicate_of: str = ""


RunKind = Literal["crawl", "fetch", "import", "rebuild"]
Role = Literal["robots", "listing", "page", "attachment"]
Outcome = Literal["new", "changed", "unchanged", "gone-candidate", "wall", "problem", "absent", "skipped", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One night, fetch or import: a row of `runs`. `continued` when an unfinished one was taken up."""

    id: int
    kind: RunKind
    scope: str
    started_at: datetime
    continued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCounts:
    """What one run did at one portal: a row of `run_sites`. `requests` counts HTTP exchanges kept as
    captures, `bytes` their payloads; `complete` when every section's listing was read to its end."""

    site_id: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone_candidates: int = 0
    walls: int = 0
    duplicates: int = 0
    problems: int = 0
    requests: int = 0
    bytes: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished run, portal by portal (ordered by id). `cut_short` says why it ended before everything was asked
    (the disk is nearly full), '' when it did not."""

    run: Run
    finished_at: datetime
    sites: tuple[SiteCounts, ...]
    cut_short: str = ""

    @property
    def total(self) -> SiteCounts:
        """The sums over all portals, under the site id ''."""
        sums = {name: sum(getattr(site, name) for site in self.sites) for name in (*COUNT_NAMES, "requests", "bytes")}
        return SiteCounts(site_id="", complete=all(site.complete for site in self.sites), **sums)

    @property
    def problems(self) -> int:
        """Problems at all portals, walls apart."""
        return self.total.problems

    @property
    def walls(self) -> int:
        """Walls at all portals."""
        return self.total.walls

    def as_json(self) -> dict[str, object]:
        """The public shape of a finished run (`--json`)."""
        return {
            "run": self.run.id,
            "kind": self.run.kind,
            "scope": self.run.scope,
            "started_at": self.run.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat(),
            "continued": self.run.continued,
            "cut_short": self.cut_short,
            **{name: getattr(self.total, name) for name in (*COUNT_NAMES, "requests", "bytes", "complete")},
            "sites": [
                {
                    "site": site.site_id,
                    **{name: getattr(site, name) for name in (*COUNT_NAMES, "requests", "bytes", "complete")},
                }
                for site in self.sites
            ],
        }


#: The counts of `run_sites` that say what happened to documents, in the order people read them.
COUNT_NAMES = ("new", "changed", "unchanged", "gone_candidates", "walls", "duplicates", "problems")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Something a run still wants to fetch: a row of `frontier`. Lower `priority` goes first; `id`
    and `run_id` are given by the archive."""

    site_id: str
    section_key: str
    role: Role
    request: Request
    ref: PageRef | None = None
    parent_url: str = ""
    priority: int = 0
    reason: str = ""
    id: int = 0
    run_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """What the archive knows of a URL, for planning: its state, when it was last seen and fetched
    (UTC), and the validators of its newest full answer. `url` is canonical and may not be askable (no
    scheme of its own, no `www.`); `asked_url` is the address that answered. `lost` says that the bytes its
    reading rests on are lost."""

    url: str
    site_id: str
    section_key: str
    parent_url: str
    state: str
    title: str
    published_at: str
    first_seen_at: datetime
    last_seen_at: datetime
    last_fetched_at: datetime
    text_digest: str
    reader_version: str
    absent_nights: int = 0
    etag: str = ""
    last_modified: str = ""
    asked_url: str = ""
    listed_title: str = ""
    listed_on: date | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything one reading of one page gives the archive."""

    capture: Capture
    url: str
    section: Section | None
    extracted: Extracted
    report: Report | None
    family: str
    ref: PageRef | None = None
    parent_url: str = ""
    run: int | None = None
