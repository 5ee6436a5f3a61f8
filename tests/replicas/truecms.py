"""TrueCMS (portals.md §5 D): JSONP around a datastore, a page size the server may refuse, a required Referer."""

from __future__ import annotations

import json

from sites.model import Request
from tests.replicas.base import Answer, Document, Replica, article, asked, documents, foot, head, home, html, missing

HOST = "truecms.example.gov.cn"
COLUMN = "/qhxrmzf/zfxxgknb/zfxxgknb.html"
ID = "82e1eed4-0d4b-4f0c-9a55-1f2e3d4c5b6a"
ENDPOINT = "/truecms/messageController/getMessage.do"


def path_of(document: Document) -> str:
    return f"/qhxrmzf/zfxxgknb/content/{document.number}-{document.day:%Y%m%d}.html"


def row(document: Document) -> str:
    return f"<li><a href='{path_of(document)}' title='{document.title}'>{document.title}</a><span>{document.day}</span></li>"


def replica(*, switched_off: bool = False) -> Replica:
    """`switched_off`: the endpoint answers 404; only what `#initData` holds can be read."""
    found = documents()

    def store(rows: list[str]) -> str:
        records = "".join(f"<record><![CDATA[{one}]]></record>" for one in rows)
        return f"<datastore><totalrecord>{len(found)}</totalrecord><recordset>{records}</recordset></datastore>"

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(COLUMN, more="<script src='/TrueCMS/js/a.js'></script>")
        if ask.path == COLUMN:
            first = store([row(document) for document in found[:20]])
            script = f"var columnId = '{ID}'; var url = '{ENDPOINT}'; var totalRecord = {len(found)}; var perPage = 20;"
            return html(
                f"{head('年报', column='政府信息公开年报')}<body><script type='text/xml' id='initData'>{first}</script>"
                f"<script src='/TrueCMS/js/jpage.js'></script><script>{script}</script>{foot()}</body></html>"
            )
        if ask.path == ENDPOINT:
            if "referer" not in ask.headers or switched_off or ask.query.get("columnId") != ID:
                return missing()
            per_page = int(ask.query["perpage"])
            start, end = int(ask.query["startrecord"]) - 1, int(ask.query["endrecord"])
            if per_page > 50:
                return missing()
            rows = [row(document) for document in found[start : min(end, start + per_page)]]
            body = f"{ask.query['callback']}({json.dumps({'result': store(rows)})});"
            return 200, {"Content-Type": "text/javascript;charset=UTF-8"}, body.encode()
        for document in found:
            if ask.path == path_of(document):
                return article(document, '<div id="zoom">')
        return missing()

    held = found[:20] if switched_off else found
    return Replica(
        family="truecms",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in held},
    )
