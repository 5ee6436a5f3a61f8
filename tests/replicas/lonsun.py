"""LonSun (portals.md §5 I): annual reports are `type=3`; the template name must be copied from the page."""

from __future__ import annotations

from sites.model import Request
from tests.replicas.base import Answer, Document, Replica, article, asked, documents, foot, head, home, html, missing

HOST = "lonsun.example.gov.cn"
ORGAN = "21731"
COLUMN = f"/public/column/{ORGAN}?type=3&action=list"
FILE = "/c2/qhxxgk/publicInfoList_newest2022"
PER_PAGE = 15


def path_of(document: Document) -> str:
    return f"/public/{ORGAN}/{12340000 + document.number}.html"


def replica() -> Replica:
    found = documents()
    pages = -(-len(found) // PER_PAGE)

    def respond(request: Request) -> Answer:
        ask = asked(request)
        if ask.path == "/":
            return home(COLUMN)
        if ask.path == f"/public/column/{ORGAN}":
            script = (
                "$.ajax({url:'/site/label/8888?IsAjax=1&dataType=html&_='+Math.random(),data:{labelName:'publicInfoList',"
                f"siteId:'6788721',pageSize:{PER_PAGE},pageIndex:1,action:'list',fuzzySearch:false,fromCode:'title',"
                "keyWords:'',sortType:1,isDate:true,dateFormat:'yyyy-MM-dd',length:80,"
                f"organId:'{ORGAN}',type:'{ask.query.get('type', '4')}',catIds:'',catId:'',cId:'',"
                f"result:'暂无相关信息',file:'{FILE}'}}}});"
            )
            meta = '<meta name="SiteId" content="6788721">'
            return html(
                f"{head('年报', column='政府信息公开年报', more=meta)}<body><div id='list'></div><script>{script}</script>{foot()}</body></html>"
            )
        if ask.path == "/site/label/8888":
            wanted = {"labelName": "publicInfoList", "siteId": "6788721", "organId": ORGAN, "type": "3", "file": FILE}
            page = int(ask.query.get("pageIndex", "1"))
            if any(ask.query.get(name) != value for name, value in wanted.items()) or page > pages:
                return html("<div>暂无相关信息</div>")
            rows = "".join(
                f'<li><a title="{document.title}" href="{path_of(document)}">{document.title[:20]}...</a>'
                f'<span class="date">{document.day}</span></li>'
                for document in found[(page - 1) * PER_PAGE : page * PER_PAGE]
            )
            return html(
                f'<ul class="clearfix xxgk_nav_list">{rows}</ul><script>var p = {{pageIndex:{page},pageCount:{pages}}};</script>'
            )
        for document in found:
            if ask.path == path_of(document):
                return article(document, '<div class="j-fontContent">')
        return missing()

    return Replica(
        family="lonsun",
        host=HOST,
        column=f"http://{HOST}{COLUMN}",
        respond=respond,
        expected={f"http://{HOST}{path_of(document)}": document for document in found},
    )
