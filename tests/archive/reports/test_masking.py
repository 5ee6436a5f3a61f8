"""What is somebody's goes, what a report counts stays."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.masking import IDENTITY, MAIL, MARKS, PHONE, mask, masked_extract, masked_report
from archive.reports.model import Cell, Finding, Report, ReportSection
from sites.model import Extracted

_WIDE = str.maketrans("0123456789-@()", "０１２３４５６７８９－＠（）")


def identity(region: str = "330682", birthday: str = "19900101", serial: str = "123") -> str:
    """A number that nobody has: right in form and check digit."""
    stem = f"{region}{birthday}{serial}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return stem + "10X98765432"[sum(int(d) * w for d, w in zip(stem, weights, strict=True)) % 11]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("联系电话：0575-82812345", f"联系电话：{PHONE}"),
        ("电话0575-82812345转8012，传真82812346", f"电话{PHONE}，传真{PHONE}"),
        ("手机13812345678", f"手机{PHONE}"),
        ("（0575）82812345", PHONE),
        ("传真：（0575）8281 2345", f"传真：{PHONE}"),
        ("０５７５－８２８１２３４５", PHONE),
        ("咨询电话：0575—82812345，邮编312300", f"咨询电话：{PHONE}，邮编312300"),
        ("电话：0591-23165385。", f"电话：{PHONE}。"),
        ("+86 13812345678", PHONE),
        ("138-1234-5678", PHONE),
        ("可拨 138 1234 5678 咨询", f"可拨 {PHONE} 咨询"),
        ("电话 138 1234 5678 2", f"电话 {PHONE} 2"),
        ("电话82812345、82812346", f"电话{PHONE}、{PHONE}"),
        ("tel:82812345/82812346", f"tel:{PHONE}/{PHONE}"),
        ("联系人：张三，0575 82812345", f"联系人：张三，{PHONE}"),
        ("热线：400-123-4567", f"热线：{PHONE}"),
        ("邮箱：ab.c＠163．com 或 x@sx.gov.cn", f"邮箱：{MAIL} 或 {MAIL}"),
        ("13812345678@qq.com", MAIL),
        (f"身份证号{identity()}", f"身份证号{IDENTITY}"),
        (f"张三（{identity()}）", f"张三（{IDENTITY}）"),
        ("身份证330682900101123", f"身份证{IDENTITY}"),
    ],
)
def test_what_is_somebodys_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "索引号：002590630/2024-95165 文号：浙政发〔2021〕13号",
        "索引号：014-20210001",
        "编号 13812345678",
        "2021-01-20 20210120 2021年1月20日 15:41:13",
        "一、本年新收政府信息公开申请数量13800000138二、上年结转",
        "640020470",
        "本年新收 0 0 0 0 130 1000 1000 ",
        "130 1000 1000 0 0 0 2130",
        "收费总金额13812345678元，占12.34%",
        "金额1381234567.89万元",
        "受理电话咨询8281234件次",
        "拨打12345热线，邮编312300",
        "http://www.example.gov.cn/art/2022/1/21/art_13812345678.html?id=13812345679",
        "统一社会信用代码 11330604002590630X",
        "电话 20210120",
        "网站访问量1381234567人次，总访问量13812345678次",
        "330682199001011234",
        "一件 330682900101123",
        "ICP备05012345号 公网安备 33060402000123号",
        "@政务 微博@盖北发布",
    ],
)
def test_what_a_report_counts_or_names_stays(text: str) -> None:
    assert mask(text) == text


_COUNTS = st.integers(0, 99_999)
_STATUTORY = st.one_of(
    st.lists(_COUNTS, min_size=7, max_size=7).map(lambda row: " ".join(map(str, row))),
    st.lists(st.integers(0, 999), min_size=6, max_size=6).map(lambda row: "".join(map(str, [*row, sum(row)]))),
    st.lists(st.integers(0, 9999), min_size=4, max_size=4).map(lambda row: "".join(map(str, [*row, sum(row)]))),
    st.dates().map(lambda day: day.strftime("%Y-%m-%d")),
    st.dates().map(lambda day: f"{day.year:04d}年{day.month}月{day.day}日"),
    st.tuples(st.integers(2008, 2030), st.integers(1, 9999)).map(lambda p: f"示政发〔{p[0]}〕{p[1]}号"),
    st.tuples(st.integers(0, 10**9), st.integers(2008, 2030), st.integers(0, 99_999)).map(
        lambda p: f"{p[0]:09d}/{p[1]}-{p[2]:05d}"
    ),
    st.integers(0, 10**13).map(lambda n: f"{n}元"),
    st.decimals(0, 10**9, places=2).map(lambda n: f"{n}万元"),
    st.decimals(0, 100, places=2).map(lambda n: f"{n}%"),
)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["本年新收", "共", "结转", "，", "\n", " ", "总计"]), _STATUTORY), max_size=6)
)
def test_no_figure_date_number_or_amount_is_touched(parts: list[tuple[str, str]]) -> None:
    text = "。".join(f"{word} {figure} " for word, figure in parts)
    assert mask(text) == text


_SOMEBODYS = st.one_of(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"0[1-9][0-9]{2}-[2-9][0-9]{6,7}", fullmatch=True),
    st.from_regex(r"[2-9][0-9]{6,7}", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9.]{2,8}[a-z]@[a-z]{2,8}\.(gov\.cn|com|cn)", fullmatch=True),
)


@settings(max_examples=50, deadline=None)
@given(_SOMEBODYS, st.booleans(), st.sampled_from(["联系电话：", "电话 ", "传真:", "电子邮箱及电话："]))
def test_what_follows_such_a_word_never_stays(number: str, wide: bool, word: str) -> None:
    printed = number.translate(_WIDE) if wide else number
    shown = mask(f"我镇{word}{printed}。特此报告")
    assert printed not in shown
    assert shown.startswith(f"我镇{word}")
    assert shown.endswith("。特此报告")


@settings(max_examples=50, deadline=None)
@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)), st.integers(0, 999))
def test_every_valid_identity_number_is_masked_and_one_wrong_digit_saves_it(birthday: date, serial: int) -> None:
    number = identity(birthday=birthday.strftime("%Y%m%d"), serial=f"{serial:03d}")
    assert mask(f"申请人{number}。") == f"申请人{IDENTITY}。"
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert mask(f"申请人{wrong}。") == f"申请人{wrong}。"


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="0123456789-－（）()０１@＠.转电话传真联系 号\n年月a元", max_size=60))
def test_masking_twice_changes_nothing_and_lines_stay(text: str) -> None:
    once = mask(text)
    assert mask(once) == once
    assert once.count("\n") == text.count("\n")


def test_a_report_keeps_its_values_and_loses_only_words() -> None:
    said = "电话0575-82812345，新收3件"
    report = Report(
        kind="report",
        score=1.0,
        reasons=(),
        year=2021,
        body=None,
        title="年报",
        sections=(ReportSection(key="overview", ordinal_raw="一", heading="总体", text=said),),
        cells=(
            Cell(form="text", row="requests", column="value", raw=said, value=3.0, unit="件", status="given"),
            Cell(form="t3", row="new_requests", column="total", raw="3", value=3.0, unit="件", status="given"),
        ),
        findings=(
            Finding(rule="P-1", severity="W", verdict="PASS", where="", expected="3", actual="3", evidence=(said,)),
        ),
    )
    masked = masked_report(report)
    assert [cell.value for cell in masked.cells] == [3.0, 3.0]
    assert masked.cells[1] is report.cells[1]
    shown = str(masked)
    assert "82812345" not in shown
    assert shown.count(PHONE) == 3
    assert masked_extract(Extracted(title="t", text=said)).text == f"电话{PHONE}，新收3件"
    assert masked_extract(same := Extracted(title="t", text="新收3件")) is same
    assert set(MARKS) == {PHONE, IDENTITY, MAIL}
