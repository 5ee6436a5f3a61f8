"""Numbers find their labels in every layout, or the reader refuses; no number ever moves to another label."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.form import T3_COLUMN_KEYS, T3_COLUMNS, T4_COLUMN_KEYS, T4_GROUP_LABELS, t3_order
from archive.reports.model import Cell
from archive.reports.rows import is_ruler
from archive.reports.tables import is_complete, read_tables
from sites.model import Extracted, Table, TableCell
from tests.archive.reports.printed import (
    applications,
    grid,
    keys_of,
    label_of,
    page,
    plain,
    t2_lines,
    t3_body,
    t3_header,
    t4_lines,
)

COLUMNS = T3_COLUMN_KEYS
SOME = settings(max_examples=25, deadline=None)
R2021 = t3_order("R2021")
SAMPLE = {
    key: [str(index), "1", "0", "0", "0", "2", str(index + 3)] if index % 3 == 0 else ["0"] * 7
    for index, key in enumerate(R2021)
}
T4 = {
    "review": ["1", "2", "3", "4", "10"],
    "suit_direct": ["0", "0", "0", "1", "1"],
    "suit_after_review": ["5", "0", "0", "0", "5"],
}
T4_NUMBERS = {
    f"t4_{group}__{column}": float(text)
    for group, texts in T4.items()
    for column, text in zip(T4_COLUMN_KEYS, texts, strict=True)
}


def read(*tables: Table, text: str = "") -> Mapping[str, Cell]:
    return read_tables([page(*tables, text=text)]).cells


def numbers(cells: Mapping[str, Cell], form: str = "t3") -> dict[str, float | None]:
    return {key: cell.value for key, cell in cells.items() if cell.form == form}


def never_moved(cells: Mapping[str, Cell], truth: Mapping[str, float | None]) -> None:
    for key, cell in cells.items():
        if cell.form == "t3" and cell.status != "derived":
            assert key in truth
            assert cell.value is None or cell.value == truth[key], key


@SOME
@given(applications(), st.booleans())
def test_a_whole_table_is_read_whole(values: dict[str, list[str]], spans: bool) -> None:
    cells = read(grid([*t3_header(), *t3_body(values, R2021, spans=spans)]))
    assert numbers(cells) == keys_of(values, COLUMNS)


@SOME
@given(applications(regime="R2019"))
def test_the_older_form_has_one_row_of_other_results(values: dict[str, list[str]]) -> None:
    cells = read(grid([*t3_header(), *t3_body(values, t3_order("R2019"))]))
    assert numbers(cells) == keys_of(values, COLUMNS)


@SOME
@given(applications(), st.randoms(use_true_random=False))
def test_shuffled_rows_keep_their_numbers(values: dict[str, list[str]], chance: random.Random) -> None:
    body = t3_body(values, R2021, spans=False)
    chance.shuffle(body)
    assert numbers(read(grid([*t3_header(), *body]))) == keys_of(values, COLUMNS)


@SOME
@given(applications(), st.integers(1, 24), st.booleans())
def test_a_table_split_at_a_page_break_is_one(values: dict[str, list[str]], at: int, repeated: bool) -> None:
    lines = t3_body(values, R2021)
    first = grid([*t3_header(), *lines[:at]])
    rest = t3_body(values, R2021, spans=False)[at:]
    second = grid([*(t3_header() if repeated else []), *rest])
    assert numbers(read(first, second)) == keys_of(values, COLUMNS)


@SOME
@given(applications(), st.sets(st.sampled_from(R2021), min_size=1, max_size=20))
def test_rows_a_town_left_out_are_simply_missing(values: dict[str, list[str]], gone: set[str]) -> None:
    kept = [key for key in R2021 if key not in gone]
    cells = read(grid([*t3_header(), *t3_body(values, kept)])) if kept else {}
    assert numbers(cells) == keys_of({key: values[key] for key in kept}, COLUMNS)


@SOME
@given(applications(), st.sampled_from(COLUMNS))
def test_a_column_missing_from_header_and_rows_is_missing(values: dict[str, list[str]], gone: str) -> None:
    kept = [column for column in COLUMNS if column != gone]
    place = COLUMNS.index(gone)
    shorter = {key: [text for at, text in enumerate(texts) if at != place] for key, texts in values.items()}
    cells = read(grid([*t3_header(kept), *t3_body(shorter, R2021)]))
    never_moved(cells, keys_of(values, COLUMNS))
    assert {key for key, cell in cells.items() if cell.value is not None} == set(keys_of(shorter, kept))


@SOME
@given(applications(), st.sampled_from(range(7)), st.booleans())
def test_a_cell_missing_from_the_rows_only_is_refused_not_shifted(
    values: dict[str, list[str]], gone: int, header_too: bool
) -> None:
    broken = {key: [text for at, text in enumerate(texts) if at != gone] for key, texts in values.items()}
    header = t3_header()
    if header_too:  # the header lost another cell than the rows
        header[2] = list(header[2])[:-1]
    reading = read_tables([page(grid([*header, *t3_body(broken, R2021)]))])
    never_moved(reading.cells, keys_of(values, COLUMNS))
    assert reading.refused


@SOME
@given(applications(), st.sets(st.tuples(st.sampled_from(R2021), st.integers(0, 6)), max_size=60))
def test_blank_cells_stay_blank_or_become_derived_totals(
    values: dict[str, list[str]], blanks: set[tuple[str, int]]
) -> None:
    printed = {
        key: ["" if (key, at) in blanks else text for at, text in enumerate(texts)] for key, texts in values.items()
    }
    cells = read(grid([*t3_header(), *t3_body(printed, R2021)]))
    truth = keys_of(printed, COLUMNS)
    for key, cell in cells.items():
        if cell.status == "derived":
            assert cell.raw == ""
            assert truth[key] is None
        else:
            assert cell.value == truth[key]
            assert cell.status == ("blank" if truth[key] is None else "given")


@SOME
@given(applications(), st.permutations(COLUMNS))
def test_columns_in_another_order_follow_their_headers(values: dict[str, list[str]], order: Sequence[str]) -> None:
    inner = [key for key in order if key not in ("natural_person", "total")]
    mixed = [
        *[key for key in order if key in ("natural_person", "total")][:1],
        *inner,
        *[k for k in order if k in ("natural_person", "total")][1:],
    ]
    swapped = {key: [texts[COLUMNS.index(column)] for column in mixed] for key, texts in values.items()}
    assert numbers(read(grid([*t3_header(mixed), *t3_body(swapped, R2021)]))) == keys_of(values, COLUMNS)


def test_an_extra_subtotal_column_is_passed_over() -> None:
    columns = [*COLUMNS[:6], "subtotal", "total"]
    wider = {key: [*texts[:6], "9", texts[6]] for key, texts in SAMPLE.items()}
    assert numbers(read(grid([*t3_header(columns), *t3_body(wider, R2021)]))) == keys_of(SAMPLE, COLUMNS)


def test_colspans_that_disagree_with_the_header_do_not_matter() -> None:
    body = [
        [(text, rowspan, 2 if index == len(line) - 3 else 1) for index, (text, rowspan, _) in enumerate(line)]
        for line in t3_body(SAMPLE, R2021, spans=False)
    ]
    assert numbers(read(grid([*t3_header(), *body]))) == keys_of(SAMPLE, COLUMNS)


def test_a_rowspan_that_reaches_too_far_does_not_matter() -> None:
    body = t3_body(SAMPLE, R2021)
    longer = [
        [(text, rowspan + 3 if rowspan in (3, 5) else rowspan, colspan) for text, rowspan, colspan in line]
        for line in body
    ]
    never_moved(read(grid([*t3_header(), *longer])), keys_of(SAMPLE, COLUMNS))


def test_a_header_in_a_table_of_its_own_still_heads() -> None:
    assert numbers(read(grid(t3_header()), grid(t3_body(SAMPLE, R2021)))) == keys_of(SAMPLE, COLUMNS)


def test_tables_three_and_four_in_one_are_told_apart() -> None:
    cells = read(grid([*t3_header(), *t3_body(SAMPLE, R2021), *t4_lines(T4)]))
    assert numbers(cells) == keys_of(SAMPLE, COLUMNS)
    assert numbers(cells, "t4") == T4_NUMBERS


def test_a_table_lying_on_its_side_is_stood_up() -> None:
    upright = grid(
        [
            plain("项目", *[column.label for column in T3_COLUMNS]),
            *[plain(label_of(key), *SAMPLE[key]) for key in R2021],
        ]
    )
    lying = Table(
        cells=tuple(TableCell(text=cell.text, row=cell.column, column=cell.row) for cell in upright.cells),
        rows=upright.columns,
        columns=upright.rows,
    )
    assert numbers(read(upright)) == keys_of(SAMPLE, COLUMNS)
    assert numbers(read(lying)) == keys_of(SAMPLE, COLUMNS)


def test_rows_without_any_header_are_refused_with_a_reason() -> None:
    reading = read_tables([page(grid(t3_body(SAMPLE, R2021)))])
    assert not reading.cells
    assert any("no column header" in why for why in reading.refused)


def test_one_number_over_two_columns_is_refused() -> None:
    body = t3_body(SAMPLE, R2021)
    line = [*list(body[0])[:1], ("7", 1, 2), *[(text, 1, 1) for text in ("0", "0", "0", "0", "7")]]
    reading = read_tables([page(grid([*t3_header(), line, *body[1:]]))])
    assert not any(key.startswith("t3_new_requests") for key in reading.cells)
    assert any("t3 new_requests" in why for why in reading.refused)


def test_a_row_printed_twice_with_other_numbers_keeps_neither() -> None:
    body = t3_body(SAMPLE, R2021)
    again = [(label_of("carried_in"), 1, 3), *[("8", 1, 1)] * 7]
    reading = read_tables([page(grid([*t3_header(), *body, again]))])
    assert not any(key.startswith("t3_carried_in") for key in reading.cells)
    assert any("stands twice" in why for why in reading.refused)


def test_damaged_and_varied_labels_are_recognised() -> None:
    body = [
        plain("2.其他法律行政止公开", "1", "0", "0", "0", "0", "0", "1"),
        plain("3.危及「三安全一稳定」", "2", "0", "0", "0", "0", "0", "2"),
        plain("结转下一年度继续办理", "3", "0", "0", "0", "0", "0", "3"),
        plain("信访、举报、投诉类", "4", "0", "0", "0", "0", "0", "4"),
        plain("补正后仍不明确", "5", "0", "0", "0", "0", "0", "5"),
        plain("（三）不予公开", "6", "0", "0", "0", "0", "0", "6"),
        plain("某某省自加的一行", "7", "0", "0", "0", "0", "0", "7"),
    ]
    cells = read(grid([*t3_header(), *body]))
    found = {cell.row: cell.value for cell in cells.values() if cell.column == "total"}
    assert found == {
        "deny_law_prohibits": 1,
        "deny_safety_stability": 2,
        "carried_out": 3,
        "reject_petition": 4,
        "unable_still_unclear": 5,
    }


@pytest.mark.parametrize("regime", ["R2019", "R2021"])
def test_table_two_reads_each_block_under_its_own_header(regime: str) -> None:
    values = {
        "art20_1_rules": {
            "newly_made": "1",
            "newly_disclosed": "2",
            "total_disclosed": "3",
            "issued": "4",
            "repealed": "5",
            "in_force": "6",
        },
        "art20_1_normative": {
            "newly_made": "",
            "newly_disclosed": "/",
            "total_disclosed": "7",
            "issued": "",
            "repealed": "-",
            "in_force": "8",
        },
        "art20_5_license": {"prev_items": "9", "delta_items": "减2", "decisions": "1,234"},
        "art20_6_penalty": {"prev_items": "9", "delta_items": "+1", "decisions": "0"},
        "art20_8_fees": {"prev_items": "3", "delta_items": "0", "amount_wanyuan": "12.5"},
        "art20_9_procurement": {"items": "2", "amount": "35.5万元"},
    }
    cells = read(grid(t2_lines(values, regime)))
    found = {key: (cell.value, cell.status) for key, cell in cells.items()}
    assert found["t2_art20_5_license__decisions"] == (1234, "given")
    if regime == "R2019":
        assert found["t2_art20_1_normative__newly_made"] == (None, "blank")
        assert found["t2_art20_1_normative__newly_disclosed"] == (None, "dash")
        assert found["t2_art20_5_license__delta_items"] == (-2, "given")
        assert found["t2_art20_9_procurement__amount"] == (355_000, "given")
        assert "t2_art20_8_fees__amount_wanyuan" not in found
    else:
        assert found["t2_art20_8_fees__amount_wanyuan"] == (12.5, "given")
        assert found["t2_art20_1_rules__in_force"] == (6, "given")
    assert read_tables([page(grid(t2_lines(values, regime)))]).regimes["t2"] == regime


def test_table_two_maps_the_nth_cell_to_the_nth_header_whatever_the_grid_says() -> None:
    lines = [
        [("第二十条第(五)项", 1, 5)],
        [("信息内容", 1, 1), ("上一年项目数量", 1, 1), ("本年增/减", 1, 2), ("处理决定数量", 1, 1)],
        [("行政许可", 1, 1), ("1", 1, 2), ("2", 1, 1), ("3", 1, 1)],
    ]
    assert [cell.value for cell in read(grid(lines)).values()] == [1, 2, 3]


def test_table_two_header_tails_may_be_lost_but_not_heads() -> None:
    lines = [
        plain("第二十条第一项"),
        plain("信息内容", "本年新", "本年新公", "对外公开总数量"),
        plain("规章", "1", "2", "3"),
    ]
    assert [cell.column for cell in read(grid(lines)).values()] == ["newly_made", "newly_disclosed", "total_disclosed"]
    lines[1] = plain("信息内容", "数量", "数量", "对外公开总数量")
    assert not read(grid(lines))


def test_table_two_refuses_two_numbers_under_one_header() -> None:
    lines = [
        [("第二十条第（六）项", 1, 4)],
        [("信息内容", 1, 1), ("本年处理决定数量", 1, 3)],
        plain("行政处罚", "1", "2", ""),
        plain("行政强制", "", "5", ""),
    ]
    reading = read_tables([page(grid(lines))])
    assert {key: cell.value for key, cell in reading.cells.items()} == {"t2_art20_6_coercion__decisions": 5}
    assert any("penalty" in why for why in reading.refused)


def test_table_four_in_its_usual_grid() -> None:
    cells = read(grid(t4_lines(T4)))
    assert numbers(cells, "t4") == T4_NUMBERS
    assert {cell.confidence for cell in cells.values()} == {1.0}


def test_table_four_as_three_tables() -> None:
    labels = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    tables = [grid([[(T4_GROUP_LABELS[group], 1, 5)], plain(*labels), plain(*texts)]) for group, texts in T4.items()]
    assert numbers(read(*tables), "t4") == T4_NUMBERS


def test_a_header_whose_numbers_were_lost_does_not_lend_its_groups_to_the_next() -> None:
    labels = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    first, last = "review", "suit_after_review"
    lines = [[(T4_GROUP_LABELS[first], 1, 5)], plain(*labels), [(T4_GROUP_LABELS[last], 1, 5)], plain(*labels)]
    cells = numbers(read(grid([*lines, plain(*T4[last])])), "t4")
    assert cells == {key: value for key, value in T4_NUMBERS.items() if key.startswith(f"t4_{last}__")}


def test_a_row_of_dashes_is_no_ruler() -> None:
    assert is_ruler("| --- | :--: |")
    assert not is_ruler("| - | - | - |")


def test_a_grid_that_slipped_by_a_column_is_not_believed_against_the_sum() -> None:
    body = t3_body(SAMPLE, R2021)
    narrow = [("", 1, 1), ("3", 1, 1), ("", 1, 1), ("2", 1, 1), ("", 1, 1), ("4", 1, 1), ("9", 1, 1), ("", 1, 1)]
    table = grid([*([*line, ("", 1, 1)] for line in t3_header()), *([*line, ("", 1, 1)] for line in body)])
    slipped = grid(
        [*([*line, ("", 1, 1)] for line in t3_header()), [("二、上年结转政府信息公开申请数量", 1, 2), *narrow]]
    )
    assert numbers(read(table)) == keys_of(SAMPLE, COLUMNS)
    found = [value for key, value in sorted(numbers(read(slipped)).items()) if value is not None]
    assert sorted(found) == [2.0, 3.0, 4.0, 9.0]
    assert numbers(read(slipped))["t3_carried_in__total"] == 9.0


def test_table_four_upright() -> None:
    labels = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    lines = [
        [(T4_GROUP_LABELS[group], 5, 1), (label, 1, 1), (text, 1, 1)] if not at else [(label, 1, 1), (text, 1, 1)]
        for group, texts in T4.items()
        for at, (label, text) in enumerate(zip(labels, texts, strict=True))
    ]
    assert numbers(read(grid(lines)), "t4") == T4_NUMBERS


def test_table_four_in_another_order_follows_its_header() -> None:
    labels = ["总计", "结果维持", "结果纠正", "其他结果", "尚未审结"]
    turned = {group: [texts[-1], *texts[:-1]] for group, texts in T4.items()}
    lines = t4_lines(turned)
    lines[1] = [*[(label, 2, 1) for label in labels], *list(lines[1])[5:]]
    lines[2] = plain(*labels, *labels)
    assert numbers(read(grid(lines)), "t4") == T4_NUMBERS


def test_table_four_whose_first_header_line_is_lost_still_has_three_groups() -> None:
    assert numbers(read(grid(t4_lines(T4)[1:])), "t4") == T4_NUMBERS


def test_table_four_with_headers_that_do_not_fit_is_refused() -> None:
    lines = t4_lines(T4)
    lines[2] = plain(*["结果维持"] * 10)
    reading = read_tables([page(grid(lines))])
    assert not reading.cells
    assert any("do not fit together" in why for why in reading.refused)


def test_table_four_under_a_label_and_with_merged_blanks() -> None:
    lines = t4_lines(T4)
    labelled = grid(
        [
            *[[("项目", 1, 1), *line] for line in lines[:1]],
            *[[("", 1, 1), *line] for line in lines[1:3]],
            [("件数", 1, 1), *lines[3]],
        ]
    )
    assert numbers(read(labelled), "t4") == T4_NUMBERS
    blank = {**T4, "suit_after_review": [""] * 5}
    merged = t4_lines(blank)
    merged[3] = [*list(merged[3])[:10], ("", 1, 5)]
    found = numbers(read(grid(merged)), "t4")
    assert found["t4_review__total"] == 10
    assert found["t4_suit_after_review__total"] is None


def test_table_three_with_merged_blanks_and_extra_cells() -> None:
    merged = [[("一、本年新收政府信息公开申请数量", 1, 3), ("4", 1, 1), ("", 1, 5), ("4", 1, 1)]]
    cells = read(grid([*t3_header(), *merged]))
    assert [cell.value for cell in cells.values()] == [4, None, None, None, None, None, 4]
    extra = [[("一、本年新收政府信息公开申请数量", 1, 2), ("", 1, 1), *[(text, 1, 1) for text in "4000004"]]]
    assert [cell.value for cell in read(grid([*t3_header(), *extra])).values()] == [4, 0, 0, 0, 0, 0, 4]


def test_table_two_with_repeated_headers_and_trailing_blanks() -> None:
    lines = [
        plain(*["第二十条第（六）项"] * 4),
        plain("信息内容", *["本年处理决定数量"] * 3),
        plain("行政处罚", "7", "7", "7"),
        plain("行政强制", "", "", ""),
    ]
    cells = read(grid(lines))
    assert {key: cell.value for key, cell in cells.items()} == {
        "t2_art20_6_penalty__decisions": 7,
        "t2_art20_6_coercion__decisions": None,
    }
    lines = [
        plain("第二十条第（一）项"),
        plain("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
        plain("规章", "1", "2", "3", "", ""),
        plain("行政规范性文件", "1", "2"),
    ]
    reading = read_tables([page(grid(lines))])
    assert [cell.value for cell in reading.cells.values()] == [1, 2, 3]
    assert any("2 cells for 3 columns" in why for why in reading.refused)


def test_table_two_rows_under_another_block_s_header_are_refused() -> None:
    lines = [
        plain("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
        plain("行政处罚", "1", "2", "3"),
    ]
    reading = read_tables([page(grid(lines))])
    assert not reading.cells
    assert any("another block" in why for why in reading.refused)
    assert any("no column header" in why for why in read_tables([page(grid([plain("行政处罚", "1")]))]).refused)


def test_table_four_with_a_cell_too_few_is_refused() -> None:
    lines = t4_lines(T4)
    lines[3] = list(lines[3])[:-1]
    reading = read_tables([page(grid(lines))])
    assert not reading.cells
    assert any("14 cells for 15 columns" in why for why in reading.refused)


def test_pictures_of_tables_give_cells_marked_ocr() -> None:
    table = grid([*t3_header(), *t3_body(SAMPLE, R2021)])
    seen = Table(
        cells=tuple(
            TableCell(text=c.text, row=c.row, column=c.column, rowspan=c.rowspan, colspan=c.colspan, confidence=0.7)
            for c in table.cells
        ),
        rows=table.rows,
        columns=table.columns,
    )
    cells = read(seen)
    assert numbers(cells) == keys_of(SAMPLE, COLUMNS)
    assert {(cell.status, cell.confidence) for cell in cells.values()} == {("ocr", 0.7)}


def test_the_fullest_source_counts_and_the_other_is_the_second_reading() -> None:
    half = page(grid([*t3_header(), *t3_body(SAMPLE, R2021[:4])]))
    whole = page(grid([*t3_header(), *t3_body(SAMPLE, R2021)]), grid(t4_lines(T4)))
    reading = read_tables([half, whole])
    assert numbers(reading.cells) == keys_of(SAMPLE, COLUMNS)
    assert len(reading.others[0]) == 28


def test_a_report_with_all_three_tables_is_complete() -> None:
    values = {"art20_1_rules": {"issued": "0", "repealed": "0", "in_force": "0"}}
    tables = (grid(t2_lines(values, "R2021")), grid([*t3_header(), *t3_body(SAMPLE, R2021)]), grid(t4_lines(T4)))
    assert is_complete(read_tables([page(*tables)]))
    assert not is_complete(read_tables([page(*tables[:2])]))


def mangle(lines: list[list[tuple[str, int, int]]], chance: random.Random) -> None:
    """What bad editors do to a table: a cell lost, emptied, added or of another width, a row lost or moved."""
    at = chance.randrange(len(lines))
    line = lines[at]
    cell = chance.randrange(len(line)) if line else 0
    match chance.choice(["lose", "empty", "add", "span", "lose row", "swap rows"]):
        case "lose" if line:
            del line[cell]
        case "empty" if line:
            line[cell] = ("", *line[cell][1:])
        case "add":
            line.insert(cell, ("", 1, 1))
        case "span" if line:
            text, rowspan, colspan = line[cell]
            line[cell] = (text, max(1, rowspan + chance.choice([-1, 0, 2])), max(1, colspan + chance.choice([-1, 1])))
        case "lose row":
            del lines[at]
        case "swap rows" if at + 1 < len(lines):
            lines[at], lines[at + 1] = lines[at + 1], lines[at]


@settings(max_examples=50, deadline=None)
@given(applications(largest=400), st.randoms(use_true_random=False), st.sampled_from(["0", ""]))
def test_a_table_with_one_damage_is_never_read_wrong(
    values: dict[str, list[str]], chance: random.Random, zero: str
) -> None:
    values = {key: [zero if text == "0" else text for text in texts] for key, texts in values.items()}
    lines = [list(line) for line in (*t3_header(), *t3_body(values, R2021))]
    fourth = [list(line) for line in t4_lines(T4)]
    mangle(chance.choice([lines, fourth]), chance)
    cells = read(grid(lines), grid(fourth))
    never_moved(cells, keys_of(values, COLUMNS))
    assert all(value is None or value == T4_NUMBERS[key] for key, value in numbers(cells, "t4").items())


def test_monstrous_tables_are_bounded() -> None:
    wide = Table(
        cells=tuple(TableCell(text="自然人", row=0, column=at, rowspan=65_535) for at in range(10_000)),
        rows=2,
        columns=10_000,
    )
    tall = Table(
        cells=tuple(TableCell(text="规章", row=at, column=0, colspan=65_535) for at in range(5_000)),
        rows=5_000,
        columns=65_535,
    )
    assert not read_tables([page(wide, tall)]).cells


def test_prose_in_a_layout_table_gives_no_numbers() -> None:
    lines = [
        plain("二、主动公开政府信息情况"),
        plain("全年办理行政许可 120 件，行政处罚 3 件。"),
        plain("本年新收政府信息公开申请数量为20件，予以公开12件，其他8件。"),
    ]
    assert not read(grid(lines))


def test_the_statistics_form_of_2014_is_read_by_label() -> None:
    lines = [
        plain("统计指标", "单位", "统计数"),
        plain("一、主动公开情况", "——", "——"),
        plain("（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）", "条", "120"),
        plain("其中：主动公开规范性文件数", "条", "3"),
        plain("四、行政复议数量", "件", "2"),
        plain("（一）维持具体行政行为数", "件", "1"),
        plain("（三）其他情形数", "件", "1"),
        plain("五、行政诉讼数量", "件", "5"),
        plain("（一）维持具体行政行为或者驳回原告诉讼请求数", "件", "4"),
        plain("（三）其他情形数", "件", ""),
        plain("某省自加的指标", "个", "77"),
        plain("4.政府信息公开专项经费（不包括用于政府公报编辑管理及政府网站建设维护等方面的经费）", "万元", "1.5"),
    ]
    reading = read_tables([page(grid(lines))])
    assert {cell.row: cell.value for cell in reading.cells.values()} == {
        "proactive_total": 120,
        "proactive_normative": 3,
        "review_total": 2,
        "review_maintained": 1,
        "review_other": 1,
        "suit_total": 5,
        "suit_maintained": 4,
        "suit_other": None,
        "budget_wanyuan": 1.5,
    }
    assert reading.regimes["s14"] == "R2014S"


FOURTEEN = [
    ("一、主动公开情况", "", ""),
    ("（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）", "条", "120"),
    ("其中：主动公开规范性文件数", "条", "3"),
    ("四、行政复议数量", "件", "2"),
    ("（一）维持具体行政行为数", "件", "1"),
    ("（二）被依法纠错数", "件", "0"),
    ("七、依申请公开信息收取的费用", "万元", "1.5"),
]
FOURTEEN_READ = {
    "proactive_total": 120,
    "proactive_normative": 3,
    "review_total": 2,
    "review_maintained": 1,
    "review_corrected": 0,
    "fee_wanyuan": 1.5,
}


def statistics(reading: Mapping[str, Cell]) -> dict[str, float | None]:
    return {cell.row: cell.value for cell in reading.values() if cell.form == "s14"}


def test_a_column_of_codes_in_the_statistics_form_is_no_value() -> None:
    lines = [plain("序号", "统计指标", "代码", "单位", "统计数")]
    lines += [plain(str(at), name, f"{at:02d}", *rest) for at, (name, *rest) in enumerate(FOURTEEN)]
    assert statistics(read(grid(lines))) == FOURTEEN_READ


def test_the_statistics_form_without_its_header_is_known_by_its_units() -> None:
    assert statistics(read(grid([plain(*row) for row in FOURTEEN]))) == FOURTEEN_READ


@pytest.mark.parametrize("separator", [" ", "\u3000", "\n"])
def test_the_statistics_form_as_text_is_read_by_label_and_unit(separator: str) -> None:
    text = "\n".join(separator.join(filter(None, row)) for row in [("统计指标", "单位", "统计数"), *FOURTEEN])
    assert statistics(read(text=text)) == FOURTEEN_READ


def test_units_in_the_statistics_form_may_stand_with_the_number() -> None:
    lines = [plain("统计指标", "统计数"), *(plain(name, number + unit) for name, unit, number in FOURTEEN)]
    assert statistics(read(grid(lines))) == FOURTEEN_READ


def test_text_flattened_with_tabs_and_with_pipes_reads_like_the_grid() -> None:
    lines = [*t3_header(), *t3_body(SAMPLE, R2021, spans=False)]
    full = [[text for text, _, _ in line] for line in lines]
    full[1] = ["", *full[1]]
    full[2] = ["", "", *full[2], ""]
    tabs = "三、收到和处理政府信息公开申请情况\n" + "\n".join("".join(f"\t{text}\n" for text in line) for line in full)
    pipes = "\n".join("| " + " | ".join(line) + " |" for line in full)
    rows = "\n".join("\t".join(line) for line in full[3:])
    truth = keys_of(SAMPLE, COLUMNS)
    assert numbers(read(text=tabs)) == truth
    assert numbers(read(text=pipes)) == truth
    never_moved(read(text=rows), truth)


def test_an_extracted_without_tables_or_text_is_nothing() -> None:
    assert not read_tables([Extracted(title="", text="")]).cells
