"""TRS WCM (portals.md §5 E): createPageHTML, relative links, a page count above the published files, a list interface."""

from __future__ import annotations

import json
from typing import Literal

from sites.model import Request
from tests.replicas.base import (
    Answer,
    Document,
    Replica,
    article,
    asked,
    documents,
    foot,
    head,
    home,
    html,
    json_answer,
    missing,
)

HOST = "trs.example.gov.cn"
COLUMN = "/zwgk/zfxxgknb/"
PER_PAGE = 20

Kind = Literal["html", "page", "too-many", "api"]


def replica(kind: Kind = "html") -> Replica:
    """`html`: createPageHTML. `page`: createPage with five arguments and base name `list`. `too-many`: the script
    promises pages that were never published. `api`: further records only by an interface."""
    found = documents()
    pages = -(-len(found) // PER_PAGE)
    extension, stem = ("shtml", "list") if kind == "page" else ("html", "index")

    def path_of(document: Document) -> str:
        day = document.day
        return f"{COLUMN}{day:%Y%m}/t{day:%Y%m%d}_{document.number}.{extension}"

    def call(page: int) -> str:
        if kind == "api":
            return (
                "<script>var SiteInfo = {searchId: 200210};require(['list.trsapi'], function (m) { m({ listUrl: '/was5/web/search',"
                'listArgs: {channelid: SiteInfo.searchId, classsql: "" || "chnlid=1813"},'
                f"pagebar: {{prepage: {PER_PAGE}, recordCount: '{len(found)}'}} }}); }});</script>"
            )
        count = pages + 4 if kind == "too-many" else pages
        last = f", {len(found)}" if kind == "page" else ""
        name = "createPage" if kind == "page" else "createPageHTML"
        return (
            "<script>function createPageHTML(_nPageCount, _nCurrIndex, _sPageName, _sPageExt) { return; }</script>"
            '<!-- createPageHTML(99, 0, "old", "htm"); -->'
            f'<script>\n{name}({count}, {page}, "{stem}", "{extension}"{last});\n</script>'
        )

    def listing(page: int) -> str:
        rows = "".join(
            f'<li><a href=".{path_of(document)[len(COLUMN) - 1 :]}" title="{document.title}">{document.title[:15]}…</a>'
            f"<span>{document.day:%Y/%m/%d}</span></li>"
            for document in found[page * PER_PAGE : (page + 1) * PER_PAGE]
        )
        return (
            f"{head('年报', column='政府信息公开年报')}<body><ul><li><a href='../zcwj/'>政策文件</a></li></ul>"
            f"<ul class='list'>{rows}</ul>{call(page)}{foot()}</body></html>"
        )

    def interface(request: Request) -> Answer:
        query = asked(request).query
        if query.get("channelid") != "200210" or query.get("classsql") != "chnlid=1813":
            return html("<html><body>清河县人民政府首页</body></html>", status=404)
        page, rows = int(query.get("page", "1")), int(query.get("prepage", "10"))
        docs = [
            {
                "doctitle": document.title,
                "chnldocurl": f"http://{HOST}{path_of(document)}",
                "docreltime": f"{document.day} 10:00:00",
            }
            for document in found[(page - 1) * rows : page * rows]
        ]
        return json_answer(json.dumps({"count": len(found), "docs": docs}))

    def respond(request: Request) -> Answer:
        path = asked(request).path
        if path == "/":
            return home(COLUMN)
        if path == "/was5/web/search" and kind == "api":
            return interface(request)
        first = (COLUMN, f"{COLUMN}{stem}.{extension}")
        for page in range(1 if kind == "api" else pages):
            if path in first if page == 0 else path == f"{COLUMN}{stem}_{page}.{extension}":
                return html(listing(page))
        for document in found:
            if path == path_of(document):
                return article(document, '<div class="TRS_Editor">')
        return missing()

    return Replica(
        family="trs",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
        options={"list_api": f"http://{HOST}/was5/web/search"} if kind == "api" else {},
    )
