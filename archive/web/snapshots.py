"""A published snapshot served: the file never changes, so what its hashed addresses answer may be kept for ever."""

from __future__ import annotations

from archive.web.headers import App, Message, Receive, Scope, Send

#: A year, the longest that caches honour (RFC 9111 has no limit, most treat a year as one).
FOR_EVER = "public, max-age=31536000, immutable"


def with_far_future(app: App, base: str) -> App:
    """`app`, whose good answers below `base` (`/NAME` of the database) may be kept for ever: the name holds the hash of
    the content. Pages without it in their address show the snapshot that is current and keep their own header."""

    async def kept(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        hashed = path == base or path.startswith((f"{base}/", f"{base}."))
        if scope["type"] != "http" or not hashed:
            await app(scope, receive, send)
            return

        async def send_kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                headers = [pair for pair in message.get("headers") or [] if pair[0].lower() != b"cache-control"]
                message = {**message, "headers": [*headers, (b"cache-control", FOR_EVER.encode())]}
            await send(message)

        await app(scope, receive, send_kept)

    return kept
