"""Tables before 2019 as they were printed."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.grids import MAX_COLUMNS, MAX_GRIDS, raw_grids
from archive.reports.masking import PHONE, masked_report
from archive.reports.model import Context, RawGrid, Report
from archive.reports.read import read_report
from archive.reports.sections import lines_of, split_parts
from archive.store.codec import to_json
from sites.model import Block, Extracted, Table, TableCell
from tests.archive.reports.printed import grid as spanned

YEARS_BEFORE = [["项目", "2011年", "2012年"], ["受理申请", "3", "5"], ["答复申请", "3", "4"], ["收费（元）", "0", "/"]]
PRINTED = tuple(tuple(row) for row in YEARS_BEFORE)


def grid(lines: list[list[str]]) -> Table:
    """Cells without spans."""
    return spanned([[(words, 1, 1) for words in line] for line in lines])


def page(*tables: Table, above: str = "政府信息公开情况统计表", text: str = "") -> Extracted:
    """A report of 2012 whose second section holds the tables."""
    opening = "一、主动公开政府信息情况\n公开政府信息12条。\n二、依申请公开政府信息情况"
    closing = "三、政府信息公开的收费及减免情况\n没有收费。"
    blocks = [Block("paragraph", line) for line in (*opening.split("\n"), above)]
    blocks += [Block("table", "", table=index) for index in range(len(tables))]
    blocks += [Block("paragraph", line) for line in closing.split("\n")]
    whole = text or f"{opening}\n{above}\n{closing}"
    return Extracted(
        title="示例县某镇2012年政府信息公开工作年度报告",
        text=f"示例县某镇2012年政府信息公开工作年度报告\n{whole}",
        blocks=() if text else tuple(blocks),
        tables=tables,
    )


def read(*sources: Extracted) -> Report:
    return read_report(sources, Context(section_body="示例县某镇"))


def test_a_provinces_form_is_kept_as_it_was_printed_under_its_section() -> None:
    report = read(page(grid(YEARS_BEFORE)))
    assert (report.kind, report.regime) == ("report", "R2008")
    assert report.grids == (RawGrid(section=1, title="政府信息公开情况统计表", rows=PRINTED),)
    assert report.sections[1].key == "requests"


def test_a_number_over_several_places_is_printed_once() -> None:
    cells = (
        TableCell(text="受理", row=0, column=0, colspan=2),
        TableCell(text="3", row=0, column=2),
        TableCell(text="答复", row=1, column=0),
        TableCell(text="5", row=1, column=1, colspan=2),
    )
    report = read(page(Table(cells=cells, rows=2, columns=3)))
    assert report.grids[0].rows == (("受理", "", "3"), ("答复", "5", ""))


def test_flattened_tables_are_kept_too() -> None:
    tabs = "\n".join("\t".join(row) for row in YEARS_BEFORE)
    pipes = "\n".join(f"| {' | '.join(row)} |" for row in YEARS_BEFORE)
    for flat in (pipes, "\n".join("\t" + line for line in tabs.split("\n"))):
        text = f"一、主动公开政府信息情况\n公开12条。\n二、依申请公开政府信息情况\n统计表\n{flat}\n三、收费及减免情况\n没有收费。"
        (found,) = read(page(text=text)).grids
        kept = [[words for words in row if words] for row in found.rows]
        assert (found.section, found.title, kept) == (2, "统计表", YEARS_BEFORE)


def test_an_attachments_table_belongs_to_no_section() -> None:
    sheet = Extracted(title="", text="", tables=(grid(YEARS_BEFORE),))
    assert [(one.section, one.rows) for one in read(page(), sheet).grids] == [(None, PRINTED)]


def test_frames_lists_and_burdens_are_no_statistics() -> None:
    frame = grid([["导航", "本镇公开政府信息。" * 60], ["1", "甲"], ["2", "乙"]])
    words = grid([["机构", "电话"], ["办公室", "见上"]])
    wide = grid([["行", *["1"] * MAX_COLUMNS]] * 3)
    long = grid([["行", "1"]] * 400)
    assert read(page(frame, words, wide, long)).grids == ()
    assert len(read(page(*[grid(YEARS_BEFORE)] * (MAX_GRIDS + 5))).grids) == MAX_GRIDS


def test_a_persons_number_is_masked_by_the_label_beside_it() -> None:
    report = read(page(grid([*YEARS_BEFORE, ["联系电话", "82812345", ""]])))
    (shown,) = masked_report(report).grids
    assert shown.rows == (*PRINTED, ("联系电话", PHONE, ""))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.text("甲乙12|\t \n", max_size=6), min_size=1, max_size=5), max_size=6))
def test_every_kept_row_is_as_long_as_the_others_and_survives_masking(lines: list[list[str]]) -> None:
    table = grid([*lines, ["受理", "3"], ["答复", "4"]])
    source = page(table)
    for found in raw_grids(split_parts(lines_of(source)), source, [source]):
        assert len({len(row) for row in found.rows}) == 1
        report = Report(kind="report", score=1, reasons=(), year=None, body=None, title="", grids=(found,))
        assert masked_report(report).grids == (found,)
        assert json.loads(to_json(found.rows)) == [list(row) for row in found.rows]
