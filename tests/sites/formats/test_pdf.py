"""PDF: text in reading order, ruled and unruled tables, and what must be refused."""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.errors import Unreadable
from sites.formats import read
from sites.formats.pdf import read_pdf

from .paper import Paper, one_page, one_page_of_image, pdf_of, stream

XS = [80.0, 240.0, 340.0, 440.0, 520.0]
ROWS = [
    ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
    ["规章", "0", "", "3"],
    ["行政规范性文件", "12", "1", "7"],
]


def ys(top: float, rows: int, height: float = 24) -> list[float]:
    return [top + height * row for row in range(rows + 1)]


def test_a_ruled_table_keeps_its_grid_and_its_place_in_the_text() -> None:
    paper = Paper().text(80, 80, "二、主动公开政府信息情况", 14)
    paper.table(XS, ys(100, 3), ROWS).text(80, 220, "三、其他", 14)
    extracted = read(paper.save(), name="a.pdf")
    assert extracted.tables[0].grid() == tuple(map(tuple, ROWS))
    assert [block.kind for block in extracted.blocks] == ["heading", "table", "heading"]
    assert extracted.text.splitlines()[2] == "规章\t0\t\t3"
    assert extracted.media_type == "application/pdf"


def test_spans_follow_the_rules_that_are_missing() -> None:
    paper = Paper()
    xs, rows = [80.0, 200.0, 300.0, 400.0], [100.0, 130.0, 160.0, 190.0]
    for y in rows:
        paper.rule(xs[1] if y == 160.0 else xs[0], y, xs[-1], y)
    paper.rule(xs[0], rows[0], xs[0], rows[-1]).rule(xs[-1], rows[0], xs[-1], rows[-1])
    paper.rule(xs[1], rows[1], xs[1], rows[-1]).rule(xs[2], rows[1], xs[2], rows[-1])
    paper.text(85, 120, "第二十条第（一）项").text(85, 160, "规章").text(205, 150, "1").text(305, 150, "2").text(
        205, 180, "3"
    )
    table = read_pdf(paper.save()).tables[0]
    places = {(cell.text, cell.row, cell.column, cell.rowspan, cell.colspan) for cell in table.cells}
    assert ("第二十条第（一）项", 0, 0, 1, 3) in places
    assert ("规章", 1, 0, 2, 1) in places
    assert ("3", 2, 1, 1, 1) in places
    assert ("", 2, 2, 1, 1) in places


def test_a_table_over_a_page_break_is_two_tables() -> None:
    paper = Paper().table(XS, ys(700, 2), ROWS[:2]).text(280, 820, "- 1 -", 9)
    paper.new_page().table(XS, ys(60, 1), ROWS[2:]).text(280, 820, "- 2 -", 9)
    extracted = read_pdf(paper.save())
    assert [table.rows for table in extracted.tables] == [2, 1]
    assert "- 1 -" not in extracted.text


def test_rules_drawn_as_thin_boxes_and_double_lines_are_rules() -> None:
    paper = Paper().cells(XS, ys(100, 3), ROWS)
    for y in ys(100, 3):
        paper.box(XS[0], y, XS[-1], y + 0.6)
    for x in XS:
        paper.box(x, 100, x + 0.6, 172).box(x + 1.5, 100, x + 2.1, 172)
    assert read_pdf(paper.save()).tables[0].grid() == tuple(map(tuple, ROWS))


def test_one_path_of_many_thin_boxes_is_many_rules() -> None:
    paper = Paper().cells(XS, ys(100, 3), ROWS)
    boxes = [f"{XS[0]} {842 - y - 0.5} {XS[-1] - XS[0]} 0.5 re" for y in ys(100, 3)]
    boxes += [f"{x} {842 - 172} 0.5 72 re" for x in XS]
    paper.raw(" ".join(boxes) + " f")
    assert read_pdf(paper.save()).tables[0].grid() == tuple(map(tuple, ROWS))


def test_highlights_and_frames_are_no_tables() -> None:
    paper = Paper()
    for line in range(6):
        paper.box(80, 100 + 24 * line, 520, 124 + 24 * line).text(
            82, 118 + 24 * line, "本镇全年公开信息情况如下所述共计", 14
        )
    paper.rule(60, 60, 540, 60).rule(60, 800, 540, 800).rule(60, 60, 60, 800).rule(540, 60, 540, 800)
    assert read_pdf(paper.save()).tables == ()


def test_a_table_open_at_its_sides_has_its_outer_columns() -> None:
    paper = Paper().cells(XS, ys(100, 3), ROWS)
    for y in ys(100, 3):
        paper.rule(XS[0], y, XS[-1], y)
    for x in XS[1:-1]:
        paper.rule(x, 100, x, 172)
    assert read_pdf(paper.save()).tables[0].grid() == tuple(map(tuple, ROWS))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_reads_upright(turn: int) -> None:
    paper = Paper().text(80, 80, "二、主动公开政府信息情况", 14).table(XS, ys(100, 3), ROWS)
    paper.rotate = turn
    assert read_pdf(paper.save()).tables[0].grid() == tuple(map(tuple, ROWS))


@pytest.mark.parametrize(
    ("matrix", "place"),
    [
        ("0 1 -1 0", lambda x, y: (y, x)),
        ("0 -1 1 0", lambda x, y: (595 - y, 842 - x)),
        ("-1 0 0 -1", lambda x, y: (595 - x, y)),
    ],
)
def test_a_table_printed_sideways_reads_upright(matrix: str, place: object) -> None:
    paper = Paper()
    assert callable(place)
    for y in ys(100, 3):
        paper.raw("{} {} m {} {} l S".format(*place(XS[0], y), *place(XS[-1], y)))
    for x in XS:
        paper.raw("{} {} m {} {} l S".format(*place(x, 100), *place(x, 172)))
    for row, words in enumerate(ROWS):
        for column, word in enumerate(words):
            x, y = place(XS[column] + 3, 115 + 24 * row)
            paper.raw(f"BT /F1 10 Tf {matrix} {x} {y} Tm <{word.encode('utf-16-be').hex()}> Tj ET")
    assert read_pdf(paper.save()).tables[0].grid() == tuple(map(tuple, ROWS))


def test_words_in_columns_without_rules_are_a_table() -> None:
    paper = Paper().text(80, 80, "三、收到和处理政府信息公开申请情况", 14)
    paper.cells(
        XS,
        ys(100, 4),
        [
            ["申请人", "自然人", "企业", "总计"],
            ["一、本年新收", "3", "0", "3"],
            ["二、上年结转", "0", "", "0"],
            ["（一）予以公开", "2", "0", "2"],
        ],
    )
    paper.text(80, 240, "四、政府信息公开行政复议、行政诉讼情况", 14)
    extracted = read_pdf(paper.save())
    assert extracted.tables[0].grid()[1:] == (
        ("一、本年新收", "3", "0", "3"),
        ("二、上年结转", "0", "", "0"),
        ("（一）予以公开", "2", "0", "2"),
    )
    assert "unruled" in extracted.flags
    assert extracted.blocks[-1].text.startswith("四、")


def test_a_label_over_several_lines_joins_its_row_of_numbers() -> None:
    paper = Paper()
    for base, label, numbers in ((100, "1.属于国家秘密", "1 0 1"), (124, "", ""), (150, "3.其他", "5 0 5")):
        if label:
            paper.text(80, base, label, 10)
        for x, number in zip(XS[1:], numbers.split(), strict=False):
            paper.text(x, base, number, 10)
    paper.text(80, 119, "2.申请人逾期未按收费通知要求", 10).text(80, 131, "缴纳费用", 10)
    for x, number in zip(XS[1:], "404", strict=False):
        paper.text(x, 125, number, 10)
    grid = read_pdf(paper.save()).tables[0].grid()
    assert grid[1] == ("2.申请人逾期未按收费通知要求缴纳费用", "4", "0", "4")


def test_printed_lines_become_paragraphs_and_headings_stay_apart() -> None:
    paper = Paper().text(150, 80, "某县某镇2023年政府信息公开工作", 20).text(250, 110, "年 度 报 告", 20)
    line = "政府信息公开工作情况如下所述并请各方监督指正谢谢"
    paper.text(90, 150, "一、总体情况", 16)
    paper.text(122, 180, line + "报告", 16).text(90, 208, line + "内容23", 16).text(90, 236, "年完成。", 16)
    paper.text(122, 264, "（一）主动公开。全年公开12条。", 16)
    extracted = read_pdf(paper.save())
    assert extracted.title == "某县某镇2023年政府信息公开工作年度报告"
    assert extracted.text.splitlines()[-3:] == [
        "一、总体情况",
        f"{line}报告{line}内容23年完成。",
        "（一）主动公开。全年公开12条。",
    ]


def test_a_paragraph_goes_on_over_a_page_break_and_running_heads_are_left_out() -> None:
    paper = Paper()
    line = "政府信息公开工作情况如下所述并请各方监督指正谢谢"
    for page in range(3):
        if page:
            paper.new_page()
        paper.text(200, 40, "某镇政府文件", 9).text(90, 100, line + "甲乙", 16).text(90, 128, line + "丙丁", 16)
        paper.text(280, 820, f"第{page + 1}页 共3页", 9)
    extracted = read_pdf(paper.save())
    assert len(extracted.blocks) == 1
    assert "某镇政府文件" not in extracted.text
    assert "共3页" not in extracted.text


def test_a_number_broken_in_its_cell_is_one_number_and_two_lines_are_two() -> None:
    paper = Paper().grid([80, 110, 200], [100, 140])
    paper.text(82, 115, "39857", 10).text(82, 128, "58", 10).text(115, 115, "12", 10).text(115, 128, "34", 10)
    assert read_pdf(paper.save()).tables[0].grid() == (("3985758", "12 34"),)


def test_radicals_of_broken_fonts_become_characters() -> None:
    assert "民生十年" in read_pdf(Paper().text(80, 100, "⺠⽣⼗年").save()).text


def test_false_bold_counts_once() -> None:
    paper = Paper().text(80, 100, "总计123", 12).text(80.3, 100, "总计123", 12)
    assert read_pdf(paper.save()).text == "总计123"


def form(content: bytes, resources: bytes) -> bytes:
    return stream(
        content, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << %s >> >>" % resources
    )


ENCRYPTED = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<00> <00>]" % (
    b"ab" * 32,
    b"cd" * 32,
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"], ENCRYPTED),
            "encrypted",
        ),
        (Paper().text(80, 80, "甲").save()[:-200], "cut off"),
        (b"%PDF-1.4\nnothing\n%%EOF", "damaged"),
        (Paper().save(), "no text"),
        (one_page(stream(zlib.compress(b"q " * 3_000_000), b"/Filter /FlateDecode")), "bomb"),
        (one_page(stream(b"x", b"/Filter [/FlateDecode /FlateDecode]")), "twice"),
        (one_page(stream(b"x" * 200_000, b"/Filter /LZWDecode")), "no report does"),
        (one_page(stream(b"/X Do "), b"/XObject << /X 5 0 R >>", form(b"/X Do /X Do ", b"/X 5 0 R")), "draws itself"),
        (
            one_page(
                stream(b"/X Do "),
                b"/XObject << /X 5 0 R >>",
                *(form(b"/X Do " * 30, b"/X %d 0 R" % (6 + i)) for i in range(4)),
                form(b"0 0 m", b""),
            ),
            "multiply",
        ),
        (one_page(stream(b"x"), b"", stream(b"", b"/Subtype /Image /Width 90000 /Height 90000")), "pixels"),
    ],
)
def test_bad_pdfs_are_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, name="a.pdf")


def test_more_pages_than_any_report_are_refused() -> None:
    paper = Paper()
    for _ in range(200):
        paper.text(80, 80, "甲").new_page()
    with pytest.raises(Unreadable, match="201 pages"):
        read_pdf(paper.save())


def test_forms_that_wrap_text_and_rules_are_read() -> None:
    rules = b"0 0 m 100 0 l S 0 20 m 100 20 l S 0 40 m 100 40 l S 0 0 m 0 40 l S 50 0 m 50 40 l S 100 0 m 100 40 l S"
    inner = form(rules, b"")
    paper = one_page(
        stream(
            b"q 1 0 0 1 80 600 cm /X Do Q BT /F1 9 Tf 1 0 0 1 90 605 Tm (7) Tj ET BT /F1 9 Tf 1 0 0 1 140 625 Tm (8) Tj ET"
        ),
        b"/XObject << /X 5 0 R >> /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>",
        inner,
    )
    assert read_pdf(paper).tables[0].grid() == (("", "8"), ("7", ""))


def test_a_scan_without_the_extra_is_refused_with_what_to_install() -> None:
    with pytest.raises(Unreadable, match=r"gongkai\[ocr\]"):
        read_pdf(one_page_of_image())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=40), st.booleans())
def test_a_damaged_pdf_gives_text_or_a_reason(edits: list[tuple[int, int]], compress: bool) -> None:
    paper = Paper().text(80, 80, "一、总体情况", 14).table(XS, ys(100, 3), ROWS)
    paper.compress = compress
    body = bytearray(paper.save())
    for place, value in edits:
        body[place % len(body)] = value
    with suppress(Unreadable):
        assert read_pdf(bytes(body)).text


@pytest.mark.parametrize("name", ["hongze-2023", "huaian-2024"])
def test_every_labelled_number_of_the_real_pdfs_stands_in_a_table(shared: Path, name: str) -> None:
    import json
    from collections import Counter

    labels = json.loads((shared / "corpus/statistics" / f"{name}.json").read_text(encoding="utf-8"))
    extracted = read((shared / "corpus/documents" / f"{name}.pdf").read_bytes(), name=f"{name}.pdf")
    printed = Counter(
        float(cell.text) for table in extracted.tables for cell in table.cells if cell.text.replace(".", "").isdigit()
    )
    assert printed == Counter(float(value) for value in labels["cells"].values() if value is not None)
