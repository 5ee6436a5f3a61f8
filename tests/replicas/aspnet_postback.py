"""ASP.NET WebForms (portals.md §5 L): pages turn by posting the form back with its hidden state."""

from __future__ import annotations

from sites.model import Request
from tests.replicas.base import Answer, Document, Replica, article, asked, documents, foot, head, home, html, missing

HOST = "aspnet.example.gov.cn"
COLUMN = "/InfoPublic/MoreInfo.aspx?cid=1019"
PER_PAGE = 16
PAGER = "MoreInfoList1$Pager"


def path_of(document: Document) -> str:
    return f"/InfoPublic/Detail.aspx?id={document.number}"


def replica() -> Replica:
    found = documents()
    pages = -(-len(found) // PER_PAGE)

    def form(page: int) -> str:
        rows = "".join(
            f"<tr><td><a href='Detail.aspx?id={document.number}' title='{document.title}'>{document.title}</a></td>"
            f"<td>{document.day.year}/{document.day.month}/{document.day.day}</td></tr>"
            for document in found[(page - 1) * PER_PAGE : page * PER_PAGE]
        )
        numbers = "".join(
            f"<a href=\"javascript:__doPostBack('{PAGER}','{other}')\">{other}</a>"
            for other in range(1, pages + 1)
            if other != page
        )
        last = (
            ""
            if page == pages
            else f'<a href="javascript:__doPostBack(&#39;{PAGER}&#39;,&#39;{page + 1}&#39;)">下一页</a>'
        )
        hidden = (
            f"<input type='hidden' name='__VIEWSTATE' value='/wEPD+{page}=='><input type='hidden' name='__VIEWSTATEGENERATOR' value='CA0B0334'>"
            f"<input type='hidden' name='__EVENTVALIDATION' value='/wEW{page}'><input type='hidden' name='__EVENTTARGET' value=''>"
            "<input type='hidden' name='__EVENTARGUMENT' value=''><input type='text' name='kw' value=''>"
        )
        return (
            f"{head('年报', column='政府信息公开年报')}<body><form method='post' action='./MoreInfo.aspx?cid=1019' id='form1'>{hidden}"
            f"<table>{rows}</table><div id='MoreInfoList1_Pager'>{numbers}{last}</div></form>{foot()}</body></html>"
        )

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(COLUMN)
        if ask.path == "/InfoPublic/MoreInfo.aspx" and ask.query.get("cid") == "1019":
            if ask.method == "GET":
                return html(form(1))
            state = ask.form.get("__VIEWSTATE", "")
            if not state.startswith("/wEPD+") or ask.form.get("__EVENTVALIDATION") != f"/wEW{state[6:-2]}":
                return html("<html><body>Invalid postback or callback argument.</body></html>", status=500)
            if ask.form.get("__EVENTTARGET") != PAGER or ask.form.get("__VIEWSTATEGENERATOR") != "CA0B0334":
                return html(form(1))
            return html(form(min(int(ask.form["__EVENTARGUMENT"]), pages)))
        for document in found:
            if ask.path == "/InfoPublic/Detail.aspx" and ask.query.get("id") == str(document.number):
                return article(document, '<div class="xxgk_content">')
        return missing()

    return Replica(
        family="aspnet_postback",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
    )
