"""A capture: what it is, its content replayed without any power, and its bytes."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from archive.store import queries
from archive.store.captures import body_of, find_capture
from archive.store.errors import DamagedCapture
from archive.store.model import Capture
from archive.store.privacy import is_masked
from archive.store.withheld import why_hidden
from archive.web.headers import REPLAY
from archive.web.numbers import cell_label
from archive.web.pointing import MARKED
from archive.web.replay import harmless
from archive.web.visit import NotFound, NotShown, Visit

_PAGES = {"text/html", "application/xhtml+xml", "text/plain", ""}
_ENDINGS = {
    "text/html": "html",
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/plain": "txt",
    "application/json": "json",
    "image/png": "png",
    "image/jpeg": "jpg",
}


async def capture(visit: Visit) -> Response:
    """The capture's facts around a frame with its content."""
    row = await visit.read(queries.capture_of, int(visit.route["capture"]))
    if row is None:
        raise NotFound(visit.language("not_found_text"))
    found = await _payload(visit)
    text = await visit.read(queries.text_of, row["text_digest"]) if row["text_digest"] else ""
    cell = visit.text("cell")
    return visit.html(
        "capture.html",
        capture=row,
        cell=cell_label(cell) if cell else "",
        frame=f"/replay?{urlencode({'cell': cell})}#{MARKED}" if cell else "/replay",
        shape="damaged" if found is None else "page" if row["media_type"] in _PAGES else "file",
        reports=await visit.read(queries.reports_at, row["url"]),
        others=await visit.read(queries.captures_at, row["url"]),
        text=[line for line in text.splitlines() if line.strip()],
    )


async def replay(visit: Visit) -> Response:
    """The content alone, for the frame: words and tables, nothing that runs or asks."""
    found = await _payload(visit)
    if found is None or found[0].media_type not in _PAGES:
        raise NotFound(visit.language("capture_damaged"))
    stored, body = found
    masked = await visit.read(is_masked)
    html = harmless(body, f"{stored.media_type or 'text/html'}", cell=visit.text("cell"), masked=masked)
    return visit.respond(
        html,
        "text/html; charset=utf-8",
        headers={
            "content-security-policy": REPLAY,
            "referrer-policy": "no-referrer",
            "x-dns-prefetch-control": "off",
        },
    )


async def original(visit: Visit) -> Response:
    """The payload as stored, to keep and never to open in this origin."""
    found = await _payload(visit)
    if found is None:
        raise NotFound(visit.language("capture_damaged"))
    stored, body = found
    name = f"capture-{stored.id}.{_ENDINGS.get(stored.media_type, 'bin')}"
    return visit.respond(
        body,
        "application/octet-stream",
        headers={"content-security-policy": REPLAY, "content-disposition": f'attachment; filename="{name}"'},
    )


async def _payload(visit: Visit) -> tuple[Capture, bytes] | None:
    warcs = Path(visit.database.path).parent / "warcs"

    def read(connection: sqlite3.Connection, identity: int) -> tuple[Capture, bytes] | None:
        stored = find_capture(connection, "id = ?", (identity,))
        if stored is None:
            raise NotFound(visit.language("not_found_text"))
        if stored.withheld:
            known = why_hidden(connection, identity)
            raise NotShown(known.reason if known else visit.language("withheld"))
        try:
            return stored, body_of(connection, warcs, stored)
        except (DamagedCapture, OSError):
            return None

    return await visit.read(read, int(visit.route["capture"]))
