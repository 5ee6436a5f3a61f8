"""What a listing page means for the run: wishes for what it names, a judgement on the listing at its end.

A listing is walked to its end when its first page has changed, and on its own day of every `listing_days`. On other
nights its unchanged first page stands for the whole, where that first page would show a change: it prints how many
records there are, or its records are dated and the newest stand first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import pairwise

from archive.store.archive import Archive
from archive.store.codec import section_id, to_json
from archive.store.model import Capture, KnownPage, Wish
from archive.store.rebuild import context_of
from archive.store.states import put_listed_as_before, put_listing_captures, walked_on
from archive.store.times import china_day, stamp
from crawler.config import RevisitConfig
from crawler.plan import next_turn, plan_due, plan_lost_files, plan_overdue, plan_pages, plan_rechecks, turns_of
from crawler.wishing import Wishing
from sites.errors import Drift
from sites.model import Listing, Request, Section, SiteSpec
from sites.reading.dates import CHINA
from sites.reading.urls import canonical


class Harvest:
    """The listings of one run over some portals."""

    def __init__(self, wishing: Wishing, specs: Mapping[str, SiteSpec], revisit: RevisitConfig) -> None:
        self._archive: Archive = wishing.archive
        self._run = wishing.run
        self._wishing = wishing
        self._specs = specs
        self._revisit = revisit
        self._known_pages: dict[str, tuple[list[KnownPage], frozenset[str]]] = {}

    def take(self, wish: Wish, section: Section, listing: Listing, capture: Capture) -> None:
        """Wish for what a listing page names, and for the next one; judge the listing at its end."""
        spec = self._specs[wish.site_id]
        listed = self._archive.listed_urls(self._run, section)
        fresh = tuple(ref for ref in listing.refs if canonical(ref.url) not in listed)
        pages = self._archive.walked(self._run, section) + 1
        repeated = bool(listing.refs) and not fresh
        more = listing.next is not None and not repeated and pages < section.max_pages
        complete = not more and _is_complete(listing, len(listed) + len(fresh))
        if not more and self._archive.troubled(self._run, section):
            complete = False
        head = head_of(listing) if more and fresh and not listed else ""
        known, turns = self._known(section)
        plan = plan_pages(known, fresh, section=section, now=self._run.started_at, revisit=self._revisit, turns=turns)
        wishes = [
            self._wishing.wish(wish, role="page", request=planned.request, ref=planned.ref, reason=planned.reason)
            for planned in plan
        ]
        if head and self._stands_for_all(section, head):
            at = stamp(self._run.started_at)
            put_listed_as_before(self._archive.db.conn, self._run.id, section_id(section), head, at=at)
            put_listing_captures(self._archive.db.conn, self._run.id, section_id(section), [capture.id])
            wishes += self._due(wish, section, {canonical(ref.url) for ref in fresh})
            wishes += self._unlisted(wish, spec, section, complete=True)
        else:
            self._archive.put_listing(
                section=section, run=self._run, refs=fresh, complete=complete, head=head, captures=[capture]
            )
            if more and listing.next is not None:
                wishes.append(self._wishing.wish(wish, role="listing", request=listing.next, reason="next"))
            else:
                wishes += self._ended(wish, spec, section, len(listed) + len(fresh), complete)
        self._archive.add_wishes(self._run, wishes)

    def _known(self, section: Section) -> tuple[list[KnownPage], frozenset[str]]:
        """What the archive knew of a section before this run's listing, and whose turn it is tonight: found once, a
        listing has many pages."""
        name = section_id(section)
        if name not in self._known_pages:
            known = self._archive.known_pages(section.site_id, section.key)
            turns = turns_of(name, known, now=self._run.started_at, revisit=self._revisit)
            self._known_pages[name] = known, turns
        return self._known_pages[name]

    def _stands_for_all(self, section: Section, head: str) -> bool:
        """Whether tonight the unchanged first page of a listing is enough."""
        if self._revisit.mode == "always":
            return False
        name = section_id(section)
        walked = walked_on(self._archive.db.conn, name, head)
        if walked is None:
            return False
        today = self._run.started_at.astimezone(CHINA).date()
        return today < next_turn(name, china_day(walked), self._revisit.listing_days)

    def _due(self, wish: Wish, section: Section, planned: set[str]) -> list[Wish]:
        """The known pages whose turn it is, behind a first page that did not name them."""
        wishes = []
        known, turns = self._known(section)
        for page, reason in plan_due(known, planned, now=self._run.started_at, turns=turns):
            ref = context_of(self._archive, page.url)[0].ref
            request = Request(url=page.asked_url or page.url, context=ref.context if ref else ())
            wishes.append(self._wishing.wish(wish, role="page", request=request, ref=ref, reason=reason))
        return wishes

    def _ended(self, wish: Wish, spec: SiteSpec, section: Section, refs: int, complete: bool) -> list[Wish]:
        """The end of a listing: too few refs is drift; a complete one says what it no longer carries."""
        if refs < section.min_refs:
            self._wishing.problem(
                wish,
                Drift.kind,
                f"the listing of {section.key} has {refs} entries, fewer than min_refs = {section.min_refs}",
            )
            complete = False
        elif not complete:
            self._wishing.problem(
                wish, "incomplete", f"the listing of {section.key} is known to go on after {refs} entries"
            )
        return self._unlisted(wish, spec, section, complete=complete)

    def _unlisted(self, wish: Wish, spec: SiteSpec, section: Section, *, complete: bool) -> list[Wish]:
        """Wishes for pages the listing does not carry: those a complete one has lost, and whatever nobody asked
        for in a year."""
        listed = self._archive.listed_urls(self._run, section)
        known, turns = self._known(section)
        missing: tuple[str, ...] = ()
        if complete and spec.verified is not None:
            missing = plan_rechecks(known, listed, turns=turns)
        overdue = plan_overdue(known, {*listed, *missing}, now=self._run.started_at, revisit=self._revisit)
        wishes = [
            self._wishing.wish(wish, role="page", request=Request(url=url), reason=reason)
            for urls, reason in ((missing, "missing from listing"), (overdue, "once a year"))
            for url in urls
        ]
        wishes += [
            self._wishing.wish(
                wish,
                role="attachment",
                request=Request(url=ref.url),
                ref=ref,
                reason="evidence lost",
                parent_url=parent,
            )
            for ref, parent in plan_lost_files(known)
        ]
        return wishes


def head_of(listing: Listing) -> str:
    """What a first page says of its listing, as a digest; '' when a change behind it would not show there."""
    days = [ref.listed_on for ref in listing.refs]
    dated = [day for day in days if day is not None]
    newest_first = len(dated) == len(days) > 1 and all(one >= other for one, other in pairwise(dated))
    if listing.total is None and not newest_first:
        return ""
    said = [listing.total, [[canonical(ref.url), ref.title, str(ref.listed_on)] for ref in listing.refs]]
    return hashlib.sha256(to_json(said).encode()).hexdigest()[:32]


def _is_complete(listing: Listing, refs: int) -> bool:
    """A listing that ended is complete when its family says so (it counts rows: a pinned entry stands twice).
    One that was stopped (too many pages, a page that repeats others) proves it by the portal's own total.
    """
    if listing.next is not None:
        return listing.total is not None and refs >= listing.total
    return listing.complete
