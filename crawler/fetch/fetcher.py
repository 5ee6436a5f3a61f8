"""Fetching: one wish in, the exchanges that answered it out. Politeness decides, this room obeys."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, retry_if_result, stop_after_attempt, wait_none

from archive.store.model import Exchange
from crawler.config import Config
from crawler.errors import Oversized, Refused, Unreachable
from crawler.fetch.redirect import REDIRECTS, redirected
from crawler.fetch.transport import Tls
from crawler.fetch.wire import CutOff, Terms, Wire, host_and_port, parsed
from crawler.politeness import (
    TRANSIENT,
    Manners,
    Pace,
    Robots,
    after_answer,
    after_failure,
    after_wall,
    after_wish,
    find_address,
    is_loopback_host,
    is_public_address,
    parse_retry_after,
    politeness_key,
    starting_pace,
)
from sites.model import Pairs, Request


def utc_now() -> datetime:
    """The wall clock, aware, UTC."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class _Host:
    """A host tonight: its lock (one request at a time), its pace, and the numbers it is treated by."""

    manners: Manners
    pace: Pace
    base_delay: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Fetcher:
    """Asks portals, politely. One for a run: it holds each host's pace, cookies and robots rules.

    `clock` gives the aware UTC time written into exchanges, `monotonic` seconds for pacing, `sleep`
    waits, `chance` is the jitter's source (0 to 1); tests replace them. `transport` replaces the
    network. `loopback_allowed` lets this machine's own replicas be asked. `permit` is asked with the address
    before every single request, retries and redirects included; what it raises comes out of `fetch`.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        transport: httpx.AsyncBaseTransport | None = None,
        loopback_allowed: bool = False,
        permit: Callable[[str], None] = lambda url: None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._sleep = sleep
        self._monotonic = monotonic
        self._chance = chance
        self._permit = permit
        self._resumed_at = -math.inf
        self._wire = Wire(
            config, clock=clock, monotonic=monotonic, transport=transport, loopback_allowed=loopback_allowed
        )
        self._slots = asyncio.Semaphore(config.crawl.hosts_at_once)
        self._hosts: dict[str, _Host] = {}
        self._robots: dict[str, Robots] = {}
        self._spent: defaultdict[str, Counter[str]] = defaultdict(Counter)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wire.close()

    # --- what the caller knows and the fetcher must obey

    def put_robots(self, url: str, robots: Robots) -> None:
        """Obey these rules for the host (and port) of `url` from now on, redirects included."""
        self._robots[host_and_port(url)] = robots
        wish = robots.crawl_delay(self._config.crawl.user_agent)
        if wish is not None and self._config.crawl.respect_robots:
            host = self._host(url, None)
            slow = starting_pace(host.manners, wish).delay
            host.base_delay = max(host.base_delay, slow)
            host.pace = replace(host.pace, delay=max(host.pace.delay, slow))

    def resume(self, answers: Iterable[tuple[str, int]] = ()) -> None:
        """Go on with a run that died: somebody else may have asked any host a moment ago, so every host's first
        request waits for its delay, too; and what was spent of tonight's budgets stays spent. `answers` are the
        URLs that were asked and the bytes they brought."""
        self._resumed_at = self._monotonic()
        for url, size in answers:
            self._spent[politeness_key(url)].update(requests=1, bytes=size)

    def back_off(self, url: str, retry_after: float | None = None) -> None:
        """A reader recognised a wall in the answer for `url`: slow down, wait, count it as a failure."""
        host = self._host(url, None)
        host.pace = after_wall(host.pace, host.manners, now=self._monotonic(), retry_after=retry_after)

    def pace_of(self, url: str) -> Pace:
        """Where the host of `url` stands tonight: delay, requests, bytes, failures."""
        return self._host(url, None).pace

    # --- fetching

    async def fetch(
        self,
        request: Request,
        *,
        etag: str = "",
        last_modified: str = "",
        tls: Tls | None = None,
        verify: bool | None = None,
        delay_seconds: float | None = None,
        follow: Callable[[str], bool] | None = None,
    ) -> tuple[Exchange, ...]:
        """The exchanges that answered `request`: redirects in order, the document last.

        Any HTTP status is an answer and is returned, also a 429 or 5xx that stayed after the retries.
        `etag` and `last_modified` (as the portal sent them) make the first hop conditional: a 304 comes
        back as such. `tls`, `verify` and `delay_seconds` are the portal's own; a `[[host]]` entry of
        config.toml wins. A redirect to a URL for which `follow` is False is not followed: it is then
        the last exchange. `truncated` marks a body that broke off at the same byte every time and
        still looks whole (a server whose Content-Length lies).

        Raises `Unreachable`, `Oversized` and `Refused`.
        """
        _check_url(request.url)
        terms = Terms(tls=tls, verify=verify, delay_seconds=delay_seconds)
        conditions: Pairs = ()
        if etag:
            conditions += (("If-None-Match", etag),)
        if last_modified:
            conditions += (("If-Modified-Since", last_modified),)
        hops: list[Exchange] = []
        asked: set[tuple[str, str, str]] = set()
        while True:
            try:
                exchange = await self._settle(request, conditions, terms)
            except Refused as refusal:
                if not hops:
                    raise
                message = f"{hops[0].url} leads to {refusal.message}"
                raise Refused(message, reason=refusal.reason, evidence=request.url) from refusal
            hops.append(exchange)
            location = exchange.header("location") if exchange.status in REDIRECTS else ""
            if not location:
                return tuple(hops)
            # The same question with the same cookies would get the same answer.
            asked.add((exchange.method, exchange.url, dict(exchange.request_headers).get("Cookie", "")))
            route = " → ".join([*(hop.url for hop in hops), location])
            following = redirected(request, exchange, location)
            if follow is not None and not follow(following.url):
                return tuple(hops)
            if len(hops) > self._config.crawl.max_redirects:
                raise Unreachable(
                    f"{hops[0].url}: more than {self._config.crawl.max_redirects} redirects",
                    reason="redirect",
                    evidence=route,
                )
            if (following.method, following.url, self._wire.cookie_header(following.url)) in asked:
                raise Unreachable(f"{hops[0].url}: redirects in a circle", reason="redirect", evidence=route)
            request, conditions = following, ()

    async def _settle(self, request: Request, conditions: Pairs, terms: Terms) -> Exchange:
        """One hop with its retries; what it meant for the circuit breaker is noted."""
        host = self._host(request.url, terms.delay_seconds)
        cuts: list[Exchange] = []

        async def ask() -> Exchange:
            try:
                return await self._ask(request, conditions, terms, host)
            except CutOff as cut:
                cuts.append(cut.exchange)
                raise

        tries = 1 + self._config.crawl.retries
        enough = stop_after_attempt(tries)

        def stop(state: RetryCallState) -> bool:
            return enough(state) or host.pace.closed_because(host.manners, self._monotonic()) is not None

        retrying = AsyncRetrying(
            sleep=self._sleep,
            wait=wait_none(),  # the host's pace waits, so that nothing else slips in between two tries
            stop=stop,
            retry=retry_if_exception(_worth_another_try) | retry_if_result(_busy),
            retry_error_callback=_last_outcome,
        )
        try:
            exchange: Exchange = await retrying(ask)
        except Unreachable:
            whole = len(cuts) == tries and _whole_all_the_same(cuts)
            host.pace = after_wish(host.pace, failed=not whole)
            if whole:
                return cuts[-1]
            raise
        host.pace = after_wish(host.pace, failed=exchange.status >= 500 or exchange.status in TRANSIENT)
        return exchange

    async def _ask(self, request: Request, conditions: Pairs, terms: Terms, host: _Host) -> Exchange:
        """One try: wait for the turn, ask, learn from the answer."""
        async with host.lock:
            self._refuse(request.url, host)
            allowed_at = host.pace.next_allowed_at(host.manners, self._chance())
            while (wait := allowed_at - self._monotonic()) > 0:
                await self._sleep(wait)
            async with self._slots:
                self._permit(request.url)
                try:
                    exchange = await self._wire.exchange(request, conditions, terms)
                except Unreachable:
                    host.pace = after_failure(host.pace, host.manners, now=self._monotonic())
                    raise
                except Oversized:
                    taken = self._config.crawl.max_response_bytes
                    host.pace = replace(host.pace, requests=host.pace.requests + 1, bytes=host.pace.bytes + taken)
                    raise
                finally:
                    # Also a try that was cancelled or refused half-way: the delay counts from its end.
                    host.pace = replace(host.pace, ended_at=self._monotonic())
            host.pace = after_answer(
                host.pace,
                host.manners,
                now=host.pace.ended_at,
                status=exchange.status,
                elapsed=exchange.elapsed_seconds,
                size=len(exchange.body),
                base_delay=host.base_delay,
                retry_after=parse_retry_after(exchange.header("retry-after"), self._clock()),
            )
            return exchange

    def _host(self, url: str, delay_seconds: float | None) -> _Host:
        key = politeness_key(url)
        host = self._hosts.get(key)
        if host is None:
            manners = self._config.manners(url, delay_seconds=delay_seconds)
            spent = self._spent[key]
            pace = replace(
                starting_pace(manners), ended_at=self._resumed_at, requests=spent["requests"], bytes=spent["bytes"]
            )
            host = self._hosts[key] = _Host(manners=manners, pace=pace, base_delay=pace.delay)
        return host

    def _refuse(self, url: str, host: _Host) -> None:
        """Raise `Refused` when `url` must not be asked now."""
        closed = host.pace.closed_because(host.manners, self._monotonic())
        if closed is not None:
            raise Refused(f"{url}: {closed[1]}", reason=closed[0])
        parts = urlsplit(url)
        robots = self._robots.get(host_and_port(url))
        if robots is not None and self._config.crawl.respect_robots and parts.path != "/robots.txt":
            if robots.state == "pause":
                raise Refused(f"{url}: robots.txt could not be had, so nothing is asked tonight", reason="pause")
            if not robots.allows(url, self._config.crawl.user_agent):
                raise Refused(f"{url}: robots.txt forbids it", reason="robots")
        # Names are checked when they are resolved; what is an address already is checked at once.
        name = parts.hostname or ""
        local = is_loopback_host(name) or (find_address(name) is not None and not is_public_address(name))
        if local and not self._wire.address_allowed(url, name):
            raise Refused(f"{url}: a private or local address", reason="address", evidence=name)


def _check_url(url: str) -> None:
    """Raise `Unreachable` when `url` is no address that can be asked."""
    try:
        usable = parsed(url).host and urlsplit(url).scheme in {"http", "https"} and urlsplit(url).port != 0
    except (httpx.InvalidURL, ValueError) as error:
        raise Unreachable(f"{url!r} is not an address: {error}", reason="protocol") from error
    if not usable:
        raise Unreachable(f"{url!r} is not an address that can be asked", reason="protocol")


def _worth_another_try(error: BaseException) -> bool:
    """Weather passes; a bad certificate or a redirect without a target does not."""
    return isinstance(error, Unreachable) and error.reason in {"dns", "timeout", "reset", "protocol"}


def _busy(answer: Exchange) -> bool:
    """An answer that says "later"."""
    return answer.status in TRANSIENT


def _last_outcome(state: RetryCallState) -> Exchange:
    """After the last try: its answer, or its error raised as it was."""
    assert state.outcome is not None
    answer: Exchange = state.outcome.result()
    return answer


def _whole_all_the_same(cuts: list[Exchange]) -> bool:
    """True when every try broke off at the same byte and the page is an HTML document to its end."""
    bodies = {cut.body for cut in cuts}
    return len(bodies) == 1 and bodies.pop().rstrip().lower().endswith(b"</html>")
