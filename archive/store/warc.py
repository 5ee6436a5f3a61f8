"""WARC 1.1 files: append, roll back, read by offset. One gzip member a record.

Bodies are stored decoded, so `Transfer-Encoding` and `Content-Encoding` are dropped and
`Content-Length` says what follows. Request headers that carry secrets are never written.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from fastwarc.warc import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.store import cold
from archive.store.errors import ColdCapture, DamagedCapture
from archive.store.model import Exchange
from archive.store.times import stamp
from sites.model import Pairs

#: Files are closed at about this many bytes; a step is never split, so one may be a little larger.
ROLL_AT = 1_000_000_000

IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

#: 6 is 1.9 times as fast as warcio's 9 on a 60 KB page and 1 % larger.
_LEVEL = 6
_UNSTORED = frozenset({"transfer-encoding", "content-encoding", "content-length"})
_LINE_BREAKS = re.compile(r"[\r\n]+")
#: Request headers that let somebody in: those of HTTP, and what portals' own gateways call theirs.
_SECRET = re.compile(r"authori[sz]ation|cookie|token|secret|passw|session|api[-_]?key|credential", re.IGNORECASE)

#: What stands in a conversion's `method`: nobody asked a server for it.
CONVERSION = "CONVERSION"

#: WARC extension fields that let the database be restored from the files alone.
TLS_UNVERIFIED, RUN, SITE, ELAPSED = "Gongkai-TLS-Verified", "Gongkai-Run", "Gongkai-Site", "Gongkai-Elapsed"
MADE_BY = "Gongkai-Converter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record was written: file name, offset and length of its gzip member, and its id."""

    file: str
    offset: int
    length: int
    record_id: str
    payload_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """The capture a revisit refers to."""

    record_id: str
    url: str
    fetched_at: str
    payload_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A response or revisit read back: its WARC headers, its HTTP part and its own payload."""

    kind: str
    warc_headers: Mapping[str, str]
    start_line: str
    headers: Pairs
    body: bytes
    offset: int

    @property
    def status(self) -> int:
        """The HTTP status, 0 when there is none."""
        code = self.start_line.split(" ", 2)[1:2]
        return int(code[0]) if code and code[0].isdigit() else 0


def payload_digest(body: bytes) -> str:
    """`sha1:` and base 32, as WARC tools write it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


class HttpHead(StatusAndHeaders):  # type: ignore[misc]  # warcio ships no types
    """HTTP headers written as they came (Latin-1, or UTF-8 when they are more); warcio would rewrite them."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        """Warcio asks for the block here, before it writes."""
        lines = [" ".join(part for part in (self.protocol, self.statusline) if part)]
        lines += [f"{name}: {value}" for name, value in self.headers]
        block = "\r\n".join(_LINE_BREAKS.sub(" ", line) for line in lines) + "\r\n\r\n"
        try:
            self.headers_buff = block.encode("latin-1")
        except UnicodeEncodeError:
            self.headers_buff = block.encode("utf-8", "replace")


class WarcFile:
    """The file being written. `length` is what stands in it; nothing beyond a commit survives."""

    def __init__(self, folder: Path, name: str, *, length: int, software: str) -> None:
        self.folder = folder
        self.name = name
        self.length = length
        self._software = software
        self._stream: io.BufferedWriter | None = None

    def append(
        self,
        exchange: Exchange,
        *,
        digest: str,
        refers_to: Referral | None = None,
        profile: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> Place:
        """Write the response (or a revisit when `refers_to` is given) and its request."""
        if self.length == 0:
            self._append_member(self._warcinfo())
        builder = WARCWriter(io.BytesIO(), gzip=False, warc_version="1.1")
        date = stamp(exchange.fetched_at)
        headers = {"WARC-Date": date, **(fields or {})}
        if exchange.truncated:
            headers["WARC-Truncated"] = "length"
        kept = [(name, value) for name, value in exchange.headers if name.lower() not in _UNSTORED]
        if refers_to is None:
            kept.append(("Content-Length", str(len(exchange.body))))
        http = HttpHead(
            f"{exchange.status} {exchange.reason}".strip(), kept, protocol=exchange.http_version or "HTTP/1.1"
        )
        if refers_to is None:
            headers["WARC-Payload-Digest"] = digest
            response = builder.create_warc_record(
                exchange.url,
                "response",
                payload=io.BytesIO(exchange.body),
                length=len(exchange.body),
                http_headers=http,
                warc_headers_dict=headers,
            )
        else:
            headers["WARC-Refers-To"] = refers_to.record_id
            response = builder.create_revisit_record(
                exchange.url, digest, refers_to.url, refers_to.fetched_at, http_headers=http, warc_headers_dict=headers
            )
            response.rec_headers.replace_header("WARC-Profile", profile)
        record_id = str(response.rec_headers.get_header("WARC-Record-ID"))
        offset = self.length
        length = self._append_record(response)
        self._append_request(exchange, record_id)
        return Place(file=self.name, offset=offset, length=length, record_id=record_id, payload_digest=digest)

    def _append_request(self, exchange: Exchange, record_id: str) -> None:
        request = WARCWriter(io.BytesIO(), gzip=False, warc_version="1.1").create_warc_record(
            exchange.url,
            "request",
            payload=io.BytesIO(exchange.request_body),
            length=len(exchange.request_body),
            http_headers=HttpHead(
                f"{exchange.method} {_target(exchange.url)} HTTP/1.1",
                [(name, value) for name, value in exchange.request_headers if not _SECRET.search(name)],
                protocol="",
            ),
            warc_headers_dict={"WARC-Date": stamp(exchange.fetched_at)},
        )
        request.rec_headers.add_header("WARC-Concurrent-To", record_id)
        self._append_record(request)

    def append_packed(self, member: bytes, *, record_id: str, digest: str, request: Exchange | None = None) -> Place:
        """Write a record made elsewhere (a tombstone), and the request it answered."""
        if self.length == 0:
            self._append_member(self._warcinfo())
        offset = self.length
        length = self._write(member)
        if request is not None:
            self._append_request(request, record_id)
        return Place(file=self.name, offset=offset, length=length, record_id=record_id, payload_digest=digest)

    def append_conversion(
        self, *, url: str, media_type: str, body: bytes, refers_to: Referral, made_by: str, fields: Mapping[str, str]
    ) -> Place:
        """Write what a converter made of a stored payload. The record bears the date of that capture, whose
        content it shows in another form."""
        if self.length == 0:
            self._append_member(self._warcinfo())
        digest = payload_digest(body)
        record = WARCWriter(io.BytesIO(), gzip=False, warc_version="1.1").create_warc_record(
            url,
            "conversion",
            payload=io.BytesIO(body),
            length=len(body),
            warc_content_type=media_type,
            warc_headers_dict={
                "WARC-Date": refers_to.fetched_at,
                "WARC-Refers-To": refers_to.record_id,
                "WARC-Payload-Digest": digest,
                MADE_BY: made_by,
                **fields,
            },
        )
        offset = self.length
        length = self._append_record(record)
        record_id = str(record.rec_headers.get_header("WARC-Record-ID"))
        return Place(file=self.name, offset=offset, length=length, record_id=record_id, payload_digest=digest)

    def _warcinfo(self) -> bytes:
        buffer = io.BytesIO()
        writer = WARCWriter(buffer, gzip=False, warc_version="1.1")
        writer.write_record(
            writer.create_warcinfo_record(
                self.name,
                {
                    "software": self._software,
                    "format": "WARC File Format 1.1",
                    "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
                },
            )
        )
        return buffer.getvalue()

    def _append_record(self, record: ArcWarcRecord) -> int:
        return self._append_member(serialised(record))

    def _append_member(self, content: bytes) -> int:
        return self._write(packed(content))

    def _write(self, member: bytes) -> int:
        if self._stream is None:
            self._stream = (self.folder / self.name).open("ab")
        self._stream.write(member)
        self.length += len(member)
        return len(member)

    def flush(self) -> None:
        """Hand what was written to readers of the file, not yet to the disk."""
        if self._stream is not None:
            self._stream.flush()

    def sync(self) -> None:
        """Put what was written on the disk: must happen before the rows are committed."""
        if self._stream is not None:
            self._stream.flush()
            os.fsync(self._stream.fileno())

    def roll_back(self, length: int) -> None:
        """Forget everything after `length`."""
        if self._stream is not None:
            with suppress(OSError):  # a full disk refuses what is forgotten anyway; the file is closed all the same
                self._stream.close()
            self._stream = None
        truncate(self.folder / self.name, length)
        self.length = length

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def serialised(record: ArcWarcRecord) -> bytes:
    """A record as it stands in a file, before compression."""
    buffer = io.BytesIO()
    WARCWriter(buffer, gzip=False, warc_version="1.1").write_record(record)
    return buffer.getvalue()


def packed(content: bytes) -> bytes:
    """A record as a gzip member of its own."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return compressor.compress(content) + compressor.flush()


def truncate(path: Path, length: int) -> None:
    """Cut a file back to `length`; one that is shorter or absent is left alone."""
    if path.exists() and path.stat().st_size > length:
        os.truncate(path, length)


def read_record(folder: Path, file: str, offset: int) -> StoredRecord:
    """The response or revisit at this place. Raises `DamagedCapture` when none stands there."""
    return _read(folder, file, offset, with_request=False)[0]


def read_any(path: Path, offset: int) -> StoredRecord:
    """The record of any kind at this place. Raises `DamagedCapture` when none stands there."""
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            record = next(_records(stream), None)
    except (OSError, ValueError) as error:
        raise DamagedCapture(f"{path}: cannot be read at {offset} ({error}). Run gongkai verify.") from error
    if record is None:
        raise DamagedCapture(f"{path}: no record at {offset}. Run gongkai verify.")
    return record


def read_pair(folder: Path, file: str, offset: int) -> tuple[StoredRecord, StoredRecord | None]:
    """The response or revisit at this place, and the request written after it."""
    return _read(folder, file, offset, with_request=True)


def _read(folder: Path, file: str, offset: int, *, with_request: bool) -> tuple[StoredRecord, StoredRecord | None]:
    try:
        with (folder / file).open("rb") as stream:
            stream.seek(offset)
            records = _records(stream)
            response = next(records, None)
            request = next(records, None) if with_request else None
    except (OSError, ValueError) as error:
        note = cold.note_of(folder, file)
        if note is not None:
            raise ColdCapture(
                f"{file} lies in cold storage, at {note.place}. Bring it back to read it: gongkai cold --back."
            ) from error
        raise DamagedCapture(f"{folder / file}: cannot be read at {offset} ({error}). Run gongkai verify.") from error
    if response is None or response.kind not in {"response", "revisit", "resource", "conversion"}:
        raise DamagedCapture(f"{folder / file}: no record at {offset}. Run gongkai verify.")
    return response, request if request is not None and request.kind == "request" else None


def records_of(path: Path) -> Iterator[StoredRecord]:
    """Every record of a file in order. Raises `DamagedCapture` where the file stops making sense."""
    try:
        with path.open("rb") as stream:
            yield from _records(stream)
    except (OSError, ValueError) as error:
        raise DamagedCapture(f"{path}: cannot be read ({error}). Run gongkai verify.") from error


def _records(stream: IO[bytes]) -> Iterator[StoredRecord]:
    for record in ArchiveIterator(stream, parse_http=True):
        warc_headers = dict(record.headers)
        http = record.http_headers
        yield StoredRecord(
            kind=warc_headers.get("WARC-Type", ""),
            warc_headers=warc_headers,
            start_line=str(http.status_line or "") if http is not None else "",
            headers=tuple((name, value) for name, value in http) if http is not None else (),
            body=record.reader.read(),
            offset=record.stream_pos,
        )


def _target(url: str) -> str:
    """Path and query of a URL: what the request line carries."""
    _, separator, rest = url.partition("://")
    if not separator:
        return url
    slash = min((place for place in (rest.find("/"), rest.find("?")) if place >= 0), default=-1)
    target = rest[slash:] if slash >= 0 else "/"
    return target if target.startswith("/") else "/" + target


def exchange_from(
    response: StoredRecord, request: StoredRecord | None, *, body: bytes, fetched_at: datetime
) -> Exchange:
    """The exchange as it was put in, save the transfer headers that were dropped."""
    if response.kind == "conversion":
        return Exchange(
            url=response.warc_headers["WARC-Target-URI"],
            method=CONVERSION,
            request_headers=(),
            request_body=b"",
            status=0,
            reason="",
            http_version="",
            headers=(("Content-Type", response.warc_headers.get("Content-Type", "")),),
            body=body,
            fetched_at=fetched_at,
        )
    version, _, rest = response.start_line.partition(" ")
    return Exchange(
        url=response.warc_headers["WARC-Target-URI"],
        method=request.start_line.partition(" ")[0] if request is not None else "GET",
        request_headers=request.headers if request is not None else (),
        request_body=request.body if request is not None else b"",
        status=response.status,
        reason=rest.partition(" ")[2],
        http_version=version,
        headers=response.headers,
        body=body,
        fetched_at=fetched_at,
        elapsed_seconds=float(response.warc_headers.get(ELAPSED, "0")),
        tls_verified=response.warc_headers.get(TLS_UNVERIFIED, "") != "no",
        truncated="WARC-Truncated" in response.warc_headers,
    )


#: A decoded payload above this is left as it was stored: bigger than any document, likelier a bomb.
MAX_DECODED = 256 * 1024 * 1024


def decoded(record: StoredRecord) -> bytes:
    """The payload of a foreign record with its content encoding undone where that is safe (gzip,
    deflate), and chunks joined; otherwise as stored."""
    headers = {name.lower(): value.lower().strip() for name, value in record.headers}
    encoding = headers.get("content-encoding", "")
    body = record.body
    if "chunked" in headers.get("transfer-encoding", ""):
        body = _unchunked(body)
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        return body
    for window in (zlib.MAX_WBITS + 32, -zlib.MAX_WBITS):
        try:
            inflater = zlib.decompressobj(window)
            plain = inflater.decompress(body, MAX_DECODED)
        except zlib.error:
            continue
        return plain if not inflater.unconsumed_tail else body
    return body


def _unchunked(body: bytes) -> bytes:
    """A chunked body joined; the body itself when it is not chunked after all."""
    parts: list[bytes] = []
    position = 0
    while True:
        end = body.find(b"\r\n", position, position + 40)
        size = body[position:end].partition(b";")[0].strip() if end >= 0 else b""
        try:
            length = int(size, 16)
        except ValueError:
            return body
        if length == 0:
            return b"".join(parts)
        parts.append(body[end + 2 : end + 2 + length])
        position = end + 2 + length + 2
