"""The archive: one SQLite file, the WARCs and the journal beside it, and one writer.

Everything a crawl does is a sequence of steps. A step is one SQLite transaction: WARC records are
appended and put on the disk first, the commit makes them exist. A process that dies in between leaves
a WARC tail that the next writer cuts off, so nothing is lost and nothing is there twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from archive.reports.model import Report
from archive.reports.roster import RosterRow
from archive.store import (
    bodies,
    captures,
    codec,
    decisions,
    frontier,
    known,
    pages,
    portals,
    problems,
    runs,
    settling,
    states,
)
from archive.store.files import Opened, close_files, open_reader, open_writer, unwritable
from archive.store.journal import record
from archive.store.model import (
    COUNT_NAMES,
    Capture,
    Change,
    Exchange,
    KnownPage,
    Outcome,
    Reading,
    Run,
    RunKind,
    RunResult,
    Wish,
)
from archive.store.nights import SiteNight, site_nights
from archive.store.stepping import Stepper
from archive.store.times import stamp, utc_now
from sites.model import READER_VERSION, Extracted, PageRef, Section, SiteSpec
from sites.reading.urls import canonical

#: Longest evidence kept with a problem, in characters: enough to recognise a page by.
MAX_EVIDENCE = 2000


class Archive:
    """An open archive. Use `Archive.open` to write and `Archive.read` to read."""

    def __init__(self, opened: Opened, *, software: str, clock: Callable[[], datetime], noting: bool = True) -> None:
        self._opened = opened
        self._connection = opened.connection
        self._software = software
        self._clock = clock
        self._stepper = Stepper(opened, software=software, clock=clock, undone=self.forget_sites)
        self._run: Run | None = None
        self._sites_by_host: dict[str, str] | None = None
        self._portals: dict[str, SiteSpec | None] = {}
        self._noting = noting
        self.db = Database(opened.connection, execute_plugins=False)
        self.path = opened.path
        self.warcs = opened.warcs
        self.journal = opened.journal

    @classmethod
    def open(cls, path: Path, *, software: str = "gongkai", clock: Callable[[], datetime] = utc_now) -> Archive:
        """The one writer: locks, makes a new archive or checks an old one, repairs what a crash left.

        Raises `Locked`, `OutdatedArchive`, `NewerArchive`, `BrokenArchive` or `OrphanedEvidence`.
        """
        return cls(open_writer(path, now=clock()), software=software, clock=clock)

    @classmethod
    def read(cls, path: Path) -> Archive:
        """Read only: no lock, no writing. Raises the same errors, never `Locked`."""
        return cls(open_reader(path), software="", clock=utc_now)

    @property
    def read_only(self) -> bool:
        """Whether this is a reader."""
        return self._opened.files is None

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def now(self) -> datetime:
        """The moment, by the archive's own clock."""
        return self._clock()

    def close(self) -> None:
        """Let go of the files and of the lock."""
        close_files(self._opened)

    def step(self) -> AbstractContextManager[None]:
        """One transaction with its WARC records: all of it is kept, or none. Steps do not nest."""
        return self._stepper.step()

    def group(self) -> AbstractContextManager[None]:
        """Several steps as one: kept all or none, with one flush to the disk. What a dead process loses of them was
        never settled, so the next run asks for it again."""
        return self._stepper.group()

    @contextmanager
    def _within(self) -> Iterator[sqlite3.Connection]:
        """The open step, or one of its own."""
        if self._stepper.stepping:
            yield self._connection
        else:
            with self.step():
                yield self._connection

    def leave_warc(self) -> None:
        """Let go of the WARC file being written: the next step begins in whatever is there then."""
        self._opened.writing().leave_warc()

    def _note(self, kind: str, data: dict[str, Any]) -> None:
        if self._noting:
            record(self._connection, self._clock(), kind, data)

    # --- portals

    def put_sites(self, specs: Iterable[SiteSpec]) -> None:
        """Write portals and their sections, what changed of them."""
        with self._within():
            for spec in specs:
                for table, row in codec.portal_rows(spec):
                    self.put_row(table, row)
        self.forget_sites()

    def put_row(self, table: str, row: dict[str, object]) -> None:
        """Write a row of `sites` or `sections`, and a journal entry when it differs."""
        if codec.write_row(self._connection, table, row):
            self._portals.clear()
            self._note(table, row)
            if table == "sections":
                bodies.put_section_body(self._connection, row)

    def forget_sites(self) -> None:
        """Rows of `sites` were written by somebody else (a merge): look at them again."""
        self._sites_by_host = None
        self._portals.clear()

    def portal(self, site: str) -> SiteSpec | None:
        """The portal as the archive remembers it, for pages whose definition is not at hand."""
        if site not in self._portals:
            self._portals[site] = portals.portal_of(self._connection, site)
        return self._portals[site]

    def _site_of(self, url: str) -> str:
        if self._sites_by_host is None:
            self._sites_by_host = {}
            for site, host in self._connection.execute("select s.id, h.value from sites s, json_each(s.hosts) h"):
                self._sites_by_host.setdefault(host, site)
        parts = urlsplit(url)
        return self._sites_by_host.get(parts.netloc) or self._sites_by_host.get(parts.hostname or "") or ""

    # --- runs

    def start_run(self, kind: RunKind, scope: str) -> Run:
        """Begin a run, or take up the one of this kind and scope that a dead process left open."""
        with self._within() as connection:
            run = runs.find_unfinished(connection, kind, scope)
            if run is None:
                frontier.clear_finished(connection)
                run = runs.insert_run(
                    connection, kind, scope, at=self._clock(), software=self._software, reader_version=READER_VERSION
                )
                self._note(
                    "run",
                    {
                        "run": run.id,
                        "kind": kind,
                        "scope": scope,
                        "started_at": stamp(run.started_at),
                        "software": self._software,
                        "reader_version": READER_VERSION,
                    },
                )
        self._run = run
        return run

    def finish_run(self, run: Run) -> RunResult:
        """Conclude what the listings and absences of the run mean, count, and close it."""
        finished = self._clock()
        with self._within() as connection:
            nights = states.nights_of(connection, run.id)
            for night in nights:
                records = states.listing_records(connection, run.id, night.section)
                self._note("listing", {**asdict(night), "run": run.id, "records": records})
                states.settle_night(connection, run.id, night)
            settling.settle_run(connection, run.id)
            sites = runs.count(connection, run)
            for site in sites:
                runs.insert_counts(connection, run.id, site)
            connection.execute("update runs set finished_at = ? where id = ?", (stamp(finished), run.id))
            names = (*COUNT_NAMES, "requests", "bytes", "complete")
            self._note(
                "finished",
                {
                    "run": run.id,
                    "finished_at": stamp(finished),
                    "sites": [{"site": site.site_id, **{n: getattr(site, n) for n in names}} for site in sites],
                },
            )
        if not (self._stepper.stepping or self._stepper.grouping):
            with unwritable(self.path):
                self._opened.writing().journal.settle(self._connection)
        self._run = None
        return RunResult(run=run, finished_at=finished, sites=sites)

    def last_finished(self, kind: RunKind) -> datetime | None:
        """When the newest finished run of this kind ended, or None."""
        return runs.last_finished(self._connection, kind)

    def nights(self, since: date) -> tuple[SiteNight, ...]:
        """Every portal's finished crawls since that UTC day, oldest first."""
        return site_nights(self._connection, since)

    # --- frontier

    def add_wishes(self, run: Run, wishes: Iterable[Wish]) -> int:
        """Remember what is still to fetch; gives how many were not wished in this run before."""
        with self._within() as connection:
            return frontier.add_wishes(connection, run, wishes)

    def pending(self, run: Run, limit: int | None = None, *, after: int = 0) -> list[Wish]:
        """Open wishes with an id above `after`, by priority, then by age."""
        return frontier.pending(self._connection, run, after=after, limit=limit)

    def settle(self, wish: Wish, outcome: Outcome, *, note: str = "", duplicate_of: str = "") -> None:
        """How a wish ended. `duplicate_of` goes into the note: `pages` knows it anyway."""
        with self._within() as connection:
            frontier.settle(connection, wish, outcome, note or (f"same text as {duplicate_of}" if duplicate_of else ""))

    def answers(self, run: Run, *, since: datetime) -> list[tuple[str, int]]:
        """The URLs this run asked since then, one row an answer, and the bytes of their bodies (0 for a 304)."""
        return runs.answers(self._connection, run, since=since)

    def walked(self, run: Run, section: Section) -> int:
        """How many pages of a section's listing this run has asked for."""
        return frontier.walked(self._connection, run, section)

    def troubled(self, run: Run, section: Section) -> bool:
        """Whether a listing page of this section ended as a wall, a problem or skipped in this run."""
        return frontier.troubled(self._connection, run, section)

    # --- evidence

    def put_capture(self, exchange: Exchange, *, run: Run | None = None, site_id: str = "") -> Capture:
        """Keep an exchange. A payload that is stored already, and a 304, become revisit records."""
        with self._within() as connection:
            files = self._opened.writing()
            active = run or self._run
            return captures.put_capture(
                connection,
                files.current(),
                exchange,
                run=active.id if active else None,
                site=site_id or self._site_of(exchange.url),
            )

    def put_conversion(self, capture: Capture, *, media_type: str, body: bytes, made_by: str) -> Capture:
        """Keep what a converter made of a capture's payload (a .doc, for example), as a capture that is read
        like any other. `made_by` names program and version."""
        with self._within() as connection:
            return captures.put_conversion(
                connection,
                self._opened.writing().current(),
                capture,
                media_type=media_type,
                body=body,
                made_by=made_by,
            )

    def body_of(self, capture: Capture) -> bytes:
        """The payload of a capture, its digest verified. Raises `DamagedCapture`."""
        self._flush()
        return captures.body_of(self._connection, self.warcs, capture)

    def exchange_of(self, capture: Capture) -> Exchange:
        """The exchange of a capture, rebuilt from the WARC. Raises `DamagedCapture`."""
        self._flush()
        return captures.exchange_of(self._connection, self.warcs, capture)

    def _flush(self) -> None:
        if self._stepper.stepping or self._stepper.grouping:
            self._opened.writing().current().flush()

    def last_capture(self, url: str, *, good: bool = True, since: datetime | None = None) -> Capture | None:
        """The newest shown capture of a URL, lost or not: 2xx unless `good` is False, fetched at or after `since`."""
        condition = "url = ? and fetched_at >= ? and withheld = ''" + (
            " and status between 200 and 299" if good else ""
        )
        return captures.find_capture(
            self._connection,
            condition + " order by id desc limit 1",
            (url, stamp(since) if since else ""),
        )

    def capture(self, identifier: int) -> Capture | None:
        """The capture with this id."""
        return captures.find_capture(self._connection, "id = ?", (identifier,))

    # --- readings

    def put_reading(
        self,
        *,
        capture: Capture,
        url: str,
        section: Section | None,
        extracted: Extracted,
        report: Report | None,
        family: str,
        ref: PageRef | None = None,
        parent_url: str = "",
        run: Run | None = None,
    ) -> Change:
        """Keep what a page says. `report` is None for attachments. See `pages.put_reading`. Of what is withheld nothing
        is kept."""
        reading = Reading(
            capture=capture,
            url=url,
            section=section,
            extracted=extracted,
            report=report,
            family=family,
            ref=ref,
            parent_url=parent_url,
            run=run.id if run else None,
        )
        with self._within() as connection:
            if pages.is_withheld(connection, reading):
                return Change(kind="unchanged", url=url, text_digest="")
            self._note_reading("reading", capture, url, ref, run, section=section, family=family, parent=parent_url)
            return pages.put_reading(connection, reading)

    def put_unchanged(
        self, *, capture: Capture, url: str, run: Run | None = None, ref: PageRef | None = None
    ) -> Change:
        """A 304, or the payload this reader version has read already: seen again, nothing read."""
        with self._within() as connection:
            self._note_reading("unchanged", capture, url, ref, run)
            return pages.put_unchanged(connection, capture, url, ref, run.id if run else None)

    def _note_reading(
        self,
        kind: str,
        capture: Capture,
        url: str,
        ref: PageRef | None,
        run: Run | None,
        *,
        section: Section | None = None,
        family: str = "",
        parent: str = "",
    ) -> None:
        record_id = captures.record_id_of(self._connection, capture)
        fields = codec.reading_fields(record_id, url, ref, run, section=section, family=family, parent=parent)
        self._note(kind, fields)

    def is_read(self, url: str, body: bytes, reader_version: str) -> bool:
        """Whether the page's current reading came from this very payload under this reader version."""
        return known.is_read(self._connection, url, body, reader_version)

    def is_known(self, url: str) -> bool:
        """Whether a page of this URL was ever read."""
        return known.is_known(self._connection, url)

    def find_stale(self, url: str) -> Capture | None:
        """The capture behind a page's current reading when an older reader made it."""
        return known.find_stale(self._connection, url)

    def known_pages(self, site_id: str, section_key: str | None = None) -> list[KnownPage]:
        """What is known of a portal's pages, or of one of its sections, by URL."""
        return known.known_pages(self._connection, site_id, section_key)

    def put_decision(self, decision: decisions.Decision) -> None:
        """Keep what a person decided, and apply it to what is read already.

        Raises `UnknownDecision`. One that takes another back shows once its page is read again.
        """
        with self._within() as connection:
            decisions.check_decision(connection, decision)
            at = self._clock()
            self._note("decision", {**asdict(decision), "decided_at": stamp(at)})
            decisions.insert_decision(connection, decision, at=stamp(at))
            settling.apply_decision(connection, decision)

    def put_roster(self, rows: Sequence[RosterRow], *, replace: bool = False) -> None:
        """Keep a roster of bodies (with `replace` in place of what was imported before), and what it means for
        coverage and the checks between reports. Raises `RosterRefused`, and then keeps nothing of it."""
        with self._within() as connection:
            bodies.check_roster(connection, rows)
            data = {"rows": bodies.roster_data(rows), "replace": replace, "imported_at": stamp(self._clock())}
            self._note("roster", data)
            settling.apply_roster(connection, data)

    # --- listings, absences, problems

    def put_listing(
        self,
        *,
        section: Section,
        run: Run,
        refs: Sequence[PageRef],
        complete: bool,
        head: str = "",
        captures: Sequence[Capture] = (),
    ) -> None:
        """What one listing page carried, and the captures it was read from; `complete` on the page that ended a
        complete listing, `head` on the first."""
        with self._within() as connection:
            states.put_listed(
                connection,
                run.id,
                codec.section_id(section),
                [canonical(ref.url) for ref in refs],
                complete=complete,
                at=stamp(self._clock()),
                head=head,
                captures=[capture.id for capture in captures],
            )

    def listed_urls(self, run: Run, section: Section) -> set[str]:
        """The canonical URLs the section's listing carried so far in this run."""
        return states.listed_urls(self._connection, run.id, codec.section_id(section))

    def put_absent(self, *, url: str, run: Run, capture: Capture | None = None) -> Change:
        """A known page answered that it is not there. A candidate only at a verified portal."""
        with self._within() as connection:
            row = connection.execute("select text_digest, site from pages where url = ?", (url,)).fetchone()
            digest = str(row[0]) if row else ""
            if row is None or not states.is_verified(connection, row[1]):
                return Change(kind="unchanged", url=url, text_digest=digest)
            states.put_absent(connection, run.id, url)
            self._note("absent", {"url": url, "run": run.id})
            return Change(kind="gone", url=url, text_digest=digest)

    def put_problem(
        self,
        *,
        run: Run | None,
        site_id: str,
        section_key: str,
        url: str,
        kind: str,
        message: str,
        evidence: str = "",
        capture: Capture | None = None,
    ) -> None:
        """Something went wrong, with its class and what shows it."""
        with self._within() as connection:
            data = {
                "run": run.id if run else None,
                "site": site_id,
                "section": section_key,
                "url": url,
                "kind": kind,
                "message": message,
                "evidence": evidence[:MAX_EVIDENCE],
                "record": captures.record_id_of(connection, capture) if capture else None,
            }
            self._note("problem", data)
            problems.insert_problem(self._connection, data, at=stamp(self._clock()))
