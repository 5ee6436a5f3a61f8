"""Epoint WebBuilder (portals.md §5 J): pages counted from 0 in one interface and from 1 in the other; some
installs ask for an anonymous bearer first."""

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

HOST = "epoint.example.gov.cn"
COLUMN = "/zwgk/004/004003/moreinfo.html"
GUID = "7eb5f7f1-9041-43ad-8e13-8fcb82ea831a"
CATEGORY = "004003"
BEARER = "anonymous-0001"


def path_of(document: Document) -> str:
    return f"/zwgk/004/004003/{document.day:%Y%m%d}/{document.number}.html"


def replica(kind: str = "generic") -> Replica:
    """`generic`: getPageInfoListNew (0-based). `bearer`: the same after a token. `govinfo`: getgovinfolist (1-based)."""
    found = documents()
    rest = "/EpointWebBuilder/rest"

    def rows(page: int, size: int) -> list[dict[str, str]]:
        return [
            {
                "infourl": path_of(document),
                "title": document.title[:10] + "...",
                "realtitle": document.title,
                "infodate": str(document.day),
            }
            for document in found[page * size : (page + 1) * size]
        ]

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(COLUMN)
        if ask.path == COLUMN:
            token = "needToken: true, " if kind == "bearer" else ""
            dept = "deptcode: '11330000', " if kind == "govinfo" else ""
            script = f'var siteInfo = {{"projectName":"/EpointWebBuilder","siteGuid":"{GUID}"}}; var list = {{ {token}{dept}categoryNum: \'{CATEGORY}\', pageSize: 12 }};'
            return html(
                f"{head('年报', column='政府信息公开年报')}<body class='ewb-main'><ul class='ewb-list' id='list'></ul>"
                f"<script src='/js/webBuilderCommon.js'></script><script>{script}</script>{foot()}</body></html>"
            )
        if ask.path == f"{rest}/getOauthInfoAction/getNoUserAccessToken" and kind == "bearer":
            return json_answer(json.dumps({"custom": {"access_token": BEARER, "expires_in": 7200}}))
        if ask.path == f"{rest}/frontAppCustomAction/getPageInfoListNew" and ask.method == "POST" and kind != "govinfo":
            if kind == "bearer" and ask.headers.get("authorization") != f"Bearer {BEARER}":
                return 401, {"Content-Type": "application/json"}, b'{"error":"invalid_token"}'
            params = json.loads(ask.form.get("params", "{}"))
            if params.get("siteGuid") != GUID or params.get("categoryNum") != CATEGORY:
                return json_answer(json.dumps({"custom": {"count": 0, "infodata": []}}))
            data = rows(params["pageIndex"], params["pageSize"])
            return json_answer(json.dumps({"custom": {"count": len(found), "infodata": data}}))
        if ask.path == f"{rest}/lightfrontaction/getgovinfolist" and ask.method == "POST" and kind == "govinfo":
            params = json.loads(request.body)
            if params.get("siteGuid") != GUID or params.get("categorynum") != CATEGORY or not params.get("deptcode"):
                return json_answer(json.dumps({"custom": {"data": []}}))
            return json_answer(json.dumps({"custom": {"data": rows(params["pageIndex"] - 1, params["pageSize"])}}))
        for document in found:
            if ask.path == path_of(document):
                return article(document, '<div class="ewb-article" id="ivs_content">')
        return missing()

    return Replica(
        family="epoint",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
        options={"categorynum": CATEGORY},
    )
