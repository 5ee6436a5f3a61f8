"""Captures: rows over WARC records."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive.store import warc, withheld
from archive.store.errors import DamagedCapture, WithheldCapture
from archive.store.model import Capture, Exchange
from archive.store.times import moment_of, stamp
from archive.store.tombstones import Grave, tombstone

_COLUMNS = (
    "id, url, fetched_at, status, payload_digest, warc_file, warc_offset, warc_length, media_type, etag, "
    "last_modified, revisit_of, tls_verified, withheld"
)


def capture_from(row: tuple[Any, ...]) -> Capture:
    """A row in the order of the columns above."""
    return Capture(
        id=row[0],
        url=row[1],
        fetched_at=moment_of(row[2]),
        status=row[3],
        payload_digest=row[4],
        warc_file=row[5],
        warc_offset=row[6],
        warc_length=row[7],
        media_type=row[8],
        etag=row[9],
        last_modified=row[10],
        revisit_of=row[11],
        tls_verified=bool(row[12]),
        withheld=row[13],
    )


def find_capture(connection: sqlite3.Connection, where: str, parameters: tuple[object, ...]) -> Capture | None:
    """The first capture for a condition on `captures`."""
    row = connection.execute(f"select {_COLUMNS} from captures where {where}", parameters).fetchone()  # noqa: S608
    return capture_from(row) if row else None


def record_id_of(connection: sqlite3.Connection, capture: Capture) -> str:
    """The WARC-Record-ID of a capture: what names it in the journal."""
    return str(connection.execute("select record_id from captures where id = ?", (capture.id,)).fetchone()[0])


def last_capture(connection: sqlite3.Connection, url: str) -> Capture | None:
    """The newest 2xx capture of a URL that may be shown and is not lost."""
    return find_capture(
        connection,
        "url = ? and status between 200 and 299 and withheld = '' and id not in (select capture from lost_captures) "
        "order by id desc limit 1",
        (url,),
    )


def put_capture(
    connection: sqlite3.Connection, file: warc.WarcFile, exchange: Exchange, *, run: int | None, site: str
) -> Capture:
    """Append the exchange to the WARC and write its row. Of what is withheld only a tombstone is kept."""
    digest = warc.payload_digest(exchange.body)
    if target := withheld.covering(connection, addresses=(exchange.url,), digests=(digest,)):
        return _put_tombstone(connection, file, exchange, target, digest=digest, run=run, site=site)
    holder: Capture | None = None
    profile = warc.IDENTICAL
    if exchange.status == 304:
        holder = last_capture(connection, exchange.url)
        profile = warc.NOT_MODIFIED
    elif exchange.body:
        holder = find_capture(
            connection,
            "payload_digest = ? and revisit_of is null and converted_from is null and withheld = '' "
            "and id not in (select capture from lost_captures) order by id limit 1",
            (digest,),
        )
    refers_to = None
    if holder is not None:
        digest = holder.payload_digest
        record_id = connection.execute("select record_id from captures where id = ?", (holder.id,)).fetchone()[0]
        refers_to = warc.Referral(
            record_id=record_id, url=holder.url, fetched_at=stamp(holder.fetched_at), payload_digest=digest
        )
    fields = {warc.RUN: str(run or ""), warc.SITE: site, warc.ELAPSED: f"{exchange.elapsed_seconds:.3f}"}
    if not exchange.tls_verified:
        fields[warc.TLS_UNVERIFIED] = "no"
    place = file.append(exchange, digest=digest, refers_to=refers_to, profile=profile, fields=fields)
    return insert_capture(
        connection,
        exchange,
        place,
        revisit_of=None if holder is None else (holder.revisit_of or holder.id),
        run=run,
        site=site,
    )


def _put_tombstone(
    connection: sqlite3.Connection,
    file: warc.WarcFile,
    exchange: Exchange,
    target: str,
    *,
    digest: str,
    run: int | None,
    site: str,
    source: Capture | None = None,
) -> Capture:
    """That something came which is withheld, and nothing of what it said. `source` is what it was made from."""
    record_id = f"<urn:uuid:{uuid.uuid4()}>"
    at = stamp(exchange.fetched_at)
    grave = Grave(
        method=exchange.method,
        status=exchange.status,
        media_type=media_type_of(exchange),
        payload_digest=digest,
        payload_length=len(exchange.body),
        refers_to="",
        converted_from=record_id_of(connection, source) if source else "",
    )
    fields = {warc.RUN: str(run or ""), warc.SITE: site}
    member = tombstone(record_id=record_id, url=exchange.url, date=at, grave=grave, at=at, fields=fields)
    place = file.append_packed(member, record_id=record_id, digest=digest, request=None if source else exchange)
    bare = tuple((name, value) for name, value in exchange.headers if name.lower() == "content-type")
    capture = insert_capture(
        connection,
        replace(exchange, headers=bare),
        place,
        revisit_of=None,
        run=run,
        site=site,
        converted_from=source.id if source else None,
        hidden=withheld.PURGED,
    )
    withheld.hide(connection, capture.id, target)
    return capture


def put_conversion(
    connection: sqlite3.Connection,
    file: warc.WarcFile,
    capture: Capture,
    *,
    media_type: str,
    body: bytes,
    made_by: str,
) -> Capture:
    """Append what a converter made of a capture's payload, and write its row."""
    record_id, run, site = connection.execute(
        "select record_id, run, site from captures where id = ?", (capture.id,)
    ).fetchone()
    referral = warc.Referral(
        record_id=record_id,
        url=capture.url,
        fetched_at=stamp(capture.fetched_at),
        payload_digest=capture.payload_digest,
    )
    fields = {warc.RUN: str(run or ""), warc.SITE: site}
    exchange = Exchange(
        url=capture.url,
        method=warc.CONVERSION,
        request_headers=(),
        request_body=b"",
        status=0,
        reason="",
        http_version="",
        headers=(("Content-Type", media_type),),
        body=body,
        fetched_at=capture.fetched_at,
    )
    digest = warc.payload_digest(body)
    target = withheld.covering(connection, addresses=(capture.url,), digests=(digest, capture.payload_digest))
    if target:
        return _put_tombstone(connection, file, exchange, target, digest=digest, run=run, site=site, source=capture)
    place = file.append_conversion(
        url=capture.url, media_type=media_type, body=body, refers_to=referral, made_by=made_by, fields=fields
    )
    return insert_capture(connection, exchange, place, revisit_of=None, run=run, site=site, converted_from=capture.id)


def insert_capture(
    connection: sqlite3.Connection,
    exchange: Exchange,
    place: warc.Place,
    *,
    revisit_of: int | None,
    run: int | None,
    site: str,
    payload_length: int | None = None,
    converted_from: int | None = None,
    hidden: str = "",
) -> Capture:
    """The row of a record that stands in a WARC. `payload_length` when the exchange came without its payload."""
    media_type = media_type_of(exchange)
    etag, last_modified = exchange.header("etag"), exchange.header("last-modified")
    fetched_at = stamp(exchange.fetched_at)
    cursor = connection.execute(
        "insert into captures (url, method, fetched_at, status, media_type, payload_digest, payload_length, "
        "warc_file, warc_offset, warc_length, record_id, etag, last_modified, revisit_of, tls_verified, truncated, "
        "run, site, converted_from, withheld) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            exchange.url,
            exchange.method,
            fetched_at,
            exchange.status,
            media_type,
            place.payload_digest,
            len(exchange.body) if payload_length is None else payload_length,
            place.file,
            place.offset,
            place.length,
            place.record_id,
            etag,
            last_modified,
            revisit_of,
            int(exchange.tls_verified),
            int(exchange.truncated),
            run,
            site,
            converted_from,
            hidden,
        ),
    )
    return Capture(
        id=int(cursor.lastrowid or 0),
        url=exchange.url,
        fetched_at=moment_of(fetched_at),
        status=exchange.status,
        payload_digest=place.payload_digest,
        warc_file=place.file,
        warc_offset=place.offset,
        warc_length=place.length,
        media_type=media_type,
        etag=etag,
        last_modified=last_modified,
        revisit_of=revisit_of,
        tls_verified=exchange.tls_verified,
        withheld=hidden,
    )


def media_type_of(exchange: Exchange) -> str:
    """The media type an answer declares, without its parameters."""
    return exchange.header("content-type").partition(";")[0].strip().lower()


def body_of(connection: sqlite3.Connection, folder: Path, capture: Capture) -> bytes:
    """The payload, from the capture that holds it, its digest verified. Raises `WithheldCapture`."""
    _refuse_withheld(capture)
    holder = _holder(connection, capture)
    body = warc.read_record(folder, holder.warc_file, holder.warc_offset).body
    _verify(body, holder)
    return body


def check(folder: Path, capture: Capture, record_id: str) -> None:
    """Raise `DamagedCapture` unless the record of a capture stands where its row says, and carries its payload."""
    record = warc.read_record(folder, capture.warc_file, capture.warc_offset)
    if record.warc_headers.get("WARC-Record-ID") != record_id:
        raise DamagedCapture(
            f"capture {capture.id} of {capture.url}: {capture.warc_file} holds another record at {capture.warc_offset}."
        )
    if capture.revisit_of is None and capture.withheld != withheld.PURGED:
        _verify(record.body, capture)


def exchange_of(connection: sqlite3.Connection, folder: Path, capture: Capture) -> Exchange:
    """The exchange of a capture, rebuilt from the WARC; a revisit gets the payload it refers to."""
    _refuse_withheld(capture)
    response, request = warc.read_pair(folder, capture.warc_file, capture.warc_offset)
    if capture.revisit_of is None:
        _verify(response.body, capture)
        body = response.body
    else:
        body = body_of(connection, folder, capture)
    return warc.exchange_from(response, request, body=body, fetched_at=capture.fetched_at)


def _refuse_withheld(capture: Capture) -> None:
    if capture.withheld:
        raise WithheldCapture(f"capture {capture.id} of {capture.url} is withheld: it reads as nothing.")


def _holder(connection: sqlite3.Connection, capture: Capture) -> Capture:
    if capture.revisit_of is None:
        return capture
    holder = find_capture(connection, "id = ?", (capture.revisit_of,))
    if holder is None:
        raise DamagedCapture(f"capture {capture.id} of {capture.url} refers to {capture.revisit_of}, which is gone.")
    return holder


def _verify(body: bytes, capture: Capture) -> None:
    found = warc.payload_digest(body)
    if found != capture.payload_digest:
        raise DamagedCapture(
            f"capture {capture.id} of {capture.url}: {capture.warc_file} at {capture.warc_offset} holds {found}, "
            f"not {capture.payload_digest}. Run gongkai verify."
        )


def read_exchanges(path: Path) -> Iterator[Exchange]:
    """Every exchange of a WARC file somebody else may have written, its payload decoded.

    Revisits are skipped: what they refer to may stand in another file. A damaged file raises
    `DamagedCapture` where it stops making sense; what stood before has been given.
    """
    pending: warc.StoredRecord | None = None
    for record in warc.records_of(path):
        if record.kind == "request" and pending is not None:
            yield _foreign(pending, record)
            pending = None
            continue
        if pending is not None:
            yield _foreign(pending, None)
            pending = None
        if record.kind == "response" and record.start_line.startswith("HTTP/"):
            pending = record
    if pending is not None:
        yield _foreign(pending, None)


def _foreign(response: warc.StoredRecord, request: warc.StoredRecord | None) -> Exchange:
    date = response.warc_headers.get("WARC-Date", "1970-01-01T00:00:00Z")
    same = request is not None and request.warc_headers.get("WARC-Target-URI") == response.warc_headers.get(
        "WARC-Target-URI"
    )
    return warc.exchange_from(
        response, request if same else None, body=warc.decoded(response), fetched_at=moment_of(date)
    )
