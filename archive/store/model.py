"""The values the store takes and gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sites.model import Pairs

ChangeKind = Literal["new", "changed", "unchanged", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response as they were on the wire, before anything was read.

    `body` is the payload with transfer and content encodings undone; `headers` are the response's as
    sent, in order. `requested_url` was asked, `url` is this hop's own address (a redirect is an
    exchange of its own; the last one carries the document). Times are aware, UTC.
    """

    url: str
    method: str
    request_headers: Pairs
    request_body: bytes
    status: int
    reason: str
    http_version: str
    headers: Pairs
    body: bytes
    fetched_at: datetime
    elapsed_seconds: float = 0.0
    tls_verified: bool = True
    truncated: bool = False

    def header(self, name: str, default: str = "") -> str:
        """The first response header called `name`, case-insensitively."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One stored exchange: a row of `captures`. `warc_file` is relative to the WARC folder;
    `revisit_of` is the id of the capture that holds the payload when this one does not."""

    id: int
    url: str
    fetched_at: datetime
    status: int
    payload_digest: str
    warc_file: str
    warc_offset: int
    warc_length: int
    media_type: str
    etag: str = ""
    last_modified: str = ""
    revisit_of: int | None = None
    tls_verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a reading came from: the capture, the family or format that read it, the reader version."""

    capture_id: int
    family: str
    reader_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one reading meant for the archive. `duplicate_of` names another URL that already carried
    the same text when this page was first seen."""

    kind: ChangeKind
    url: str
    text_digest: str
    previous_text_digest: str = ""
    duplicate_of: str = ""
