"""Addresses: dirt resolved, identity kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.reading.urls import canonical, file_kind, in_scope, is_private, page_base, query_value, resolve

BASE = "http://www.example.gov.cn/a/b/c.html?x=1"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("../d.html", "http://www.example.gov.cn/a/d.html"),
        ("./t2.htm", "http://www.example.gov.cn/a/b/t2.htm"),
        ("../../../../a.html", "http://www.example.gov.cn/a.html"),
        ("//cdn.example.gov.cn/a", "http://cdn.example.gov.cn/a"),
        ("javascript:openWin('/art/1.html')", "http://www.example.gov.cn/art/1.html"),
        ("window.open('/x/y.html')", "http://www.example.gov.cn/x/y.html"),
        ("#2571", "http://www.example.gov.cn/a/b/c.html?x=1#2571"),
        ("?page=2", "http://www.example.gov.cn/a/b/c.html?page=2"),
        ("l.jsp?a=1&amp;amp;b=2", "http://www.example.gov.cn/a/b/l.jsp?a=1&b=2"),
        ("附件 1.pdf", "http://www.example.gov.cn/a/b/%E9%99%84%E4%BB%B6%201.pdf"),
        ("\\up\\a.pdf", "http://www.example.gov.cn/up/a.pdf"),
        (" /a\n/b.html\r", "http://www.example.gov.cn/a/b.html"),
        ("/a%0A/b.html", "http://www.example.gov.cn/a/b.html"),
        ("http：//www.example.gov.cn/a．html", "http://www.example.gov.cn/a.html"),
        ("HTTP://WWW.Example.gov.cn:8080/A", "http://www.example.gov.cn:8080/A"),
        ("http:/www.example.gov.cn/a", "http://www.example.gov.cn/a"),
        ("/50%/a.html", "http://www.example.gov.cn/50%25/a.html"),
    ],
)
def test_a_dirty_link_resolves(href, url):
    assert resolve(BASE, href) == url


@pytest.mark.parametrize(
    "href",
    [
        "",
        "#",
        "javascript:void(0)",
        "javascript:;",
        "mailto:a@example.gov.cn",
        "tel:1",
        "http://[::1",
        "data:text/html,x",
        "http://",
    ],
)
def test_a_link_to_nowhere_is_none(href):
    assert resolve(BASE, href) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://WWW.example.gov.cn:443/A/index.html", "http://example.gov.cn/A/"),
        ("http://example.gov.cn/a;jsessionid=AB12?x=1&random=2", "http://example.gov.cn/a?x=1"),
        ("http://example.gov.cn/a?sid=&_=0.123", "http://example.gov.cn/a"),
        (
            "http://m.example.gov.cn/gkmlpt/content/1/2/mpost_33.html",
            "http://www.example.gov.cn/gkmlpt/content/1/2/post_33.html",
        ),
        ("http://big5.example.org/gate/big5/www.example.gov.cn/a/b.html", "http://www.example.gov.cn/a/b.html"),
        ("http://example.gov.cn/a.html#top", "http://example.gov.cn/a.html"),
        ("http://example.gov.cn/x/../a.html", "http://example.gov.cn/a.html"),
    ],
)
def test_two_addresses_of_one_place_have_one_canonical_form(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.gov.cn/A.html", "http://example.gov.cn/a.html"),
        ("http://example.gov.cn/xxgk.jsp?area=1&fbtime=2020", "http://example.gov.cn/xxgk.jsp?area=1&fbtime=2021"),
        ("http://example.gov.cn/gkmlpt/index#2571", "http://example.gov.cn/gkmlpt/index#2572"),
        ("http://example.gov.cn:8080/a", "http://example.gov.cn/a"),
        ("http://example.gov.cn/l?sid=755031", "http://example.gov.cn/l?sid=755032"),
        ("http://example.gov.cn/art_1_5.html", "http://example.gov.cn/art_2_5.html"),
    ],
)
def test_what_may_name_another_document_is_kept(one, other):
    assert canonical(one) != canonical(other)


@given(st.text(max_size=60), st.text(alphabet="abAB.%?&=#;/\\ 年1", max_size=40))
@settings(max_examples=50, deadline=None)
def test_canonical_is_idempotent_and_resolve_never_raises(free, shaped):
    for href in (free, shaped, "http://www.example.gov.cn/" + shaped):
        assert canonical(canonical(href)) == canonical(href)
        url = resolve(BASE, href)
        if url is not None:
            assert url.startswith(("http://", "https://"))
            assert canonical(canonical(url)) == canonical(url)


def test_scope_is_the_host_and_its_sub_domains():
    assert in_scope("https://www.example.gov.cn/a", ["example.gov.cn"])
    assert in_scope("http://zfxxgk.example.gov.cn:82/a", ["www.example.gov.cn"])
    assert not in_scope("http://example.gov.cn.evil.org/", ["example.gov.cn"])
    assert not in_scope("http://badexample.gov.cn/", ["example.gov.cn"])
    assert not in_scope("http://10.0.0.1/", ["example.gov.cn"])
    assert in_scope("http://127.0.0.1:8000/", ["127.0.0.1"])
    assert not in_scope("nonsense", ["example.gov.cn"])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://10.1.2.3/",
        "http://192.168.0.1/x",
        "http://localhost/",
        "http://[::1]/",
        "http://169.254.0.1/",
    ],
)
def test_intranet_addresses_are_private(url):
    assert is_private(url)


@pytest.mark.parametrize("href", ["http://127.0.0.1/", "http://192.168.1.5/x/", "http://other.example.org/", "", None])
def test_a_wrong_base_href_is_not_believed(href):
    assert page_base(BASE, href) == BASE


def test_a_right_base_href_is_believed():
    assert page_base(BASE, "http://www.example.gov.cn:80/root/") == "http://www.example.gov.cn:80/root/"


@pytest.mark.parametrize(
    ("url", "name", "kind"),
    [
        ("http://x/a.PDF", "", "pdf"),
        ("http://x/P020220121.docx?v=1", "", "docx"),
        ("http://x/module/download/downfile.jsp?classid=0&showname=%E5%B9%B4.pdf&filename=ab.pdf", "", "pdf"),
        (
            "http://x/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=3",
            "年报.docx",
            "docx",
        ),
        ("http://x/system/_content/download.jsp?wbfileid=3", "点击下载", "file"),
        ("http://x/art_1_2.html", "年报.pdf", ""),
        ("http://[::1", "", ""),
    ],
)
def test_a_link_tells_the_kind_of_its_file(url, name, kind):
    assert file_kind(url, name) == kind


def test_query_values_are_read():
    assert query_value("http://x/a?area=11&fbtime=2020", "fbtime") == "2020"
    assert query_value("http://[::1", "a") == ""
