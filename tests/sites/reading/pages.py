"""Pages in the manner of the portals' content systems (portals.md §5), written for the tests: nobody's page."""

from __future__ import annotations

from sites.model import Page
from sites.reading.decode import page_of

URL = "https://www.example.gov.cn/zwgk/zfxxgknb/202201/t20220121_1577.html"
TITLE = "2021年某某镇政府信息公开工作年度报告"
PARAGRAPHS = (
    "根据《中华人民共和国政府信息公开条例》和上级要求，现将某某镇2021年度政府信息公开工作情况报告如下。",
    "一、总体情况",
    "2021年，我镇依托政府门户网站主动公开政府信息72条，认真做好依申请公开工作，不断提升公开质量。",
    "二、主动公开政府信息情况",
    "全年通过政务新媒体发布信息501条，公开内容涉及机构信息、政策文件、财政预决算等方面。",
    "六、其他需要报告的事项",
    "无其他需要报告的事项。",
    "某某镇人民政府",
    "2022年1月20日",
)
BODY = "".join(f'<p style="text-indent:2em"><span>{text}</span></p>' for text in PARAGRAPHS)
TEXT = "\n".join(PARAGRAPHS)
META = (
    '<meta name="SiteName" content="某某区人民政府"><meta name="ColumnName" content="政府信息公开年报">'
    f'<meta name="ArticleTitle" content="{TITLE}"><meta name="PubDate" content="2022-01-21 15:41">'
    '<meta name="ContentSource" content="某某镇">'
)
NAV = (
    '<div class="top"><a href="/">首页</a><a href="/a/">走进某某</a><a href="/b/">政务公开</a><a href="/c/">政务服务</a>'
    '<a href="/d/">互动交流</a><span>今天是2026年1月1日</span><input name="q"><a href="#">搜索</a></div>'
    '<ul class="menu">' + "".join(f'<li><a href="/col/{n}/">栏目导航之{n}</a></li>' for n in range(30)) + "</ul>"
)
FOOTER = (
    '<div class="foot"><a href="/map">网站地图</a> | <a href="/about">关于我们</a><p>主办单位：某某区人民政府办公室 承办单位：某某区大数据中心</p>'
    "<p>网站标识码：3306040001　浙ICP备05000000号　浙公网安备 33060402000000号</p>"
    "<p>建议您使用IE9.0以上版本的浏览器，分辨率1366*768以上浏览本站，以获得最佳的浏览效果。</p></div>"
)
CRUMB = '<div class="position">您当前的位置：<a href="/">首页</a> &gt; <a href="../">某某镇</a> &gt; <a href="./">年报</a></div>'


def page(html: str, url: str = URL) -> Page:
    """A page of this HTML."""
    return page_of(url=url, body=html.encode(), headers=(("Content-Type", "text/html; charset=utf-8"),))


def document(middle: str, *, meta: str = META, title: str = TITLE) -> Page:
    """A whole page around its middle: navigation above, a footer below."""
    return page(
        f"<!DOCTYPE html><html><head><title>{title}_政府信息公开年报_某某区人民政府</title>{meta}</head>"
        f"<body>{NAV}{middle}{FOOTER}</body></html>"
    )


#: Templates by name: the same document in the boxes of different systems and hands.
TEMPLATES: dict[str, str] = {
    "hanweb": f"""{CRUMB}<table id="article"><tr><td class="title"><!--<$[标题]>begin-->{TITLE}<!--<$[标题]>end--></td></tr>
        <tr><td><span>发布日期：2022-01-21 15:41</span><span>信息来源：某某镇</span><span>浏览次数：<script>1</script></span>
        <span>字号：[ <a>大</a> <a>中</a> <a>小</a> ]</span></td></tr>
        <tr><td class="bt_content"><div id="zoom"><!--ZJEG_RSS.content.begin--><meta name="ContentStart">{BODY}
        <meta name="ContentEnd"><!--ZJEG_RSS.content.end--></div></td></tr>
        <tr><td>分享到：<a>微信</a></td></tr><tr><td>【<a>打印本页</a>】 【<a>关闭窗口</a>】</td></tr></table>""",
    "hanweb xxgk": f"""<table class="xxgk_table"><tr><td>索 引 号：</td><td>002590622/2022-79879</td><td>公开方式：</td><td>主动公开</td></tr>
        <tr><td>文  号：</td><td></td><td>公开日期：</td><td>2022-01-21 15:41</td></tr><tr><td>发布单位：</td><td>某某镇</td><td></td><td></td></tr></table>
        <div class="main-txt"><h1>{TITLE}</h1><div class="con">{BODY}</div></div>
        <p><a href="javascript:window.print()">【打印本页】</a> <a>【关闭本页】</a></p>""",
    "trs": f"""{CRUMB}<div class="xl-box"><h2>{TITLE}</h2><p class="ly">来源：某某镇　发布时间：2022-01-21 15:41　【字体：<a>大</a> <a>中</a> <a>小</a>】</p>
        <div class="xl-nr"><style>.TRS_Editor P{{line-height:2}}</style><div class="TRS_Editor"><style type="text/css">.a{{color:red}}</style>{BODY}</div></div>
        <div class="ewm">扫一扫在手机打开当前页</div></div><div class="xg"><h3>相关链接</h3><ul><li><a href="t1.html">某某区2020年政府信息公开工作年度报告</a></li></ul></div>""",
    "vsb": f"""<form name="_newscontent_fromname"><div class="show01"><h5>{TITLE}</h5>
        <p class="xinxi"><span>发布日期：2022-01-21</span><span>作者：</span><span>来源：某某镇</span><span>点击：<script>_showDynClicks("wbnews",1,2)</script></span></p>
        <div id="vsb_content_2"><div class="v_news_content">{BODY}</div></div><div id="div_vote_id"></div>
        <p>上一条：<a href="1.htm">某某镇2020年度报告</a></p><p>下一条：<a href="3.htm">某某镇2022年度报告</a></p>
        <p>【<a>关闭</a>】</p></div></form>""",
    "gkmlpt": f"""<div class="classify"><table><tr><td class="title">索引号：</td><td>006939748/2022-00012</td><td class="title">分类：</td><td>年报</td></tr>
        <tr><td class="title">发布机构：</td><td>某某镇</td><td class="title">成文日期：</td><td>2022-01-20</td></tr>
        <tr><td class="title">名称：</td><td colspan="3">{TITLE}</td></tr>
        <tr><td class="title">文号：</td><td></td><td class="title">发布日期：</td><td>2022-01-21</td></tr></table></div>
        <div class="content"><h1 class="title document-number">{TITLE}</h1><p class="meta"><span>发布日期：2022-01-21</span><span>浏览次数：<i>-</i></span></p>
        <div class="article-content">{BODY}</div><div class="share">分享：</div></div>""",
    "lonsun": f"""<div class="wzy"><table class="table"><tr><th>索引号：</th><td>003/202201-00012</td><th>组配分类：</th><td>信息公开年报</td></tr>
        <tr><th>发布机构：</th><td>某某镇</td><th>发文日期：</th><td>2022-01-21 15:41</td></tr><tr><th>发布文号：</th><td></td><th>关键词：</th><td></td></tr>
        <tr><th>信息名称：</th><td colspan="3">{TITLE}</td></tr><tr><th>内容概述：</th><td colspan="3">{PARAGRAPHS[0]}</td></tr></table>
        <div class="contentxxgk"><h1 class="wztit">{TITLE}</h1><div class="wzfbxx"><span>发布时间：2022-01-21 15:41</span><span>信息来源：某某镇</span><span>浏览次数：12</span></div>
        <div class="j-fontContent clearfix">{BODY}</div></div><div class="prevnext">上一篇：<a href="#">无</a></div></div>""",
    "epoint": f"""<div class="ewb-location">当前位置：<a href="/">首页</a><span>/</span><a href="/x/">年报</a></div><div class="ewb-article"><h3 class="ewb-article-tt">{TITLE}</h3>
        <div class="ewb-article-sources"><p>【信息来源：某某镇】</p><p>【信息时间：2022-01-21】</p><p>【字体：大 中 小】</p></div>
        <div class="ewb-article-info">{BODY}</div></div>""",
    "nested tables": f"""<table width="1000"><tr><td><table><tr><td height="30">当前位置：首页 &gt;&gt; 某某镇 &gt;&gt; 年报</td></tr></table>
        <table><tr><td align="center"><b><font size="5">{TITLE}</font></b></td></tr><tr><td align="center">发布时间：2022-01-21 来源：某某镇 点击数：123</td></tr>
        <tr><td><hr></td></tr><tr><td class="a14">{BODY}</td></tr></table></td></tr></table>""",
    "unnamed boxes": f"""<div class="w1200"><div class="l"><ul><li><a href="1">概况信息</a></li><li><a href="2">机构职能</a></li></ul></div><div class="r">
        <div class="x1">{TITLE}</div><div class="x2"><span>时间：2022-01-21 15:41</span> <span>来源：某某镇</span> <span>阅读：88</span></div>
        <div class="x3">{BODY}</div><div class="x4"><a>打印</a> <a>收藏</a> <a>关闭</a></div></div></div>""",
    "all in one box": f"""<div class="content"><h1>{TITLE}</h1><div>发布时间：2022-01-21　来源：某某镇　字体：<a>大</a><a>中</a><a>小</a></div>{BODY}
        <div>责任编辑：张某某</div><div>相关文章</div><ul><li><a href="a.html">某某镇政府信息公开指南</a></li></ul></div>""",
    "aspnet": f"""<form id="form1"><input type="hidden" name="__VIEWSTATE" value="/wEPDwUKLTYw"><div id="ctl00_Main"><span id="lblTitle" class="biaoti">{TITLE}</span><br>
        <span id="lblDate">发布日期：2022/1/21 15:41:00</span><div id="lblContent">{BODY}</div></div></form>""",
    "print and phone copies": f"""<div class="pc"><h1>{TITLE}</h1><div class="article-content">{BODY}</div></div>
        <div class="wap" style="display:none"><h1>{TITLE}</h1><div class="article-content">{BODY}</div></div>""",
    "custom elements": f"""<div class="wrap"><h1>{TITLE}</h1><div class="pages-date">2022-01-21 15:41 来源： 某某镇</div><div class="pages_content" id="UCAP-CONTENT"><UCAPCONTENT>{BODY}</UCAPCONTENT></div></div>""",
    "html5": f"""<main><nav class="crumb"><a>首页</a> &gt; <a>年报</a></nav><article><header><h1>{TITLE}</h1><time>2022-01-21</time></header><section>{BODY}</section>
        <footer><p>责任编辑：某某</p></footer></article></main>""",
}  # fmt: skip

NOTICE = (
    "各乡镇人民政府，各街道办事处，区级各部门：",
    "现将《2022年全区政务公开工作要点》印发给你们，请结合实际认真贯彻落实。",
    "附件：2022年全区政务公开工作要点",
    "某某区人民政府办公室",
    "2022年1月21日",
    "（此件公开发布）",
)
RULES = (
    "第一章 总则",
    *(f"第{n}条 为了规范某某事项的管理，根据有关规定，结合本区实际，制定本办法。" for n in "一二三四五六七"),
    "本办法自2022年1月1日起施行。",
)
NAMES = ("2021年度优秀信息员名单", "（排名不分先后）", "甲乙丙 丁戊己 庚辛壬", "甲乙丙 丁戊己 庚辛壬", "甲乙丙 丁戊己")


def paragraphs(lines: tuple[str, ...]) -> str:
    """Lines as paragraphs."""
    return "".join(f"<p>{line}</p>" for line in lines)


#: Bodies by name: what stands in the box, and the text that must come out.
BODIES: dict[str, tuple[str, str]] = {
    "report": (BODY, TEXT),
    "notice": (paragraphs(NOTICE), "\n".join(NOTICE)),
    "notice with line breaks": ("<br>　　".join(NOTICE), "\n".join(NOTICE)),
    "rules": (paragraphs(RULES), "\n".join(RULES)),
    "list of names": (paragraphs(NAMES), "\n".join(NAMES)),
    "a table alone": (
        "<table border=1><tr><td>第二十条第（一）项</td><td>件数</td></tr><tr><td>规章</td><td>0</td></tr>"
        "<tr><td>行政规范性文件</td><td>35</td></tr><tr><td>行政许可</td><td>12</td></tr></table>",
        "第二十条第（一）项\t件数\n规章\t0\n行政规范性文件\t35\n行政许可\t12",
    ),
    "a sentence and a file": (
        '<p>我镇2021年政府信息公开工作年度报告详见附件。</p><p><a href="./P020220121389613086419.pdf">某某镇2021年度报告.pdf</a></p>',
        "我镇2021年政府信息公开工作年度报告详见附件。\n某某镇2021年度报告.pdf",
    ),
    "a letterhead first": (
        "<p style='text-align:center'><b>某某区人民政府办公室</b></p><p>关于印发工作要点的通知</p>"
        + paragraphs(NOTICE),
        "某某区人民政府办公室\n关于印发工作要点的通知\n" + "\n".join(NOTICE),
    ),
    "a picture alone": ('<p><img src="./W020220121.png" alt="图片版"></p>', ""),
}
