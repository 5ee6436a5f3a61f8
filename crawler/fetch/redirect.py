"""Where a redirect leads."""

from __future__ import annotations

from dataclasses import replace

import httpx

from archive.store.model import Exchange
from crawler.errors import Unreachable
from crawler.fetch.wire import host_and_port
from sites.model import Request

#: The statuses that carry a Location to follow.
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def redirected(request: Request, exchange: Exchange, location: str) -> Request:
    """The request a redirect asks for. A POST becomes a GET except on 307 and 308; a family's headers
    stay with the host they were meant for."""
    raw = location.encode("latin-1").strip()
    try:
        target = raw.decode("utf-8")
    except UnicodeDecodeError:
        target = raw.decode("gb18030", "replace")
    try:
        url = httpx.URL(exchange.url).join(target.replace("\\", "/"))
    except httpx.InvalidURL as error:
        raise Unreachable(f"{exchange.url}: redirects to {target!r}: {error}", reason="redirect") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise Unreachable(f"{exchange.url}: redirects to {target!r}, which is no web page", reason="redirect")
    address = str(url.copy_with(userinfo=b"", fragment=None))
    keeps_body = exchange.status in {307, 308}
    same_host = host_and_port(address) == host_and_port(exchange.url)
    return replace(
        request,
        url=address,
        method=request.method if keeps_body else "GET",
        body=request.body if keeps_body else b"",
        headers=tuple(pair for pair in request.headers if keeps_body or pair[0].lower() != "content-type")
        if same_host
        else (),
    )
