"""The outcomes of report_format.md §10, one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.reports.numbers import chinese_number, is_value, parse_number


@pytest.mark.parametrize(
    ("raw", "value", "status"),
    [
        ("0", 0, "given"),
        ("０", 0, "given"),
        ("0.0", 0, "given"),
        ("零", 0, "given"),
        ("〇", 0, "given"),
        ("", None, "blank"),
        ("\u3000\xa0", None, "blank"),
        ("/", None, "dash"),
        ("——", None, "dash"),
        ("无", None, "dash"),
        ("不涉及", None, "dash"),
        ("12件", 12, "given"),
        ("1起", 1, "given"),
        ("1,234", 1234, "given"),
        ("１，２３４", 1234, "given"),
        ("1 234", 1234, "given"),
        ("0\xa0", 0, "given"),
        ("十二", 12, "given"),
        ("一百零三", 103, "given"),
        ("12（其中3件）", 12, "given"),
        ("-3", -3, "given"),
        ("1.0E+2", None, "unparsable"),
        ("#REF!", None, "unparsable"),
        ("####", None, "unparsable"),
        ("1O", None, "unparsable"),
        ("l2", None, "unparsable"),
        ("12 0", None, "unparsable"),
        ("3.5", None, "unparsable"),
        ("12,3", None, "unparsable"),
        ("50%", None, "unparsable"),
        ("3万元", None, "unparsable"),
        ("一", None, "unparsable"),
        ("见附件", None, "unparsable"),
    ],
)
def test_counts(raw: str, value: float | None, status: str) -> None:
    number = parse_number(raw)
    assert (number.value, number.status) == (value, status)


@pytest.mark.parametrize(
    ("raw", "value"),
    [("+5", 5), ("-3", -3), ("增5", 5), ("减2", -2), ("增加1", 1), ("减少1", -1), ("+1036", 1036), ("0", 0)],
)
def test_deltas_are_signed(raw: str, value: float) -> None:
    assert parse_number(raw, "delta").value == value


def test_a_delta_left_as_the_header_s_words_is_no_number() -> None:
    assert parse_number("增/减", "delta").status == "unparsable"


@pytest.mark.parametrize(
    ("raw", "header", "value", "unit"),
    [
        ("251000元", "", 251_000, "元"),
        ("0万元", "", 0, "元"),
        ("1.25万元", "", 12_500, "元"),
        ("3.2亿元", "", 320_000_000, "元"),
        ("35.6", "万元", 356_000, "元"),
        ("35.6", "", 35.6, ""),
    ],
)
def test_amounts_become_yuan_only_with_a_unit(raw: str, header: str, value: float, unit: str) -> None:
    number = parse_number(raw, "yuan", header_unit=header)
    assert (number.value, number.unit) == (value, unit)


def test_fees_are_in_ten_thousands_unless_they_say_otherwise() -> None:
    assert parse_number("5949.088667", "wanyuan").value == 5949.088667
    assert parse_number("25000元", "wanyuan").value == 2.5
    assert parse_number("25000", "wanyuan", header_unit="元").value == 2.5
    assert parse_number("2.5", "wanyuan", header_unit="万元").value == 2.5
    assert parse_number("1.5人", "decimal").value == 1.5


def test_a_note_says_what_a_person_should_know() -> None:
    assert parse_number("12（其中3件）").note
    assert parse_number("35", "yuan").note
    assert parse_number("3.5").note == "non_integer"


def test_large_chinese_numerals_and_digit_strings() -> None:
    assert chinese_number("二〇二一") == 2021
    assert chinese_number("一万二千") == 12_000
    assert chinese_number("规章") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", True),
        ("/", True),
        ("12", True),
        ("+5", True),
        ("12 0", True),
        ("#REF!", True),
        ("增5", True),
        ("1.属于国家秘密", False),
        ("规章", False),
        ("2020年", False),
    ],
)
def test_values_are_told_from_labels(text: str, value: bool) -> None:
    assert is_value(text) is value


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**9))
def test_every_whole_number_comes_back(number: int) -> None:
    assert parse_number(str(number)).value == number
    assert parse_number(f"{number:,}").value == number


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="0123456789.,+- 件万元增减/一二十〇Oo#%()", max_size=12))
def test_no_text_raises_and_only_numbers_have_values(text: str) -> None:
    number = parse_number(text, "delta")
    assert (number.value is None) == (number.status != "given")
