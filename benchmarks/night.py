"""A quiet night: what a crawl costs when nothing changed, against the first one.

Twenty portals on loopback, a hundred reports each (nine towns, eleven years), pages of about 60 KB. A third of the
portals list through Hanweb's data proxy (45 rows an answer, no validators), a third are static files in pages of twenty
rows with ETags, a third send no validator for anything. The first night takes everything; then two weeks of nights pass
in which nothing changes. Requests and bytes are counted where they are served.

    python benchmarks/night.py [--portals 20] [--nights 14]
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
import tempfile
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

from archive.store.archive import Archive
from benchmarks.ledger import Part, Row, Size, median
from crawler.config import Config, parse_config
from crawler.demo.content import articles
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.run import Crawl, Tools

FIRST = date(2026, 4, 1)
YEARS = tuple(range(2015, 2026))
TOWNS = 9
REPORTS = 100
MOST_REQUESTS, MOST_BYTES = 0.05, 0.03
KINDS = ("hanweb_jpage", "trs", "static")
#: What a county's template weighs: menus, links, styles.
CHROME = "<ul class='menu'>" + "<li><a href='/col/col9/index.html'>政务公开目录</a></li>" * 450 + "</ul>"
BODIES = [article.bodies[1] for article in articles() if article.kind == "report"]


@dataclass
class Portal:
    """One portal: its pages by path, and what was taken from it."""

    number: int
    kind: str
    pages: dict[str, bytes] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    requests: int = 0
    taken: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        reports = [(year, town) for year in reversed(YEARS) for town in range(TOWNS)] + [(2014, 0)]
        for place, (year, town) in enumerate(reports[:REPORTS]):
            title = f"{year}年第{self.number}县第{town + 1}镇政府信息公开工作年度报告"
            day = date(year + 1, 1, 28 - town)
            if self.kind == "hanweb_jpage":
                path = f"/art/{day.year}/{day.month}/{day.day}/art_12_{place}.html"
            else:
                path = f"/nb/{day:%Y%m}/t{day:%Y%m%d}_{place}.html"
            box = "TRS_Editor" if self.kind == "trs" else "article-content"
            body = f"<p>{title}。本县第{town + 1}镇共{place}个公开点位。</p>{BODIES[place % len(BODIES)]}"
            self.pages[path] = (
                f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{CHROME}<h1>{title}</h1>"
                f"<div>发布时间：{day}</div><div class='{box}' id='zoom'>{body}</div>{CHROME[:5000]}</body></html>"
            ).encode()
            self.rows.append(f'<li><a href="{path}" title="{title}">{title}</a><span>{day}</span></li>')

    @property
    def column(self) -> str:
        return "/col/col12/index.html" if self.kind == "hanweb_jpage" else "/nb/index.html"

    def answer(self, path: str) -> tuple[int, bytes]:
        bare, _, query = path.partition("?")
        if bare == self.column:
            return 200, self._jpage() if self.kind == "hanweb_jpage" else self._paged(0)
        if bare == "/module/web/jpage/dataproxy.jsp":
            first = int(parse_qs(query)["startrecord"][0]) - 1
            return 200, self._store(self.rows[first : first + 45]).encode()
        if bare.startswith("/nb/index_"):
            return 200, self._paged(int(bare[10:].removesuffix(".html")))
        return (200, self.pages[bare]) if bare in self.pages else (404, b"<h1>404 Not Found</h1>")

    @staticmethod
    def _store(rows: list[str]) -> str:
        records = "".join(f"<record><![CDATA[{row}]]></record>" for row in rows)
        return f"<datastore><recordset>{records}</recordset></datastore>"

    def _jpage(self) -> bytes:
        setup = (
            "<script>var param_65={col:1,webid:30,path:'/',columnid:12,sourceContentType:1,unitid:'65',webname:'x',"
            "permissiontype:0};$('#65').jpage({proxyUrl:'/module/web/jpage/dataproxy.jsp',"
            f"totalRecord:{len(self.rows)},perPage:15,groupSize:3,ajaxParam:param_65}});</script>"
        )
        store = f"<div id='65'><script type='text/xml'>{self._store(self.rows[:45])}</script></div>"
        return f"<html><head><meta charset='utf-8'></head><body>{CHROME}{store}{setup}</body></html>".encode()

    def _paged(self, index: int) -> bytes:
        pages = -(-len(self.rows) // 20)
        rows = "".join(self.rows[index * 20 : index * 20 + 20])
        if self.kind == "trs":
            pager = f'<script>createPageHTML({pages}, {index}, "index", "html");</script>'
        else:
            pager = f"<a href='/nb/index_{index + 1}.html'>下一页</a>" if index + 1 < pages else ""
        return f"<html><head><meta charset='utf-8'></head><body>{CHROME}<ul>{rows}</ul>{pager}</body></html>".encode()

    def serve(self) -> ThreadingHTTPServer:
        portal = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def do_GET(self) -> None:
                status, body = portal.answer(self.path)
                etag = f'"{hashlib.sha1(body).hexdigest()}"'
                static = portal.kind == "trs" or (portal.kind == "hanweb_jpage" and self.path.startswith("/art/"))
                if static and self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                portal.requests += 1
                portal.taken += len(body)
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if static and status != 404:
                    self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """The counts say it."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server


class Clock:
    """Nobody waits: sleeping moves the clock."""

    def __init__(self) -> None:
        self.now, self.seconds = datetime(2026, 4, 1, tzinfo=UTC), 0.0

    def begin(self, day: date) -> None:
        self.now = datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC) - timedelta(hours=8)

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds / 100)
        await asyncio.sleep(0)


async def one_night(config: Config, clock: Clock) -> None:
    library = Library.load(config.sites.folders)
    specs = [spec for spec in library.sites.values() if spec.id.startswith("quiet-")]
    with Archive.open(config.archive.path, clock=lambda: clock.now) as archive:
        async with Fetcher(
            config,
            clock=lambda: clock.now,
            sleep=clock.sleep,
            monotonic=lambda: clock.seconds,
            chance=lambda: 0.0,
            loopback_allowed=True,
        ) as fetcher:
            tools = Tools(archive=archive, fetcher=fetcher, library=library, config=config, clock=lambda: clock.now)
            result = await Crawl(tools, specs).run()
    assert result is not None
    assert result.problems == result.walls == 0, "a quiet night has no problems"


def measure(portals: list[Portal], folder: Path, nights: int) -> list[tuple[int, int]]:
    """Requests and bytes of every night, the first one first."""
    described = folder / "portals"
    described.mkdir()
    for portal in portals:
        base = f"http://127.0.0.1:{portal.port}"
        (described / f"quiet-{portal.number}.toml").write_text(
            f'id = "quiet-{portal.number}"\nname = "第{portal.number}县"\nhome = "{base}/"\nfamily = "{portal.kind}"\n'
            f'verified = 2026-01-01\n[[section]]\nkey = "nb"\nname = "年报"\nurl = "{base}{portal.column}"\n'
            "min_refs = 50\n",
            encoding="utf-8",
        )
    config = parse_config('[crawl]\ncontact = "operator@library.edu"\n')
    config = replace(
        config,
        archive=replace(config.archive, path=folder / "archive.db", min_free_mb=0),
        sites=replace(config.sites, folders=(described,)),
    )
    clock, counts = Clock(), []
    for number in range(nights + 1):
        for portal in portals:
            portal.requests = portal.taken = 0
        clock.begin(FIRST + timedelta(days=number))
        asyncio.run(one_night(config, clock))
        counts.append((sum(p.requests for p in portals), sum(p.taken for p in portals)))
    return counts


def nights(portals: int, nights: int) -> list[tuple[int, int]]:
    """Requests and bytes of a first night over so many portals and of the quiet ones after it."""
    made = [Portal(number, KINDS[number % len(KINDS)]) for number in range(portals)]
    servers = [portal.serve() for portal in made]
    try:
        with tempfile.TemporaryDirectory() as folder:
            return measure(made, Path(folder), nights)
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def judged(counts: list[tuple[int, int]], portals: int) -> Part:
    """The worst quiet night against the first one."""
    (requests, taken), quiet = counts[0], counts[1:]
    lines = [f"First night: {requests} requests, {taken / 1e6:.1f} MB; {portals} portals of {REPORTS} reports."]
    rows = []
    for name, first, place, most in (("requests", requests, 0, MOST_REQUESTS), ("bytes", taken, 1, MOST_BYTES)):
        shares = sorted(night[place] / first for night in quiet)
        rows.append(
            Row(
                target=f"a quiet night's {name}, {portals} portals",
                wanted=f"at most {most:.0%} of the first night's",
                measured=f"worst of {len(shares)} nights {shares[-1]:.1%}, median {median(shares):.1%}",
                held=shares[-1] <= most,
            )
        )
    return Part(title="A night in which nothing changed", lines=lines, rows=rows)


def run(size: Size) -> Part:
    """Quiet nights: twenty portals and two weeks, quickly six and five nights."""
    portals, quiet = (6, 5) if size.quick else (20, 14)
    return judged(nights(portals, quiet), portals)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portals", type=int, default=20)
    parser.add_argument("--nights", type=int, default=14)
    options = parser.parse_args()
    part = judged(nights(options.portals, options.nights), options.portals)
    print("\n".join(part.lines))
    for row in part.rows:
        print(f"{row.verdict}  {row.target}: {row.measured} ({row.wanted})")


if __name__ == "__main__":
    main()
