"""Saved text: the title, the head's metadata, the flattened tables, and nothing of the page around it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.formats.text import read_text

HEADED = """当前位置 : 首页
>>某某镇 >>年报 >>政府信息公开年报
索引号: 002590622/2022-79879 公开方式: 主动公开
文号: 公开日期: 2022-01-21 15:41
发布单位: 某某镇

2021年某某镇政府信息公开年度报告


2021年,按照上级相关工作要求,某某镇稳步推进了政府信息公开工作。

一、总体情况

无。


分享到:
【打印本页】 【关闭本页】"""

FLAT = """三、收到和处理政府信息公开申请情况
\t（本列数据的勾稽关系）
\t申请人情况

\t
\t自然人
\t法人或其他组织
\t总计

\t一、本年新收政府
信息公开申请数量
\t1
\t
\t
\t
\t
\t
\t1

\t三、本年度办理结果
\t（一）予以公开
\t
\t
\t
\t
\t
\t
\t0
　　四、政府信息公开行政复议、行政诉讼情况
没有发生。
"""


def test_the_head_becomes_data_and_leaves_the_text():
    said = read_text(HEADED, url="http://www.example.gov.cn/art/2022/1/21/art_1_2.html")
    assert said.title == "2021年某某镇政府信息公开年度报告"
    assert said.breadcrumb == ("首页", "某某镇", "年报", "政府信息公开年报")
    assert {name: said.metadata.value(name) for name in ("index_number", "disclosure_mode", "issuer", "published_at", "document_number")} == {
        "index_number": "002590622/2022-79879", "disclosure_mode": "主动公开", "issuer": "某某镇", "published_at": "2022-01-21T15:41:00+08:00", "document_number": None,
    }  # fmt: skip
    assert said.text == "2021年,按照上级相关工作要求,某某镇稳步推进了政府信息公开工作。\n一、总体情况\n无。"


def test_a_flattened_table_is_a_grid_with_values_at_the_right_edge():
    said = read_text(FLAT)
    assert [block.kind for block in said.blocks] == ["heading", "table", "heading", "paragraph"]
    table = said.tables[0]
    assert (table.rows, table.columns) == (4, 9)
    assert table.grid()[2] == ("一、本年新收政府信息公开申请数量",) * 2 + ("1", "", "", "", "", "", "1")
    assert table.grid()[3][:2] == ("三、本年度办理结果", "（一）予以公开")
    assert "一、本年新收政府信息公开申请数量\t1\t\t\t\t\t\t1\n" in said.text


def test_our_own_flattened_text_reads_back():
    once = read_text(FLAT)
    again = read_text(once.text)
    assert [cell.text for cell in again.tables[0].cells] == [cell.text for cell in once.tables[0].cells]


@pytest.mark.parametrize("lines", ["| 规章 | 3 | 5 |\n| --- | --- | --- |\n| 合计 | | 8 |", "规章\t3\t5\n合计\t\t8"])
def test_pipes_and_tabs_are_tables_too(lines):
    assert read_text("二、主动公开政府信息情况\n" + lines + "\n其他。").tables[0].grid() == (
        ("规章", "3", "5"),
        ("合计", "", "8"),
    )


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (
            "某某镇2018年度政府信息公开工作\n年  度  报  告\n\n根据要求，现报告如下。",
            "某某镇2018年度政府信息公开工作年度报告",
        ),
        (
            "2021年某某镇政府信息公开年度报告\n（图片版）\n正文的一句话在这里。",
            "2021年某某镇政府信息公开年度报告（图片版）",
        ),
        (" 一、总体概况\n2020年，我镇高度重视。", ""),
        ("标题和正文 标题后面跟着很长的一段内容，被截断了...\n某年度工作总结\n正文的一句话在这里。", "某年度工作总结"),
        ("2022-01-21\n某某镇年报\n正文的一句话在这里。", "某某镇年报"),
        ("现将有关情况报告如下，请予审阅。", ""),
        ("", ""),
    ],
)
def test_a_title_is_found_or_honestly_missing(text, title):
    assert read_text(text).title == title


def test_word_bookmarks_go_and_text_stays():
    assert read_text("某报告\n[bookmark: _GoBack]3、创新公开形式。").text == "3、创新公开形式。"


@given(st.text(alphabet="\t\n |一、公开年报0：: >\u3000", max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_text_is_read(text):
    said = read_text(text)
    assert len(said.tables) == sum(block.kind == "table" for block in said.blocks)


def test_the_five_seeds_are_what_a_person_read(shared):
    expected = json.loads((shared / "seeds" / "expected.json").read_text(encoding="utf-8"))
    for name, wanted in expected.items():
        said = read_text((shared / "seeds" / name).read_text(encoding="utf-8"), url=wanted.get("url", ""))
        if wanted["kind"] == "report":
            assert said.title == (wanted["title"] or "")
        for field in ("issuer", "index_number", "document_number", "disclosure_mode", "published_at"):
            if field in wanted:
                assert said.metadata.value(field) == wanted[field]
        assert list(said.breadcrumb) == wanted.get("breadcrumb", [])
        assert all(part in said.text for part in wanted.get("must_contain", []))
        assert not any(part in said.text for part in wanted.get("must_not_contain", []))


def test_the_tables_of_a_seed_survive_as_printed(shared):
    said = read_text((shared / "seeds" / "002_b739310d913ee05b.txt").read_text(encoding="utf-8"))
    assert [(table.rows, table.columns) for table in said.tables] == [(18, 4), (26, 10), (4, 15)]
    assert said.tables[0].printed_rows()[3][1].text == "35"
    assert [row[-1] for row in said.tables[1].grid()[3:]] == ["0"] * 23
    assert list(said.tables[2].grid()[3]) == [
        "",
        "",
        "",
        "",
        "0",
        "",
        "",
        "",
        "0",
        "",
        "",
        "",
        "",
        "",
        "0",
    ]
