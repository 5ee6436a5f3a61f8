"""Hanweb's disclosure module: the annual-report endpoint and the catalogue search (portals.md §5 C)."""

from __future__ import annotations

from sites.model import Request
from tests.replicas.base import Answer, Document, Replica, article, asked, documents, home, html, missing, paragraphs

HOST = "xxgk.example.gov.cn"
AREA, OTHER = "11999999002590622X", "119999990025906000"
PER_PAGE = 6


def annual() -> Replica:
    """One town's reports by year; 2016 was never published; no title in the fragment."""
    found = [document for document in documents() if document.issuer == "云溪镇" and document.year != 2016]
    endpoint = "/module/xxgk/xxgkAnnualReport.jsp"

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(f"{endpoint}?area={AREA}", more="<script src='/module/jslib/jquery/jquery.js'></script>")
        if ask.path != endpoint:
            return missing()
        for document in found:
            if ask.query.get("area") == AREA and ask.query.get("fbtime") == str(document.year):
                return html(f"<div class='xxgk_nb' id='zoom'>{paragraphs(document)}</div>")
        years = "".join(f"<option value='{year}'>{year}年</option>" for year in range(2010, 2024))
        return html(f"<html><body><form action='{endpoint}?area={AREA}'><select>{years}</select></form></body></html>")

    return Replica(
        family="hanweb_xxgk",
        host=HOST,
        column=f"http://{HOST}{endpoint}",
        respond=respond,
        expected={f"http://{HOST}{endpoint}?area={AREA}&fbtime={document.year}": document for document in found},
        options={"area": AREA},
        claims_dates=False,
    )


def catalogue() -> Replica:
    """search.jsp over everything a body disclosed: the reports are rows among others."""
    found = [document for document in documents() if document.issuer == "云溪镇"]
    search = "/module/xxgk/search.jsp"

    def path_of(document: Document) -> str:
        return f"/art/{document.day.year}/{document.day.month}/{document.day.day}/art_155_{document.number}.html"

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(f"{search}?infotypeId=Z0713&area={AREA}&jdid=2")
        if ask.path == search:
            if ask.query.get("area") != AREA:
                return html("<html><body>没有找到</body></html>")
            rows = [
                f"<tr class='tr_main_value_{'odd' if place % 2 else 'even'}'><td>{place}</td><td><a title='{document.title}' "
                f"href='{path_of(document)}' target='_blank'>{document.title[:10]}...</a></td><td>{document.day}</td></tr>"
                for place, document in enumerate(found)
            ]
            if (ask.form or ask.query).get("infotypeId") != "Z0713":  # everything of the area
                rows = [
                    row
                    for place, report in enumerate(rows)
                    for row in (
                        report,
                        f"<tr class='tr_main_value_odd'><td>9</td><td><a title='关于第{place}号事项的通知' "
                        f"href='/art/2020/3/1/art_156_{place + 1}.html'>关于第{place}号…</a></td><td>2020-03-01</td></tr>",
                    )
                ]
            page = int(ask.form.get("currpage", "1"))
            pages = -(-len(rows) // PER_PAGE)
            shown = "".join(rows[(page - 1) * PER_PAGE : page * PER_PAGE])
            return html(f"<table>{shown}</table><div class='page'>共 {pages} 页 第 {page} 页</div>")
        for document in found:
            if ask.path == path_of(document):
                return article(document, '<div id="zoom">')
        return missing()

    return Replica(
        family="hanweb_xxgk",
        host=HOST,
        column=f"http://{HOST}{search}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
        options={"area": AREA, "infotype": "Z0713", "jdid": 2},
    )
