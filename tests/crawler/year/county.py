"""Six portals in memory, three kinds of CMS, whose pages, weather and manners a script changes from night to night.

Every page carries what changes every night without meaning anything: a counter, today's date, the time the page
was generated, share text. The county keeps its own log of what it served: what a crawl could have known, and when.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qs, urlsplit

import httpx

from crawler.demo.content import Article, articles
from tests.sites.formats.paper import docx, p

Answer = tuple[int, dict[str, str], bytes]
Weather = Callable[["Portal", str], Answer | None]

#: Which CMS each town's portal runs.
FAMILIES = {
    "gaibei": "hanweb_jpage",
    "yunxi": "trs",
    "shiqiao": "static",
    "changfeng": "hanweb_jpage",
    "liutang": "trs",
    "nanling": "static",
}
PER_PAGE = 5


@dataclass(slots=True)
class Doc:
    """One report: where it stands, what it says, whether it is listed, and how its address answers."""

    key: str
    year: int
    title: str
    published: str
    body: str
    path: str
    listed: bool = True
    answers: str = "page"
    file: str = ""


@dataclass(slots=True)
class Portal:
    """One town's portal. `column` is where its listing stands; `design` changes with a relaunch."""

    key: str
    family: str
    docs: list[Doc]
    scheme: str = "http"
    column: str = ""
    design: int = 1
    half: bool = False
    robots: tuple[int, str] = (404, "")
    weather: Weather | None = None
    http_closed: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    forwards: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"www.{self.key}.example"

    def url(self, doc: Doc) -> str:
        """The identity of a page, as the archive writes it."""
        return f"http://{self.key}.example{doc.path}"

    def doc(self, year: int) -> Doc:
        return next(doc for doc in self.docs if doc.key == f"{year}")

    def shown(self) -> list[Doc]:
        rows = sorted((doc for doc in self.docs if doc.listed), key=lambda doc: doc.published, reverse=True)
        return rows[: len(rows) // 2 - 1] if self.half else rows


def path_for(portal: Portal, title: str, published: str) -> str:
    """The address a report gets under the portal's present design."""
    number = int(hashlib.sha1(f"{title}{portal.design}".encode()).hexdigest()[:6], 16)
    year, month, day = published[:10].split("-")
    if portal.design > 1:
        return f"/zwgk/nb/{year}/{number}/content.html"
    if portal.family == "hanweb_jpage":
        return f"/art/{year}/{int(month)}/{int(day)}/art_1229{len(portal.key)}_{number}.html"
    if portal.family == "trs":
        return f"/zwgk/nb/{year}{month}/t{year}{month}{day}_{number}.html"
    return f"/zfxxgk/nb/{year}/{number}.html"


def doc_of(portal: Portal, article: Article) -> Doc:
    published = article.published_at
    path = path_for(portal, article.title, published)
    assert article.year is not None
    return Doc(f"{article.year}", article.year, article.title, published, article.bodies[1], path)


class County:
    """All portals, the night they are in, and what was served: (night, URL, status, sha of the body's text)."""

    def __init__(self, first_year: int = 2014, last_year: int = 2023) -> None:
        self.today = date(2025, 1, 1)
        self.portals: dict[str, Portal] = {}
        self.served: list[tuple[date, str, int]] = []
        for key, family in FAMILIES.items():
            portal = Portal(key, family, [])
            portal.column = {
                "hanweb_jpage": f"/col/col1229{len(key)}/index.html",
                "trs": "/zwgk/nb/index.html",
                "static": "/zfxxgk/nb/",
            }[family]
            portal.docs = [doc_of(portal, a) for a in reports(key) if first_year <= (a.year or 0) <= last_year]
            self.portals[key] = portal

    def _portal_at(self, url: str) -> Portal:
        return self.portals[(urlsplit(url).hostname or "").removeprefix("www.").removesuffix(".example")]

    def is_closed(self, url: str) -> bool:
        """Whether nothing listens there."""
        portal = self._portal_at(url)
        return url.startswith("https:") != (portal.scheme == "https") and (
            portal.http_closed or url.startswith("https:")
        )

    def answer(self, url: str) -> Answer:
        parts = urlsplit(url)
        portal = self._portal_at(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        status, headers, body = self._answer(portal, parts.scheme, path)
        self.served.append((self.today, f"http://{portal.key}.example{parts.path}", status))
        return status, headers, body

    def _answer(self, portal: Portal, scheme: str, path: str) -> Answer:
        if portal.weather is not None and (answer := portal.weather(portal, path)) is not None:
            return answer
        if scheme == "http" and portal.scheme == "https":
            return 301, {"Location": f"https://{portal.host}{path}"}, b""
        if path == "/robots.txt":
            return portal.robots[0], {"Content-Type": "text/plain"}, portal.robots[1].encode()
        if path in portal.forwards:
            return html(f'<html><script>window.location.href="{portal.forwards[path]}";</script></html>')
        if (listing := self._listing(portal, path)) is not None:
            return listing
        if path in portal.files:
            return 200, {"Content-Type": "application/octet-stream"}, portal.files[path]
        for doc in portal.docs:
            if doc.path == path:
                return self._document(portal, doc)
        return missing(404)

    def _document(self, portal: Portal, doc: Doc) -> Answer:
        if doc.answers == "soft":
            return html("<html><head><title>提示</title></head><body><p>您访问的页面不存在或已删除</p></body></html>")
        if doc.answers in {"404", "410"}:
            return missing(int(doc.answers))
        file = f'<p>附件：<a href="{doc.file}">{doc.title}附表.docx</a></p>' if doc.file else ""
        seen = (self.today.toordinal() * 7 + doc.year) % 9000
        box = '<div class="TRS_Editor">' if portal.family == "trs" else '<div id="zoom">'
        if portal.design > 1:
            box = '<div class="article-content">'
        return html(
            f"{self._head(portal, doc.title)}<meta name='ArticleTitle' content='{doc.title}'>"
            f"<meta name='PubDate' content='{doc.published}'></head><body>{self._top(portal)}"
            f"<h1>{doc.title}</h1><div class='info'>发布时间：{doc.published} 浏览次数：{seen} 分享到：微信 微博</div>"
            f"{box}{doc.body}{file}</div>{self._foot(portal)}"
        )

    def _listing(self, portal: Portal, path: str) -> Answer | None:
        rows = portal.shown()
        pages = -(-len(rows) // PER_PAGE)
        bare, _, query = path.partition("?")
        if portal.family == "hanweb_jpage":
            if bare == portal.column:
                return self._jpage(portal, rows)
            if bare == "/module/web/jpage/dataproxy.jsp":
                first = int(parse_qs(query).get("startrecord", ["1"])[0]) - 1
                return 200, {"Content-Type": "text/xml"}, self._store(rows[first : first + PER_PAGE * 2]).encode()
            return None
        folder = portal.column[: portal.column.rfind("/") + 1]
        for number in range(1, max(pages, 1) + 1):
            named = {portal.column, folder} if number == 1 else {f"{folder}index_{number - 1}.html"}
            if bare in named:
                return self._paged(portal, rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, pages)
        return None

    def _jpage(self, portal: Portal, rows: list[Doc]) -> Answer:
        head = f"{self._head(portal, '政府信息公开年报')}</head><body>{self._top(portal)}<div id='6523'><script type='text/xml'>"
        script = (
            "<script>var param_6523={col:1,webid:30,path:'/',columnid:1229,sourceContentType:1,unitid:'6523',webname:'x',"
            f"permissiontype:0}};$('#6523').jpage({{proxyUrl:'/module/web/jpage/dataproxy.jsp',totalRecord:{len(rows)},"
            f"perPage:{PER_PAGE},groupSize:2,ajaxParam:param_6523}});</script>"
        )
        return html(f"{head}{self._store(rows[: PER_PAGE * 2])}</script></div>{script}{self._foot(portal)}")

    @staticmethod
    def _store(rows: list[Doc]) -> str:
        records = "".join(f"<record><![CDATA[{row(doc)}]]></record>" for doc in rows)
        return f"<datastore><recordset>{records}</recordset></datastore>"

    def _paged(self, portal: Portal, rows: list[Doc], number: int, pages: int) -> Answer:
        if portal.family == "trs" and portal.design == 1:
            pager = f'<script>createPageHTML({pages}, {number - 1}, "index", "html");</script>'
        else:
            pager = f"<a href='index_{number}.html'>下一页</a>" if number < pages else "<span>下一页</span>"
        box = "list" if portal.design == 1 else "news-box"
        return html(
            f"{self._head(portal, '政府信息公开年报')}</head><body>{self._top(portal)}<ul class='{box}'>"
            f"{''.join(row(doc) for doc in rows)}</ul>{pager}{self._foot(portal)}"
        )

    def _head(self, portal: Portal, title: str) -> str:
        return (
            f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title>"
            f"<meta name='others' content='页面生成时间 {self.today} 00:0{self.today.day % 10}:11'>"
        )

    def _top(self, portal: Portal) -> str:
        weekday = "一二三四五六日"[self.today.weekday()]
        menu = "首页 政务公开 互动交流" if portal.design == 1 else "走进我们 信息公开 便民服务 数据开放"
        return f"<div class='top'>今天是{self.today.year}年{self.today.month}月{self.today.day}日 星期{weekday}</div><div>{menu}</div>"

    def _foot(self, portal: Portal) -> str:
        return f"<div class='foot'>网站标识码：3306990001 累计访问：{self.today.toordinal() * 31} 次 浙ICP备00000000号</div></body></html>"


def row(doc: Doc) -> str:
    return f'<li><a href="{doc.path}" title="{doc.title}">{doc.title}</a><span>{doc.published[:10]}</span></li>'


def html(text: str, status: int = 200) -> Answer:
    return status, {"Content-Type": "text/html; charset=utf-8"}, text.encode()


def missing(status: int) -> Answer:
    return html("<html><head><title>404</title></head><body><h1>404 Not Found</h1></body></html>", status)


def reports(key: str) -> list[Article]:
    return [article for article in articles() if article.owner == key and article.kind == "report"]


_CELL = re.compile(r"(<td[^>]*>(?:<[^<>]*>)*)(\d+)((?:<[^<>]*>)*</td>)")


def with_cell(body: str) -> str:
    """The body with one figure of its last table changed."""
    found = list(_CELL.finditer(body))[-1]
    return f"{body[: found.start(2)]}{int(found[2]) + 1}{body[found.end(2) :]}"


def word_file(text: str) -> bytes:
    return docx(p(text * 12))


class CountyTransport(httpx.AsyncBaseTransport):
    """The county in the network's place."""

    def __init__(self, county: County) -> None:
        self._county = county

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._county.is_closed(str(request.url)):
            raise httpx.ConnectError("connection refused", request=request)
        status, headers, body = self._county.answer(str(request.url))
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))
