from __future__ import annotations

import pytest

from sites.reading.decode import page_of
from sites.reading.forward import find_forward

HERE = "http://www.example.gov.cn/zwgk/nb/2022/1.html"


def page(body: str, *, status: int = 200):
    return page_of(url=HERE, body=body.encode(), status=status, headers=(("Content-Type", "text/html; charset=utf-8"),))


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ('<script>window.location.href="/new/1.html";</script>', "http://www.example.gov.cn/new/1.html"),
        ("<script>location='2.html'</script>", "http://www.example.gov.cn/zwgk/nb/2022/2.html"),
        ("<script>top.location.replace('/a/b.htm')</script>正在跳转…", "http://www.example.gov.cn/a/b.htm"),
        ('<meta http-equiv="refresh" content="0;url=/c.html">', "http://www.example.gov.cn/c.html"),
        ('<script>location.assign("https://example.gov.cn/d.html");</script>', "https://example.gov.cn/d.html"),
    ],
)
def test_a_tiny_page_that_only_leads_on_is_followed(body: str, target: str):
    assert find_forward(page(body)) == target


@pytest.mark.parametrize(
    "body",
    [
        "<script>document.cookie='a=1';location.href='/new/1.html';</script>",  # a wall's
        "<script>location.href=location.pathname</script>",
        "<script>var _0=eval('1');location.href='/x.html'</script>",
        '<script>window.location.href="https://other.example/1.html";</script>',  # another host
        f'<script>window.location.href="{HERE}";</script>',  # itself
        "<script>if (mobile) location.href='/m/'; else location.href='/pc/';</script>",  # which of them?
        '<script>location.href="javascript:void(0)";</script>',
        "<p>" + "报告正文。" * 40 + '</p><script>location.href="/x.html";</script>',
        "",
    ],
)
def test_walls_pages_and_foreign_hosts_are_not(body: str):
    assert find_forward(page(body)) is None


def test_only_a_good_answer_leads_on():
    assert find_forward(page('<script>location.href="/x.html";</script>', status=404)) is None
