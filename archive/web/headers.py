"""Security headers for every answer, and the two things a query string may not do to Datasette.

Datasette sends no security headers of its own and its pages carry inline scripts, so they get a
policy they survive; our own pages answer with a stricter one (`STRICT`) that allows no inline code.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Marks, within this server only, a CSV of our own: it needs no rewriting (`archive.web.spreadsheets`).
SAFE_CSV = "x-gongkai-safe"

_COMMON = "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'"

#: Datasette's own pages: inline script and style are theirs, nothing may come from another host.
SURVIVABLE = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    f"{_COMMON}; frame-ancestors 'none'"
)

#: The one `<style>` element that Observable Plot 0.6.17 writes into a chart of class `drawn` (charts.js).
_CHART_STYLE = "'sha256-SgjNc3K/dJOn/wGF4KRGlSlGurHOsncfKxd6/DWDch4='"

#: Our pages: no inline script, no inline style of ours, frames only of our own replay.
STRICT = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {_CHART_STYLE}; frame-src 'self'; "
    f"{_COMMON}; frame-ancestors 'none'"
)

#: A replayed capture: an opaque origin without scripts, forms or any request, framed by our page only.
REPLAY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "content-security-policy": SURVIVABLE,
}


def with_security_headers(app: App) -> App:
    """`app`, with every header of `_ALWAYS` that an answer does not set itself."""

    async def secured(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers") or [])
                present = {name.lower().decode("latin-1") for name, _ in headers}
                missing = {name: value for name, value in _ALWAYS.items() if name not in present}
                if "x-frame-options" not in present:
                    policy = _header(headers, "content-security-policy")
                    missing["x-frame-options"] = "SAMEORIGIN" if "frame-ancestors 'self'" in policy else "DENY"
                headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in missing.items()]
                message = {**message, "headers": headers}
            await send(message)

        await app(plain_search(scope), receive, send_secured)

    return secured


def plain_search(scope: Scope) -> Scope:
    """The scope without `_searchmode=raw`.

    A raw FTS5 expression would meet the shadow text (overlapping pairs of characters), where `公开制度`
    finds nothing and a lone `"` is a syntax error. Every search is read by `fts_query` instead.
    """
    query = scope.get("query_string", b"")
    if b"_searchmode" not in query:
        return scope
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="utf-8")
    kept = [(name, value) for name, value in pairs if name != "_searchmode"]
    return {**scope, "query_string": urlencode(kept).encode("ascii")}


def _header(headers: list[tuple[bytes, bytes]], name: str) -> str:
    wanted = name.encode("latin-1")
    return next((value.decode("latin-1") for key, value in headers if key.lower() == wanted), "")
