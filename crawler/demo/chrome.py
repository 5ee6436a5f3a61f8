"""What the CMS puts around a document: header, navigation, breadcrumb, catalogue block, tools, footer, and
the column page with its embedded first group (portals.md §2, §3, §5.A). Site-relative links only, so that
the same bytes come from every port."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from crawler.demo.content import Article
from crawler.demo.towns import BY_KEY, COUNTY, COUNTY_COLUMN, COUNTY_UNIT, SITE_ID_CODE, SITE_NAME, TOWNS, WEB_ID

#: What `SiteDomain` claims: the replica's own host, so that its pages are not clones of another's.
SITE_DOMAIN = "127.0.0.1"

_NAVIGATION = (
    "网站首页",
    "走进越溪",
    "新闻中心",
    "政务公开",
    "政务服务",
    "互动交流",
    "政府数据",
    "机构职能",
    "政策文件",
    "政策解读",
    "规划计划",
    "财政预决算",
    "重点领域",
    "人事信息",
    "政府信息公开指南",
    "政府信息公开制度",
    "法定主动公开内容",
    "政府信息公开年报",
    "依申请公开",
    "区长信箱",
    "民意征集",
    "在线访谈",
)


def _head(title: str, metas: tuple[tuple[str, str], ...], charset: str) -> str:
    lines = "\n".join(f'<meta name="{name}" content="{escape(content)}">' for name, content in metas)
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}">
<script language="javascript" src="/module/jslib/jquery/jquery.js"></script>
<link href="/script/hanweb.css" type="text/css" rel="stylesheet">
<meta name="WebId" content="{WEB_ID}">
<title>{escape(title)}</title>
{lines}
</head>"""


def _top() -> str:
    items = "".join(
        f'<li><a href="/col/col{1229350000 + number}/index.html" target="_blank">{name}</a></li>'
        for number, name in enumerate(_NAVIGATION)
    )
    towns = "".join(f'<li><a href="/col/col{town.column}/index.html">{town.name}</a></li>' for town in TOWNS)
    return f"""<body>
<!--头部begin-->
<div class="header"><div class="top-bar"><a href="/">{SITE_NAME}</a>
<a href="#">无障碍阅读</a><a href="#">长者模式</a><a href="/gate/big5/">繁體</a>
<form action="/module/search/index.jsp" method="get"><input type="text" name="q" placeholder="请输入关键字">
<input type="submit" value="搜索"></form></div>
<div class="nav"><ul>{items}</ul></div></div>
<!--头部end-->
<div class="side-menu" style="float:left"><dl><dt>镇街公开</dt><dd><ul>{towns}</ul></dd></dl></div>"""


def _footer() -> str:
    return f"""<div class="footer"><ul class="foot-links"><li><a href="#">关于我们</a></li>
<li><a href="#">网站地图</a></li><li><a href="#">网站声明</a></li><li><a href="#">政府网站找错</a></li></ul>
<p>主办单位：{COUNTY}人民政府办公室　承办单位：{COUNTY}大数据发展管理中心　技术支持：大汉版通发布系统</p>
<p>浙ICP备00000000号-1　<img src="/picture/0/ghs.png" alt="">浙公网安备33069900000000号　网站标识码：{SITE_ID_CODE}</p>
<p>本站为软件演示用的复制站，机构与内容均为虚构</p></div>
</body></html>
"""


def article_page(article: Article, night: int, views: int) -> str:
    """An article as served, its view counter at `views`."""
    metas = (
        ("SiteName", SITE_NAME),
        ("SiteDomain", SITE_DOMAIN),
        ("SiteIDCode", SITE_ID_CODE),
        ("ColumnName", "政府信息公开年报"),
        ("ColumnDescription", "政府信息公开年报"),
        ("ColumnKeywords", "政府信息公开,年报"),
        ("ColumnType", "信息公开年报"),
        ("ArticleTitle", article.title),
        ("PubDate", article.published_at),
        ("ContentSource", article.issuer),
        ("Keywords", ""),
        ("Author", ""),
        ("Url", article.path),
    )
    crumbs = "".join(
        f' &gt;&gt;<a href="/col/col{article.column}/index.html">{name}</a>' for name in article.crumbs[1:]
    )
    return "\n".join(
        (
            _head(article.title, metas, article.charset),
            _top(),
            f'<div class="position">当前位置 : <a href="/index.html">{article.crumbs[0]}</a>{crumbs}</div>',
            _catalogue(article),
            '<div class="main"><div class="article" style="width:1000px">',
            f'<div class="title"><!--<$[标题]>begin-->{escape(article.title)}<!--<$[标题]>end--></div>',
            '<div class="info"><span>发布时间：'
            f"{article.published_at}</span><span>信息来源：<!--<$[信息来源]>begin-->{article.issuer}<!--<$[信息来源]>end-->"
            f'</span><span>浏览次数：{views}次</span><span>字号：[ <a href="javascript:doZoom(18)">大</a> '
            '<a href="javascript:doZoom(16)">中</a> <a href="javascript:doZoom(14)">小</a> ]</span></div>',
            '<div id="zoom" class="article-content"><!--<$[信息内容]>begin--><meta name="ContentStart">',
            article.bodies[night],
            '<meta name="ContentEnd"><!--<$[信息内容]>end--></div>',
            '<div class="share">分享到：<a class="bds_weixin" title="分享到微信"></a>'
            '<a class="bds_tsina" title="分享到新浪微博"></a></div>',
            '<div class="tools"><a href="javascript:window.print()">【打印本页】</a> '
            '<a href="javascript:window.close()">【关闭本页】</a></div>',
            "</div></div>",
            _footer(),
        )
    )


def _catalogue(article: Article) -> str:
    """The 索引号 block in one of two layouts; a page without an index number has none."""
    if not article.index_number:
        return ""
    pairs = (
        ("索引号", article.index_number),
        ("公开方式", "主动公开"),
        ("文号", ""),
        ("公开日期", article.published_at),
        ("发布单位", article.issuer),
    )
    if article.column % 2:
        cells = [f"<td><b>{label}:</b> {value}</td>" for label, value in pairs]
        return (
            '<table class="xxgk_table" width="100%" border="0"><tbody>'
            f"<tr>{cells[0]}{cells[1]}</tr><tr>{cells[2]}{cells[3]}</tr><tr>{cells[4]}<td></td></tr></tbody></table>"
        )
    items = "".join(f"<li><b>{label}：</b><span>{value}</span></li>" for label, value in pairs)
    return f'<div class="xxgk_info"><ul>{items}</ul></div>'


def record(article: Article, column: int) -> str:
    """One line of a listing; columns differ in quotes, in where the date stands, and in cutting titles."""
    shown = article.title if len(article.title) < 22 else article.title[:20] + "…"
    day = article.published_at[:10]
    if column % 3 == 0:
        line = f"<li><a href='{article.path}' title='{article.title}' target='_blank'>{shown}</a><b>{day}</b></li>"
    elif column % 3 == 1:
        line = f'<li><a title="{article.title}" href="{article.path}">{shown}</a><span>[{day}]</span></li>'
    else:
        line = f'<li><span class="date">{day}</span><a href="{article.path}" title="{article.title}">{shown}</a></li>'
    return f"<record><![CDATA[\n{line}]]></record>"


def next_group(column: int, unit: int, number: int) -> str:
    """The link to group `number` (the embedded one is 0)."""
    name = quote(quote(SITE_NAME))
    return (
        f'<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page={number}&appid=1&webid={WEB_ID}&path=/'
        f'&columnid={column}&unitid={unit}&webname={name}&permissiontype=0"></a>]]></nextgroup>'
    )


def column_page(column: int, unit: int, name: str, embedded: tuple[Article, ...], total: int) -> str:
    """A column with its first group of records and the pager's parameters."""
    town = next((town for town in TOWNS if town.column == column), None)
    per_page, group_size = (town.per_page, town.group_size) if town else (15, 3)
    metas = (
        ("SiteName", SITE_NAME),
        ("SiteDomain", SITE_DOMAIN),
        ("SiteIDCode", SITE_ID_CODE),
        ("ColumnName", name),
        ("ColumnDescription", name),
        ("ColumnKeywords", name),
        ("ColumnType", "信息公开年报"),
    )
    records = "\n".join(record(article, column) for article in embedded)
    crumbs = f"{town.name} &gt;&gt;年报" if town else "政务公开"
    return "\n".join(
        (
            _head(f"{SITE_NAME} {name}", metas, "utf-8"),
            _top(),
            f'<div class="position">当前位置 : <a href="/index.html">首页</a> &gt;&gt;{crumbs} &gt;&gt;{name}</div>',
            f'<div class="list"><div id="{unit}"><script type="text/xml"><datastore>',
            next_group(column, unit, 1),
            f"<recordset>\n{records}\n</recordset></datastore></script></div></div>",
            f"<script>var param_{unit} = {{col:1,webid:{WEB_ID},path:'/',columnid:{column},sourceContentType:1,"
            f"unitid:'{unit}',webname:'{SITE_NAME}',permissiontype:0}};",
            f"$(function(){{$('#{unit}').jpage({{themeName:'default',showMode:'full',totalRecord:{total},openCookies:false,"
            f"dataBefore:'<ul>',dataStore:$('#{unit}').children('script').html(),dataAfter:'</ul>',groupSize:{group_size},"
            f"proxyUrl:'/module/web/jpage/dataproxy.jsp',perPage:{per_page},barPosition:'bottom',ajaxParam:param_{unit}}});}});</script>",
            _footer(),
        )
    )


def home_page() -> str:
    """The portal's front door."""
    links = "".join(f'<li><a href="/col/col{town.column}/index.html">{town.name}年报</a></li>' for town in TOWNS)
    links += f'<li><a href="/col/col{COUNTY_COLUMN}/index.html">镇街年报</a></li>'
    metas = (("SiteName", SITE_NAME), ("SiteDomain", SITE_DOMAIN), ("SiteIDCode", SITE_ID_CODE), ("ColumnType", "首页"))
    return _head(SITE_NAME, metas, "utf-8") + _top() + f'<div class="home"><ul>{links}</ul></div>' + _footer()


def column_names() -> dict[int, tuple[str, int, str]]:
    """Column id → (owner key, unit id, column name)."""
    found = {town.column: (town.key, town.unit, "政府信息公开年报") for town in BY_KEY.values()}
    found[COUNTY_COLUMN] = ("quji", COUNTY_UNIT, "镇街年报")
    return found
