"""The steps of a run: what one answer means, and what follows from it.

Reading happens before the transaction opens, so that a step holds the database only while it writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archive.store.archive import Archive
from archive.store.decisions import decided_of
from archive.store.errors import DamagedCapture
from archive.store.known import answered_at
from archive.store.lost import is_lost
from archive.store.model import Capture, Exchange, Outcome, Run, Wish
from archive.store.problems import told_of
from archive.store.rebuild import context_of, depends_on_attachments, has_attachments, linking, put_problem_once
from archive.store.runs import CUT_SHORT
from archive.store.takedown import hide_listing
from crawler.attachments import may_hold_report, worth_fetching
from crawler.config import Config
from crawler.conversions import make_readable
from crawler.convert import ConversionError
from crawler.errors import HarvestError, Refused
from crawler.harvest import Harvest
from crawler.library import Library
from crawler.read import Reading, checked_page, extract, page_from, read
from crawler.readers import Question, Trouble, is_markup
from crawler.rereading import reread
from crawler.wishing import Wishing
from sites.errors import Absent, Challenged, ServerError, SiteError
from sites.model import READER_VERSION, Extracted, Page, PageRef, Request, Section, SiteSpec
from sites.reading.dates import CHINA
from sites.reading.urls import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes a request conditional."""

    etag: str = ""
    last_modified: str = ""


NO_VALIDATORS = Validators()


class Steps:
    """The steps of one run over some portals."""

    def __init__(
        self, archive: Archive, library: Library, specs: Mapping[str, SiteSpec], run: Run, config: Config
    ) -> None:
        self._archive = archive
        self._library = library
        self._specs = specs
        self._run = run
        self._wishing = Wishing(archive=archive, run=run)
        self._harvest = Harvest(self._wishing, specs, config.revisit)

    # --- before a request

    def validators(self, wish: Wish) -> Validators:
        """The validators of the newest good capture of this address."""
        url = canonical(wish.request.url)
        if wish.request.method != "GET":
            return NO_VALIDATORS
        if wish.role != "listing" and canonical(answered_at(self._archive.db.conn, url)) != url:
            # Kept, but never read: "not modified" would leave it so. Or it only leads to its document.
            return NO_VALIDATORS
        last = self._archive.last_capture(wish.request.url)
        if last is None or is_lost(self._archive.db.conn, last.id):
            return NO_VALIDATORS
        if wish.role == "listing" and self._stored(last) is None:
            return NO_VALIDATORS  # "not modified" would leave nothing to read
        return Validators(etag=last.etag, last_modified=last.last_modified)

    def _stored(self, capture: Capture) -> Exchange | None:
        """A stored answer, or None when its bytes cannot be read back: then it is asked for again."""
        try:
            return self._archive.exchange_of(capture)
        except DamagedCapture:
            return None

    # --- ends without an answer

    def refused(self, wish: Wish, error: HarvestError, *, again: bool) -> Outcome:
        """Not asked: robots.txt forbids it, or the host is closed for the night (said once, not `again`).

        A document robots.txt keeps for itself is obeyed in silence; a section it closes is a problem.
        """
        kept_back = wish.role != "listing" and isinstance(error, Refused) and error.reason == "robots"
        with self._archive.step():
            if not again and not kept_back:
                self._wishing.problem(wish, error.kind, error.message, error.evidence)
            self._archive.settle(wish, "skipped", note=error.message)
        return "skipped"

    def walled(self, wish: Wish, wall: Challenged) -> Outcome:
        """Not asked: a wall answered for robots.txt, so nothing else is asked tonight. Said of listings."""
        outcome: Outcome = "wall" if wish.role == "listing" else "skipped"
        with self._archive.step():
            if outcome == "wall":
                self._wishing.problem(wish, f"{wall.kind}:{wall.wall}", wall.message, wall.evidence)
            self._archive.settle(wish, outcome, note=wall.message)
        return outcome

    def failed(self, wish: Wish, error: HarvestError) -> Outcome:
        """Nothing usable came back."""
        with self._archive.step():
            if not self._is_old_news(wish, error.kind):
                self._wishing.problem(wish, error.kind, error.message, error.evidence)
            self._archive.settle(wish, "problem", note=error.message)
        return "problem"

    def cut_short(self, wishes: Sequence[Wish], reason: str) -> None:
        """The run ends before these wishes were asked: a problem at each portal, once."""
        told: set[str] = set()
        with self._archive.step():
            for wish in wishes:
                if wish.site_id not in told:
                    told.add(wish.site_id)
                    self._wishing.problem(wish, CUT_SHORT, reason)
                self._archive.settle(wish, "skipped", note=reason)

    # --- robots.txt

    def robots_tonight(self, url: str) -> Exchange | None:
        """The answer this run already has for a robots.txt, or None."""
        capture = self._archive.last_capture(url, good=False, since=self._run.started_at)
        return self._stored(capture) if capture else None

    def keep_robots(self, exchanges: Sequence[Exchange]) -> None:
        """Keep the answer to robots.txt as evidence of what was allowed."""
        with self._archive.step():
            for exchange in exchanges:
                self._archive.put_capture(exchange)

    def robots_failed(self, wish: Wish, url: str, error: HarvestError) -> None:
        """robots.txt could not be asked: the host is left alone tonight, and that is a problem."""
        with self._archive.step():
            self._archive.put_problem(
                run=self._run,
                site_id=wish.site_id,
                section_key=wish.section_key,
                url=url,
                kind=error.kind,
                message=error.message,
                evidence=error.evidence,
            )

    # --- answers

    def question(self, wish: Wish, exchanges: Sequence[Exchange]) -> Question | None:
        """What another process may read of a page that was not read before, None for anything else."""
        last, url = exchanges[-1], canonical(wish.request.url)
        if wish.role != "page" or not is_markup(last) or self._is_read(url, last):
            return None
        return Question(
            exchange=last,
            site_id=wish.site_id,
            section_key=wish.section_key,
            ref=wish.ref,
            requested_url=wish.request.url,
            decided=decided_of(self._archive.db.conn, url),
        )

    def answered(self, wish: Wish, exchanges: Sequence[Exchange], found: Reading | Trouble | None = None) -> Outcome:
        """Keep an answer and do what it means."""
        if wish.role == "listing":
            return self._listing(wish, exchanges)
        if wish.role == "attachment":
            return self._attachment(wish, exchanges)
        return self._page(wish, exchanges, found)

    def _listing(self, wish: Wish, exchanges: Sequence[Exchange]) -> Outcome:
        spec, section = self._place(wish)
        assert section is not None
        exchange = self.full(exchanges[-1], wish.request.url)
        rule = section.on(exchange.fetched_at.astimezone(CHINA).date())
        try:
            page = self._listing_page(wish, exchange, rule, spec)
            listing = self._library.families[rule.family].listing(rule, page)
        except SiteError as error:
            return self._unread(wish, exchanges, error)
        with self._archive.step():
            capture = self._keep(exchanges)
            hide_listing(self._archive, capture, [ref.url for ref in listing.refs])
            self._harvest.take(wish, section, listing, capture)
            self._archive.settle(wish, "done")
        return "done"

    def _listing_page(self, wish: Wish, exchange: Exchange, rule: Section, spec: SiteSpec) -> Page:
        """The page of a listing. Whether a later page may be gone is the family's to judge: portals promise
        more pages than they publish.
        """
        url, context, encoding = wish.request.url, wish.request.context, rule.encoding
        if wish.reason == "next" and exchange.status in {404, 410}:
            return page_from(exchange, requested_url=url, context=context, encoding=encoding)
        return checked_page(exchange, requested_url=url, context=context, encoding=encoding, hosts=spec.hosts)

    def _page(self, wish: Wish, exchanges: Sequence[Exchange], found: Reading | Trouble | None) -> Outcome:
        spec, section = self._place(wish)
        url = canonical(wish.request.url)
        if self._is_read(url, exchanges[-1]):
            return self._same(wish, exchanges, self._files_again(wish, url))
        try:
            if isinstance(found, Trouble):
                raise found.again()
            readable = make_readable(exchanges[-1])
            reading = found or read(
                readable.exchange,
                families=self._library.families,
                spec=spec,
                section=section,
                ref=wish.ref,
                requested_url=wish.request.url,
                decided=decided_of(self._archive.db.conn, url),
            )
        except (SiteError, ConversionError) as error:
            return self._unread(wish, exchanges, error)
        with self._archive.step():
            if self._archive.find_stale(url) is not None:
                self._judge_again(url)  # an edit is judged under one reader: bring what is held up to it first
            capture = readable.keep(self._archive, self._keep(exchanges))
            change = self._archive.put_reading(
                capture=capture,
                url=url,
                section=section,
                extracted=reading.extracted,
                report=reading.report,
                family=reading.family,
                ref=wish.ref,
                run=self._run,
            )
            if has_attachments(self._archive, url):
                self._judge_again(url)
            if may_hold_report(reading.extracted, reading.report):
                self._archive.add_wishes(self._run, self._attachments(wish, reading.extracted))
            outcome: Outcome = "gone-candidate" if change.kind == "gone" else change.kind
            self._archive.settle(wish, outcome, duplicate_of=change.duplicate_of)
        return outcome

    def is_read(self, wish: Wish, answer: Exchange) -> bool:
        """Whether an answer only says again what was read already."""
        return self._is_read(canonical(wish.request.url), answer)

    def _is_read(self, url: str, answer: Exchange) -> bool:
        return answer.status == 304 or self._archive.is_read(url, answer.body, READER_VERSION)

    def _same(self, wish: Wish, exchanges: Sequence[Exchange], wishes: Sequence[Wish] = ()) -> Outcome:
        """A document that answers what was read already."""
        with self._archive.step():
            capture = self._keep(exchanges)
            self._archive.put_unchanged(capture=capture, url=canonical(wish.request.url), run=self._run, ref=wish.ref)
            self._archive.add_wishes(self._run, wishes)
            self._archive.settle(wish, "unchanged")
        return "unchanged"

    def _attachments(self, wish: Wish, extracted: Extracted) -> list[Wish]:
        """Wishes for the files of a report: its tables, or all of it, may stand in them."""
        return [
            self._wishing.wish(
                wish,
                role="attachment",
                request=Request(url=link.url),
                ref=PageRef(url=link.url, title=link.name),
                reason="attachment",
                parent_url=canonical(wish.request.url),
            )
            for link in worth_fetching(extracted, self._specs[wish.site_id].hosts)
        ]

    def _files_again(self, wish: Wish, url: str) -> list[Wish]:
        """Wishes for the files of a report that says what it said: a file may have changed, and one that
        could not be had or read may be there now."""
        if not depends_on_attachments(self._archive, url):
            return []
        context, held = context_of(self._archive, url)
        capture = self._archive.capture(held)
        assert capture is not None, "a page is known by its capture"
        try:
            extracted, report, _ = reread(
                self._archive.exchange_of(capture), replace(context, attachments=()), self._library
            )
        except (SiteError, DamagedCapture):
            return []  # the page is read as it was; what today's rules make of it is a rebuild's to tell
        return self._attachments(wish, extracted) if report and may_hold_report(extracted, report) else []

    def _attachment(self, wish: Wish, exchanges: Sequence[Exchange]) -> Outcome:
        """Keep and read an attachment, then read its parent again together with it."""
        spec, section = self._place(wish)
        url = canonical(wish.request.url)
        if self._is_read(url, exchanges[-1]):
            return self._same(wish, exchanges)
        name = wish.ref.title if wish.ref else ""
        try:
            readable = make_readable(exchanges[-1], name=name)
            extracted, family = extract(
                readable.exchange,
                families=self._library.families,
                spec=spec,
                section=section,
                ref=wish.ref,
                requested_url=wish.request.url,
                name=name,
            )
        except (SiteError, ConversionError) as error:
            return self._unread(wish, exchanges, error)
        with self._archive.step():
            capture = readable.keep(self._archive, self._keep(exchanges))
            change = self._archive.put_reading(
                capture=capture,
                url=url,
                section=section,
                extracted=extracted,
                report=None,
                family=family,
                ref=wish.ref,
                parent_url=wish.parent_url,
                run=self._run,
            )
            outcome: Outcome = "gone-candidate" if change.kind == "gone" else change.kind
            for page in dict.fromkeys([wish.parent_url, *linking(self._archive, url)]):
                self._judge_again(page)
            self._archive.settle(wish, outcome, duplicate_of=change.duplicate_of)
        return outcome

    def _judge_again(self, url: str) -> None:
        """Read a page again together with its attachments: a report's tables, or all of it, may stand in them."""
        context, held = context_of(self._archive, url)
        capture = self._archive.capture(held)
        assert capture is not None, "a page is known by its capture"
        try:
            extracted, report, family = reread(self._archive.exchange_of(capture), context, self._library)
        except (SiteError, DamagedCapture) as error:
            kind = error.kind if isinstance(error, SiteError) else "damaged-capture"
            put_problem_once(self._archive, context, kind, str(error), capture=capture)
            return
        self._archive.put_reading(
            capture=capture,
            url=url,
            section=self._specs[context.site_id].section(context.section_key)
            if context.site_id in self._specs
            else None,
            extracted=extracted,
            report=report,
            family=family,
            ref=context.ref,
            run=self._run,
        )

    def _unread(self, wish: Wish, exchanges: Sequence[Exchange], error: SiteError | ConversionError) -> Outcome:
        """An answer that is no document: a wall, an absence, drift, or unreadable bytes. Kept as evidence."""
        spec, _ = self._place(wish)
        url = canonical(wish.request.url)
        outcome: Outcome = "problem"
        kind, message = error.kind, error.message
        with self._archive.step():
            capture = self._keep(exchanges)
            if isinstance(error, Challenged):
                outcome, kind = "wall", f"{error.kind}:{error.wall}"
            elif isinstance(error, ServerError):
                kind = f"{error.kind}:{error.status}"
            elif isinstance(error, Absent) and error.kind_of_absence == "maintenance":
                kind = error.kind_of_absence  # it passes: nothing is gone because of it
            elif isinstance(error, Absent) and wish.role == "attachment":
                # Attachments go with their page: a dead link says nothing about what the portal has published.
                outcome, kind = "absent", "dead-attachment"
                message = f"the file linked from {wish.parent_url} is not there: {message}"
            elif isinstance(error, Absent) and wish.role == "listing":
                kind = "absent-listing"  # the column itself: nothing can be said of its pages
            elif isinstance(error, Absent):
                outcome = "absent"
                if spec.verified is not None and self._archive.is_known(url):
                    self._archive.put_absent(url=url, run=self._run, capture=capture)
                    outcome = "gone-candidate"
                elif wish.ref is not None and dict(wish.ref.context).get("guessed"):
                    outcome = "done"  # an address nobody listed: that nothing stands there is no problem
            if outcome in {"wall", "problem", "absent"} and not self._is_old_news(wish, kind):
                self._wishing.problem(wish, kind, message, error.evidence, capture)
            self._archive.settle(wish, outcome, note=message)
        return outcome

    # --- small things

    def _is_old_news(self, wish: Wish, kind: str) -> bool:
        """Whether a file's trouble was told when it began: it is told again when it becomes another one."""
        return wish.role == "attachment" and kind == told_of(self._archive.db.conn, wish.request.url)

    def _place(self, wish: Wish) -> tuple[SiteSpec, Section | None]:
        spec = self._specs[wish.site_id]
        return spec, spec.section(wish.section_key)

    def _keep(self, exchanges: Sequence[Exchange]) -> Capture:
        """Keep every hop; the last one is the document."""
        return [self._archive.put_capture(exchange) for exchange in exchanges][-1]

    def full(self, exchange: Exchange, url: str) -> Exchange:
        """The exchange with its payload: after a 304, the stored one as it would have been sent again."""
        if exchange.status != 304:
            return exchange
        capture = self._archive.last_capture(url)
        stored = self._stored(capture) if capture else None
        return exchange if stored is None else replace(stored, fetched_at=exchange.fetched_at)
