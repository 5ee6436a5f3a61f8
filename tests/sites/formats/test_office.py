"""DOCX, XLSX, ZIP, CSV and DocBook: order, spans, numbering, and what must be refused."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.errors import Unreadable
from sites.formats import read
from sites.formats.archive import member_name
from sites.formats.commas import read_csv
from sites.formats.docbook import read_docbook
from sites.formats.docx import read_docx
from sites.formats.numbering import chinese
from sites.formats.xlsx import read_xlsx

from .paper import W, docx, p, tbl, tc, tr, xlsx, zipped

SPAN2, DOWN, GOES_ON = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def test_paragraphs_and_tables_stand_in_document_order() -> None:
    extracted = read_docx(
        docx(p("某镇2023年政府信息公开工作年度报告") + p("一、总体情况") + tbl(tr(tc("规章"), tc("0"))) + p("完成。"))
    )
    assert extracted.title == "某镇2023年政府信息公开工作年度报告"
    assert [block.kind for block in extracted.blocks] == ["paragraph", "heading", "table", "paragraph"]
    assert extracted.text.splitlines()[2] == "规章\t0"


def test_spans_come_from_grid_spans_and_vertical_merges() -> None:
    table = read_docx(
        docx(
            tbl(
                tr(tc("三、", DOWN), tc("总计", SPAN2)),
                tr(tc("", GOES_ON), tc("1"), tc("2")),
                tr(tc("", GOES_ON), tc("3"), tc("")),
            )
        )
    ).tables[0]
    assert table.grid() == (("三、", "总计", "总计"), ("三、", "1", "2"), ("三、", "3", ""))
    assert table.cells[0].rowspan == 3


def test_rows_that_begin_further_right_keep_their_columns() -> None:
    row = '<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>' + tc("5") + "</w:tr>"
    assert read_docx(docx(tbl(tr(tc("甲"), tc("1")), row))).tables[0].grid() == (("甲", "1"), ("", "5"))


def test_a_frame_table_is_unwrapped_and_a_nested_table_follows_its_outer_one() -> None:
    inner = tbl(tr(tc("规章"), tc("1")))
    framed = read_docx(docx(tbl(tr(tc(p("一、总体情况") + inner + "<w:p/>")))))
    assert [block.kind for block in framed.blocks] == ["heading", "table"]
    nested = read_docx(docx(tbl(tr(tc("外"), tc(inner + "<w:p/>")))))
    assert [table.grid() for table in nested.tables] == [(("外", ""),), (("规章", "1"),)]


def test_tracked_changes_fields_boxes_and_hidden_text_read_as_printed() -> None:
    def run(text: str) -> str:
        return f"<w:r><w:t>{text}</w:t></w:r>"

    body = (
        "<w:p><w:ins>" + run("新增") + "</w:ins><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>"
        '<w:r><w:instrText>PAGE</w:instrText></w:r><w:fldSimple w:instr="DATE">' + run("12") + "</w:fldSimple>"
        "<w:r><w:tab/><w:t>件</w:t><w:br/><w:t>第二行</w:t><w:noBreakHyphen/></w:r>"
        "<w:r><w:pict><w:txbxContent>" + p("框中") + "</w:txbxContent></w:pict></w:r></w:p>"
        "<w:sdt><w:sdtContent>" + p("控件") + "</w:sdtContent></w:sdt>"
    )
    assert read_docx(docx(body)).text.splitlines() == ["新增12 件", "第二行-", "框中", "控件"]


NUMBERS = (
    f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl>'
    '<w:lvl w:ilvl="2"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    "</w:numbering>"
)


def numbered(text: str, level: int = 0, key: int = 1) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{key}"/></w:numPr>')


def test_automatic_numbers_are_printed_and_restart_below_their_parent() -> None:
    body = (
        numbered("总体情况")
        + numbered("甲", 1)
        + numbered("乙", 1)
        + numbered("主动公开")
        + numbered("丙", 1)
        + numbered("点", 2)
    )
    lines = read_docx(docx(body + numbered("其他", key=2) + numbered("无", key=0), numbering=NUMBERS)).text.splitlines()
    assert lines == ["一、总体情况", "1.甲", "2.乙", "二、主动公开", "1.丙", "点", "五、其他", "无"]


def test_styles_number_and_mark_headings_also_through_their_parent() -> None:
    styles = (
        f'<w:styles {W}><w:style w:styleId="2"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="9"><w:name w:val="own"/><w:basedOn w:val="2"/></w:style></w:styles>'
    )
    extracted = read_docx(
        docx(p("总体", '<w:pStyle w:val="2"/>') + p("其他", '<w:pStyle w:val="9"/>'), numbering=NUMBERS, styles=styles)
    )
    assert extracted.text.splitlines() == ["一、总体", "二、其他"]
    assert extracted.blocks[0].kind == "heading"


@pytest.mark.parametrize(
    ("value", "printed"),
    [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (105, "一百零五"), (110, "一百一十"), (0, "0")],
)
def test_chinese_ordinals(value: int, printed: str) -> None:
    assert chinese(value) == printed


@pytest.mark.parametrize(
    ("form", "third"),
    [
        ("decimalEnclosedCircle", "③"),
        ("upperRoman", "III"),
        ("lowerLetter", "c"),
        ("decimalFullWidth", "３"),
        ("decimal", "3"),
        ("none", ""),
    ],
)
def test_other_number_forms(form: str, third: str) -> None:
    numbering = NUMBERS.replace("chineseCounting", form).replace("%1、", "%1")
    assert (
        read_docx(docx("".join(numbered("条") for _ in range(3)), numbering=numbering)).text.splitlines()[2]
        == third + "条"
    )


def test_pictures_are_listed_at_their_place() -> None:
    drawing = '<w:p><w:r><w:drawing><a:blip xmlns:a="a" xmlns:r="r" r:embed="rId7"/></w:drawing></w:r></w:p>'
    body = f"<w:document {W}><w:body>{p('三、')}{drawing}</w:body></w:document>"
    rels = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId7" Target="media/image1.png"/></Relationships>'
    extracted = read_docx(zipped({"word/document.xml": body, "word/_rels/document.xml.rels": rels}))
    assert extracted.images[0].url == "word/media/image1.png"
    assert extracted.blocks[1].kind == "image"


def test_a_table_of_ten_thousand_columns_is_text_and_flagged() -> None:
    extracted = read_docx(docx(p("甲") + tbl(tr(*(tc("1") for _ in range(10_000))))))
    assert extracted.tables == ()
    assert "table-too-wide" in extracted.flags
    wide = read_docx(docx(tbl(tr(tc("乙", '<w:gridSpan w:val="65535"/>')), tr(tc("丙"), tc("丁")))))
    assert "table-too-wide" in wide.flags


def nested(depth: int) -> str:
    body = p("甲")
    for _ in range(depth):
        body = tbl(tr(tc(body), tc("乙")))
    return body


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa">]><w:document ' + W + "><w:body>" + p("&a;") + "</w:body></w:document>"


@pytest.mark.parametrize(
    ("body", "name", "reason"),
    [
        (docx(p("甲"))[:-40], "a.docx", "cut off or damaged"),
        (docx(" " * 30_000_000), "a.docx", "bomb"),
        (docx("<w:p/>" * 800_001), "a.docx", "bomb"),
        (docx("".join(f"<w:p/><!--{i % 977}-->" for i in range(400_001))), "a.docx", "elements"),
        (docx(nested(200)), "a.docx", "damaged"),
        (zipped({"word/document.xml": ENTITIES}), "a.docx", "no text"),
        (docx("<w:p></w:q>"), "a.docx", "damaged"),
        (docx("<w:p/>"), "a.docx", "no text"),
        (zipped({"word/document.xml": "<x/>"}), "a.docx", "no document body"),
        (
            xlsx('<sheetData><row r="1"><c r="XFD1048576"><v>3</v></c></row></sheetData>'),
            "a.xlsx",
            "no form is so large",
        ),
        (xlsx("<sheetData/>"), "a.xlsx", "no cells"),
        (zipped({"xl/workbook.xml": "<x/>"}), "a.xlsx", "no workbook"),
        (zipped({}), "a.zip", "empty"),
        (zipped({"a.txt": "0" * 300_000_000}), "a.zip", "bomb"),
        (b'<?xml version="1.0"?><book></book>', "a", "no text"),
    ],
)
def test_bad_packages_are_refused_with_the_reason(body: bytes, name: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, name=name)


def test_an_encrypted_member_is_named() -> None:
    body = bytearray(docx(p("甲")))
    directory = body.rindex(b"word/document.xml") - 46
    body[directory + 8] |= 1
    with pytest.raises(Unreadable, match="encrypted"):
        read(bytes(body), name="a.docx")


def test_sheets_keep_merged_cells_blanks_dates_and_whole_numbers() -> None:
    sheet = (
        '<sheetData><row r="2"><c r="B2" t="s"><v>0</v></c></row>'
        '<row r="3"><c r="B3" t="inlineStr"><is><t>规章</t></is></c><c r="C3"><v>12.0</v></c><c r="D3"><v>0.5</v></c></row>'
        '<row r="4"><c r="B4" t="str"><f>A1</f><v>合计</v></c><c r="C4" s="1"><v>45296</v></c><c r="E4" s="2"><v>0.25</v></c></row></sheetData>'
        '<mergeCells><mergeCell ref="B2:D2"/></mergeCells>'
    )
    strings = "<si><r><t>表</t></r><r><t>三</t></r><rPh><t>no</t></rPh></si>"
    styles = '<numFmts><numFmt numFmtId="170" formatCode="0.0%"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs>'
    extracted = read_xlsx(xlsx(sheet, strings, styles))
    assert extracted.tables[0].grid() == (
        ("表三", "表三", "表三", ""),
        ("规章", "12", "0.5", ""),
        ("合计", "2024-01-05", "", "25%"),
    )
    assert extracted.blocks[0].text == "表三"


def test_members_of_a_zip_are_listed_with_names_that_stay_inside() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("../../etc/passwd", "C:\\报告\\a.doc", "目录/2023年报.pdf", "空/"):
            archive.writestr(name, b"x")
    extracted = read(out.getvalue(), name="a.zip")
    assert [link.name for link in extracted.attachments] == ["etc/passwd", "报告/a.doc", "目录/2023年报.pdf"]
    assert extracted.attachments[2].kind == "pdf"
    assert extracted.flags == ("listed-only",)


def test_names_of_chinese_windows_are_decoded() -> None:
    info = zipfile.ZipInfo("年报.doc".encode("gb18030").decode("cp437"))
    assert member_name(info) == "年报.doc"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_no_member_name_leads_out_of_its_folder(name: str) -> None:
    parts = member_name(zipfile.ZipInfo(name or "x")).split("/")
    assert ".." not in parts
    assert not any(character in part for part in parts for character in "\\:\x00")


def test_docbook_of_antiword_reads_as_paragraphs_and_tables() -> None:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE book PUBLIC "-//OASIS//DTD DocBook XML V4.1.2//EN" "x">\n<book><bookinfo><title>no</title></bookinfo>'
        "<chapter><title></title><para><emphasis>一、总体</emphasis>\n情况</para><informaltable><tgroup><tbody><row><entry><para>规章</para></entry>"
        '<entry namest="c2" nameend="c3"><para>1</para></entry></row></tbody></tgroup></informaltable></chapter></book>'
    ).encode()
    extracted = read(body, media_type="application/docbook+xml")
    assert extracted.blocks[0].text == "一、总体情况"
    assert extracted.tables[0].grid() == (("规章", "1", "1"),)
    with pytest.raises(Unreadable):
        read_docbook(b"<book>" + b"x" * 20_000_000)


def test_a_csv_beyond_any_form_is_refused() -> None:
    with pytest.raises(Unreadable, match="no form"):
        read_csv("a," * 300)
    with pytest.raises(Unreadable, match="no cells"):
        read_csv("\n,,\n")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=30),
    st.sampled_from(["docx", "xlsx"]),
)
def test_a_damaged_package_gives_text_or_a_reason(edits: list[tuple[int, int]], kind: str) -> None:
    whole = (
        docx(p("一、总体情况") + tbl(tr(tc("规章"), tc("0"))))
        if kind == "docx"
        else xlsx('<sheetData><row><c r="A1"><v>1</v></c></row></sheetData>')
    )
    body = bytearray(whole)
    for place, value in edits:
        body[place % len(body)] = value
    with suppress(Unreadable):
        assert read(bytes(body), name=f"a.{kind}").text


def test_the_blank_official_form_reads_as_its_three_tables(shared: Path) -> None:
    extracted = read((shared / "corpus/documents/blank-form-r2021.docx").read_bytes(), name="a.docx")
    assert [(table.rows, table.columns) for table in extracted.tables] == [(14, 4), (28, 10), (4, 15)]
    assert sum(text.isdigit() for table in extracted.tables for row in table.grid() for text in row) == 0
