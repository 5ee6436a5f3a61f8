"""Hanweb JCMS with the jpage plugin (portals.md §5 A)."""

from __future__ import annotations

from urllib.parse import quote

from sites.model import Request
from tests.replicas.base import Answer, Document, Replica, article, asked, documents, foot, head, home, html, missing

HOST = "hanweb.example.gov.cn"
COLUMN, UNIT, WEB = "1229351253", "6523001", "3011"
PER_PAGE, GROUP = 5, 3
ROWS = PER_PAGE * GROUP
NAME = "清河县人民政府"


def path_of(document: Document) -> str:
    day = document.day  # month and day without zeros
    return f"/art/{day.year}/{day.month}/{day.day}/art_{COLUMN}_{document.number}.html"


def record(document: Document, style: int) -> str:
    title, path, day = document.title, path_of(document), document.day
    if style == 0:  # cut text, whole title in the attribute, before the address
        return f'<li><a title="{title}" href="{path}">{title[:12]}…</a><span>{day}</span></li>'
    if style == 1:  # single quotes, readable date for screen readers
        return f"<li><a href='{path}' title='{title}'>{title[:14]}...</a><b readlabel='date'>{day}</b></li>"
    if style == 2:  # no title attribute, date in brackets
        return f'<li><a href="{path}" target="_blank">{title}</a>[{day}]</li>'
    return f"<li><i class=dot><a href='{path}'>{title}</a></li>"  # no date at all, unclosed tags


def store(rows: list[Document], group: int, *, total: int | None, more: bool) -> str:
    query = f"page={group + 1}&appid=1&webid={WEB}&path=/&columnid={COLUMN}&unitid={UNIT}&permissiontype=0"
    following = (
        f'<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?{query}&webname={quote(quote(NAME))}"></a>]]></nextgroup>'
        if more
        else ""
    )
    counts = (
        "" if total is None else f"<totalrecord>{total}</totalrecord><totalpage>{-(-total // PER_PAGE)}</totalpage>"
    )
    records = "".join(f"<record><![CDATA[\n{record(row, place % 4)}]]></record>\n" for place, row in enumerate(rows))
    return f"<datastore>\n{following}{counts}<recordset>\n{records}</recordset></datastore>"


def replica(
    *, only_page: bool = False, repeats: bool = False, overlap: bool = True, no_script: bool = False
) -> Replica:
    """`only_page`: the proxy ignores the record window. `repeats`: it answers with the first group for ever.
    `no_script`: the plugin is set up in a file, only the link to the next group stands in the page."""
    found = list(documents())

    def column() -> Answer:
        script = (
            f"var param_{UNIT} = {{col:1,webid:{WEB},path:'/',columnid:{COLUMN},sourceContentType:1,unitid:'{UNIT}',"
            f"webname:'{NAME}',permissiontype:0}};$('#{UNIT}').jpage({{themeName:'default',showMode:'full',"
            f"totalRecord:{len(found)},proxyUrl:'/module/web/jpage/dataproxy.jsp',perPage:{PER_PAGE},groupSize:{GROUP},"
            f"barPosition:'bottom',ajaxParam:param_{UNIT}}});"
        )
        if no_script:
            script = ""
        return html(
            f"{head('政府信息公开年报', column='政府信息公开年报')}<body><ul><li><a href='/col/col77/index.html' title='年报'>年报</a></li>"
            f"</ul><div id='{UNIT}'><script type='text/xml'>{store(found[:ROWS], 0, total=None, more=True)}</script></div>"
            f"<script src='/module/web/jpage/jquery.jpage.js'></script><script>{script}</script>"
            f"<div>大汉版通发布系统</div>{foot()}</body></html>"
        )

    def proxy(request: Request) -> Answer:
        ask = asked(request)
        values = {**ask.query, **ask.form}
        if values.get("columnid") != COLUMN or values.get("unitid") != UNIT:
            return html("\n\n<datastore><recordset></recordset></datastore>")
        if repeats:
            return html("\r\n\r\n" + store(found[:ROWS], 0, total=len(found), more=True))
        group = int(values.get("page", "0"))
        first, last = group * ROWS, (group + 1) * ROWS
        if not only_page and "startrecord" in values:
            first, last = int(values["startrecord"]) - 1, int(values["endrecord"])
            last = min(last, first + min(int(values["perpage"]), 300) * GROUP)
        rows = found[first : last + 1] if overlap else found[first:last]
        # The header says text/html and GBK; the bytes are UTF-8 all the same.
        body = "\ufeff\n\n" + store(rows, group, total=len(found), more=last < len(found))
        return 200, {"Content-Type": "text/html;charset=gbk"}, body.encode()

    def respond(request: Request) -> Answer:
        path = asked(request).path
        if path == "/":
            return home(f"/col/col{COLUMN}/index.html", more="<script src='/module/jslib/jquery/jquery.js'></script>")
        if path == f"/col/col{COLUMN}/index.html":
            return column()
        if path == "/module/web/jpage/dataproxy.jsp":
            return proxy(request)
        for document in found:
            if path == path_of(document):
                return article(document, '<div id="zoom">')
        return missing()

    return Replica(
        family="hanweb_jpage",
        host=HOST,
        column=f"http://{HOST}/col/col{COLUMN}/index.html",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
    )
