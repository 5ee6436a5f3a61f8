"""One exchange on the wire: connections, cookies, limits; and every foreign exception ends here."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

import httpx

from archive.store.model import Exchange
from crawler.config import Config
from crawler.errors import Oversized, Unreachable
from crawler.fetch.payload import DamagedEncoding, Payload
from crawler.fetch.transport import GuardedTransport, Tls, tls_context
from crawler.politeness import is_loopback_host
from sites.model import Pairs, Request

#: Headers a family may not set: they say who asks and to whom, which is not its business.
_OURS = frozenset({"user-agent", "host", "cookie", "connection", "accept-encoding", "content-length"})


@dataclass(slots=True, kw_only=True)
class _Connections:
    """The connections to one host, and how many requests use them now."""

    transport: GuardedTransport
    users: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a wish wants its connection: TLS rules, verification, the portal's own delay."""

    tls: Tls | None
    verify: bool | None
    delay_seconds: float | None


class CutOff(Unreachable):
    """The body broke off after the headers had come; what came is in `exchange`."""

    def __init__(self, message: str, *, reason: str, exchange: Exchange) -> None:
        super().__init__(message, reason=reason)
        self.exchange = exchange


class Wire:
    """The connections of one run, each host with its own cookies and TLS rules.

    Transports are used without `httpx.AsyncClient`: it follows or rejects redirects by
    its own rules, which are not ours."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        transport: httpx.AsyncBaseTransport | None,
        loopback_allowed: bool,
    ) -> None:
        self._config = config
        self._clock = clock
        self._monotonic = monotonic
        self._transport = transport
        self._loopback_allowed = loopback_allowed
        self._headers = (
            ("User-Agent", config.user_agent_string()),
            ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("Accept-Language", "zh-CN,zh;q=0.9"),
            ("Accept-Encoding", "gzip, deflate"),
        )
        self._jars: dict[str, httpx.Cookies] = {}
        self._connections: OrderedDict[tuple[str, Tls, bool], _Connections] = OrderedDict()
        self._contexts: dict[tuple[Tls, bool], ssl.SSLContext] = {}

    async def close(self) -> None:
        """Close every connection."""
        for held in self._connections.values():
            await held.transport.aclose()
        self._connections.clear()

    async def exchange(self, request: Request, conditions: Pairs, terms: Terms) -> Exchange:
        """One request on the wire. Raises `Unreachable` (a `CutOff` when the body broke off), `Oversized`,
        and `Refused` for an address that must not be connected to."""
        started = self._monotonic()
        crawl = self._config.crawl
        url = request.url
        try:
            sent = self._build(request, conditions)
            async with self._transport_for(url, terms) as (transport, verified), asyncio.timeout(crawl.answer_seconds):
                response = await transport.handle_async_request(sent)
                response.request = sent
                try:
                    if "set-cookie" in response.headers:
                        self._cookies(url).extract_cookies(response)
                    return await self._read(request, response, verified=verified, started=started)
                finally:
                    await response.aclose()
        except TimeoutError:
            message = f"{url}: the answer was not complete after {crawl.answer_seconds:g} s"
            raise Unreachable(message, reason="timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(url, error) from error

    async def _read(self, request: Request, response: httpx.Response, *, verified: bool, started: float) -> Exchange:
        url, limit = request.url, self._config.crawl.max_response_bytes
        exchange = Exchange(
            url=url,
            method=request.method,
            request_headers=_pairs(response.request.headers.raw),
            request_body=request.body,
            status=response.status_code,
            reason=response.reason_phrase,
            http_version=response.http_version,
            headers=_pairs(response.headers.raw),
            body=b"",
            fetched_at=self._clock(),
            tls_verified=verified,
        )
        declared = exchange.header("content-length")
        if declared.isdigit() and int(declared[:18]) > limit:
            raise Oversized(f"{url}: the answer says it has {declared} bytes, more than {limit}")
        try:
            payload = Payload(exchange.header("content-encoding"), limit)
            try:
                async for chunk in response.aiter_raw():
                    payload.feed(chunk)
                body = payload.end()
            except (httpx.RemoteProtocolError, httpx.ReadError) as error:
                cut = replace(exchange, body=payload.so_far(), truncated=True)
                message = f"{url}: the answer broke off after {payload.received} bytes ({error})"
                raise CutOff(message, reason=_unreachable(url, error).reason, exchange=cut) from error
        except DamagedEncoding as error:
            raise Unreachable(f"{url}: {error}", reason="protocol") from error
        except Oversized as error:
            raise Oversized(f"{url}: {error.message}") from error
        return replace(exchange, body=body, elapsed_seconds=max(0.0, self._monotonic() - started))

    def address_allowed(self, url: str, address: str) -> bool:
        """True when the host of `url` may live at this local or private address."""
        entry = self._config.host_entry(url)
        return (self._loopback_allowed and is_loopback_host(address)) or (entry is not None and entry.address_allowed)

    def _build(self, request: Request, conditions: Pairs) -> httpx.Request:
        """The request as it goes out: our name, the family's own headers, the host's own cookies."""
        crawl = self._config.crawl
        silence, connect = crawl.timeout_seconds, crawl.connect_timeout_seconds
        asked = {name.lower() for name, _ in request.headers}
        headers = [pair for pair in self._headers if pair[0].lower() not in asked or pair[0].lower() in _OURS]
        headers += [pair for pair in request.headers if pair[0].lower() not in _OURS]
        sent = httpx.Request(
            request.method,
            parsed(request.url),
            headers=[*headers, *conditions],
            content=request.body or None,
            extensions={"timeout": {"connect": connect, "read": silence, "write": silence, "pool": silence}},
        )
        if cookies := self._cookies(request.url):
            cookies.set_cookie_header(sent)
        return sent

    def cookie_header(self, url: str) -> str:
        """The Cookie header the next request for `url` would carry."""
        probe = httpx.Request("GET", url)
        self._cookies(url).set_cookie_header(probe)
        return str(probe.headers.get("Cookie", ""))

    def _cookies(self, url: str) -> httpx.Cookies:
        """The cookies of one host. A host's cookies never reach another one, not even by `Domain=`."""
        return self._jars.setdefault(host_and_port(url), httpx.Cookies())

    @asynccontextmanager
    async def _transport_for(self, url: str, terms: Terms) -> AsyncIterator[tuple[httpx.AsyncBaseTransport, bool]]:
        """The connections to one host under its TLS rules, and whether they verify certificates."""
        entry = self._config.host_entry(url)
        tls: Tls = entry.tls if entry is not None else terms.tls or "strict"
        verify = entry.verify if entry is not None else terms.verify is not False
        if self._transport is not None:
            yield self._transport, verify
            return
        key = (host_and_port(url), tls, verify)
        if key not in self._connections:
            if (tls, verify) not in self._contexts:
                self._contexts[tls, verify] = tls_context(tls, verify=verify)
            transport = GuardedTransport(
                self._contexts[tls, verify], lambda address: self.address_allowed(url, address)
            )
            self._connections[key] = _Connections(transport=transport)
        held = self._connections[key]
        self._connections.move_to_end(key)
        held.users += 1
        try:
            yield held.transport, verify
        finally:
            held.users -= 1
            await self._close_idle()

    async def _close_idle(self) -> None:
        """Keep connections to no more hosts than may be asked at once: sockets are finite."""
        while len(self._connections) > self._config.crawl.hosts_at_once:
            idle = next((key for key, held in self._connections.items() if not held.users), None)
            if idle is None:
                return
            # Out of the table before anything is awaited: others look for idle ones meanwhile.
            held = self._connections.pop(idle)
            await held.transport.aclose()


@lru_cache(maxsize=64)
def parsed(url: str) -> httpx.URL:
    """An address as httpx reads it, which costs as much as sending it. Raises `httpx.InvalidURL`."""
    return httpx.URL(url)


def host_and_port(url: str) -> str:
    """The host, with its port unless it is the web's own: what robots rules, cookies and clients belong
    to. http and https share them."""
    parts = urlsplit(url)
    name = (parts.hostname or "").lower()
    return name if parts.port in {None, 80, 443} else f"{name}:{parts.port}"


def _pairs(raw: list[tuple[bytes, bytes]]) -> Pairs:
    """Headers as text that turns back into the same bytes as Latin-1."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def _unreachable(url: str, error: Exception) -> Unreachable:
    """An exception of httpx as one of ours, with the cause a person can act on."""
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None and len(causes) < 10:
        causes.append(cause)
    words = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectError):
        for cause in causes:
            if isinstance(cause, ssl.SSLError):
                return Unreachable(f"{url}: TLS failed: {cause}", reason="tls", evidence=type(cause).__name__)
        detail = next((str(cause) for cause in reversed(causes) if isinstance(cause, OSError)), words)
        return Unreachable(f"{url}: no connection: {detail}", reason="reset", evidence=words)
    if isinstance(error, httpx.TimeoutException):
        stage = "connecting" if isinstance(error, httpx.ConnectTimeout) else "waiting for the answer"
        return Unreachable(f"{url}: timed out while {stage}", reason="timeout", evidence=type(error).__name__)
    if isinstance(error, httpx.NetworkError):
        return Unreachable(f"{url}: the connection broke: {words}", reason="reset", evidence=type(error).__name__)
    return Unreachable(f"{url}: not a usable HTTP exchange: {words}", reason="protocol", evidence=type(error).__name__)
