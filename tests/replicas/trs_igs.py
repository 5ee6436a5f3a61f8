"""TRS IGS search (portals.md §5 F): `code` mandatory, 1-based pages, marked titles; and WAS, which may answer
404 with the home page."""

from __future__ import annotations

import json

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

HOST = "igs.example.gov.cn"
CODE = "0123456789abcdef0123456789abcdef"
SEARCH = "/igs/front/search.jhtml"
LIST = "/igs/front/search/publish/data/list.html"
WAS = "/was5/web/search"
PER_PAGE = 10


def path_of(document: Document) -> str:
    return f"/zwgk/nb/{document.day:%Y%m}/{document.number}.html"


def replica(kind: str = "search") -> Replica:
    """`search`: the search interface. `list`: the publishing interface. `was`: WAS, as HTML."""
    found = documents()
    column = {
        "search": f"{SEARCH}?code={CODE}&siteId=10&searchWord=年度报告&position=TITLE&pageSize={PER_PAGE}&pageNumber=1",
        "list": f"{LIST}?index=a&type=infomation&siteId=3&pageSize=20&pageIndex=1&filter[SITEID]=3&filter[CHANNELID]=21985",
        "was": f"{WAS}?channelid=254874&page=1&perpage={PER_PAGE}&orderby=-DOCRELTIME",
    }[kind]

    def rows(page: int, size: int) -> list[dict[str, str]]:
        return [
            {
                "url": f"http://{HOST}{path_of(document)}",
                "title": document.title.replace("政府信息公开", "<em>政府信息公开</em>"),
                "trs_time": f"{document.day}",
                "content": "……",
            }
            for document in found[(page - 1) * size : page * size]
        ]

    def respond(request: Request) -> Answer:
        ask = asked(request)
        query = ask.query
        if ask.path == "/":
            return home(column)
        if ask.path == SEARCH and kind == "search":
            if query.get("code") != CODE:
                return html("<html><body>500</body></html>", status=500)
            page = rows(int(query.get("pageNumber", "1")), int(query.get("pageSize", "10")))
            return json_answer(json.dumps({"page": {"content": page, "total": str(len(found))}}))
        if ask.path == LIST and kind == "list":
            if query.get("filter[CHANNELID]") != "21985":
                return json_answer(json.dumps({"page": {"content": [], "total": "0"}}))
            page = rows(int(query.get("pageIndex", "1")), int(query.get("pageSize", "20")))
            return json_answer(json.dumps({"page": {"content": page, "total": str(len(found))}}))
        if ask.path == WAS and kind == "was" and query.get("channelid") == "254874":
            number, size = int(query.get("page", "1")), int(query.get("perpage", "10"))
            if number > -(-len(found) // size):
                return 404, {"Content-Type": "text/html;charset=utf-8"}, home("/zwgk/nb/")[2]
            shown = "".join(
                f"<li><a href='{path_of(document)}'>{document.title}</a><span>{document.day}</span></li>"
                for document in found[(number - 1) * size : number * size]
            )
            return html(f"{head('检索结果')}<body><ul>{shown}</ul><p>共{len(found)}条</p>{foot()}</body></html>")
        for document in found:
            if ask.path == path_of(document):
                return article(document, '<div class="TRS_Editor">')
        return missing()

    return Replica(
        family="trs_igs",
        host=HOST,
        column=f"http://{HOST}{column}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
    )
