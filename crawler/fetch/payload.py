"""One body as it arrives: content encodings undone in small steps, never more than was allowed.

httpx would inflate a whole network chunk at once, and a 64 KB chunk of zeros becomes 64 MB: that is
how decompression bombs work. Here the inflater is asked for no more bytes than are left.
"""

from __future__ import annotations

import zlib
from typing import Literal

from crawler.errors import Oversized

_GZIP = b"\x1f\x8b"


class DamagedEncoding(Exception):
    """The body is not what its Content-Encoding says. Ends at the fetcher."""


class Payload:
    """Collects the bytes of one answer. `encoding` is the Content-Encoding header as sent, `limit` the
    largest size in bytes, before as well as after decoding."""

    def __init__(self, encoding: str, limit: int) -> None:
        names = [name.strip().lower() for name in encoding.split(",")]
        names = [name for name in names if name not in {"", "identity", "none"}]
        if unknown := [name for name in names if name not in {"gzip", "x-gzip", "deflate"}]:
            raise DamagedEncoding(f"Content-Encoding {unknown[0]} was not offered and cannot be undone")
        if len(names) > 1:
            raise DamagedEncoding(f"encoded {len(names)} times: {encoding}")
        self._limit = limit
        self._kind = names[0].removeprefix("x-") if names else ""
        self._state: Literal["opening", "plain", "inflating", "between", "over"] = "opening" if names else "plain"
        self._inflater = zlib.decompressobj()
        self._opening = b""
        self._parts: list[bytes] = []
        self.size = 0
        self.received = 0

    def feed(self, chunk: bytes) -> None:
        """Take one chunk from the wire. Raises `Oversized` or `DamagedEncoding`."""
        self.received += len(chunk)
        if self.received > self._limit:
            raise Oversized(f"the answer is larger than {self._limit} bytes")
        if self._state in {"opening", "between"}:
            chunk, self._opening = self._opening + chunk, b""
            if len(chunk) < 2:
                self._opening = chunk
                return
            self._begin(chunk)
        if self._state == "plain":
            self._keep(chunk)
        elif self._state == "inflating":
            self._inflate(chunk)

    def end(self) -> bytes:
        """The whole body. Raises `DamagedEncoding` when the compressed stream broke off."""
        if self._state == "inflating":
            raise DamagedEncoding(f"the {self._kind} stream ends before its end")
        if self._state == "opening":
            self._keep(self._opening)
        return self.so_far()

    def so_far(self) -> bytes:
        """What has been decoded until now."""
        return b"".join(self._parts)

    def _begin(self, opening: bytes) -> None:
        """Decide what begins here, from at least two bytes. A body that is plain although it was declared
        compressed is a server habit (portals.md §8). After the end of a stream there may be padding, or,
        with gzip, a further member of the same body."""
        if self._kind == "gzip":
            known = opening.startswith(_GZIP)
            self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        else:
            known = self._state == "opening"
            # RFC 9110 means zlib; many servers send the bare stream. The zlib header is its own check.
            zlib_header = opening[0] & 0x0F == 8 and int.from_bytes(opening[:2], "big") % 31 == 0
            self._inflater = zlib.decompressobj(zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)
        if known:
            self._state = "inflating"
        else:
            self._state = "plain" if self._state == "opening" else "over"

    def _inflate(self, data: bytes) -> None:
        while data and self._state == "inflating":
            try:
                self._keep(self._inflater.decompress(data, self._limit - self.size + 1))
            except zlib.error as error:
                raise DamagedEncoding(f"the {self._kind} stream is damaged: {error}") from error
            data = self._inflater.unconsumed_tail
            if self._inflater.eof:
                self._state = "between"
                data = self._inflater.unused_data
                if len(data) < 2:
                    self._opening = data
                else:
                    self._begin(data)

    def _keep(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._limit:
            raise Oversized(
                f"the answer is larger than {self._limit} bytes once decompressed ({self.received} bytes came)"
            )
        self._parts.append(data)
