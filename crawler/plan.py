"""The frontier: what to fetch tonight, and in which order. Pure; the night is an argument.

New pages are fetched at once. Known ones come round again by the revisit policy (pages of the
current report year weekly, older ones on a slow rotation, everything once a year), or every night with
`mode = "always"`. Each night takes an even share of a section's pages, the longest unseen first, so that
what was first fetched in one night does not come due in one night. Which pages that are follows from the
section alone: portals crawled on different machines are planned as on one.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from crawler.config import RevisitConfig
from sites.model import PageRef, Request, Section
from sites.reading.dates import CHINA
from sites.reading.urls import canonical, in_scope

#: Why a page is fetched: never seen before; gone or missing but listed again; its bytes were lost; of the current
#: report year; on the slow rotation; asked for every night by configuration; not listed any more.
Reason = Literal["new", "listed again", "evidence lost", "current", "rotation", "every night", "missing from listing"]

#: States (archive.store.states) from which a listed page comes back.
_AWAY = frozenset({"gone", "moved", "missing"})

#: States in which nobody expects the listing to carry the page.
_SETTLED = frozenset({"gone", "moved"})


class KnownPage(Protocol):
    """What planning needs of a page the archive knows (`archive.store.model.KnownPage`)."""

    @property
    def url(self) -> str:
        """The canonical address: the page's identity, not always one that answers (`www.`, https)."""

    @property
    def asked_url(self) -> str:
        """The address that answered last, '' when unknown."""

    @property
    def state(self) -> str:
        """Where the page stands: `present`, `missing`, `gone`, `back`, `moved`."""

    @property
    def parent_url(self) -> str:
        """The page this attachment belongs to, '' for a page."""

    @property
    def title(self) -> str:
        """The title as last read."""

    @property
    def published_at(self) -> str:
        """ISO date or time of publication, '' when unknown."""

    @property
    def last_fetched_at(self) -> datetime:
        """When it last answered, aware."""

    @property
    def absent_nights(self) -> int:
        """Complete nights in a row on which it answered that it is not there."""

    @property
    def listed_title(self) -> str:
        """What the listing, or the page it is a file of, called it."""

    @property
    def listed_on(self) -> date | None:
        """The date the listing printed beside it, None without one."""

    @property
    def lost(self) -> bool:
        """Whether the bytes its reading rests on are lost: asked for again at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A page to fetch tonight: the listing's entry for it, and why."""

    ref: PageRef
    reason: Reason

    @property
    def request(self) -> Request:
        """The request for it, as the listing links it."""
        return Request(url=self.ref.url, context=self.ref.context)


def plan_pages(
    known: Sequence[KnownPage],
    refs: Sequence[PageRef],
    *,
    section: Section,
    now: datetime,
    revisit: RevisitConfig,
    turns: Collection[str],
    budget: int | None = None,
) -> tuple[Planned, ...]:
    """The entries of a listing that are fetched tonight: new before listed again, before due ones, the
    longest unseen first. No address twice (by its canonical form), none outside the section's hosts,
    no more than `budget`. `turns` are the pages whose turn it is (`turns_of`)."""
    pages = {page.url: page for page in known}
    first: dict[str, PageRef] = {}
    for ref in refs:
        if in_scope(ref.url, section.hosts):
            first.setdefault(canonical(ref.url), ref)
    planned: list[tuple[int, datetime, int, Planned]] = []
    for place, (url, ref) in enumerate(first.items()):
        page = pages.get(url)
        reason = _reason(page, url in turns, ref, now, revisit)
        if reason is None:
            continue
        rank = _ORDER.index(reason)
        planned.append((rank, page.last_fetched_at if page else now, place, Planned(ref=ref, reason=reason)))
    planned.sort(key=lambda item: item[:3])
    return tuple(item[3] for item in planned[:budget])


_ORDER: tuple[Reason, ...] = ("new", "listed again", "evidence lost", "current", "every night", "rotation")


def plan_due(
    known: Sequence[KnownPage], planned: Collection[str], *, now: datetime, turns: Collection[str]
) -> tuple[tuple[KnownPage, Reason], ...]:
    """The pages whose turn it is behind a listing that is taken as before, and why; none that is `planned` already.
    Longest unseen first."""
    due: list[tuple[datetime, str, KnownPage, Reason]] = []
    for page in known:
        if page.parent_url or page.state in _AWAY or page.url in planned or page.url not in turns:
            continue
        current = _is_current(page, page.listed_title, page.listed_on, now)
        due.append((page.last_fetched_at, page.url, page, "current" if current else "rotation"))
    return tuple((page, reason) for _, _, page, reason in sorted(due, key=lambda item: item[:2]))


def plan_rechecks(
    known: Sequence[KnownPage],
    listed: Collection[str],
    *,
    turns: Collection[str] | None = None,
) -> tuple[str, ...]:
    """The addresses of known pages that a complete listing of a verified portal no longer carries.

    They are asked the night they go missing, and every night on which they have answered that they
    are not there, until the archive calls them gone. One that still answers without being listed waits
    for its turn, when `turns` are given. Attachments go with their page.
    """
    if not known:
        return ()
    on_list = {canonical(url) for url in listed}
    chosen = []
    for page in known:
        url = page.url
        if page.parent_url or page.state in _SETTLED or url in on_list:
            continue
        settled = page.state == "missing" and not page.absent_nights
        if settled and turns is not None and url not in turns:
            continue
        chosen.append((-page.absent_nights, page.last_fetched_at, page.asked_url or url))
    return tuple(dict.fromkeys(url for _, _, url in sorted(chosen)))


def plan_overdue(
    known: Sequence[KnownPage], planned: Collection[str], *, now: datetime, revisit: RevisitConfig
) -> tuple[str, ...]:
    """The addresses of pages nobody has asked for in `all_days`, or whose bytes are lost, whatever the listings
    say: everything that is not gone is seen once a year. Longest unseen first; none that is `planned` already."""
    overdue = [
        page
        for page in known
        if not page.parent_url and page.state not in _SETTLED and (page.lost or _age(page, now) >= revisit.all_days)
    ]
    already = {canonical(url) for url in planned} if overdue else set()
    due = sorted((page.last_fetched_at, page.asked_url or page.url) for page in overdue if page.url not in already)
    return tuple(dict.fromkeys(url for _, url in due))


def plan_lost_files(known: Sequence[KnownPage]) -> tuple[tuple[PageRef, str], ...]:
    """The files of pages whose bytes are lost, each with the page it belongs to."""
    return tuple(
        (PageRef(url=page.asked_url or page.url, title=page.listed_title), page.parent_url)
        for page in known
        if page.parent_url and page.lost and page.state not in _SETTLED
    )


def _reason(page: KnownPage | None, turn: bool, ref: PageRef, now: datetime, revisit: RevisitConfig) -> Reason | None:
    if page is None:
        return "new"
    if page.state in _AWAY or page.absent_nights:
        return "listed again"
    if page.lost:
        return "evidence lost"
    if revisit.mode == "always":
        return "every night"
    current = _is_current(page, ref.title, ref.listed_on, now)
    if not turn and _age(page, now) < _days(revisit, current):
        return None
    return "current" if current else "rotation"


def turns_of(section: str, known: Sequence[KnownPage], *, now: datetime, revisit: RevisitConfig) -> frozenset[str]:
    """The known pages of a section whose turn it is tonight by the revisit policy.

    Of the pages of the current report year a night takes an even share of `current_days`, of the older ones one of
    `older_days`, the longest unseen first; what was asked the same day counts. The night on which the section's
    listing is walked to its end (`next_turn` of its name) takes none, the others so much more. However nights
    were missed or pages came and went, a page that has waited its whole time is due.
    """
    today = _china_day(now).toordinal()
    turns: set[str] = set()
    waiting: dict[int, list[KnownPage]] = {}
    for page in known:
        if not page.parent_url and page.state not in _SETTLED and not page.absent_nights:
            current = _is_current(page, page.listed_title, page.listed_on, now)
            waiting.setdefault(_days(revisit, current), []).append(page)
    for days, pages in waiting.items():
        # One that has waited longer was passed over (a night was missed, no listing named it): it is due all the
        # same, and must not stand in the way of the others.
        passed_over = [page for page in pages if _age(page, now) > days]
        others = sorted(
            (page for page in pages if _age(page, now) <= days),
            key=lambda page: (_china_day(page.last_fetched_at), _draw(page.url)),
        )
        share = even_share(len(others), days, today, rest=revisit.listing_days, phase=_draw(section))
        share = max(0, share - sum(not _age(page, now) for page in others))
        waited = [page for page in others if _age(page, now) == days]
        turns.update(page.url for page in (*passed_over, *waited, *others[:share]))
    return frozenset(turns)


def even_share(count: int, days: int, today: int, *, rest: int, phase: int) -> int:
    """How many of `count` things come tonight when all come within any `days` nights, every night as many as another
    but for one: none in the one night of `rest` that `phase` draws, which also draws the nights that take one more.
    `today` is a day's ordinal.

    Where that would leave no night (a rest every night, or days too few to hold another), no night rests.
    """
    working = days - -(-days // rest) if rest > 1 else 0
    resting = working >= 1
    nights = working if resting else days
    drawn = phase // rest % nights

    def come(day: int) -> int:
        worked = day - (day + phase % rest) // rest if resting else day
        return (worked * count + drawn) // nights

    return come(today) - come(today - 1)


def next_turn(name: str, seen_on: date, days: int) -> date:
    """The first of a name's own days after `seen_on`: one in every `days` days, drawn from the name, so at most
    `days` days away."""
    return date.fromordinal(seen_on.toordinal() + days - (seen_on.toordinal() + _draw(name)) % days)


def _draw(name: str) -> int:
    """A number that is a name's own, the same everywhere."""
    return int.from_bytes(hashlib.sha1(name.encode(), usedforsecurity=False).digest()[:8], "big")


def _days(revisit: RevisitConfig, current: bool) -> int:
    """Within how many days a page comes round."""
    return min(revisit.current_days if current else revisit.older_days, revisit.all_days)


def _china_day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def _age(page: KnownPage, now: datetime) -> int:
    """China days since the page last answered."""
    return (_china_day(now) - _china_day(page.last_fetched_at)).days


_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*(?:年|$)")
_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def _is_current(page: KnownPage, title: str, listed_on: date | None, now: datetime) -> bool:
    """Whether a page belongs to the current report year: last year's report, published this year. What
    the title says counts; a title without a year goes by its date."""
    today = now.astimezone(CHINA).date()
    years = {
        int(year)
        for text in (title, page.title)
        for year in _YEAR.findall(unicodedata.normalize("NFKC", text).translate(_NUMERALS))
    }
    if years:
        return today.year - 1 in years
    if listed_on is not None:
        return listed_on.year == today.year
    return page.published_at[:4] == str(today.year)
