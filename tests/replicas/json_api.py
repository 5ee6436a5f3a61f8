"""A portal whose lists and articles are answers of a JSON interface, an article's HTML in one field."""

from __future__ import annotations

import json

from sites.model import Request
from tests.replicas.base import (
    Answer,
    Replica,
    asked,
    documents,
    foot,
    head,
    home,
    html,
    json_answer,
    missing,
    paragraphs,
)

HOST = "jsonapi.example.gov.cn"
LIST, DETAIL = "/web/DocInfo/SelectDocByItemId", "/web/DocInfo/SelectByDocId"
PER_PAGE = 18
COLUMN = "/view/ItemList.html?itemId=931"


def replica() -> Replica:
    found = documents()

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(COLUMN)
        if ask.path == COLUMN.partition("?")[0]:
            script = (
                f"var api = {{listUrl: '{LIST}?itemId=931&pageSize={PER_PAGE}&pageIndex=1', detailUrl: '{DETAIL}'}};"
            )
            shell = "<div id='app'>{{ list }}</div>"
            return html(
                f"{head('年报', column='政府信息公开年报')}<body>{shell}<script>{script}</script>{foot()}</body></html>"
            )
        if ask.path == LIST:
            if ask.query.get("itemId") != "931":
                return json_answer(json.dumps({"rptCode": 500, "msg": "参数错误", "data": None}, ensure_ascii=False))
            page = int(ask.query.get("pageIndex", "1"))
            rows = [
                {
                    "id": str(document.number + 40000),
                    "docId": str(document.number),
                    "itemName": "年报",
                    "docSubtitle": document.title,
                    "publishDate": f"{document.day} 15:30:00",
                    "builddate": f"{document.day.replace(day=1)} 00:00:00",
                }
                for document in found[(page - 1) * PER_PAGE : page * PER_PAGE]
            ]
            data = {"total": len(found), "rulesPageNo": page + 1, "lists": rows}
            return json_answer(json.dumps({"rptCode": 200, "msg": "Success", "data": data}, ensure_ascii=False))
        if ask.path == DETAIL:
            for document in found:
                if ask.query.get("docId") == str(document.number):
                    data = {
                        "docId": document.number,
                        "docTitle": document.title.replace("政府", "\n政府", 1),
                        "docSubtitle": document.title,
                        "publishDate": f"{document.day} 15:30:00",
                        "indexNo": f"000014349/{document.day.year}-{document.number}",
                        "documentNo": "",
                        "docSource": document.issuer,
                        "docClob": f"<html><head><style>p {{ margin: 0 }}</style></head><body>{paragraphs(document)}</body></html>",
                        "attachmentInfoVOList": [{"attachmentName": "附表.pdf", "attachmentUrl": "/files/a.pdf"}],
                    }
                    return json_answer(json.dumps({"rptCode": 200, "data": data}, ensure_ascii=False))
            return json_answer(json.dumps({"rptCode": 200, "msg": "Success", "data": None}))
        return missing()

    return Replica(
        family="json_api",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{DETAIL}?docId={document.number}": document for document in found},
        options={
            "list": f"http://{HOST}{LIST}?itemId=931&pageSize={PER_PAGE}&pageIndex=1",
            "detail": f"http://{HOST}{DETAIL}",
            "id_field": "docId",
        },
    )
