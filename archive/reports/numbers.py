"""What a printed cell says: value, unit and status (report_format.md §10). Zero, blank and a dash stay apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from archive.reports.form import Quantity
from archive.reports.model import CellStatus
from archive.reports.wording import folded, tight

_DASHES = frozenset(
    {
        "/",
        "//",
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "−",
        "~",
        "\\",
        "无",
        "空",
        "N/A",
        "n/a",
        "NA",
        "不涉及",
        "无此项",
        "﹣",
        "*",
    }
)
_ZERO = frozenset({"零", "〇", "O件"})
_PLAIN = re.compile(r"(?P<sign>[+-])?(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?(?P<unit>[^\W\d_]{0,4}|%)")
_UNITS = frozenset(
    {
        "",
        "件",
        "项",
        "条",
        "起",
        "次",
        "个",
        "宗",
        "篇",
        "人",
        "人次",
        "份",
        "批",
        "部",
        "例",
        "户",
        "件次",
        "余件",
        "元",
        "万",
        "万元",
        "亿元",
        "亿",
        "元整",
        "万元整",
        "圆",
    }
)
_YUAN = {"元": 1.0, "元整": 1.0, "圆": 1.0, "万元": 1e4, "万元整": 1e4, "万": 1e4, "亿元": 1e8, "亿": 1e8}
_SIGNED_WORD = re.compile(r"^(增加|增长|新增|增|减少|减|下降)(\d.*)$")
_ASIDE = re.compile(r"^(\d[\d,.]*[^\W\d_]{0,3})[(\[].*[)\]]$")
_CHINESE = re.compile(r"^[一二三四五六七八九十百千万零〇两]+$")
_CHINESE_DIGIT = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE_UNIT = {"十": 10, "百": 100, "千": 1000}
#: Digits with a space between that is no thousands separator: a wrapped number, or two numbers in one cell.
_BROKEN = re.compile(r"\d\s+\d")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(?: \d{3})+(?:\.\d+)?[^\d\s]*$")


@dataclass(frozen=True, slots=True)
class Number:
    """A reading of one cell. `value` is in `unit`; `note` says what a person should know."""

    value: float | None
    unit: str
    status: CellStatus
    note: str = ""


BLANK = Number(None, "", "blank")


def chinese_number(text: str) -> int | None:
    """十二 → 12, 一百零三 → 103; None when the text is not one numeral."""
    if not _CHINESE.match(text):
        return None
    total, section, digit = 0, 0, 0
    if not any(char in text for char in "十百千万"):
        return int("".join(str(_CHINESE_DIGIT[char]) for char in text))
    for char in text:
        if char in _CHINESE_DIGIT:
            digit = _CHINESE_DIGIT[char]
        elif char in _CHINESE_UNIT:
            section += (digit or 1) * _CHINESE_UNIT[char]
            digit = 0
        else:
            total += (section + digit) * 10_000
            section, digit = 0, 0
    return total + section + digit


@lru_cache(maxsize=16384)
def parse_number(raw: str, quantity: Quantity = "count", *, header_unit: str = "") -> Number:
    """Read one cell by the table of §10.2. `header_unit` is the unit a column header states for its cells."""
    if not raw:
        return BLANK
    bare = tight(raw)
    if not bare:
        return BLANK
    if bare.isdigit() and bare.isascii() and len(bare) == len(raw):
        return _scaled(float(bare), "", quantity, header_unit)
    if bare in _DASHES:
        return Number(None, "", "dash")
    if bare in _ZERO:
        return Number(0.0, "", "given")
    spaced = folded(raw).strip().replace("\n", " ")
    if _BROKEN.search(spaced) and not _GROUPED.match(spaced):
        return Number(None, "", "unparsable", "digits apart in one cell")
    note = ""
    aside = _ASIDE.match(bare)
    if aside:
        bare, note = aside.group(1), "more than the number stands in the cell"
    sign = 1.0
    if quantity == "delta":
        word = _SIGNED_WORD.match(bare)
        if word:
            bare = word.group(2)
            sign = -1.0 if word.group(1) in ("减少", "减", "下降") else 1.0
    match = _PLAIN.fullmatch(bare)
    if match and match.group("unit") in _UNITS:
        value = sign * float(match.group("digits").replace(",", "") + (match.group("fraction") or ""))
        if match.group("sign") == "-":
            value = -value
        number = _scaled(value, match.group("unit"), quantity, header_unit)
        return Number(number.value, number.unit, number.status, note or number.note)
    numeral = chinese_number(bare) if bare != "一" else None  # a lone 一 may as well be a dash
    if numeral is not None and len(bare) <= 8:
        return _scaled(float(numeral), "", quantity, header_unit)
    return Number(None, "", "unparsable")


def _scaled(value: float, unit: str, quantity: Quantity, header_unit: str) -> Number:
    """The value in the quantity's own unit: yuan, 万元, or a plain count."""
    money = _YUAN.get(unit) or (_YUAN.get(header_unit) if not unit else None)
    if quantity == "yuan":
        if money is None:
            return Number(value, "", "given", "no unit is printed: yuan is not certain")
        return Number(round(value * money, 2), "元", "given")
    if quantity == "wanyuan":
        return Number(value if money is None else round(value * money / 1e4, 8), "万元", "given")
    if quantity == "decimal":
        return Number(value, unit, "given")
    if unit in _YUAN and unit not in ("万",):
        return Number(None, unit, "unparsable", "an amount of money where a count is due")
    if unit == "万":
        return Number(value * 1e4, "", "given")
    if unit == "%":
        return Number(None, unit, "unparsable", "a percentage where a count is due")
    if value != int(value):
        return Number(None, unit, "unparsable", "non_integer")
    return Number(value, unit, "given")


@lru_cache(maxsize=16384)
def is_value(text: str) -> bool:
    """Whether a cell could hold a number (or its absence) rather than a label."""
    bare = tight(text)
    if not bare or bare in _DASHES:
        return True
    if bare.isdigit():
        return True
    if len(bare) > 24:
        return False
    if bare[0] in "+-#.增减" or bare[0].isdigit():
        number = parse_number(text, "delta")
        if number.status != "unparsable":
            return True
        return bool(re.fullmatch(r"[\d.,+\-#A-Za-z%!/]+", bare)) or bool(_BROKEN.search(folded(text)))
    return bare in _ZERO or bare.startswith("#")
