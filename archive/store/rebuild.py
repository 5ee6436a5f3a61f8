"""Everything derived, derived again from the WARCs: offline, and only what differs is written.

A better reader replaces what was read in place. It makes no version and no `changes` row; where it
cannot read what an older one could, the old reading stays and a problem says so. People's decisions
are applied again.
"""

# Only constants are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from archive.reports.model import UNDECIDED, Decided, Report
from archive.store import across, pages
from archive.store.already import is_said, put_same
from archive.store.codec import split_section_id
from archive.store.decisions import Decision, decided_of
from archive.store.errors import ColdCapture, DamagedCapture
from archive.store.judgement import Rejudged, judged_as
from archive.store.model import Capture, Exchange, Reading
from archive.store.parts import CellDiff
from archive.store.scope import Part
from archive.store.settling import settle
from sites.errors import SiteError
from sites.model import READER_VERSION, Extracted, PageRef, SiteSpec

if TYPE_CHECKING:
    from archive.store.archive import Archive

#: Pages written in one transaction: large enough that commits cost little, small enough to lose little.
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file of a page: its canonical address, its name in the page, and the answer it came in."""

    url: str
    name: str
    exchange: Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """What was known around a page when it was captured. `family` is what read it the last time;
    `parent_url` is set for a file of a page; `attachments` are the files of this one. `decided` is what
    people decided of the document. `portal` is what the archive remembers of the portal: it reads where
    the configuration defines none, so that a rebuild with another configuration forgets nobody's column."""

    url: str
    site_id: str
    section_key: str
    family: str
    ref: PageRef | None = None
    parent_url: str = ""
    attachments: tuple[Attached, ...] = ()
    decided: Decided = UNDECIDED
    portal: SiteSpec | None = None


#: Bytes and context → what they say, the judgement (None for attachments), and the family or format
#: that read them. Raises `SiteError`. Must be a module-level function to be used with processes.
Reader = Callable[[Exchange, PageContext], tuple[Extracted, Report | None, str]]

#: Reads stored versions (their rows in `versions`) and gives an outcome for each that is still there; one from a pool
#: of processes reads in parallel, where the archive lies or from jobs that are sent.
Mapper = Callable[[Reader, Sequence[int]], Iterable["Outcome"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One version of a page to be read again. `from_at` is '' for the current one; without an exchange,
    `damage` says why its capture cannot be read back, or its WARC is `cold`: it lies in cold storage."""

    context: PageContext
    capture: Capture
    exchange: Exchange | None
    from_at: str = ""
    damage: str = ""
    cold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What reading a job gave: a reading, or why there is none; `same` when the archive says so already. The job comes
    back without the bytes."""

    job: Job
    reading: tuple[Extracted, Report | None, str] | None = None
    same: bool = False
    cold: bool = False
    kind: str = ""
    message: str = ""
    evidence: str = ""


@dataclass(slots=True, kw_only=True)
class RebuildResult:
    """What a rebuild did. `cold` are versions whose WARC lies in cold storage: they stay
    as they are. `texts`, `judged` and `cells` are what now reads differently."""

    read: int = 0
    unreadable: int = 0
    cold: int = 0
    texts: list[str] = field(default_factory=list)
    judged: list[Rejudged] = field(default_factory=list)
    cells: list[CellDiff] = field(default_factory=list)


def readings(archive: Archive) -> int:
    """How many readings the archive keeps, past versions as well."""
    return int(archive.db.execute("select count(*) from versions").fetchone()[0])


def stale_readings(archive: Archive) -> int:
    """How many pages' readings, past versions apart, come from another reader version."""
    row = archive.db.execute("select count(*) from pages where reader_version <> ?", [READER_VERSION]).fetchone()
    return int(row[0])


def rebuild(
    archive: Archive,
    read: Reader,
    *,
    everything: bool = False,
    urls: Collection[str] = (),
    part: Part | None = None,
    mapper: Mapper | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> RebuildResult:
    """Read stale readings again (all of them with `everything`; with `urls` these pages, stale or not;
    with `part` no others). Stopped half way, the next one goes on. Raises `NothingMeant`.

    `mapper` is given batches and may read them in parallel; without one this process reads.
    """
    result = RebuildResult()
    bodies: set[str] = set()
    part = part or Part()
    part.check(archive)
    read_batch = mapper or partial(read_rows, archive)
    waiting = _waiting(archive, everything=everything, urls=urls, part=part)
    ahead: tuple[bool, Iterable[Outcome]] | None = None
    while True:
        if ahead is not None and ahead[0]:
            bodies |= _write_batch(archive, ahead[1], result)  # a page is read with its files as they read now
            ahead = None
        batch = list(islice(waiting, BATCH))
        # other processes read the next batch while this one writes the last
        coming = (any(file for _, file in batch), read_batch(read, [row for row, _ in batch])) if batch else None
        if ahead is not None:
            bodies |= _write_batch(archive, ahead[1], result)
            progress(result.read + result.unreadable)
        if coming is None:
            break
        ahead = coming
    _settle(archive, bodies)
    return result


def _write_batch(archive: Archive, outcomes: Iterable[Outcome], result: RebuildResult) -> set[str]:
    """Write what a batch gave, in one step; gives the bodies whose years are to be compared again. They are marked
    when anything was written, so that a rebuild that dies does not forget them."""
    told = list(outcomes)
    urls_read = [outcome.job.context.url for outcome in told if not outcome.cold]
    connection = archive.db.conn
    with archive.step():
        bodies, before = _bodies(archive, urls_read), connection.total_changes
        for outcome in told:
            _write(archive, outcome, result)
        if connection.total_changes != before:
            bodies |= _bodies(archive, urls_read)
            connection.executemany(
                "insert or ignore into archive_info (key, value) values (?, '')",
                [(_UNSETTLED + body,) for body in sorted(bodies)],
            )
    return bodies


#: Marks a body whose reports were read again, until they are compared.
_UNSETTLED = "unsettled:"


def _settle(archive: Archive, bodies: set[str]) -> None:
    """Compare the years of these bodies and of all that are marked, each once."""
    connection = archive.db.conn
    marked = connection.execute("select key from archive_info where key glob ?", (_UNSETTLED + "*",)).fetchall()
    waiting = sorted(bodies | {key.removeprefix(_UNSETTLED) for (key,) in marked})
    for start in range(0, len(waiting), BATCH):
        with archive.step():
            across.settle_reports(connection, waiting[start : start + BATCH])
            connection.executemany(
                "delete from archive_info where key = ?",
                [(_UNSETTLED + body,) for body in waiting[start : start + BATCH]],
            )
    with archive.step():
        settle(connection, ())


def decide(archive: Archive, read: Reader, decision: Decision) -> RebuildResult:
    """Keep a person's decision and read its page again, so that everything derived follows at once: a page decided
    to be a report gets its cells, the arithmetic is audited with the number decided, a decision taken back leaves what
    was read. Raises `UnknownDecision`."""
    archive.put_decision(decision)
    if decision.kind == "finding":
        return RebuildResult()
    return rebuild(archive, read, urls=(decision.page,))


def _bodies(archive: Archive, urls: list[str]) -> set[str]:
    """Whose reports stand at these pages."""
    found: set[str] = set()
    for url in urls:
        found.update(
            body
            for (body,) in archive.db.execute(
                "select distinct body from reports where page = ? and kind = 'report' and body is not null", [url]
            )
        )
    return found


def attempt(read: Reader, job: Job) -> Outcome:
    """Read a job; a document that cannot be read is an outcome, not an error."""
    told = replace(job, exchange=None, context=replace(job.context, attachments=(), portal=None))
    if job.cold:
        return Outcome(job=told, cold=True)
    if job.exchange is None:
        return Outcome(job=told, kind="damaged-capture", message=job.damage)
    try:
        return Outcome(job=told, reading=read(job.exchange, job.context))
    except SiteError as error:
        return Outcome(job=told, kind=error.kind, message=error.message, evidence=error.evidence)


def read_rows(archive: Archive, read: Reader, rows: Iterable[int]) -> Iterator[Outcome]:
    """Read versions, one after the other; what the archive says already comes without its reading."""
    connection = archive.db.conn
    for row in rows:
        connection.execute("begin")  # what is compared is of one moment, whatever the writer does meanwhile
        try:
            job = open_job(archive, row)
            outcome = compared(connection, attempt(read, job)) if job is not None else None
        finally:
            connection.execute("rollback")
        if outcome is not None:
            yield outcome


def compared(connection: sqlite3.Connection, outcome: Outcome) -> Outcome:
    """The outcome without its reading when the archive says the same."""
    if outcome.reading is None or not is_said(connection, reading_of(outcome), outcome.job.from_at):
        return outcome
    return replace(outcome, reading=None, same=True)


_VERSION = """
    select page, from_at, capture, from_at < (select max(from_at) from versions where page = v.page) as past
    from versions v where rowid = ?
"""
_OF_PAGE = """
    select v.rowid, p.parent_page is not null from versions v join pages p on p.url = v.page
    where v.page = ? order by v.from_at
"""
_STALE = """
    select v.rowid, p.parent_page is not null from pages p join versions v on v.page = p.url
    where (?1 or p.reader_version <> ?2 or v.reader_version <> ?2) {part}
    order by p.parent_page is not null desc, p.url, v.from_at
"""


def _waiting(archive: Archive, *, everything: bool, urls: Collection[str], part: Part) -> Iterator[tuple[int, bool]]:
    """The versions to read, by row, and whether each is of a file; files of pages before the pages they belong to.
    Nine bytes of memory a version."""
    found: Iterable[tuple[int, int]]
    if urls:
        found = (row for url in sorted(urls) for row in archive.db.execute(_OF_PAGE, [url]))
    else:
        condition, values = part.condition()
        found = archive.db.execute(_STALE.format(part=condition), [everything, READER_VERSION, *values])
    rows, files = array("q"), array("b")
    for row, file in found:
        rows.append(row)
        files.append(file)
    return ((row, bool(file)) for row, file in zip(rows, files, strict=True))


def jobs_of(archive: Archive, *, urls: Collection[str] = ()) -> Iterator[Job]:
    """Every version (with `urls` of these pages), opened one by one, files of pages before their pages."""
    for row, _ in _waiting(archive, everything=True, urls=urls, part=Part()):
        job = open_job(archive, row)
        if job is not None:
            yield job


def open_job(archive: Archive, row: int) -> Job | None:
    """The version in a row with the answer it was read from; None when it is there no more (an earlier reading of this
    rebuild put its page in order)."""
    found = archive.db.conn.execute(_VERSION, (row,)).fetchone()
    if found is None:
        return None
    url, from_at, held, past = found
    context, current = context_of(archive, url)
    capture = archive.capture(held if past else current)
    if capture is None:
        return None
    exchange, damage, cold = None, "", False
    try:
        exchange = archive.exchange_of(capture)
    except ColdCapture:
        cold = True
    except DamagedCapture as error:
        damage = str(error)
    return Job(
        context=context, capture=capture, exchange=exchange, from_at=from_at if past else "", damage=damage, cold=cold
    )


def context_of(archive: Archive, url: str) -> tuple[PageContext, int]:
    """The context of a page and the id of its current capture."""
    row = archive.db.execute(
        "select site, section, family, parent_page, listed_title, listed_on, listed_context, capture from pages "
        "where url = ?",
        [url],
    ).fetchone()
    site, section, family, parent, listed_title, listed_on, listed_context, capture = row
    context = PageContext(
        url=url,
        site_id=site,
        section_key=split_section_id(section)[1],
        family=family,
        ref=_ref(url, listed_title, listed_on, listed_context),
        parent_url=parent or "",
        attachments=tuple(attached(archive, url)),
        decided=decided_of(archive.db.conn, url),
        portal=archive.portal(site),
    )
    return context, int(capture)


#: The files of a page (?1): those first found there, and those another page led to first.
_FILES_OF = "(parent_page = ?1 or url in (select file from page_files where page = ?1))"


def attached(archive: Archive, url: str) -> Iterator[Attached]:
    """The files of a page that can be read back from the WARCs."""
    for address, name, held in archive.db.execute(
        f"select url, coalesce(nullif(listed_title, ''), title), capture from pages where {_FILES_OF} order by url",
        [url],
    ).fetchall():
        capture = archive.capture(held)
        if capture is None:
            continue
        try:
            yield Attached(url=address, name=name, exchange=archive.exchange_of(capture))
        except DamagedCapture:
            continue  # told when the file itself is read again


def has_attachments(archive: Archive, url: str) -> bool:
    """Whether files of this page were read."""
    return archive.db.execute(f"select 1 from pages where {_FILES_OF} limit 1", [url]).fetchone() is not None


def linking(archive: Archive, file: str) -> list[str]:
    """The pages that link to a file, by URL."""
    return [page for (page,) in archive.db.execute("select page from page_files where file = ? order by page", [file])]


def depends_on_attachments(archive: Archive, url: str) -> bool:
    """Whether files may change what a page is judged to be: some were read, or its tables are not all
    there yet. Pages known to be something else do not depend on theirs."""
    found = archive.db.execute(
        "select 1 from pages p join reports r on r.page = p.url and r.text_digest = p.text_digest "
        "where p.url = ?1 and r.kind in ('report', 'other') and (r.tables_status <> 'complete' "
        f"or exists (select 1 from pages where {_FILES_OF}))",
        [url],
    ).fetchone()
    return found is not None


def _ref(url: str, title: str | None, listed_on: str | None, context: str | None) -> PageRef | None:
    if title is None and listed_on is None and context is None:
        return None
    pairs: list[Any] = json.loads(context) if context else []
    return PageRef(
        url=url,
        title=title or "",
        listed_on=date.fromisoformat(listed_on) if listed_on else None,
        context=tuple((name, value) for name, value in pairs),
    )


def reading_of(outcome: Outcome) -> Reading:
    """What an outcome that could be read gives the archive."""
    assert outcome.reading is not None
    job, (extracted, report, family) = outcome.job, outcome.reading
    return Reading(
        capture=job.capture,
        url=job.context.url,
        section=None,
        extracted=extracted,
        report=report,
        family=family,
        parent_url=job.context.parent_url,
        ref=job.context.ref,
    )


def _write(archive: Archive, outcome: Outcome, result: RebuildResult) -> None:
    job = outcome.job
    if outcome.cold:
        result.cold += 1
        return
    if outcome.same:
        result.read += 1
        put_same(archive.db.conn, job.context.url, job.from_at)
        return
    if outcome.reading is None:
        result.unreadable += 1
        put_problem_once(
            archive, job.context, outcome.kind, outcome.message, evidence=outcome.evidence, capture=job.capture
        )
        return
    reading, url = reading_of(outcome), job.context.url
    result.read += 1
    before = judged_as(archive.db.conn, url)
    if job.from_at:
        differs = pages.reread_version(archive.db.conn, reading, job.from_at, result.cells)
    else:
        change = pages.put_reading(archive.db.conn, reading, result.cells)
        differs = change.text_digest != change.previous_text_digest
    if differs:
        result.texts.append(url)
    if (after := judged_as(archive.db.conn, url)) != before:
        result.judged.append(Rejudged(url, before, after))


def put_problem_once(
    archive: Archive, context: PageContext, kind: str, message: str, *, capture: Capture, evidence: str = ""
) -> None:
    """A problem of a rebuild, unless an earlier rebuild told it already."""
    known = archive.db.execute(
        "select 1 from problems where run is null and url = ? and kind = ? and message = ?",
        [context.url, kind, message],
    ).fetchone()
    if known is None:
        archive.put_problem(
            run=None,
            site_id=context.site_id,
            section_key=context.section_key,
            url=context.url,
            kind=kind,
            message=message,
            evidence=evidence,
            capture=capture,
        )
