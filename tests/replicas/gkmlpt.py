"""Guangdong's gkmlpt (portals.md §5 H): 100 rows a page, counters that differ, external rows, mobile twins."""

from __future__ import annotations

import json
from datetime import datetime, time

from sites.model import Request
from sites.reading.dates import CHINA
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

HOST = "gkmlpt.example.gov.cn"
COLUMN = "/qhzj/gkmlpt/index"
PER_PAGE = 20  # the real one gives 100; the rule is offset + rows >= total


def number_of(document: Document) -> int:
    return 4_940_000 + document.number


def path_of(document: Document) -> str:
    number = number_of(document)
    return f"/qhzj/gkmlpt/content/{number // 1_000_000}/{number // 1000}/post_{number}.html"


def replica() -> Replica:
    found = documents()

    def stamp(document: Document) -> int:
        return int(datetime.combine(document.day, time(9), CHINA).timestamp())

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(f"{COLUMN}#1620")
        if ask.path == COLUMN:
            tree = '[{"id":1600,"name":"政策"},{"id":1620,"name":"政府信息公开年报","post_count":61}]'
            script = f"window._CONFIG = {{SID: '755031', TREE: {tree}, BASE: '/qhzj/gkmlpt'}};"
            return html(
                f"{head('公开目录')}<body><div id='gkmlpt'></div><script>{script}</script>{foot()}</body></html>"
            )
        if ask.path == "/qhzj/gkmlpt/api/all/1620":
            if ask.query.get("sid") != "755031":
                return json_answer(json.dumps({"articles": [], "total": 0}))
            offset = (int(ask.query.get("page", "1")) - 1) * PER_PAGE
            rows: list[dict[str, object]] = [
                {
                    "id": number_of(document),
                    "type": "normal",
                    "title": document.title,
                    # the mobile twin of the same page, protocol-relative
                    "url": f"//{HOST}{path_of(document).replace('post_', 'mpost_' if document.number % 2 else 'post_')}",
                    "identifier": f"006939748/{document.day.year}-{document.number:05}",
                    "publisher": document.issuer,
                    "create_time": stamp(document),
                    "date": stamp(document) - 86_400,
                    "created_at": "2024-02-29 00:00:00",
                }
                for document in found[offset : offset + PER_PAGE]
            ]
            if offset == 0:
                rows.append(
                    {"id": 1, "type": "url", "title": "省政府年报", "url": "http://www.sheng.example.net/nb.html"}
                )
            counters = {"id": 1620, "name": "政府信息公开年报", "post_count": 61}
            return json_answer(
                json.dumps({"classify": counters, "total": len(found), "offset": offset, "articles": rows})
            )
        for document in found:
            if ask.path == path_of(document):
                return article(document, '<div class="article-content">')
        return missing()

    return Replica(
        family="gkmlpt",
        host=HOST,
        column=f"http://{HOST}{COLUMN}#1620",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
    )
