"""Whole documents: seeds, the corpus, attachments, statuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.reports.form import t3_order
from archive.reports.model import Context, Decided, Report
from archive.reports.prose import clauses, enumerations, text_cells, told_numbers
from archive.reports.read import read_report
from archive.reports.sections import lines_of, split_parts
from sites.model import Claim, Extracted, Link, Metadata
from tests.archive.reports.printed import grid, t2_lines, t3_body, t3_header, t4_lines

TITLE = "柳河镇2022年政府信息公开工作年度报告"
SECTIONS = """一、总体情况
2022年，柳河镇主动公开政府信息120条，其中网站80条，公众号40条。共收到政府信息公开申请3件，上年结转申请1件。
二、主动公开政府信息情况
现行有效行政规范性文件8件，废止规范性文件1件。
三、收到和处理政府信息公开申请情况
四、政府信息公开行政复议、行政诉讼情况
五、存在的主要问题及改进情况
宣传不够，下一步改进。
六、其他需要报告的事项
本年度未收取信息处理费。
"""
VALUES = {key: ["0"] * 7 for key in t3_order("R2021")} | {
    "new_requests": ["3", "0", "0", "0", "0", "0", "3"],
    "disclosed": ["3", "0", "0", "0", "0", "0", "3"],
    "result_total": ["3", "0", "0", "0", "0", "0", "3"],
}
T2 = {"art20_1_normative": {"issued": "2", "repealed": "1", "in_force": "8"}}
T4 = {"review": ["0"] * 5, "suit_direct": ["0"] * 5, "suit_after_review": ["0"] * 5}
TABLES = (grid(t2_lines(T2, "R2021")), grid([*t3_header(), *t3_body(VALUES, t3_order("R2021"))]), grid(t4_lines(T4)))


def extracted(**more: object) -> Extracted:
    return Extracted(**{"title": TITLE, "text": SECTIONS, "tables": TABLES, **more})  # type: ignore[arg-type]


def read(*sources: Extracted, context: Context | None = None) -> Report:
    return read_report(sources, context or Context())


def values(report: Report) -> dict[str, float | None]:
    return {cell.key: cell.value for cell in report.cells}


def test_a_report_with_tables_is_read_whole() -> None:
    report = read(extracted())
    assert (report.kind, report.year, report.regime, report.tables_status) == ("report", 2022, "R2021", "complete")
    found = values(report)
    assert found["t3_new_requests__total"] == 3
    assert found["t2_art20_1_normative__in_force"] == 8
    assert found["text_proactive_items_text__value"] == 120
    assert found["text_requests_received_text__value"] == 3
    assert found["text_info_processing_fee_yuan__value"] == 0
    assert [one.rule for one in report.findings if one.verdict == "FAIL"] == ["TXT-T3"]  # the prose's 上年结转 1
    assert [section.key for section in report.sections] == [
        "overview",
        "proactive",
        "requests",
        "review_litigation",
        "problems",
        "other",
    ]


def test_neighbours_keep_no_numbers() -> None:
    report = read(extracted(title="柳河镇关于印发2022年政府信息公开工作年度报告的通知"))
    assert report.kind == "notice"
    assert not report.cells
    assert not report.findings


def test_a_report_that_is_only_an_attachment_is_read_from_it() -> None:
    page = Extracted(
        title=TITLE,
        text="详见附件",
        attachments=(Link(url="https://www.example.gov.cn/a.pdf", name="年报.pdf", kind="pdf"),),
        metadata=Metadata(claims=(Claim(field="published_at", value="2023-01-20T00:00:00+08:00", source="meta"),)),
    )
    report = read(page, extracted(title="", metadata=Metadata()))
    assert (report.kind, report.tables_status, report.year) == ("report", "complete", 2022)
    assert any(one.where == "published" and one.verdict == "PASS" for one in report.findings)
    assert [section.key for section in report.sections][:2] == ["overview", "proactive"]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"images": (Link(url="https://www.example.gov.cn/t.png", name=""),)}, "image"),
        ({"attachments": (Link(url="https://www.example.gov.cn/t.doc", name="", kind="doc"),)}, "attachment"),
        ({}, "absent"),
        ({"tables": TABLES[:1]}, "partial"),
        ({"tables": (grid(t3_body(VALUES, t3_order("R2021"))),)}, "refused"),
    ],
)
def test_what_became_of_the_tables_is_said(more: dict[str, object], status: str) -> None:
    report = read(extracted(**{"tables": (), **more}))
    assert report.tables_status == status
    assert (status == "refused") == any("no column header" in note for note in report.notes)


def test_old_reports_owe_no_tables() -> None:
    text = SECTIONS.replace("2022", "2012").replace("六、其他", "六、政府信息公开的收费及减免情况\n无\n七、其他")
    report = read(extracted(title=TITLE.replace("2022", "2012"), text=text, tables=()))
    assert (report.regime, report.tables_status, report.year) == ("R2008", "", 2012)


def test_regimes_are_told_by_labels_and_surprises_noted() -> None:
    older = (
        grid(t2_lines({"art20_6_penalty": {"prev_items": "1", "delta_items": "0", "decisions": "2"}}, "R2019")),
        *TABLES[1:],
    )
    report = read(extracted(tables=older))
    assert report.regime == "R2019"
    assert any("regime_t3 is R2021" in note for note in report.notes)
    assert any(note.startswith("regime_mismatch") for note in report.notes)
    assert read(extracted(text=SECTIONS.replace("申请情况", "情况"), tables=())).regime == "NARR"


def test_notes_tell_blank_tables_missing_totals_and_odd_numbers() -> None:
    blank = {key: [""] * 7 for key in VALUES}
    fourth = T4 | {"review": ["0", "", "", "", ""]}
    second = {"art20_9_procurement": {"items": "1", "amount": "35"}}
    tables = (
        grid(t2_lines(second, "R2019")),
        grid([*t3_header(), *t3_body(blank, t3_order("R2021"))]),
        grid(t4_lines(fourth)),
    )
    report = read(extracted(tables=tables))
    assert {"t3_all_blank: every cell is blank", "t4_total_missing: review"} <= set(report.notes)
    assert any(note.startswith("unit_unknown") for note in report.notes)
    assert not [one for one in report.findings if one.severity == "E" and one.verdict == "FAIL"]
    odd = VALUES | {"disclosed": ["2.5", "0", "0", "0", "0", "0", "3"]}
    report = read(extracted(tables=(grid([*t3_header(), *t3_body(odd, t3_order("R2021"))]),)))
    assert any(note.startswith("non_integer: t3_disclosed__natural_person") for note in report.notes)


def test_a_total_left_blank_is_derived_and_its_blank_kept() -> None:
    open_total = VALUES | {"disclosed": ["3", "0", "0", "0", "0", "0", ""]}
    report = read(extracted(tables=(grid([*t3_header(), *t3_body(open_total, t3_order("R2021"))]),)))
    (cell,) = [cell for cell in report.cells if cell.key == "t3_disclosed__total"]
    assert (cell.status, cell.value, cell.raw) == ("derived", 3, "")


def test_an_agency_s_wrong_total_is_blamed_on_the_agency() -> None:
    fourth = T4 | {"review": ["10", "1", "0", "0", "0"]}
    report = read(extracted(tables=(*TABLES[:2], grid(t4_lines(fourth)))))
    (one,) = [one for one in report.findings if one.severity == "E" and one.verdict == "FAIL"]
    assert (one.rule, one.where, one.expected, one.actual, one.blame) == ("T4-SUM", "review", "11", "0", "theirs")


def test_a_decided_number_is_audited_and_totals_follow_while_the_print_stays() -> None:
    open_total = VALUES | {"disclosed": ["3", "0", "0", "0", "0", "0", ""]}
    tables = (
        grid([*t3_header(), *t3_body(open_total, t3_order("R2021"))]),
        grid(t4_lines(T4 | {"review": ["10", *"1000"]})),
    )
    decided = Decided(cells={"t3_disclosed__natural_person": 5, "t4_review__total": 11, "t4_no__such": 1})
    before = {cell.key: cell for cell in read(extracted(tables=tables)).cells}
    report = read(extracted(tables=tables), context=Context(decided=decided))
    after = {cell.key: cell for cell in report.cells}
    changed = {key: after[key] for key in after if after[key] != before[key]}
    assert [(key, cell.raw, cell.value) for key, cell in changed.items()] == [("t3_disclosed__total", "", 5)]
    verdicts = {(one.rule, one.where): one.verdict for one in report.findings}
    assert verdicts["T4-SUM", "review"] == "PASS"
    assert verdicts["T3-RES", "natural_person"] == "FAIL"


def test_reading_is_deterministic() -> None:
    assert read(extracted()) == read(extracted())


def prose_of(text: str):
    return split_parts(lines_of(Extracted(title="", text=text)))


@pytest.mark.parametrize(
    ("sentence", "field", "value"),
    [
        ("全年主动公开各类政府信息33条。", "proactive_items_text", 33),
        ("我镇政府门户网站信息公开信息件数72件。", "proactive_items_text", 72),
        ("收到公众关于政府信息依申请公开1件。", "requests_received_text", 1),
        ("按时办结1件。信息公开", "requests_done_on_time_text", 1),
        ("申请信息不存在数1件。", "requests_not_exist_text", 1),
        ("2022年未收到政府信息公开申请。", "requests_received_text", 0),
        ("全年没有收到政府信息公开申请。", "requests_received_text", 0),
        ("2013年我镇无依申请公开政府信息的情况。", "requests_received_text", 0),
        ("收到公民、法人和其他组织提出的政府信息公开申请8件。", "requests_received_text", 8),
        ("2012年，我局共受理政府信息公开申请20件，其中当面申请5件。", "requests_received_text", 20),
        ("2012年共主动公开各类政府信息2100余条。", "proactive_items_text", 2100),
    ],
)
def test_prose_numbers(sentence: str, field: str, value: float) -> None:
    found = {cell.row: cell.value for cell in text_cells(clauses(prose_of("一、总体情况\n" + sentence)))}
    assert found[field] == value


@pytest.mark.parametrize(
    "sentence",
    [
        "与去年相比主动公开政府信息增加20条。",
        "同比增加政府信息公开12条。",
        "收到书面申请2件，网上申请3件。",
        "全年依申请公开政府信息申请6条。",
    ],
)
def test_changes_and_single_channels_are_no_year_s_number(sentence: str) -> None:
    assert text_cells(clauses(prose_of("一、总体情况\n" + sentence))) == ()


def test_fees_of_section_six() -> None:
    text = "六、其他需要报告的事项\n发出收费通知3件，全年收取信息处理费1.5万元。"
    found = {cell.row: cell.value for cell in text_cells(clauses(prose_of(text)))}
    assert found == {"info_processing_fee_cases": 3, "info_processing_fee_yuan": 15_000}


def test_prose_tells_table_numbers_but_not_last_year_s() -> None:
    text = (
        "一、总体情况\n现行有效行政规范性文件393件，行政复议案件2件、行政诉讼案件7件；上年同期收到政府信息公开申请5件。"
    )
    told = {one.field: one.value for one in told_numbers(clauses(prose_of(text)))}
    assert told == {"t2_art20_1_normative__in_force": 393, "t4_review__total": 2, "t4_suit__total": 7}


def test_enumerations_may_cross_a_full_stop() -> None:
    text = "一、总体情况\n累计主动公开政府信息33条，全文电子化率达100%。其中涉及报告统计4条、工作信息29条。"
    assert [(total, parts) for total, parts, _ in enumerations(prose_of(text))] == [(33, (4, 29))]


def test_the_corpus_and_the_seeds_read_without_an_error(shared: Path) -> None:
    from benchmarks.statistics import run

    scores = run(shared / "corpus")
    assert len(scores) >= 12
    assert [(score.name, score.wrong, score.invented, score.faults) for score in scores if not score.good] == []
