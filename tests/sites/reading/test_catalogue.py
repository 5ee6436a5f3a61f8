"""The 索引号 block in every layout gives the same fields."""

import pytest

from sites.reading.article import read_article
from sites.reading.catalogue import bare_date, claims_of, clean_value, label_of, read_pairs
from sites.reading.labels import GENERIC, LABELS

from .pages import BODY, TITLE, document

WANTED = {
    "index_number": "002590622/2022-79879",
    "disclosure_mode": "主动公开",
    "published_at": "2022-01-21T15:41:00+08:00",
    "issuer": "某某镇",
    "document_number": None,
}

LAYOUTS = {
    "table of four columns": "<table><tr><td>索 引 号：</td><td>002590622/2022-79879</td><td>公开方式：</td><td>主动公开</td></tr>"
    "<tr><td>文　　号：</td><td></td><td>公开日期：</td><td>2022-01-21 15:41</td></tr><tr><td>发布单位：</td><td>某某镇</td></tr></table>",
    "table without colons": "<table><tr><td>索引号</td><td>002590622/2022-79879</td></tr><tr><td>发文字号</td><td>无</td></tr><tr><td>公开方式</td><td>主动公开</td></tr>"
    "<tr><td>发布日期</td><td>2022-01-21 15:41</td></tr><tr><td>发布机构</td><td>某某镇</td></tr></table>",
    "list with bold labels": "<ul><li><b>索引号：</b><span>002590622/2022-79879</span></li><li><b>公开方式：</b><span>主动公开</span></li><li><b>文号：</b><span></span></li>"
    "<li><b>公开日期：</b><span>2022-01-21 15:41</span></li><li><b>发布单位：</b><span>某某镇</span></li></ul>",
    "definition list": "<dl><dt>索引号</dt><dd>002590622/2022-79879</dd><dt>公开方式</dt><dd>主动公开</dd><dt>文号</dt><dd>--</dd><dt>公开日期</dt><dd>2022-01-21 15:41</dd>"
    "<dt>发布单位</dt><dd>某某镇</dd></dl>",
    "boxes with brackets": '<div class="i"><div>[ 索引号 ]</div><div>002590622/2022-79879</div><div>[ 发文字号 ]</div><div></div></div><div class="i"><div>[ 公开方式 ]</div>'
    "<div>主动公开</div><div>[ 发布日期 ]</div><div>2022-01-21 15:41</div></div><div><div>[ 发布机构 ]</div><div>某某镇</div></div>",
    "running text": "<p>索引号: 002590622/2022-79879 公开方式: 主动公开</p><p>文号: 公开日期: 2022-01-21 15:41</p><p>发布单位: 某某镇</p>",
    "labels above values": "<table><tr><td>索引号</td><td>公开方式</td><td>文号</td><td>公开日期</td><td>发布单位</td></tr>"
    "<tr><td>002590622/2022-79879</td><td>主动公开</td><td></td><td>2022-01-21 15:41</td><td>某某镇</td></tr></table>",
    "hidden until a button opens it": '<div style="display:none"><p>索引号：002590622/2022-79879</p><p>公开方式：主动公开 文号：暂无</p><p>公开日期：2022-01-21 15:41</p><p>发布单位：某某镇</p></div>'
    "<p>点击展开详细目录信息</p>",
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("box", ['<div class="TRS_Editor">{}</div>', '<div class="x3">{}</div>'])
def test_every_layout_gives_the_same_claims(layout, box):
    said = read_article(document(f"<div class=w>{LAYOUTS[layout]}<h1>{TITLE}</h1>{box.format(BODY)}</div>", meta=""))
    assert {name: said.metadata.value(name) for name in WANTED} == WANTED
    assert said.metadata.claim("index_number").source == "catalogue"
    assert said.text.startswith("根据《中华人民共和国")


def test_a_block_below_the_body_is_read_too():
    said = read_article(
        document(f"<h1>{TITLE}</h1><div id=zoom>{BODY}</div>{LAYOUTS['table of four columns']}", meta="")
    )
    assert said.metadata.value("index_number") == "002590622/2022-79879"


def test_a_long_summary_is_a_value_not_the_body():
    block = f"<table><tr><td>索引号</td><td>1/2022-1</td></tr><tr><td>内容概述</td><td>{'本报告由总体情况等六部分组成。' * 4}</td></tr></table>"
    said = read_article(document(f"<div>{block}<h1>{TITLE}</h1><div class=z1>{BODY}</div></div>", meta=""))
    assert said.metadata.value("summary").startswith("本报告由")
    assert "本报告由总体" not in said.text


def _pairs(*lines):
    return [
        (pair.label, pair.value) for pair in read_pairs(lines, lambda _one, _other: False, lambda _index: False).pairs
    ]


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("文号: 公开日期: 2022-01-21 15:41", [("文号", ""), ("公开日期", "2022-01-21 15:41")]),
        (
            "来源：某局发布日期：2017-10-13【浏览字号：大 中 小】",
            [("来源", "某局"), ("发布日期", "2017-10-13"), ("浏览字号", "")],
        ),
        ("来源：某办公室时间：2024-03-08 15:34", [("来源", "某办公室"), ("时间", "2024-03-08 15:34")]),
        ("2022-01-21 15:41 来源： 某某网", [("时间", "2022-01-21 15:41"), ("来源", "某某网")]),
        (
            "发布日期：2026-01-22 11:17 浏览次数： 字号：[ 大 中 小 ]",
            [("发布日期", "2026-01-22 11:17"), ("浏览次数", ""), ("字号", "")],
        ),
        ("索引号 002590622/2022-1", [("索引号", "002590622/2022-1")]),
        ("信息来源：某某镇 阅读次数：12 打印", [("信息来源", "某某镇"), ("阅读次数", "12")]),
        ("单位名称：某某公司", []),
        ("本办法所称的信息来源：包括下列情形。有以下几种。", []),
        ("根据通知要求，公开方式：由各单位自行决定。", []),
        ("时间", []),
    ],
)
def test_a_line_is_split_at_known_labels_only(line, pairs):
    assert _pairs(line) == pairs


def test_weak_words_give_weak_claims():
    pairs = read_pairs(
        ["更新时间：2022-02-02 发文日期：2022-01-20 来源：转载某报"], lambda _a, _b: False, lambda _i: False
    )
    sure, weak = claims_of(pairs, "catalogue")
    assert sure == []
    assert [(claim.field, claim.value[:10]) for claim in weak] == [
        ("published_at", "2022-02-02"),
        ("published_at", "2022-01-20"),
        ("issuer", "转载某报"),
    ]


def test_a_printed_date_of_issue_beside_one_of_publication_is_the_documents():
    pairs = read_pairs(["发布日期：2022-01-21 发文日期：2022-01-20"], lambda _a, _b: False, lambda _i: False)
    sure, weak = claims_of(pairs, "catalogue")
    assert [(claim.field, claim.value[:10]) for claim in sure + weak] == [
        ("published_at", "2022-01-21"),
        ("dated_on", "2022-01-20"),
    ]


def test_values_that_are_no_values_make_no_claim():
    texts = [
        "索引号：" + "长" * 80,
        "发布日期：近日",
        "来源：12345",
        "文号：见附件。另行通知",
        "发布机构：" + "名" * 90,
    ]
    sure, weak = claims_of(read_pairs(texts, lambda _a, _b: False, lambda _i: False), "visible")
    assert sure + weak == []


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        (" 无 ", ""),
        ("--", ""),
        ("某局 【打印】", "某局"),
        ("某局】", "某局"),
        ("国办发〔2022〕1号", "国办发〔2022〕1号"),
        ("某某镇 字体 大 中 小", "某某镇"),
    ],
)
def test_values_are_cleaned(value, clean):
    assert clean_value(value) == clean


def test_labels_and_bare_dates_are_recognised():
    assert label_of("【索 引 号】") == "索引号"
    assert label_of("索引号是什么") == ""
    assert bare_date("[2022-01-21 15:41]") == "2022-01-21T15:41:00+08:00"
    assert bare_date("2022-01-21 某某镇的通知") == ""


def test_no_plain_label_begins_a_generic_one() -> None:
    """The pattern of the labels tries plain ones first: one that began a generic label would hide it."""
    labels = {label for known in LABELS.values() for label in known}
    assert not [(plain, word) for word in GENERIC for plain in labels - GENERIC if word.startswith(plain)]
