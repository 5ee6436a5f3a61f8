"""Each link has its full title and the date of its own entry."""

from datetime import date

import pytest
from selectolax.lexbor import LexborHTMLParser

from sites.reading.listing import anchors, dated_by_url

BASE = "https://www.example.gov.cn/col/col1/index.html"
TITLE = "2021年某某镇政府信息公开年度报告"
DAY = date(2022, 1, 21)


def only(html, **more):
    refs = anchors(html, BASE, **more)
    assert len(refs) == 1
    return refs[0]


@pytest.mark.parametrize(
    "html",
    [
        f'<li><a href="/a.html" title="{TITLE}">2021年某某镇政府信息公开年…</a><span>2022-01-21</span></li>',
        f"<li><a title='{TITLE}' href='/a.html'>2021年某某镇...</a><b readlabel>2022-01-21</b></li>",
        f'<li><span>[2022-01-21]</span><a href="/a.html">{TITLE}</a></li>',
        f'<li><a href="/a.html">{TITLE} 2022-01-21</a></li>',
        f'<li><a href="/a.html">·{TITLE}<span>[2022-01-21]</span></a></li>',
        f'<li><a href="/a.html"><em>21</em><i>2022-01</i></a><h4><a href="/a.html">{TITLE}</a></h4><p>2022年1月21日</p></li>',
        f'<tr><td>1</td><td><a href="/a.html">{TITLE}</a></td><td>2022/01/21</td></tr>',
        f'<table><tr><td><a href="/a.html" title="标题：{TITLE}\n发布时间：2022-01-21">{TITLE[:9]}…</a></td><td>2022.01.21</td></tr></table>',
        f'<div class="item"><h3><a href="/a.html">{TITLE}</a></h3><p>原定于2021年5月16日举行。</p><p>发布时间：2022.01.21</p></div>',
        f'<li><a href="/a.html">{TITLE}</a><script>var a = "2020-02-02"</script><strong><a href="/jd.html"></a></strong><span>2022/01/21</span></li>',
        f'<a href="/a.html">{TITLE}</a> 2022-01-21<br>',
        f"<li><a href=\"javascript:open('/a.html')\">{TITLE}</a><span>2022-01-21</span></li>",
        f'<li><a href="javascript:;" onclick="window.open(\'/a.html\')">{TITLE}</a><span>2022-01-21</span></li>',
    ],
)  # fmt: skip
def test_an_entry_gives_address_title_and_date(html):
    ref = next(ref for ref in anchors(html, BASE) if ref.url.endswith("/a.html"))
    assert (ref.url, ref.title, ref.listed_on) == ("https://www.example.gov.cn/a.html", TITLE, DAY)


def test_a_date_never_comes_from_a_neighbour():
    refs = anchors(
        '<ul><li><a href="1.html">第一条信息</a></li><li><a href="2.html">第二条信息</a><span>2022-01-21</span></li></ul>',
        BASE,
    )
    assert [ref.listed_on for ref in refs] == [None, DAY]
    refs = anchors(
        '<div><a href="1.html">第一条信息</a><a href="2.html">第二条信息</a> 2022-01-21 <a href="3.html">第三条信息</a></div>',
        BASE,
    )
    assert [ref.listed_on for ref in refs] == [None, DAY, None]


def test_a_year_in_a_title_is_no_date():
    assert only('<li><a href="a.html">2021年1月1日起施行的办法全文</a></li>').listed_on is None


def test_a_short_date_needs_the_reading_day():
    html = f'<li><a href="a.html">{TITLE}</a><span>01-21</span></li>'
    assert only(html).listed_on is None
    assert only(html, near=date(2022, 2, 1)).listed_on == DAY


def test_each_address_comes_once_with_its_best_title():
    ref = only(f'<div><a href="a.html"><img src="x.png"></a><a href="a.html">{TITLE}</a></div>')
    assert ref.title == TITLE


def test_links_to_nowhere_are_left_out_and_order_is_kept():
    refs = anchors(
        '<a href="#">x</a><a href="javascript:void(0)">y</a><a>z</a><a href="b.html">乙</a><a href="a.html">甲</a>',
        BASE,
    )
    assert [ref.title for ref in refs] == ["乙", "甲"]


def test_a_node_is_read_like_its_html():
    tree = LexborHTMLParser(
        f'<div id=x><li><a href="/a.html">{TITLE}</a><span>2022-01-21</span></li></div><a href="/b.html">别处</a>'
    )
    assert [ref.title for ref in anchors(tree.css_first("#x"), BASE)] == [TITLE]
    assert anchors("", BASE) == ()


def test_the_day_in_an_address_is_taken_only_when_asked():
    ref = only(f'<li><a href="/art/2022/1/21/art_1_2.html">{TITLE}</a></li>')
    assert ref.listed_on is None
    assert dated_by_url(ref).listed_on == DAY
    assert dated_by_url(dated_by_url(ref)) == dated_by_url(ref)
