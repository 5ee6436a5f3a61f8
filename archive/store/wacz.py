"""WACZ: a portal, or some pages, as one file that web-archive players open (WACZ 1.1.1, Webrecorder).

The records are the archive's own, byte for byte; beside them an index (CDXJ), the list of pages, and a data package
with the digest of every file. What cannot be read (damaged, withheld) is left out.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from archive.store import captures
from archive.store.errors import StoreError
from archive.store.model import Capture
from archive.store.parquet import ExportError
from archive.store.times import stamp

if TYPE_CHECKING:
    from archive.store.archive import Archive

_WARC, _INDEX, _PAGES = "archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaczResult:
    """What went into the file, and how many captures had to be left out."""

    path: Path
    captures: int
    pages: int
    left_out: int


def export_wacz(
    archive: Archive, path: Path, *, software: str, at: datetime, site: str = "", pages: Sequence[str] = ()
) -> WaczResult:
    """Write the captures of a portal, or of some pages (their files included), with what they refer to.

    Raises `ExportError` when nothing is chosen by that name. The file appears under its name when it is whole.
    """
    connection = archive.db.conn
    chosen = _chosen(connection, site, pages)
    if not chosen:
        raise ExportError(
            f"there is no capture of {site or ', '.join(pages)}: gongkai status lists portals, pages URLs"
        )
    part = path.with_name(path.name + ".part")
    index: list[str] = []
    written: set[int] = set()
    left_out = 0
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as package:
            resources: list[dict[str, Any]] = []
            # Stored, not deflated: players read single records out of the middle of it.
            with package.open(zipfile.ZipInfo(_WARC, at.timetuple()[:6]), "w", force_zip64=True) as stream:
                digest, offset = hashlib.sha256(), 0
                for capture in chosen:
                    record = _record(archive, capture)
                    if record is None:
                        left_out += 1
                        continue
                    stream.write(record)
                    digest.update(record)
                    written.add(capture.id)
                    index.append(_cdxj(capture, offset, len(record)))
                    offset += len(record)
            resources.append(_resource(_WARC, digest.hexdigest(), offset))
            kept = list(_page_lines(connection, written))
            for name, text in ((_INDEX, "".join(sorted(index))), (_PAGES, "".join(kept))):
                body = text.encode()
                package.writestr(name, body)
                resources.append(_resource(name, hashlib.sha256(body).hexdigest(), len(body)))
            described = _datapackage(site or "gongkai", software, at, resources)
            package.writestr("datapackage.json", described)
            package.writestr(
                "datapackage-digest.json",
                json.dumps({"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(described).hexdigest()}"}),
            )
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return WaczResult(path=path, captures=len(index), pages=len(kept) - 1, left_out=left_out)


def _chosen(connection: sqlite3.Connection, site: str, pages: Sequence[str]) -> list[Capture]:
    """The captures in the order of their fetching, those that hold a payload for others among them included."""
    wanted: set[int] = set()
    if site:
        wanted |= {row[0] for row in connection.execute("select id from captures where site = ?", (site,))}
    for page in pages:
        wanted |= {
            row[0]
            for row in connection.execute(
                "select c.id from captures c where c.url in (select url from captures where id in ("
                "select capture from versions where page = ?1 or page in "
                "(select file from page_files where page = ?1)))",
                (page,),
            )
        }
    holders = set()
    for identifier in wanted:
        row = connection.execute("select revisit_of from captures where id = ?", (identifier,)).fetchone()
        if row[0] is not None:
            holders.add(int(row[0]))
    # a conversion is our converter's work, not an answer: players cannot show it
    found = [captures.find_capture(connection, "id = ?", (identifier,)) for identifier in sorted(wanted | holders)]
    return [capture for capture in found if capture is not None and capture.status > 0]


def _record(archive: Archive, capture: Capture) -> bytes | None:
    """The record as it stands in the WARC, None when it cannot be read or must not be."""
    if capture.withheld:
        return None
    try:
        body = archive.body_of(capture)
        with (archive.warcs / capture.warc_file).open("rb") as stream:
            stream.seek(capture.warc_offset)
            record = stream.read(capture.warc_length)
    except (StoreError, OSError):
        return None
    empty = hashlib.sha256(b"").hexdigest()
    return None if not body and not capture.payload_digest.endswith(empty) and capture.revisit_of is None else record


def _cdxj(capture: Capture, offset: int, length: int) -> str:
    fields = {
        "url": capture.url,
        "mime": "warc/revisit" if capture.revisit_of is not None else capture.media_type.partition(";")[0].strip(),
        "status": str(capture.status),
        "digest": capture.payload_digest,
        "length": str(length),
        "offset": str(offset),
        "filename": _WARC.rpartition("/")[2],
    }
    return f"{surt(capture.url)} {capture.fetched_at:%Y%m%d%H%M%S} {json.dumps(fields, ensure_ascii=False)}\n"


def surt(url: str) -> str:
    """The sort-friendly form of an address: `cn,gov,example)/nb/1.html?a=1`; www. and the web's ports go."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().removeprefix("www.")
    labels = host if host.replace(".", "").isdigit() else ",".join(reversed(host.split(".")))
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    query = "?" + "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{labels}{port}){(parts.path or '/')}{query}".lower()


def _page_lines(connection: sqlite3.Connection, written: set[int]) -> Iterator[str]:
    """The pages of the selection, each at its newest reading."""
    yield json.dumps({"format": "json-pages-1.0", "id": "pages", "title": "Pages", "hasText": False}) + "\n"
    for url, title, held, asked, at in connection.execute(
        "select p.url, p.title, p.capture, c.url, c.fetched_at from pages p join captures c on c.id = p.capture "
        "where p.parent_page is null order by p.url"
    ):
        if held in written:
            identifier = hashlib.sha1(url.encode(), usedforsecurity=False).hexdigest()[:16]
            yield json.dumps({"id": identifier, "url": asked, "ts": at, "title": title}, ensure_ascii=False) + "\n"


def _resource(path: str, digest: str, size: int) -> dict[str, Any]:
    return {"name": path.rpartition("/")[2], "path": path, "hash": f"sha256:{digest}", "bytes": size}


def _datapackage(title: str, software: str, at: datetime, resources: list[dict[str, Any]]) -> bytes:
    described = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": title,
        "software": software,
        "created": stamp(at),
        "resources": resources,
    }
    return json.dumps(described, ensure_ascii=False, indent=2).encode()
