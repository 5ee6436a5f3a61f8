"""One run: ask, fetch, keep, read, store.

Everything a run does is a *step*: one answer, kept and read, and what follows from it (new wishes for
the frontier), in one transaction. A run that dies is continued by the next start: what was committed is
not asked again, what was not is.
"""

from __future__ import annotations

import asyncio
import heapq
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from archive.store.archive import Archive
from archive.store.model import Exchange, Outcome, Run, RunResult, Wish
from archive.store.upkeep import tend
from crawler.apart import Apart
from crawler.config import Config
from crawler.errors import ConfigError, HarvestError, Refused, Unreachable
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.politeness import parse_robots, politeness_key
from crawler.read import Reading, page_from, wall_of
from crawler.readers import Readers, Trouble
from crawler.schemes import Schemes
from crawler.steps import NO_VALIDATORS, Steps, Validators
from crawler.wishing import LISTING
from sites.errors import Challenged
from sites.model import Request, SiteSpec
from sites.reading.forward import LARGEST_FORWARD, find_forward
from sites.reading.urls import in_scope


def free_bytes(path: Path) -> int:
    """Bytes that may still be written beside a file."""
    return shutil.disk_usage(path.parent).free


#: How long the pages in hand may still take once a crawl was told to stop: well within the ten seconds that systemd
#: and container runtimes wait before they kill.
STOP_SECONDS = 6.0

#: Told after every step: the wish, its outcome, how many wishes are still open.
Observer = Callable[[Wish, Outcome, int], None]


#: Up to this delay, in seconds, pages of a host may wait for each other: so many are written as one. Above it each
#: is written before the host is asked again.
_HURRIED, _TOGETHER = 0.05, 16
#: No more than this is held of one host's answers, in bytes.
_HELD_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class _Held:
    """An answer in hand, and its reading when another process makes it."""

    wish: Wish
    exchanges: Sequence[Exchange]
    found: asyncio.Future[Reading | Trouble] | None

    @property
    def size(self) -> int:
        return sum(len(exchange.body) for exchange in self.exchanges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a run works with."""

    archive: Archive
    fetcher: Fetcher
    library: Library
    config: Config
    clock: Callable[[], datetime]
    free_bytes: Callable[[Path], int] = free_bytes


#: Answers of a run that is continued count against tonight's budgets when they are no older than a night is long.
NIGHT = timedelta(hours=12)
#: How far the clock may stand behind the end of the last night: a wrong time zone, a small correction.
_CLOCK_SLACK = timedelta(hours=12)


def _check_clock(now: datetime, last: datetime | None) -> None:
    """Raise `ConfigError` when the clock is so far behind that tonight's captures would be filed as history."""
    if last is not None and now < last - _CLOCK_SLACK:
        raise ConfigError(
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, but the last night ended {last:%Y-%m-%d %H:%M} UTC: "
            "set the clock (timedatectl), then crawl again. Nothing was asked"
        )


class Crawl:
    """One run over some portals.

    `stop` ends it after the step in hand; the run then stays open and the next one continues it.
    """

    def __init__(
        self,
        tools: Tools,
        specs: Sequence[SiteSpec],
        *,
        observer: Observer | None = None,
        stop: asyncio.Event | None = None,
    ) -> None:
        self._tools = tools
        self._specs = {spec.id: spec for spec in specs}
        self._observer = observer
        self._stop = stop or asyncio.Event()
        self._origins: set[str] = set()
        self._walled: dict[str, Challenged] = {}
        self._schemes = Schemes()
        self._closed: set[tuple[str, str]] = set()
        self._queues: dict[str, list[tuple[int, int, Wish]]] = defaultdict(list)
        self._newest_wish = 0
        self._cut_short = ""
        self._steps: Steps | None = None
        self._run: Run | None = None
        self._apart = Apart()
        self._readers: Readers | None = None

    async def run(self, scope: str = "") -> RunResult | None:
        """Crawl until nothing is wished any more. None when `stop` ended it before that.

        A disk with less than `min_free_mb` free ends the run early: what was not asked is skipped and comes round
        the next night, and the run is told as cut short.
        """
        archive = self._tools.archive
        _check_clock(self._tools.clock(), archive.last_finished("crawl"))
        with archive.step():
            archive.put_sites(self._specs.values())
        run = archive.start_run("crawl", scope or " ".join(sorted(self._specs)))
        self._run = run
        if run.continued:
            self._tools.fetcher.resume(archive.answers(run, since=self._tools.clock() - NIGHT))
        self._schemes.remember(archive, self._specs.values())
        self._steps = Steps(self._tools.archive, self._tools.library, self._specs, run, self._tools.config)
        with archive.step():
            archive.add_wishes(run, self._seeds(run))
        self._enqueue()
        await self._work_with_readers()
        if self._cut_short:
            self._steps.cut_short([wish for queue in self._queues.values() for _, _, wish in queue], self._cut_short)
            return replace(archive.finish_run(run), cut_short=self._cut_short)
        if self._stop.is_set() and archive.pending(run, 1):
            return None
        result = archive.finish_run(run)
        tend(archive)
        return result

    def _has_room(self) -> bool:
        """Whether the disk still has what the configuration wants left free."""
        least = self._tools.config.archive.min_free_mb
        free = self._tools.free_bytes(self._tools.archive.path) // 1_000_000
        if free < least and not self._cut_short:
            self._cut_short = (
                f"the disk has {free} MB free, less than archive.min_free_mb = {least}: the night ended early. "
                "Free some space; what was not asked comes round the next night"
            )
        return not self._cut_short

    def _seeds(self, run: Run) -> list[Wish]:
        wishes = []
        for spec in self._specs.values():
            for section in spec.sections:
                family = self._tools.library.family_of(section)
                request = family.start(section)
                wishes.append(
                    Wish(
                        run_id=run.id,
                        site_id=spec.id,
                        section_key=section.key,
                        role="listing",
                        request=request,
                        priority=LISTING,
                        reason="seed",
                    )
                )
        return wishes

    def _enqueue(self) -> None:
        """Take the frontier's new wishes into the queues of their hosts, robots.txt before anything."""
        assert self._run is not None
        for wish in self._tools.archive.pending(self._run, after=self._newest_wish):
            self._newest_wish = max(self._newest_wish, wish.id)
            heapq.heappush(self._queues[politeness_key(wish.request.url)], (wish.priority, wish.id, wish))

    async def _work_with_readers(self) -> None:
        processes = self._tools.config.crawl.reading_processes
        if not processes:
            await self._work()
            return
        with Readers(processes, self._tools.config.sites.folders) as self._readers:
            await self._work()

    async def _work(self) -> None:
        """Keep one worker a host busy until no host has work, or `stop` is set."""
        workers: dict[str, asyncio.Task[None]] = {}
        limit = asyncio.Semaphore(self._tools.config.crawl.hosts_at_once)
        stopped = asyncio.create_task(self._stop.wait())
        try:
            while True:
                for key, queue in self._queues.items():
                    if queue and key not in workers and not self._stop.is_set() and self._has_room():
                        workers[key] = asyncio.create_task(self._host(key, limit))
                if not workers:
                    return
                await asyncio.wait([*workers.values(), stopped], return_when=asyncio.FIRST_COMPLETED)
                if self._stop.is_set():
                    # What is under way may end; what waits for its turn or a slow portal is asked again next time.
                    await asyncio.wait(workers.values(), timeout=STOP_SECONDS)
                for key in [key for key, task in workers.items() if task.done()]:
                    workers.pop(key).result()
                if self._stop.is_set():
                    return
        finally:
            for task in (stopped, *workers.values()):
                task.cancel()
            await asyncio.gather(stopped, *workers.values(), return_exceptions=True)
            self._apart.close()

    async def _host(self, key: str, limit: asyncio.Semaphore) -> None:
        """Ask what is wished of a host, one after the other. Pages that come faster than they can be written are
        held back and written together; a stop writes what is held."""
        held: list[_Held] = []
        async with limit:
            while not self._stop.is_set() and self._has_room():
                if not self._queues[key]:
                    if not held:
                        return
                    await self._finish(held, len(held))
                    continue  # what was read may have brought new wishes
                _, _, wish = heapq.heappop(self._queues[key])
                if wish.role != "page":
                    await self._finish(held, len(held))
                one = await self._one(wish)
                if one is None:
                    continue
                held.append(one)
                hurried = self._tools.fetcher.pace_of(one.wish.request.url).delay <= _HURRIED
                if wish.role != "page" or not hurried or sum(each.size for each in held) > _HELD_BYTES:
                    await self._finish(held, len(held))
                elif len(held) >= 2 * _TOGETHER:
                    await self._finish(held, _TOGETHER)
            await self._finish(held, len(held))

    async def _finish(self, held: list[_Held], count: int) -> None:
        """Keep, read and store the first `count` answers in hand, in their order and as one."""
        assert self._steps is not None
        if not count:
            return
        if self._readers:
            self._readers.begin()
        ready = [(one, await one.found if one.found else None) for one in held[:count]]
        del held[:count]
        with self._tools.archive.group() if count > 1 else nullcontext():
            outcomes = [self._steps.answered(one.wish, one.exchanges, found) for one, found in ready]
        for (one, _), outcome in zip(ready, outcomes, strict=True):
            if outcome == "wall":
                self._tools.fetcher.back_off(one.wish.request.url)
            self._told(one.wish, outcome)

    async def _one(self, wish: Wish) -> _Held | None:
        """One wish to its answer: allowed, fetched, its reading begun elsewhere where that pays. None when there was
        nothing to be had, which is settled here."""
        assert self._steps is not None
        spec = self._specs[wish.site_id]
        try:
            await self._learn_robots(wish)
            url = self._schemes.applied(wish.request.url)
            wish = replace(wish, request=replace(wish.request, url=url))
            if (wall := self._walled.get(politeness_key(url))) is not None:
                self._told(wish, self._steps.walled(wish, wall))
                return None
            exchanges = await self._fetch(wish.request, spec, known=self._steps.validators(wish))
            answer = self._steps.full(exchanges[-1], url) if wish.role == "listing" else exchanges[-1]
            small = wish.request.method == "GET" and len(answer.body) <= LARGEST_FORWARD
            target = find_forward(page_from(answer)) if small else None
            if target is not None and in_scope(target, spec.hosts):
                exchanges += await self._fetch(Request(url=target, context=wish.request.context), spec)
        except Refused as refusal:
            url = wish.request.url
            self._told(wish, self._steps.refused(wish, refusal, again=self._said(politeness_key(url), refusal)))
            return None
        except HarvestError as error:
            self._told(wish, self._steps.failed(wish, error))
            return None
        if wish.role != "listing" and not self._steps.is_read(wish, exchanges[-1]):
            await self._apart.prepare(exchanges[-1], wish.ref.title if wish.ref and wish.role == "attachment" else "")
        question = self._steps.question(wish, exchanges) if self._readers else None
        found = asyncio.wrap_future(self._readers.ask(question)) if self._readers and question else None
        return _Held(wish, exchanges, found)

    async def _fetch(
        self, request: Request, spec: SiteSpec, *, known: Validators = NO_VALIDATORS, scoped: bool = True
    ) -> tuple[Exchange, ...]:
        """Ask by the portal's own terms; a host that does not answer on one scheme is tried once on the other."""

        async def ask(url: str) -> tuple[Exchange, ...]:
            return await self._tools.fetcher.fetch(
                replace(request, url=url),
                etag=known.etag,
                last_modified=known.last_modified,
                tls=spec.tls,
                verify=spec.verify,
                delay_seconds=spec.delay_seconds,
                follow=(lambda target: in_scope(target, spec.hosts)) if scoped else None,
            )

        try:
            exchanges = await ask(request.url)
        except Unreachable as error:
            other = self._schemes.second_try(request.url, error.reason)
            if other is None:
                raise
            try:
                exchanges = await ask(other)
            except HarvestError:
                raise error from None  # the address that was wished for is the one that failed
        self._schemes.answered(exchanges)
        return exchanges

    def _said(self, key: str, refusal: Refused) -> bool:
        """Whether this run has said before that a host is closed for the night (budget, breaker, pause)."""
        if refusal.reason in {"robots", "address"}:
            return False
        said = (key, refusal.reason) in self._closed
        self._closed.add((key, refusal.reason))
        return said

    def _told(self, wish: Wish, outcome: Outcome) -> None:
        self._enqueue()
        if self._observer:
            self._observer(wish, outcome, sum(len(queue) for queue in self._queues.values()))

    async def _learn_robots(self, wish: Wish) -> None:
        """Ask robots.txt of this wish's origin once a run, and make the fetcher obey it.

        A robots.txt that cannot be had closes the host for the night (RFC 9309 §2.3.1.4).
        """
        assert self._steps is not None
        parts = urlsplit(self._schemes.applied(wish.request.url))
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin in self._origins or not self._tools.config.crawl.respect_robots:
            return
        url = f"{origin}/robots.txt"
        answer = self._steps.robots_tonight(url)
        if answer is None:
            try:
                exchanges = await self._fetch(Request(url=url), self._specs[wish.site_id], scoped=False)
            except Unreachable as error:
                self._steps.robots_failed(wish, url, error)
                self._origins.add(origin)
                self._tools.fetcher.put_robots(url, parse_robots(503, "", b""))
                return
            self._steps.keep_robots(exchanges)
            answer = exchanges[-1]
        self._origins.add(origin)
        if answer.status >= 500 and (wall := wall_of(answer)) is not None:
            self._walled[politeness_key(url)] = wall
        robots = parse_robots(answer.status, answer.header("content-type"), answer.body)
        self._tools.fetcher.put_robots(url, robots)
