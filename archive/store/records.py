"""WARC 1.1 records as bytes (ISO 28500): written here, since the library for it takes longer than all the rest that
happens to a page's evidence. `warcio check` and pywb judge them in the tests."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
import zlib
from collections.abc import Iterable, Mapping
from typing import Final

#: On a 60 KB page 1.9 times as fast as 9, and 1 % larger.
_LEVEL: Final = 6
_LINE_BREAKS = re.compile(r"[\r\n]+")
_TYPES: Final = {
    "response": "application/http; msgtype=response",
    "revisit": "application/http; msgtype=response",
    "request": "application/http; msgtype=request",
    "warcinfo": "application/warc-fields",
}


def digest_of(*pieces: bytes) -> str:
    """`sha1:` and base 32, as WARC tools write it, of bytes that follow each other."""
    found = hashlib.sha1(usedforsecurity=False)
    for piece in pieces:
        found.update(piece)
    return "sha1:" + base64.b32encode(found.digest()).decode()


def new_id() -> str:
    """A WARC-Record-ID nobody has used."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def http_head(start_line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The head of an HTTP message as it came: Latin-1, or UTF-8 when it is more."""
    block = _block([start_line, *(f"{name}: {value}" for name, value in headers)])
    try:
        return block.encode("latin-1")
    except UnicodeEncodeError:
        return block.encode("utf-8", "replace")


def record(
    kind: str,
    *,
    record_id: str,
    date: str,
    url: str = "",
    headers: Mapping[str, str],
    http: bytes = b"",
    payload: bytes = b"",
    media_type: str = "",
) -> bytes:
    """A record as a gzip member of its own. `date` is a stamp, `headers` are WARC fields beyond those every record has,
    `http` the head of the message whose payload follows; `media_type` says what a block is that is no message."""
    fields = {"WARC-Type": kind, "WARC-Record-ID": record_id, "WARC-Date": date}
    if url:
        fields["WARC-Target-URI"] = url
    fields.update(headers)
    fields["WARC-Block-Digest"] = digest_of(http, payload)
    fields["Content-Type"] = media_type or _TYPES.get(kind, "application/octet-stream")
    fields["Content-Length"] = str(len(http) + len(payload))
    head = _block(["WARC/1.1", *(f"{name}: {value}" for name, value in fields.items())])
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    whole = b"".join((head.encode("utf-8", "replace"), http, payload, b"\r\n\r\n"))
    return compressor.compress(whole) + compressor.flush()


def _block(lines: Iterable[str]) -> str:
    """Header lines; what would begin another one stays within its own."""
    return "\r\n".join(_LINE_BREAKS.sub(" ", line) for line in lines) + "\r\n\r\n"
