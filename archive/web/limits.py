"""A bound on how fast one address may ask, for an archive served without a proxy in front."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from archive.web.headers import App, Message, Receive, Scope, Send

#: Requests one address may make at once before it is slowed to `PER_SECOND`. A reader opening a page
#: with its style, scripts and a chart makes about ten.
BURST = 120
PER_SECOND = 20.0
#: Addresses remembered; the longest unseen is forgotten first.
REMEMBERED = 10_000


class Buckets:
    """One token bucket an address. Time is an argument of `take`, so tests need no waiting."""

    def __init__(self, *, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        self.burst = burst
        self.per_second = per_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, now: float) -> float:
        """Take one token; 0.0 when there was one, else the seconds until there will be."""
        left, seen = self._left.pop(address, (float(self.burst), now))
        left = min(float(self.burst), left + max(0.0, now - seen) * self.per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self.per_second
        self._left[address] = (left if wait else left - 1, now)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return wait


def client_address(scope: Scope) -> str:
    """Who asks. Behind a trusted proxy uvicorn has already put the visitor's address there (see `serve`)."""
    return str((scope.get("client") or ("", 0))[0])


def with_rate_limit(app: App, buckets: Buckets, *, clock: Callable[[], float] = time.monotonic) -> App:
    """`app`, answering 429 with Retry-After to an address that asks faster than its bucket fills."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        wait = buckets.take(client_address(scope), clock()) if scope["type"] == "http" else 0.0
        if not wait:
            await app(scope, receive, send)
            return
        body = b"Too many requests. Please wait a moment.\n"
        start: Message = {
            "type": "http.response.start",
            "status": 429,
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"retry-after", str(math.ceil(wait)).encode("ascii")),
                (b"content-length", str(len(body)).encode("ascii")),
            ],
        }
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return limited
