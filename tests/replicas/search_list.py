"""JSON `searchList` sites (portals.md §5 G): `data.rows` is the size of the page, never the total."""

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

HOST = "searchlist.example.gov.cn"
COLUMN = "/qinghe/c100186/zfxxgknb.shtml"
CHANNEL = "a1b2c3d4e5f60718293a4b5c6d7e8f90"


def path_of(document: Document) -> str:
    mark = hashlib.md5(str(document.number).encode()).hexdigest()
    return f"/qinghe/c100186/{document.day:%Y%m}/{mark}.shtml"


def replica(endpoint: str = "/searchList/") -> Replica:
    found = documents()

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(COLUMN)
        if ask.path == COLUMN:
            script = f"var channelId = '{CHANNEL}'; $.get('{endpoint}' + channelId + '?_isAgg=true&_isJson=true');"
            meta = f'<meta name="channelId" content="{CHANNEL}">'
            return html(
                f"{head('年报', column='政府信息公开年报', more=meta)}<body><ul id='list'></ul><script>{script}</script>{foot()}</body></html>"
            )
        if ask.path == endpoint + CHANNEL and ask.query.get("_isJson") == "true":
            size, page = int(ask.query.get("_pageSize", "18")), int(ask.query.get("page", "1"))
            rows = [
                {
                    "title": document.title,
                    "url": path_of(document),
                    "publishedTimeStr": f"{document.day} 10:00:00",
                    "content": "……",
                }
                for document in found[(page - 1) * size : page * size]
            ]
            return json_answer(json.dumps({"data": {"rows": size, "total": len(found), "results": rows}}))
        for document in found:
            if ask.path == path_of(document):
                return article(document, '<div class="article-content">')
        return missing()

    return Replica(
        family="search_list",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
    )
