"""What stands in a WARC where a record was purged: that there was one, of which address, when, and its digest.

A tombstone is a response 451 (RFC 7725) under the old record's id and date, so that other tools replay it as
what it is. Fields of our own keep what the row in `captures` says.
"""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from warcio.recordloader import ArcWarcRecord
from warcio.warcwriter import WARCWriter

from archive.store import warc
from archive.store.model import Exchange
from archive.store.times import stamp

PURGED_AT = "Gongkai-Purged-At"
_METHOD, _STATUS, _MEDIA_TYPE = "Gongkai-Method", "Gongkai-Status", "Gongkai-Media-Type"
_DIGEST, _LENGTH, _REFERS_TO, _CONVERTED_FROM = (
    "Gongkai-Payload-Digest",
    "Gongkai-Payload-Length",
    "Gongkai-Refers-To",
    "Gongkai-Converted-From",
)
_NOTICE = b"This record was withheld and its content removed.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grave:
    """What a tombstone tells of the capture that was. `refers_to` and `converted_from` are record ids."""

    method: str
    status: int
    media_type: str
    payload_digest: str
    payload_length: int
    refers_to: str
    converted_from: str


def tombstone(
    *,
    record_id: str,
    url: str,
    date: str,
    grave: Grave,
    at: str,
    fields: Mapping[str, str],
) -> bytes:
    """The compressed record. `date` is the capture's, `at` the purge's; `fields` are run, portal and such."""
    http = warc.HttpHead(
        "451 Unavailable For Legal Reasons",
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_NOTICE)))],
        protocol="HTTP/1.1",
    )
    told = {
        PURGED_AT: at,
        _METHOD: grave.method,
        _STATUS: str(grave.status),
        _MEDIA_TYPE: grave.media_type,
        _DIGEST: grave.payload_digest,
        _LENGTH: str(grave.payload_length),
        _REFERS_TO: grave.refers_to,
        _CONVERTED_FROM: grave.converted_from,
    }
    record: ArcWarcRecord = WARCWriter(io.BytesIO(), gzip=False, warc_version="1.1").create_warc_record(
        url,
        "response",
        payload=io.BytesIO(_NOTICE),
        length=len(_NOTICE),
        http_headers=http,
        warc_headers_dict={
            "WARC-Record-ID": record_id,
            "WARC-Date": date,
            **fields,
            **{name: value for name, value in told.items() if value},
        },
    )
    return warc.packed(warc.serialised(record))


def tombstone_of(connection: sqlite3.Connection, capture: int, *, at: str) -> bytes:
    """The tombstone for a row of `captures`."""
    url, date, method, status, media_type, digest, length, record_id, run, site, refers_to, source = connection.execute(
        "select c.url, c.fetched_at, c.method, c.status, c.media_type, c.payload_digest, c.payload_length, "
        "c.record_id, coalesce(c.run, ''), c.site, coalesce(h.record_id, ''), coalesce(o.record_id, '') "
        "from captures c left join captures h on h.id = c.revisit_of left join captures o on o.id = c.converted_from "
        "where c.id = ?",
        (capture,),
    ).fetchone()
    return tombstone(
        record_id=record_id,
        url=url,
        date=date,
        grave=Grave(
            method=method,
            status=status,
            media_type=media_type,
            payload_digest=digest,
            payload_length=length,
            refers_to=refers_to,
            converted_from=source,
        ),
        at=at,
        fields={warc.RUN: str(run), warc.SITE: site},
    )


def grave_of(record: warc.StoredRecord) -> Grave | None:
    """What a tombstone tells, or None when the record is none."""
    headers = record.warc_headers
    if PURGED_AT not in headers:
        return None
    return Grave(
        method=headers.get(_METHOD, "GET"),
        status=int(headers.get(_STATUS, "0")),
        media_type=headers.get(_MEDIA_TYPE, ""),
        payload_digest=headers.get(_DIGEST, ""),
        payload_length=int(headers.get(_LENGTH, "0")),
        refers_to=headers.get(_REFERS_TO, ""),
        converted_from=headers.get(_CONVERTED_FROM, ""),
    )


def full_response(exchange: Exchange, *, record_id: str, digest: str, fields: Mapping[str, str]) -> bytes:
    """A revisit made a record of its own, under its id: what it referred to is going to be purged."""
    kept = [(name, value) for name, value in exchange.headers if name.lower() != "content-length"]
    record = WARCWriter(io.BytesIO(), gzip=False, warc_version="1.1").create_warc_record(
        exchange.url,
        "response",
        payload=io.BytesIO(exchange.body),
        length=len(exchange.body),
        http_headers=warc.HttpHead(
            f"{exchange.status} {exchange.reason}".strip(),
            [*kept, ("Content-Length", str(len(exchange.body)))],
            protocol=exchange.http_version or "HTTP/1.1",
        ),
        warc_headers_dict={
            "WARC-Record-ID": record_id,
            "WARC-Date": stamp(exchange.fetched_at),
            "WARC-Payload-Digest": digest,
            **fields,
        },
    )
    return warc.packed(warc.serialised(record))
