"""Bytes become text without an invented character."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.errors import Unreadable
from sites.reading import decode as module
from sites.reading.decode import decode, page_of

SENTENCE = "关于公开政府信息的报告：胡喆、侯某·——公开“信息”"


def test_a_page_declared_gb2312_keeps_characters_that_only_gbk_has():
    body = f'<meta charset="gb2312"><p>{SENTENCE}</p>'.encode("gbk")
    decoded = decode(body, "text/html")
    assert SENTENCE in decoded.text
    assert decoded.encoding == "gb18030"
    assert decoded.flags == ()


@pytest.mark.parametrize("label", ["gb2312", "GBK", "x-gbk", "cp936", "GB18030", "gb_2312"])
def test_every_name_of_the_gb_family_reads_as_gb18030(label):
    assert decode("信息𠮷".encode("gb18030"), f"text/html; charset={label}") == module.Decoded("信息𠮷", "gb18030")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_outranks_every_declaration(encoding):
    decoded = decode(SENTENCE.encode(encoding), "text/html; charset=gbk")
    assert decoded.text == SENTENCE


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_both_byte_orders_of_utf16_are_read(encoding):
    mark = b"\xff\xfe" if encoding.endswith("le") else b"\xfe\xff"
    assert decode(mark + SENTENCE.encode(encoding)).text == SENTENCE


def test_http_says_latin1_but_the_page_is_utf8():
    assert decode(SENTENCE.encode(), "text/html; charset=ISO-8859-1").text == SENTENCE


def test_declared_gbk_but_utf8_is_flagged():
    decoded = decode(SENTENCE.encode(), "text/html; charset=GBK")
    assert decoded.text == SENTENCE
    assert "declared-wrong" in decoded.flags


def test_declared_utf8_but_gbk_is_flagged():
    decoded = decode(b'<meta charset="utf-8">' + SENTENCE.encode("gbk"))
    assert SENTENCE in decoded.text
    assert "declared-wrong" in decoded.flags


def test_a_short_gbk_word_that_is_valid_utf8_stays_gbk():
    assert decode("联通".encode("gbk"), "text/html; charset=gbk").text == "联通"


def test_no_charset_at_all_is_flagged_and_read():
    assert decode(SENTENCE.encode("gbk")) == module.Decoded(SENTENCE, "gb18030", ("no-charset",))


def test_big5_is_recognised_by_its_own_frequent_words():
    text = "政府資訊公開年度報告的說明"
    assert decode(text.encode("big5")).text == text


def test_mojibake_that_arrived_broken_is_flagged_not_repaired():
    decoded = decode("首页 棣栭〉 年度报告".encode(), "text/html; charset=utf-8")
    assert "mojibake" in decoded.flags
    assert "棣栭〉" in decoded.text


def test_bytes_that_fit_nothing_are_replaced_and_said_so():
    decoded = decode("政府信息公开的年报".encode("gbk") + b"\xff\xff")
    assert "replaced" in decoded.flags
    assert "政府信息公开的年报" in decoded.text


def test_an_override_is_believed_when_the_bytes_allow():
    assert decode("年報".encode("big5"), override="big5").text == "年報"


def test_an_impossible_override_is_passed_over():
    assert decode(SENTENCE.encode("gbk"), override="utf-8").text == SENTENCE


@pytest.mark.parametrize("label", ["hex", "rot13", "no-such-thing", "utf-16", "x" * 200])
def test_labels_that_are_no_text_encoding_are_ignored(label):
    assert decode(f'<meta charset="{label}">{SENTENCE}'.encode()).text.endswith(SENTENCE)


@given(st.text(alphabet=st.characters(codec="gb18030", exclude_categories=["Cs", "Co", "Cn"]), max_size=60))
@settings(max_examples=50, deadline=None)
def test_gb18030_round_trips(text):
    body = ("政府信息公开的年报" + text).encode("gb18030")
    assert decode(body, "text/html; charset=gb18030").text == "政府信息公开的年报" + text


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=gbk", "text/html; charset=utf-8", "charset="]))
@settings(max_examples=50, deadline=None)
def test_any_bytes_give_text_and_holes_are_flagged(body, content_type):
    decoded = decode(body, content_type)
    assert isinstance(decoded.text, str)
    if "\ufffd" in decoded.text:
        assert {"replaced", "mojibake"} & set(decoded.flags)


def test_page_of_takes_headers_case_insensitively():
    page = page_of(
        url="http://www.example.gov.cn/a", body="年".encode("gbk"), headers=[("content-TYPE", "text/html; charset=gbk")]
    )
    assert (page.text, page.requested_url, page.status) == ("年", page.url, 200)


def test_a_page_of_nothing_but_tags_is_unreadable():
    with pytest.raises(Unreadable, match="too much"):
        page_of(url="http://www.example.gov.cn/a", body=b"<b></b>" * 100_000)
