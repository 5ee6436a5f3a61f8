"""Rows of HTML become refs: whole title, right date, navigation left out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.detect import rank
from sites.errors import Drift, SiteError
from sites.families import paging
from sites.families.following import next_link, same_column
from sites.families.jsonrows import answer_of, parse_json, refs_of
from sites.families.records import fragment_refs, html_refs
from sites.model import OptionValue, Page, Section
from sites.reading.decode import page_of
from sites.registry import load_families

URL = "http://www.qinghe.example.gov.cn/zwgk/nb/index.html"
FAMILIES = load_families()


def page(text: str, url: str = URL, **more: object) -> Page:
    return page_of(url=url, body=text.encode(), fetched_at=datetime(2024, 3, 1, tzinfo=UTC), **more)


def section(url: str = URL, family: str = "static", **options: OptionValue) -> Section:
    return Section(site_id="q", key="k", name="n", url=url, family=family, hosts=(), options=options)


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ("<li><a href='a/1.html'>2021年云溪镇政府信息公开年报</a><span>2022-01-21</span></li>", date(2022, 1, 21)),
        ("<li><span>2022/1/21</span><a href='a/1.html'>2021年云溪镇政府信息公开年报</a></li>", date(2022, 1, 21)),
        ("<li><a href='a/1.html'>2021年云溪镇政府信息公开年报<em>2022.01.21</em></a></li>", date(2022, 1, 21)),
        ("<li><a href='a/1.html'>2021年云溪镇政府信息公开年报</a>[2022年01月21日]</li>", date(2022, 1, 21)),
        ("<dl><dd><a href='a/1.html'>2021年云溪镇政府信息公开年报</a></dd><dd>2022-01-21</dd></dl>", date(2022, 1, 21)),
        ("<li><b>21</b><i>2022-01</i><a href='a/1.html'>2021年云溪镇政府信息公开年报</a></li>", date(2022, 1, 21)),
        ("<li><a href='a/1.html'>2021年云溪镇政府信息公开年报</a><span>01-21</span></li>", date(2024, 1, 21)),
        (
            "<div><h3><a href='a/1.html'>2021年云溪镇政府信息公开年报</a></h3><p>发布时间：2022-01-21 来源：云溪镇</p></div>",
            date(2022, 1, 21),
        ),
        (
            "<tr><td><a href='a/1.html'>2021年云溪镇政府信息公开年报</a></td><td>2022-01-10</td><td>2022-01-21</td></tr>",
            date(2022, 1, 21),
        ),
    ],
)
def test_a_row_gives_title_and_date(row: str, day: date) -> None:
    body = f"<table>{row}</table>" if row.startswith("<tr") else f"<ul>{row}</ul>" if row.startswith("<li") else row
    menu = "<ul class='nav'><li><a href='/a/'>政策文件</a></li><li><a href='b/'>更多</a></li></ul>"
    refs = html_refs(page(menu + body), section())
    assert [(ref.url[-15:], ref.title, ref.listed_on) for ref in refs] == [
        ("/zwgk/nb/a/1.html"[-15:], "2021年云溪镇政府信息公开年报", day)
    ]


def test_links_that_share_a_row_are_no_records() -> None:
    row = (
        "<li><a href='a/{0}.html'>第{0}号令</a><div><a href='../jd/{0}.html'>第{0}号令解读</a><a href='x.pdf'>附件下载</a></div>"
        "<span>2024-01-0{0}</span></li>"
    )
    refs = html_refs(page("<ul>" + "".join(row.format(number) for number in range(1, 5)) + "</ul>"), section())
    assert [ref.title for ref in refs] == ["第1号令", "第2号令", "第3号令", "第4号令"]


def test_dated_side_lists_of_another_column_are_left_out() -> None:
    side = "".join(f"<li><a href='/xwzx/{n}.html'>今日要闻{n}</a><i>2024-02-1{n}</i></li>" for n in range(9))
    own = "".join(f"<li><a href='2024/{n}.html'>第{n}份年报</a><i>2024-01-1{n}</i></li>" for n in range(3))
    refs = html_refs(page(f"<ul class='side'>{side}</ul><ul class='list'>{own}</ul>"), section())
    assert [ref.title for ref in refs] == ["第0份年报", "第1份年报", "第2份年报"]


def test_undated_rows_are_read_by_the_dates_of_their_addresses() -> None:
    rows = "<a href='/zwgk/nb/202201/t20220121_1.html'>2021年政府信息公开年报</a><a href='/zwgk/zcwj/'>政策文件库</a>"
    refs = html_refs(page(f"<div>{rows}</div>"), section())
    assert [(ref.title, ref.listed_on) for ref in refs] == [("2021年政府信息公开年报", date(2022, 1, 21))]


def test_a_rows_selector_that_matches_nothing_is_drift() -> None:
    with pytest.raises(Drift, match="matches nothing"):
        html_refs(page("<ul><li><a href='1.html'>年报一份</a>2024-01-01</li></ul>"), section(rows="ol.list li"))
    with pytest.raises(Drift, match="cannot be read"):
        html_refs(page("<p>x</p>"), section(rows="li[[["))


def test_a_broken_article_pattern_is_drift() -> None:
    body = page("<ul><li><a href='1.html'>年报一份</a>2024-01-01</li></ul>")
    with pytest.raises(Drift, match="article pattern"):
        FAMILIES["static"].listing(section(article="(["), body)


@pytest.mark.parametrize(
    ("url", "belongs"),
    [
        ("http://www.qinghe.example.gov.cn/zwgk/nb/index_2.html", True),
        ("https://qinghe.example.gov.cn/zwgk/nb/list_3.html", True),
        ("http://www.qinghe.example.gov.cn/zwgk/zcwj/index_2.html", False),
        ("http://www.qinghe.example.gov.cn/zwgk/nb/zhen/index.html", False),
        ("http://www.qinghe.example.gov.cn/zwgk/nb/index.html?page=2", True),
        ("http://www.qinghe.example.gov.cn/zwgk/nb/index.html?cid=8&page=2", False),
        ("http://other.example.gov.cn/zwgk/nb/index_2.html", False),
        ("http://www.qinghe.example.gov.cn:8080/zwgk/nb/index_2.html", False),
    ],
)
def test_a_pager_stays_in_its_column(url: str, belongs: bool) -> None:
    assert same_column(url, URL) is belongs


@pytest.mark.parametrize(
    ("column", "url", "belongs"),
    [
        ("http://a.example.gov.cn/zwgk/nb.htm", "http://a.example.gov.cn/zwgk/nb/3.htm", True),
        ("http://a.example.gov.cn/zwgk/nb.htm", "http://a.example.gov.cn/zwgk/nb_2.htm", True),
        ("http://a.example.gov.cn/zwgk/nb.htm", "http://a.example.gov.cn/zwgk/nbgz.htm", False),
        ("http://a.example.gov.cn/", "http://a.example.gov.cn/index_2.html", True),
        ("http://a.example.gov.cn/", "http://a.example.gov.cn/x/y.html", False),
    ],
)
def test_a_column_is_its_path(column: str, url: str, belongs: bool) -> None:
    assert same_column(url, column) is belongs


def test_numbered_links_are_followed_when_no_word_says_next() -> None:
    body = page("<a href='index.html'>1</a><a href='index_1.html'>2</a><a href='index_2.html'>3</a>")
    assert next_link(body, URL) == "http://www.qinghe.example.gov.cn/zwgk/nb/index_1.html"


def test_a_promise_of_more_pages_without_a_way_on_is_incomplete() -> None:
    rows = "".join(f"<li><a href='{n}.html'>第{n}份年报</a>2024-01-1{n}</li>" for n in range(5))
    listing = FAMILIES["static"].listing(section(), page(f"<ul>{rows}</ul><div class='page'>第 1 / 7 页</div>"))
    assert not listing.complete
    assert listing.next is None


def test_an_empty_column_that_says_so_is_an_empty_listing() -> None:
    listing = FAMILIES["static"].listing(section(), page("<div class='list'>暂无相关信息</div>"))
    assert (listing.refs, listing.next, listing.complete) == ((), None, True)


def test_jsonp_and_byte_order_marks_are_unwrapped() -> None:
    assert parse_json(page('\ufeff cb({"a": 1});')) == {"a": 1}
    with pytest.raises(Drift):
        parse_json(page("<html></html>"))
    with pytest.raises(Drift):
        parse_json(page("[" * 100_000))
    with pytest.raises(SiteError, match="fewer"):
        parse_json(page('{"code": 1, "msg": "访问频繁，请稍后再试"}'))


def test_json_rows_are_found_by_their_titles() -> None:
    data = {
        "code": 200,
        "menu": [{"id": 1}],
        "data": {
            "total": "57",
            "rows": 2,
            "list": [{"title": "一<em>年报</em>", "url": "/1.html", "date": 1642953600}],
        },
    }
    answer = answer_of(data)
    assert answer.total == 57
    refs = refs_of(answer.rows, URL)
    assert [(ref.url, ref.title, ref.listed_on) for ref in refs] == [
        ("http://www.qinghe.example.gov.cn/1.html", "一年报", date(2022, 1, 24))
    ]
    with pytest.raises(Drift):
        answer_of({"a": 1})
    with pytest.raises(Drift):
        answer_of({"list": [{"a": 1}]})
    with pytest.raises(Drift):
        answer_of({"list": []}, rows="other")
    assert refs_of([{"title": "无地址"}], URL) == ()


def test_queries_keep_their_order_and_identity() -> None:
    url = paging.with_query("http://a.example.gov.cn/x?b=1&page=3&a=政", page=4, c="d e")
    assert url == "http://a.example.gov.cn/x?b=1&page=4&a=%E6%94%BF&c=d%20e"
    assert paging.page_parameter(url) == "page"
    assert paging.page_parameter("http://a.example.gov.cn/x?q=1") == ""


HTML = st.lists(
    st.sampled_from(
        [
            "<ul>", "</ul>", "<li>", "</li>", "<table>", "<tr>", "<td>", "</td>", "<a href='1.html'>", "<a href='javascript:x(\"/a.html\")'>",
            "<a href='http://[::1'>", "</a>", "2024-01-02", "年报", "下一页", "<datastore>", "<record><![CDATA[", "]]></record>", "</datastore>",
            "<script>createPageHTML(9,0,\"index\",\"html\")</script>", "<nextgroup><![CDATA[<a href='/x?page=1'>", "{\"a\":[", "\x00", "\ufeff",
            "<iframe src='/l.html'>", "<div id='pages'>JUU1JUI5JUI0JUU2JThBJUE1JUU1JUI5JUI0JUU2JThBJUE1</div>", "querydata=\"{'pageId':'1'}\"", "SID:'77'",
            "<form action='x'>", "__doPostBack('a','2')", "<input type=hidden name=__VIEWSTATE value=x>", "&amp;", "<base href='http://10.0.0.1/'>",
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(text=HTML, status=st.sampled_from([200, 200, 404, 500]), number=st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_any_page_through_every_family_is_a_value_or_a_site_error(text: str, status: int, number: int) -> None:
    context = tuple(paging.Place(number=number, before=number * 5, size=5).as_context()) if number else ()
    for family in FAMILIES.values():
        url = "http://a.example.gov.cn/gkmlpt/index#1620" if family.id == "gkmlpt" else URL
        asked = section(url, family.id, area="1133")
        body = page(text, url, status=status, context=context)
        family.signs(body)
        try:
            listing = family.listing(asked, body)
        except SiteError:
            continue
        urls = [ref.url for ref in listing.refs]
        assert all(address.startswith(("http://", "https://")) for address in urls)
        assert len(set(urls)) == len(urls)
        assert listing == family.listing(asked, body)


def test_records_of_a_fragment_need_no_date() -> None:
    refs = fragment_refs("<li><a href='/art/2019/1/15/art_1_2.html' title='2018年年报'>2018…</a></li>", URL)
    assert [(ref.title, ref.listed_on) for ref in refs] == [("2018年年报", date(2019, 1, 15))]


def test_a_flat_page_of_many_links_is_read_in_bounded_time() -> None:
    links = "".join(f"<a href='{n}.html'>第{n}份年报</a> 2024-01-0{n % 9 + 1} " for n in range(8_000))
    deep = "<div>" * 400 + links + "</div>" * 400
    refs = html_refs(page(deep), section())
    assert len(refs) <= 5000


@pytest.mark.parametrize(
    "text",
    [
        "<datastore>" * 40_000,
        "</datastore>" + "<datastore><record>" * 20_000 + "</datastore>",
        "<script>" + "/*" * 100_000 + "</script>",
        "cb(" + " " * 100_000 + "x",
        '{"a": "\\ud800年报", "list": [{"title": "\\ud800年报", "url": "/1"}]}',
        "<nextgroup " * 20_000,
        "{labelName" * 10_000,
        "<a querydata=" * 10_000,
        "['" * 40_000,
        "<ul>" + "<li><a href='1.html'>" * 1_000,
    ],
    ids=range(10),
)
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_no_page_takes_a_family_for_ever(family: str, text: str) -> None:
    # A quadratic pattern needs many minutes here: the suite's timeout is the assertion.
    asked = section(URL, family, area="1133")
    try:
        body = page(text)
    except SiteError:
        return  # refused before any family sees it: as good an end
    FAMILIES[family].signs(body)
    for context in (
        (),
        (("page", "2"), ("mode", "group"), ("rows", "9"), ("next_group", ""), ("endpoint", URL), ("query", "a")),
    ):
        try:
            listing = FAMILIES[family].listing(asked, page_of(url=URL, body=body.body, context=context))
        except SiteError:
            continue
        "".join(ref.title for ref in listing.refs).encode("utf-8")


def rows(count: int) -> str:
    return (
        "<ul>" + "".join(f"<li><a href='{n}.html'>第{n}份年报</a>2024-01-0{n + 1}</li>" for n in range(count)) + "</ul>"
    )


@pytest.mark.parametrize(
    ("family", "pager", "following", "complete"),
    [
        ("trs", "<script>createPageHTML(3, 2, 'index', 'html');</script>", "", True),
        ("trs", "<script>createPageHTML(3, 1, 'index', 'html');</script>", "index_2.html", True),
        ("trs", "<script>createPageHTML('page_div',3, 1,'index','shtml',9);</script>", "index_2.shtml", True),
        ("trs", "<script>createPageHTML('page_div',3, 3,'index','shtml',9);</script>", "", True),
        ("trs", "<script>createPage('3', '0', 'list', 'htm');</script>", "list_1.htm", True),
        ("trs", "<script>createPageHTML(1, 0, 'index', 'html');</script>", "", True),
        ("trs", "<script>var currentPage = 0;//从0开始\nvar countPage = 3//共多少页</script>", "index_1.html", True),
        ("trs", "<script>var countPage = 3;</script>", "", True),
        ("trs", "<script>/* createPageHTML(9, 0, 'index', 'html') */</script>", "", True),
        ("trs", "<script>var a = {recordCount: 20, prepage: 4}</script>", "", False),
        ("vsb", "<div class='p_pages'>共57条 4/4</div>", "", True),
        ("vsb", "<div class='p_pages'>共57条 1/4 <a href='index/3.htm'>下页</a></div>", "index/3.htm", True),
        ("vsb", "<div class='p_pages'>共57条 1/4</div>", "", False),
        ("static", "<div class='page'>3/3</div>", "", True),
        ("static", "<div class='page'>2/3</div>", "", False),
    ],
)
def test_a_page_read_on_its_own_knows_whether_the_listing_goes_on(
    family: str, pager: str, following: str, complete: bool
) -> None:
    listing = FAMILIES[family].listing(section(family=family), page(rows(4) + pager))
    assert (listing.next.url.rpartition("/nb/")[2] if listing.next else "") == following
    assert listing.complete is complete


def test_a_filtered_listing_claims_no_total() -> None:
    body = page(rows(4) + "<div class='p_pages'>共4条 1/1</div>")
    assert FAMILIES["vsb"].listing(section(family="vsb"), body).total == 4
    filtered = FAMILIES["vsb"].listing(section(family="vsb", article=r"/[12]\.html"), body)
    assert (len(filtered.refs), filtered.total, filtered.complete) == (2, None, True)


def test_a_search_without_its_code_is_refused_before_it_is_asked() -> None:
    with pytest.raises(Drift, match="code="):
        FAMILIES["trs_igs"].start(section("http://a.example.gov.cn/igs/front/search.jhtml?siteId=1", "trs_igs"))


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("gkmlpt", "SID: '7'"),
        ("search_list", "<p>no channel</p>"),
        ("lonsun", "<script>labelName</script>"),
        ("epoint", "siteGuid: '7eb5f7f1-9041-43ad-8e13-8fcb82ea831a'"),
        ("hanweb_jpaas", "<div querydata=''></div>"),
    ],
)
def test_a_column_page_that_does_not_tell_what_to_ask_is_drift(family: str, text: str) -> None:
    with pytest.raises(Drift):
        FAMILIES[family].listing(section("http://a.example.gov.cn/x/list.html", family), page(text))


def test_interfaces_that_answer_nonsense_are_drift() -> None:
    for family, context, text in (
        ("epoint", (("step", "token"), ("facts", "{}")), '{"custom": {}}'),
        ("truecms", (("column", "c"), ("endpoint", URL), ("seen", "0"), ("size_index", "0")), '{"result": 3}'),
        ("json_api", (), '{"list": [{"title": "无地址的年报"}]}'),
    ):
        body = page_of(url=URL, body=text.encode(), context=context)
        asked = section(family=family) if family != "json_api" else section(family=family, id_field="none")
        with pytest.raises(Drift):
            FAMILIES[family].listing(asked, body)


def test_parameters_of_a_list_may_stand_in_a_query() -> None:
    script = "$.get('/site/label/8888?IsAjax=1&labelName=publicInfoList&siteId=7&pageSize=9&file=/xxgk/publicInfoList_newest2020')"
    column = "http://a.example.gov.cn/public/column/21731?type=3&action=list"
    following = FAMILIES["lonsun"].listing(section(column, "lonsun"), page(f"<script>{script}</script>", column)).next
    assert following is not None
    query = paging.query_of(following.url)
    assert (query["siteId"], query["type"], query["organId"], query["file"]) == (
        "7",
        "3",
        "21731",
        "/xxgk/publicInfoList_newest2020",
    )


def test_the_years_of_a_saved_page_come_from_its_text() -> None:
    url = "http://a.example.gov.cn/module/xxgk/xxgkAnnualReport.jsp"
    asked = section(url, "hanweb_xxgk", area="1133", first_year=2020)
    listing = FAMILIES["hanweb_xxgk"].listing(asked, page_of(url=url, body="<p>2021年 2022年</p>".encode()))
    assert [ref.url[-4:] for ref in listing.refs] == ["2022", "2021", "2020"]


def test_json_articles_bring_claims_and_files() -> None:
    record = {
        "docTitle": "年报\n一份",
        "docClob": "<p>" + "正文内容足够长。" * 30 + "</p>",
        "publishDate": "2024-01-02 03:04:05",
        "builddate": "2024-01-01",
        "attachmentInfoVOList": [{"attachmentUrl": "/a.pdf", "attachmentName": "甲.pdf"}, {"x": 1}, 3],
    }
    read = FAMILIES["json_api"].extract(section(family="json_api"), page(json.dumps({"data": record})))
    assert read.title == "年报一份"
    assert read.metadata.value("published_at") == "2024-01-02T03:04:05+08:00"
    assert read.metadata.value("dated_on") == "2024-01-01"
    assert [link.name for link in read.attachments] == ["甲.pdf"]
    with pytest.raises(Drift):
        FAMILIES["json_api"].extract(section(family="json_api"), page('{"data": {"a": 1}}'))


def test_the_clock_of_a_page_is_no_record() -> None:
    head = "<div>今天是2024年3月1日 星期五 <a href='/zwgk/nb/wj/'>政府文件</a></div>"
    with pytest.raises(Drift):
        FAMILIES["static"].listing(
            section(), page(head + "<a href='http://beian.example.net/14010502050691/'>公安备案号一</a>")
        )


@pytest.mark.parametrize(
    ("family", "url", "text"),
    [
        ("search_list", "http://a.example.gov.cn/searchList/a1b2c3d4e5f60718293a4b5c6d7e8f90?_isJson=true&page=1", '{"data": {"rows": 1, "total": 3, "results": [{"title": "某镇年报", "url": "/1.shtml"}]}}'),
        ("gkmlpt", "http://a.example.gov.cn/gkmlpt/api/all/1620?page=1&sid=7", '{"total": 3, "articles": [{"id": 1, "title": "某镇年报", "url": "/1.html", "create_time": 1643012460}]}'),
    ],
)  # fmt: skip
def test_an_interfaces_answer_is_read_on_its_own(family: str, url: str, text: str) -> None:
    body = page(text, url)
    assert rank(body, FAMILIES)[0].family == family
    column = "http://a.example.gov.cn/gkmlpt/index#1620" if family == "gkmlpt" else url
    listing = FAMILIES[family].listing(section(column, family), body)
    assert [ref.title for ref in listing.refs] == ["某镇年报"]
    assert listing.next is not None
    assert paging.query_of(listing.next.url)["page"] == "2"


def test_the_name_of_a_column_before_a_title_is_not_the_record() -> None:
    row = "<li><a href='/col/col7/index.html'>[通知公告]</a><a href='a/{0}.html'>第{0}份年报全文</a><span>2024-01-0{0}</span></li>"
    refs = html_refs(page("<ul>" + "".join(row.format(n) for n in (1, 2, 3)) + "</ul>"), section())
    assert [(ref.title, str(ref.listed_on)) for ref in refs] == [
        (f"第{n}份年报全文", f"2024-01-0{n}") for n in (1, 2, 3)
    ]


def test_links_that_only_a_click_opens_are_followed() -> None:
    row = "<li><a href='javascript:void(0)' onclick=\"openWin('/zwgk/nb/a/1.html')\">某镇年报全文</a><span>2024-01-02</span></li>"
    pager = "<a href='#' onclick=\"location.href='index_1.html'\">下一页</a>"
    listing = FAMILIES["static"].listing(section(), page(f"<ul>{row}</ul>{pager}"))
    assert [ref.url for ref in listing.refs] == ["http://www.qinghe.example.gov.cn/zwgk/nb/a/1.html"]
    assert listing.next is not None
    assert listing.next.url == "http://www.qinghe.example.gov.cn/zwgk/nb/index_1.html"
