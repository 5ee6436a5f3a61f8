"""Hanweb jpaas (portals.md §5 B): a list built by an interface that only `paramJson` pages."""

from __future__ import annotations

import hashlib
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

HOST = "jpaas.example.gov.cn"
COLUMN = "/col/col1487002/index.html"
UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"
PER_PAGE = 15
WANTED = {
    "parseType": "bulidstatic",
    "webId": "2945",
    "tplSetId": "quSyqDUr",
    "tagId": "年报_分页列表",
    "pageId": "1487002",
}


def path_of(document: Document) -> str:
    mark = hashlib.md5(str(document.number).encode()).hexdigest()
    return f"/col/col1487002/art/{document.day.year}/art_{mark}.html"


def replica() -> Replica:
    found = documents()

    def block(tag: str, page: str) -> str:
        query = (
            "{'parseType':'bulidstatic','webId':'2945','tplSetId':'quSyqDUr','pageType':'column',"
            f"'tagId':'{tag}','editType':'null','pageId':'{page}'}}"
        )
        return f'<div id="{tag}"><script src="/x/unitbuild.js" url="{UNIT}" querydata="{query}"></script></div>'

    def unit(request: Request) -> Answer:
        ask = asked(request)
        if "referer" not in ask.headers:
            return html("<html><body>Forbidden</body></html>", status=403)
        if ask.query.get("tagId") == "栏目导航":
            return json_answer(json.dumps({"success": True, "code": "200", "data": {"html": "<div>导航</div>"}}))
        if any(ask.query.get(name) != value for name, value in WANTED.items()):
            return json_answer(json.dumps({"success": False, "code": "500", "data": None}))
        # pageNo, page and currentPage in the query are ignored: only paramJson pages.
        page = json.loads(ask.query.get("paramJson", "{}")).get("pageNo", 1)
        rows = "".join(
            f'<li><a href="{path_of(document)}" title="{document.title}">{document.title[:9]}...</a><span>{document.day}</span></li>'
            for document in found[(page - 1) * PER_PAGE : page * PER_PAGE]
        )
        pager = f'<div class="pagination" count="{len(found)}" pageNo="{page}" pageSize="{PER_PAGE}"></div>'
        return json_answer(json.dumps({"success": True, "code": "200", "data": {"html": f"<ul>{rows}</ul>{pager}"}}))

    def respond(request: Request) -> Answer:
        path = asked(request).path
        if path == "/":
            return home(COLUMN)
        if path == COLUMN:
            blocks = block("栏目导航", "1487002") + block("年报_分页列表", "1487002")
            meta = '<meta name="ColId" content="1487002">'
            return html(f"{head('年报', column='政府信息公开年报', more=meta)}<body>{blocks}{foot()}</body></html>")
        if path == UNIT:
            return unit(request)
        for document in found:
            if path == path_of(document):
                return article(document, '<div class="article-content">')
        return missing()

    return Replica(
        family="hanweb_jpaas",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
    )
