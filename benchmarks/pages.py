"""A portal of N Hanweb-like article pages of about 60 KB, and a small fast server for it.

    python benchmarks/pages.py make FOLDER -n 5000     # deterministic; texts and figures of the demo's generator
    python benchmarks/pages.py serve FOLDER [--port 0] # prints the address; ends when standard input does

The pages are rendered once into one file and served from memory by an asyncio protocol, so that the server
costs the machine as little as may be. Listings answer as `dataproxy.jsp` does. One page in 25 carries the text
of an earlier one. `truth.jsonl` says what every page holds, for checking any contender's reading.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import mmap
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

from crawler.demo import chrome
from crawler.demo.chance import pick, some, whole
from crawler.demo.content import Article
from crawler.demo.figures import ledger
from crawler.demo.reports import VOICES, report_html
from crawler.demo.towns import TOWNS, Town

YEARS = range(2014, 2025)
PER_COLUMN = 250
GROUP = 45
FIRST_COLUMN = 1229400000
TWIN_EVERY = 25

_FIRST = "云石长柳南白青金龙凤清平安永和福双大新东西北丰梅桃松竹莲荷溪"
_SECOND = "溪桥丰塘岭湖山泉潭浦洲坪湾坞源港渡墩田林沙峰河井亭门关集店埠"
_MENU = (
    "政策文件",
    "政策解读",
    "规划信息",
    "统计信息",
    "行政许可",
    "行政处罚",
    "公务员招考",
    "政府采购",
    "重大项目",
    "环境保护",
    "公共卫生",
    "安全生产",
    "食品药品",
    "土地征收",
    "保障住房",
    "义务教育",
    "社会救助",
    "建议提案",
    "会议公开",
    "双随机",
    "公共资源",
    "营商环境",
    "民意征集",
    "网上调查",
    "在线访谈",
    "办事指南",
    "数据开放",
    "通知公告",
    "媒体聚焦",
    "专题专栏",
)


@dataclass(frozen=True, slots=True)
class Made:
    """One rendered page and what it truly holds."""

    article: Article
    html: bytes
    first: str
    last: str


def town(number: int) -> Town:
    """The invented town of that number: its name, size, voice and hand."""
    name = _FIRST[number % len(_FIRST)] + _SECOND[number // len(_FIRST) % len(_SECOND)]
    name += ("镇", "乡", "街道")[number // (len(_FIRST) * len(_SECOND)) % 3]
    base = TOWNS[number % len(TOWNS)]
    return replace(
        base,
        key=f"bench-{number:05d}",
        name=name,
        office=name + ("办事处" if name.endswith("街道") else "人民政府"),
        account=name[:2] + "发布",
        org_code=f"{100000000 + number}",
        size=whole(1, 14, number, "size"),
        paste=pick(("editor", "editor", "editor", "word", "plain"), number, "hand"),
        title=base.title.replace(base.office, "{office}").replace(base.name, "{name}").replace("越溪区", ""),
    )


def pages(count: int) -> Iterator[Made]:
    """`count` article pages, town by town and year by year."""
    number = 0
    bodies: list[tuple[str, str, str]] = []
    while True:
        place = town(number // len(YEARS))
        voice = VOICES[TOWNS[number // len(YEARS) % len(TOWNS)].key]
        books = ledger(place.key, place.size)
        for year in YEARS:
            if number >= count:
                return
            title = place.title.format(y=year, name=place.name, office=place.office)
            published_at = f"{year + 1}-{whole(1, 3, number, 'm'):02d}-{whole(1, 28, number, 'd'):02d} 09:30"
            if number % TWIN_EVERY == TWIN_EVERY - 1:
                body, first, last = bodies[whole(0, len(bodies) - 1, number, "twin")]
            else:
                body = report_html(
                    place, books[year], published_on=published_at[:10], title=title, night=1, voice=voice
                )
                first, last = f"编号{number}，{place.name}{year}年度。", f"（{place.name}{year}年报告完，{number}）"
                body = f"<p>{first}</p>\n{body}\n<p>{last}</p>"
                bodies.append((body, first, last))
            article = Article(
                column=FIRST_COLUMN + number // PER_COLUMN,
                id=5_000_000 + number,
                owner=place.key,
                kind="report",
                title=title,
                issuer=place.name,
                published_at=published_at,
                crumbs=("首页", place.name, "年报", "政府信息公开年报"),
                bodies={1: body},
                year=year,
                org_code=place.org_code,
            )
            html = chrome.article_page(article, 1, 100 + number).replace('<div class="footer">', _bulk(number), 1)
            yield Made(article, html.encode(), first, last)
            number += 1


def _bulk(number: int) -> str:
    """The weight real pages carry around their text: menus, related links, friends, inline scripts."""
    menu = "".join(
        f'<li class="menu-item"><a href="/col/col{1229000 + i}/index.html" target="_blank" title="{name}">'
        f"{name}</a></li>"
        for i, name in enumerate(_MENU * 3)
    )
    side = "".join(
        f'<li><a href="/art/2021/3/{i + 1}/art_1229_{5000 + i}.html" title="{name}工作情况通报">'
        f"{name}工作情况通报</a><span>2021-03-{i + 1:02d}</span></li>"
        for i, name in enumerate(some(_MENU, 24, number))
    )
    script = (
        "<script>$(function(){$('.nav li').hover(function(){$(this).addClass('on')},"
        "function(){$(this).removeClass('on')})});</script>"
    )
    return (
        f'<div class="sitemap"><ul>{menu}</ul></div><div class="related"><ul>{side}</ul></div>{script * 8}'
        '<div class="footer">'
    )


def make(folder: Path, count: int) -> None:
    """Render the portal into `folder`: pages.bin, index.json, truth.jsonl, portal.toml (address {base})."""
    folder.mkdir(parents=True, exist_ok=True)
    places: dict[str, tuple[int, int]] = {}
    columns: dict[int, list[tuple[str, str, str]]] = {}
    offset = 0
    with (folder / "pages.bin").open("wb") as file, (folder / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for made in pages(count):
            file.write(made.html)
            article = made.article
            places[article.path] = (offset, len(made.html))
            columns.setdefault(article.column, []).append((article.path, article.title, article.published_at[:10]))
            offset += len(made.html)
            fact = {
                "path": article.path,
                "title": article.title,
                "date": article.published_at[:10],
                "issuer": article.issuer,
                "year": article.year,
                "first": made.first,
                "last": made.last,
            }
            truth.write(json.dumps(fact, ensure_ascii=False) + "\n")
    index = {"places": places, "columns": columns, "count": count, "mean_bytes": offset // count}
    (folder / "index.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")


def portal_toml(folder: Path, base_url: str) -> str:
    """The portal file for this folder served at `base_url`: one section a column."""
    index = json.loads((folder / "index.json").read_text("utf-8"))
    base = base_url.rstrip("/")
    lines = [
        'id = "bench"',
        'name = "页面生成器"',
        f'home = "{base}/"',
        'family = "hanweb_jpage"',
        "verified = 2026-01-01",
    ]
    for column in index["columns"]:
        lines += [
            "",
            "[[section]]",
            f'key = "c{column}"',
            'name = "政府信息公开年报"',
            f'url = "{base}/col/col{column}/index.html"',
        ]
    return "\n".join(lines) + "\n"


class _Portal:
    """The folder in memory and what it answers."""

    def __init__(self, folder: Path) -> None:
        index = json.loads((folder / "index.json").read_text("utf-8"))
        self._places: dict[str, tuple[int, int]] = {path: tuple(place) for path, place in index["places"].items()}
        self._columns: dict[str, list[tuple[str, str, str]]] = index["columns"]
        with (folder / "pages.bin").open("rb") as file:
            self._pages = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def answer(self, target: str, head: bytes, body: bytes) -> tuple[bytes, bytes | memoryview]:
        place = self._places.get(target)
        if place is not None:
            offset, length = place
            tag = b'"%x"' % offset
            if b"if-none-match: " + tag in head.lower():
                return b"304 Not Modified\r\nETag: " + tag, b""
            return b"200 OK\r\nContent-Type: text/html;charset=UTF-8\r\nETag: " + tag, self._pages[
                offset : offset + length
            ]
        parts = urlsplit(target)
        if parts.path == "/robots.txt":
            return b"200 OK\r\nContent-Type: text/plain", b"User-agent: *\nDisallow: /admin/\n"
        if parts.path in ("/columns.json", "/all.txt"):
            return b"200 OK\r\nContent-Type: text/plain", self._plan(parts.path)
        column = re.fullmatch(r"/col/col(\d+)/index\.html", parts.path)
        if column and column[1] in self._columns:
            return b"200 OK\r\nContent-Type: text/html;charset=UTF-8", self._column(column[1])
        if parts.path == "/module/web/jpage/dataproxy.jsp":
            return b"200 OK\r\nContent-Type: text/html;charset=UTF-8", self._group(parts.query, body)
        return b"404 Not Found", b"404"

    def _plan(self, path: str) -> bytes:
        """What the contenders start from: the columns, or (for wget, which reads no listing) every page."""
        if path == "/columns.json":
            return json.dumps([f"/col/col{column}/index.html" for column in self._columns]).encode()
        return "\n".join(self._places).encode()

    def _records(self, rows: list[tuple[str, str, str]]) -> str:
        return "".join(
            f'<record><![CDATA[<li><a href="{path}" title="{title}">{title}</a><span>{day}</span></li>]]></record>\n'
            for path, title, day in rows
        )

    def _column(self, column: str) -> bytes:
        rows = self._columns[column]
        unit = int(column) - FIRST_COLUMN + 1
        page = chrome.column_page(int(column), unit, "政府信息公开年报", (), len(rows))
        return page.replace("<recordset>\n", "<recordset>\n" + self._records(rows[:GROUP]), 1).encode()

    def _group(self, query: str, body: bytes) -> bytes:
        asked = dict(parse_qsl(query)) | dict(parse_qsl(body.decode()))
        rows = self._columns.get(asked.get("columnid", ""), [])
        if "page" in asked:
            first = int(asked["page"]) * GROUP
            last = first + GROUP
        else:
            first, last = int(asked.get("startrecord", "1")) - 1, int(asked.get("endrecord", str(GROUP)))
        records = self._records(rows[first:last])
        total = f"<totalrecord>{len(rows)}</totalrecord>"
        return f"<datastore>{total}<recordset>{records}</recordset></datastore>".encode()


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as little of it as the contenders need."""

    def __init__(self, portal: _Portal) -> None:
        self._portal = portal
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, rest = self._buffer.split(b"\r\n\r\n", 1)
            length = re.search(rb"(?i)content-length:\s*(\d+)", head)
            needed = int(length[1]) if length else 0
            if len(rest) < needed:
                return
            self._buffer = rest[needed:]
            target = head.split(b" ", 2)[1].decode()
            start, body = self._portal.answer(target, head, rest[:needed])
            self._transport.write(b"HTTP/1.1 " + start + b"\r\nContent-Length: %d\r\n\r\n" % len(body))
            if body:
                self._transport.write(body)


async def _serve(folder: Path, port: int) -> None:
    portal = _Portal(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(portal), "127.0.0.1", port)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("folder", type=Path)
    making.add_argument("-n", type=int, default=5000)
    serving = commands.add_parser("serve")
    serving.add_argument("folder", type=Path)
    serving.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    if options.command == "make":
        make(options.folder, options.n)
    else:
        asyncio.run(_serve(options.folder, options.port))


if __name__ == "__main__":
    main()
