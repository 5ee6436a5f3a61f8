"""One run: ask, fetch, keep, read, store.

Everything a run does is a *step*: one answer, kept and read, and what follows from it (new wishes for
the frontier), in one transaction. A run that dies is continued by the next start: what was committed is
not asked again, what was not is.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from archive.store.archive import Archive
from archive.store.model import Outcome, Run, RunResult, Wish
from crawler.config import Config
from crawler.errors import HarvestError, Refused, Unreachable
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.politeness import parse_robots, politeness_key
from crawler.steps import LISTING, Steps
from sites.model import Request, SiteSpec
from sites.reading.urls import in_scope

#: Told after every step: the wish, its outcome, how many wishes are still open.
Observer = Callable[[Wish, Outcome, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a run works with."""

    archive: Archive
    fetcher: Fetcher
    library: Library
    config: Config
    clock: Callable[[], datetime]


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
        self._closed: set[tuple[str, str]] = set()
        self._queues: dict[str, list[tuple[int, int, Wish]]] = defaultdict(list)
        self._newest_wish = 0
        self._steps: Steps | None = None
        self._run: Run | None = None

    async def run(self, scope: str = "") -> RunResult | None:
        """Crawl until nothing is wished any more. None when `stop` ended it before that."""
        archive = self._tools.archive
        with archive.step():
            archive.put_sites(self._specs.values())
        run = archive.start_run("crawl", scope or " ".join(sorted(self._specs)))
        self._run = run
        if run.continued:
            self._tools.fetcher.resume()
        self._steps = Steps(self._tools.archive, self._tools.library, self._specs, run, self._tools.config)
        with archive.step():
            archive.add_wishes(run, self._seeds(run))
        self._enqueue()
        await self._work()
        if self._stop.is_set() and any(self._queues.values()):
            return None
        return archive.finish_run(run)

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

    async def _work(self) -> None:
        """Keep one worker a host busy until no host has work, or `stop` is set."""
        workers: dict[str, asyncio.Task[None]] = {}
        limit = asyncio.Semaphore(self._tools.config.crawl.hosts_at_once)
        try:
            while True:
                for key, queue in self._queues.items():
                    if queue and key not in workers and not self._stop.is_set():
                        workers[key] = asyncio.create_task(self._host(key, limit))
                if not workers:
                    return
                await asyncio.wait(workers.values(), return_when=asyncio.FIRST_COMPLETED)
                for key in [key for key, task in workers.items() if task.done()]:
                    workers.pop(key).result()
        finally:
            for task in workers.values():
                task.cancel()
            await asyncio.gather(*workers.values(), return_exceptions=True)

    async def _host(self, key: str, limit: asyncio.Semaphore) -> None:
        async with limit:
            while self._queues[key] and not self._stop.is_set():
                _, _, wish = heapq.heappop(self._queues[key])
                await self._one(wish)

    async def _one(self, wish: Wish) -> None:
        """One wish to its end: allowed, fetched, kept, read, stored."""
        assert self._steps is not None
        spec, url = self._specs[wish.site_id], wish.request.url
        try:
            await self._learn_robots(wish)
            known = self._steps.validators(wish)
            exchanges = await self._tools.fetcher.fetch(
                wish.request,
                etag=known.etag,
                last_modified=known.last_modified,
                tls=spec.tls,
                verify=spec.verify,
                delay_seconds=spec.delay_seconds,
                follow=lambda target: in_scope(target, spec.hosts),
            )
        except Refused as refusal:
            self._told(wish, self._steps.refused(wish, refusal, again=self._said(politeness_key(url), refusal)))
            return
        except HarvestError as error:
            self._told(wish, self._steps.failed(wish, error))
            return
        outcome = self._steps.answered(wish, exchanges)
        if outcome == "wall":
            self._tools.fetcher.back_off(url)
        self._told(wish, outcome)

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
        parts = urlsplit(wish.request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin in self._origins or not self._tools.config.crawl.respect_robots:
            return
        url = f"{origin}/robots.txt"
        answer = self._steps.robots_tonight(url)
        if answer is None:
            try:
                spec = self._specs[wish.site_id]
                exchanges = await self._tools.fetcher.fetch(
                    Request(url=url), tls=spec.tls, verify=spec.verify, delay_seconds=spec.delay_seconds
                )
            except Unreachable as error:
                self._steps.robots_failed(wish, url, error)
                self._origins.add(origin)
                self._tools.fetcher.put_robots(url, parse_robots(503, "", b""))
                return
            self._steps.keep_robots(exchanges)
            answer = exchanges[-1]
        self._origins.add(origin)
        robots = parse_robots(answer.status, answer.header("content-type"), answer.body)
        self._tools.fetcher.put_robots(url, robots)
