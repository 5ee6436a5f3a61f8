"""A town's portal whose reports stand in files: a loopback server, its pages, and its files."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.store.archive import Archive
from archive.store.model import RunResult
from crawler.config import Config, parse_config
from crawler.demo.content import articles
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.run import Crawl, Tools
from sites.model import Table
from sites.reading.article import read_article
from sites.reading.decode import page_of
from tests.crawler.faketime import FakeTime
from tests.sites.formats.paper import docx, p, tbl, tc, tr

#: A report of the demo county (year 2024, six sections, tables 二, 三, 四).
REPORT = next(article for article in articles() if article.kind == "report" and article.year == 2024)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PAGE = "/nb/art_2025_1001.html"

Served = tuple[int, str, bytes]


def page(body: str) -> Served:
    """The report's page with this body."""
    return (
        200,
        "text/html; charset=utf-8",
        (
            f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{REPORT.title}</title>'
            f'<meta name="ArticleTitle" content="{REPORT.title}"><meta name="PubDate" content="2025-01-20 10:00"></head>'
            f'<body><h1>{REPORT.title}</h1><div>发布时间：2025-01-20</div><div id="zoom">{body}</div></body></html>'
        ).encode(),
    )


def links(*names: str) -> str:
    return "".join(f'<p>附件：<a href="/nb/files/{name}">{name}</a></p>' for name in names)


def whole_page() -> Served:
    """The report with everything in the page itself."""
    return page(REPORT.bodies[1])


def report_docx(more: str = "") -> bytes:
    """The same report as a Word file: its paragraphs, its tables with their spans, and `more`."""
    _, _, body = whole_page()
    extracted = read_article(page_of(url="http://town.example.gov.cn" + PAGE, body=body))
    parts = [p(REPORT.title)]
    for block in extracted.blocks:
        parts.append(p(block.text) if block.table is None else _word_table(extracted.tables[block.table]))
    return docx("".join(parts) + more)


def _word_table(table: Table) -> str:
    rows = []
    for number in range(table.rows):
        cells = []
        for cell in sorted(table.cells, key=lambda cell: cell.column):
            if not cell.row <= number < cell.row + cell.rowspan:
                continue
            merge = ""
            if cell.rowspan > 1:
                merge = '<w:vMerge w:val="restart"/>' if number == cell.row else "<w:vMerge/>"
            text = cell.text if number == cell.row else ""
            cells.append(tc(text, f'<w:gridSpan w:val="{cell.colspan}"/>{merge}'))
        rows.append(tr(*cells))
    return tbl(*rows)


class Town:
    """The town's server on loopback. `served` may be changed between nights; `asked` holds the paths of a night."""

    def __init__(self, folder: Path, **served: Served) -> None:
        self.folder = folder
        self.served: dict[str, Served] = {PAGE: served["page"]}
        self.served["/nb/"] = (200, "text/html; charset=utf-8", self._listing())
        self.asked: list[tuple[str, int]] = []
        self._time = FakeTime()
        town = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, media_type, body = town.served.get(self.path, (404, "text/html", b"<h1>404</h1>"))
                etag = '"' + hashlib.sha1(body, usedforsecurity=False).hexdigest() + '"'
                if self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                town.asked.append((self.path, status))
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """The test reads the archive, not a log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _listing(self) -> bytes:
        row = f'<li><a href="{PAGE}" title="{REPORT.title}">{REPORT.title}</a><span>2025-01-20</span></li>'
        return f'<html><head><title>政府信息公开年报</title></head><body><ul class="list">{row}</ul></body></html>'.encode()

    def serve(self, name: str, body: bytes, media_type: str = DOCX, *, status: int = 200) -> None:
        """Put a file on the server."""
        self.served[f"/nb/files/{name}"] = (status, media_type, body)

    @property
    def config(self) -> Config:
        portals = self.folder / "portals"
        portals.mkdir(exist_ok=True)
        (portals / "town.toml").write_text(
            f'id = "town"\nname = "示例"\nhome = "{self.url}/"\nfamily = "static"\nverified = 2026-01-01\n'
            f'[[section]]\nkey = "nb"\nname = "政府信息公开年报"\nurl = "{self.url}/nb/"\nbody = "{REPORT.issuer}"\n',
            encoding="utf-8",
        )
        config = parse_config('[crawl]\ncontact = "operator@library.edu"\n[revisit]\nmode = "always"\n')
        return replace(
            config,
            archive=replace(config.archive, path=self.folder / "archive.db"),
            sites=replace(config.sites, folders=(portals,)),
        )

    async def night(self) -> RunResult:
        """Crawl the town once; the next one is a day later."""
        self.asked.clear()
        time, config = self._time, self.config
        with Archive.open(config.archive.path, clock=time.clock) as archive:
            async with Fetcher(
                config,
                clock=time.clock,
                sleep=time.sleep,
                monotonic=time.monotonic,
                chance=lambda: 0.0,
                loopback_allowed=True,
            ) as fetcher:
                library = Library.load(config.sites.folders)
                tools = Tools(archive=archive, fetcher=fetcher, library=library, config=config, clock=time.clock)
                result = await Crawl(tools, library.named(["town"])).run()
        assert result is not None
        time.seconds += 86400
        return result

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """What the archive answers; addresses begin at the server's root."""
        with Archive.read(self.config.archive.path) as archive:
            return [
                tuple(v.replace(self.url, "") if isinstance(v, str) else v for v in row)
                for row in archive.db.execute(sql, values).fetchall()
            ]
