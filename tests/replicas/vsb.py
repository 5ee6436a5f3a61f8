"""博达 VSB (portals.md §5 K): the first page has a name, the others count down; dates split into day and month."""

from __future__ import annotations

from sites.model import Request
from tests.replicas.base import Answer, Document, Replica, article, asked, documents, foot, head, home, html, missing

HOST = "vsb.example.gov.cn"
COLUMN = "/zwgk/zfxxgknb.htm"
PER_PAGE = 14


def path_of(document: Document) -> str:
    return f"/info/1475/{44000 + document.number}.htm"


def replica() -> Replica:
    found = documents()
    pages = -(-len(found) // PER_PAGE)

    def address(page: int) -> str:
        """Page 2 is `<pages - 1>.htm`, the last one `1.htm`."""
        return COLUMN if page == 1 else f"/zwgk/zfxxgknb/{pages - page + 1}.htm"

    def listing(page: int) -> str:
        up = "../" if page == 1 else "../../"
        rows = "".join(
            f'<li id="line_u5_{place}"><a href="{up}{path_of(document)[1:]}" title="{document.title}">{document.title[:12]}...</a>'
            f"<div class='date'><b>{document.day:%d}</b><i>{document.day:%Y.%m}</i></div></li>"
            for place, document in enumerate(found[(page - 1) * PER_PAGE : page * PER_PAGE])
        )
        following = "" if page == 1 else f'<a href="{address(page - 1)}" class="Prev">上页</a>'
        if page < pages:
            following += (
                f'<a href="{address(page + 1)}" class="Next">下页</a><a href="{address(pages)}" class="Next">尾页</a>'
            )
        pager = (
            f'<div class="pb_sys_common"><span class="p_pages">共{len(found)}条 {page}/{pages}</span>{following}</div>'
        )
        side = "<div><a href='/zwgk/zcwj.htm'>政策文件</a></div>"
        clicks = "<script>_showDynClicks('wbnews', 1, 2)</script>"
        return (
            f"{head('年报', column='政府信息公开年报')}<body>{side}<ul>{rows}</ul>{pager}{clicks}{foot()}</body></html>"
        )

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(COLUMN)
        for page in range(1, pages + 1):
            if ask.path == address(page):
                return html(listing(page))
        for document in found:
            if ask.path == path_of(document):
                return article(document, '<div id="vsb_content_2" class="v_news_content">')
        return missing()

    return Replica(
        family="vsb",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
    )
