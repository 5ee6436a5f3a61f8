"""Plain pages: explicit links, an iframe shell, a pager in base64, and nothing but guessable addresses (portals.md §6)."""

from __future__ import annotations

import base64
from typing import Literal
from urllib.parse import quote

from sites.model import Request
from tests.replicas.base import Answer, Document, Replica, article, asked, documents, foot, head, home, html, missing

HOST = "static.example.gov.cn"
COLUMN = "/zwgk/zfxxgknb/"
PER_PAGE = 15

Kind = Literal["link", "iframe", "base64", "probe", "repeats"]


def replica(kind: Kind = "link") -> Replica:
    found = documents()
    pages = -(-len(found) // PER_PAGE)

    def path_of(document: Document) -> str:
        return f"{COLUMN}content/{document.number}.html"

    def name(page: int) -> str:
        """`index.html`, then `index_1.html` for the second page."""
        return "index.html" if page == 1 else f"index_{page - 1}.html"

    def pager(page: int) -> str:
        # The first link wanders into a neighbour column, as templates do.
        links = '<a href="../zcwj/index_2.html">下一页</a>'
        if page < pages:
            links += f'<a href="{name(page + 1)}">下一页</a><a href="{name(pages)}">尾页</a>'
        if kind == "base64":
            packed = base64.b64encode(quote(links).encode()).decode()
            return f'<div id="pages">{packed}</div>'
        return "" if kind == "probe" else f'<div class="page">{links}</div>'

    def listing(page: int) -> str:
        rows = "".join(
            f'<tr><td><a href="{path_of(document)[len(COLUMN) :]}">{document.title}</a></td><td>{document.day:%Y.%m.%d}</td></tr>'
            for document in found[(page - 1) * PER_PAGE : page * PER_PAGE]
        )
        side = '<div class="side"><a href="/zwgk/zcwj/">政策文件</a><a href="/zwgk/zn/">指南</a></div>'
        return f"{head('年报', column='政府信息公开年报')}<body>{side}<table>{rows}</table>{pager(page)}{foot()}</body></html>"

    def respond(request: Request) -> Answer:
        path = asked(request).path
        if path == "/":
            return home(COLUMN)
        if path.startswith("/zwgk/zcwj/"):
            raise AssertionError("the pager wandered into another column")
        if path == COLUMN and kind == "iframe":
            return html(
                f"{head('年报', column='政府信息公开年报')}<body><iframe src='http://tongji.example.gov.cn/visitcount.html'></iframe>"
                f"<iframe src='http://other.example.gov.cn/list.html'></iframe><iframe src='{COLUMN}index.html'></iframe></body></html>"
            )
        for page in range(1, pages + 1):
            if path == COLUMN + name(page) or (page == 1 and path == COLUMN):
                return html(listing(1 if kind == "repeats" else page))
        for document in found:
            if path == path_of(document):
                return article(document, '<div class="article-content">')
        if kind == "repeats" and path.startswith(COLUMN + "index"):
            return html(listing(1))
        return missing()

    held = found[:PER_PAGE] if kind == "repeats" else found
    return Replica(
        family="static",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in held},
        options={"probe": True} if kind == "probe" else {},
    )
