"""Labels and numbers that came apart: one reading or none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.beside import closes
from archive.reports.form import T3_COLUMN_KEYS, T4_COLUMN_KEYS, T4_GROUPS, t3_order
from archive.reports.linear import read_linear
from archive.reports.stream import clean, closing_splits, runs
from tests.archive.reports.printed import applications, keys_of, label_of

R2021 = t3_order("R2021")
SOME = settings(max_examples=25, deadline=None)
HEAD = (
    "三、收到和处理政府信息公开申请情况\n申请人情况 自然人 法人或其他组织 总计\n"
    "商业企业 科研机构 社会公益组织 法律服务机构 其他\n"
)


def third(text: str) -> dict[str, float | None]:
    return {key: cell.value for key, cell in read_linear(text)["t3"].cells.items()}


def lines_of(values: dict[str, list[str]], separator: str = " ") -> list[str]:
    return [label_of(key) + separator + separator.join(values[key]) for key in R2021]


def test_a_glued_row_is_cut_where_its_sum_closes() -> None:
    assert closing_splits(("640020470",), 7) == [(64, 0, 0, 2, 0, 4, 70)]
    assert closing_splits(("64", "00204", "70"), 7) == [(64, 0, 0, 2, 0, 4, 70)]
    assert closing_splits(("7" * 40,), 7) == []
    assert closing_splits((), 7) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 300), min_size=6, max_size=6))
def test_the_printed_row_is_always_among_the_readings(numbers: list[int]) -> None:
    whole = (*numbers, sum(numbers))
    readings = closing_splits(("".join(map(str, whole)),), 7)
    assert whole in readings
    assert all(one[-1] == sum(one[:-1]) for one in readings)


def test_numbers_that_count_labels_are_no_values() -> None:
    found = [run.tokens for run in runs(clean("甲 1 2\n1.属于国家秘密 3\n2、其他 | 4 |"))]
    assert found == [("1", "2"), ("3",), ("4",)]


@SOME
@given(applications())
def test_label_and_numbers_on_a_line_are_read_as_given(values: dict[str, list[str]]) -> None:
    text = HEAD + "\n".join(lines_of(values))
    assert third(text) == keys_of(values, T3_COLUMN_KEYS)
    assert {cell.status for cell in read_linear(text)["t3"].cells.values()} == {"given"}


@SOME
@given(applications())
def test_without_a_whole_header_only_the_identities_vouch_for_the_columns(values: dict[str, list[str]]) -> None:
    broken = HEAD.replace("科研机构 社会公益组织", "科研 社会公益\n机构 组织")
    reading = read_linear(broken + "\n".join(lines_of(values)))["t3"]
    assert {key: cell.value for key, cell in reading.cells.items()} == keys_of(values, T3_COLUMN_KEYS)
    assert {cell.status for cell in reading.cells.values()} == {"inferred"}


def test_columns_named_in_another_order_are_refused() -> None:
    values = {key: ["1", "0", "0", "0", "0", "0", "1"] for key in R2021}
    reading = read_linear(HEAD.replace("商业企业 科研机构", "科研机构 商业企业") + "\n".join(lines_of(values)))["t3"]
    assert not reading.cells
    assert any("another order" in why for why in reading.refused)


@SOME
@given(applications())
def test_one_cell_a_line_is_read(values: dict[str, list[str]]) -> None:
    assert third(HEAD + "\n".join(lines_of(values, "\n"))) == keys_of(values, T3_COLUMN_KEYS)


@SOME
@given(applications(), st.randoms(use_true_random=False))
def test_rows_beside_their_labels_are_inferred_or_refused(values: dict[str, list[str]], chance: random.Random) -> None:
    lines: list[str] = []
    for key in R2021:
        numbers = " ".join(values[key])
        if chance.random() < 0.4:
            pair = [numbers, label_of(key)]
            chance.shuffle(pair)
            lines.extend(pair)
        else:
            lines.append(f"{label_of(key)} {numbers}")
    found = third(HEAD + "\n".join(lines) + "\n四、政府信息公开行政复议、行政诉讼情况\n")
    truth = keys_of(values, T3_COLUMN_KEYS)
    assert all(truth[key] == value for key, value in found.items())


@SOME
@given(applications(largest=12))
def test_glued_rows_are_read_right_or_refused(values: dict[str, list[str]]) -> None:
    found = third(HEAD + "\n".join(label_of(key) + "".join(values[key]) for key in R2021))
    truth = keys_of(values, T3_COLUMN_KEYS)
    assert all(truth[key] == value for key, value in found.items())


@SOME
@given(applications(), st.sampled_from(R2021), st.integers(0, 6))
def test_a_number_lost_from_a_row_is_closed_by_the_identities_or_refused(
    values: dict[str, list[str]], row: str, at: int
) -> None:
    lost = {
        key: [text for place, text in enumerate(texts) if key != row or place != at] for key, texts in values.items()
    }
    found = third(HEAD + "\n".join(lines_of(lost)))
    truth = keys_of(values, T3_COLUMN_KEYS)
    assert all(truth[key] == value for key, value in found.items())


@SOME
@given(applications(), st.randoms(use_true_random=False))
def test_numbers_above_all_labels_in_another_order_are_refused(
    values: dict[str, list[str]], chance: random.Random
) -> None:
    rows = [" ".join(values[key]) for key in R2021]
    chance.shuffle(rows)
    text = HEAD + "本年新收政府信息公开申请数量\n" + "\n".join(rows) + "\n" + "\n".join(label_of(key) for key in R2021)
    truth = keys_of(values, T3_COLUMN_KEYS)
    found = third(text)
    numbers = {key: int(value or 0) for key, value in truth.items()}
    if found != truth:  # a shuffle may close the identities again only by giving equal sums; it is never half read
        rows_found = {key: tuple(int(found[f"t3_{key}__{c}"] or 0) for c in T3_COLUMN_KEYS) for key in R2021 if found}
        assert not found or closes(rows_found)
    assert numbers


def test_a_label_after_its_numbers_everywhere_is_refused() -> None:
    values = {key: [str(index), "0", "0", "0", "0", "0", str(index)] for index, key in enumerate(R2021)}
    text = HEAD + "\n".join(" ".join(values[key]) + " " + label_of(key) for key in R2021)
    found = third(text.replace("\n", " "))
    assert all(found[key] == value for key, value in keys_of(values, T3_COLUMN_KEYS).items() if key in found)


def test_an_agency_s_wrong_sum_does_not_hide_rows_that_stand_beside_their_labels() -> None:
    values = {key: ["0"] * 7 for key in R2021}
    values["new_requests"] = ["5", "0", "0", "0", "0", "0", "5"]
    values["disclosed"] = ["4", "0", "0", "0", "0", "0", "4"]
    values["result_total"] = ["4", "0", "0", "0", "0", "0", "4"]
    assert third(HEAD + "\n".join(lines_of(values))) == keys_of(values, T3_COLUMN_KEYS)
    beside = HEAD + "\n".join(line.replace(" ", "\n", 1) if "国家秘密" in line else line for line in lines_of(values))
    reading = read_linear(beside)["t3"]
    truth = keys_of(values, T3_COLUMN_KEYS)
    assert all(cell.value == truth[key] for key, cell in reading.cells.items())


T4_HEAD = "四、政府信息公开行政复议、行政诉讼情况\n行政复议 行政诉讼\n未经复议直接起诉 复议后起诉\n结果维持 结果纠正 其他结果 尚未审结 总计\n"


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("1 2 3 4 10 0 0 0 1 1 5 0 0 0 5", True),
        ("123410" + "00011" + "50005", True),
        ("10 1 0 0 0 0 0 0 0 0 5 0 0 0 0", False),
        ("1 2 3 4 10 0 0 0 1 1 5 0 0 0", False),
        ("0000000000000000000", False),
    ],
)
def test_table_four_needs_fifteen_numbers_that_add_up(printed: str, read: bool) -> None:
    harvest = read_linear(T4_HEAD + printed + "\n五、存在的主要问题")["t4"]
    if read:
        truth = [1, 2, 3, 4, 10, 0, 0, 0, 1, 1, 5, 0, 0, 0, 5]
        keys = [f"t4_{group}__{column}" for group in T4_GROUPS for column in T4_COLUMN_KEYS]
        assert {key: cell.value for key, cell in harvest.cells.items()} == dict(zip(keys, truth, strict=True))
        assert {cell.status for cell in harvest.cells.values()} == {"inferred"}
    else:
        assert not harvest.cells
        assert harvest.refused


def test_table_four_in_prose_only_is_nothing() -> None:
    assert not read_linear("行政复议351件，其中结果维持72件，尚未审结37件；行政诉讼46件，总计。")["t4"].cells


T2_TEXT = """二、主动公开政府信息情况
第二十条第（一）项
信息内容 本年制发件数 本年废止件数 现行有效件数
规章 0 1 2
行政规范性文件0250470
第二十条第（五）项
信息内容本年处理决定数量
行政许可 2629
行政处罚1330
行政强制 54
行政事业性收费 5949.088667
三、收到和处理政府信息公开申请情况
申请人情况
"""


def test_two_digits_under_two_columns_may_be_one_number() -> None:
    text = "第二十条第（八）项\n信息内容 上一年项目数量 本年增/减\n行政事业性收费 29\n"
    harvest = read_linear(text)["t2"]
    assert not harvest.cells
    assert any("1 numbers for 2 columns" in why for why in harvest.refused)
    assert {cell.raw for cell in read_linear(text.replace("29", "00"))["t2"].cells.values()} == {"0"}


@SOME
@given(applications(), st.sampled_from(["/", "-", "—", "无", "零"]))
def test_a_sign_in_a_number_s_place_keeps_the_others_in_theirs(values: dict[str, list[str]], sign: str) -> None:
    shown = {key: [sign if text == "0" else text for text in texts] for key, texts in values.items()}
    harvest = read_linear(HEAD + "\n".join(lines_of(shown)) + "\n— 3 —\n")["t3"]
    assert {key: cell.value or 0.0 for key, cell in harvest.cells.items()} == keys_of(values, T3_COLUMN_KEYS)
    assert {cell.raw for cell in harvest.cells.values() if not cell.value} <= {sign}


def test_a_total_nobody_printed_is_derived_or_none_at_all() -> None:
    values = {key: ["1", "0", "0", "0", "0", "0"] for key in R2021} | {
        "result_total": ["21", *"00000"],
        "new_requests": ["21", *"00000"],
    }
    rows = "\n".join(f"{label_of(key)} {' '.join(texts)}" for key, texts in values.items())
    cells = read_linear(HEAD + rows)["t3"].cells
    assert {(cells[f"t3_{key}__total"].status, cells[f"t3_{key}__total"].raw) for key in R2021} == {("derived", "")}
    bare = read_linear(HEAD.replace("总计", "") + rows)["t3"].cells
    assert bare
    assert not [key for key in bare if key.endswith("__total")]


def test_table_two_is_read_beside_its_labels_and_refused_when_glued() -> None:
    harvest = read_linear(T2_TEXT)["t2"]
    assert {key.removeprefix("t2_art20_"): cell.value for key, cell in harvest.cells.items()} == {
        "1_rules__issued": 0,
        "1_rules__repealed": 1,
        "1_rules__in_force": 2,
        "5_license__decisions": 2629,
        "6_penalty__decisions": 1330,
        "6_coercion__decisions": 54,
        "8_fees__amount_wanyuan": 5949.088667,
    }
    assert any("normative" in why for why in harvest.refused)


def test_prose_before_table_two_is_not_table_two() -> None:
    text = "全年办理行政许可 120 件，行政处罚 3 件。"
    assert not read_linear(text)["t2"].cells


def test_table_four_under_its_whole_header_is_read_though_it_does_not_add_up() -> None:
    five = "结果维持\n结果纠正\n其他结果\n尚未审结\n总计\n"
    text = (
        f"四、政府信息公开行政复议、行政诉讼情况\n行政复议\n行政诉讼\n{five}未经复议直接起诉\n复议后起诉\n{five}{five}"
    )
    harvest = read_linear(
        text + "\n".join(["10", "1", "0", "0", "0", "0", "0", "0", "0", "0", "5", "0", "0", "0", "0"])
    )["t4"]
    assert harvest.cells["t4_review__upheld"].value == 10
    assert harvest.cells["t4_review__total"].value == 0
    assert {cell.status for cell in harvest.cells.values()} == {"given"}
