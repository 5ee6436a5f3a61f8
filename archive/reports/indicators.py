"""The statistics form of 2014–2018 (统计指标｜单位｜统计数): rows that are known, by their labels (§7)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from archive.reports.cells import BY_ORDER, Harvest
from archive.reports.form import S14_CHAPTERS, S14_COLUMN, S14_ROWS
from archive.reports.labels import s14_row
from archive.reports.model import Cell
from archive.reports.numbers import is_value, parse_number
from archive.reports.rows import Row, Slot
from archive.reports.wording import core, tight

_UNIT = {row.key: row.unit for row in S14_ROWS}
_CHAPTERS = {chapter: tuple(core(fragment) for fragment in fragments) for chapter, fragments in S14_CHAPTERS.items()}
_HEADS = frozenset({"统计指标", "指标名称", "指标"})
_CODES = frozenset({"代码", "指标代码", "编码", "行次", "序号"})
_AMOUNT = re.compile(r"\d[\d,]*(?:\.\d+)?万?元")
_UNITS = frozenset({"条", "件", "次", "篇", "个", "人", "人次", "万元", "元"})


#: Longest label of the form with what it explains in brackets; prose has its marks.
_LABEL_CHARS = 60
_PROSE = frozenset("。；;")
#: Longest line that names a chapter (二、回应解读情况).
_CHAPTER_CHARS = 20


@lru_cache(maxsize=4096)
def _chapter_of(bare: str) -> str:
    """The last chapter whose words stand in a label, '' when none."""
    return next((chapter for chapter, words in reversed(_CHAPTERS.items()) if any(word in bare for word in words)), "")


def rows_of_units(text: str) -> Iterator[Row]:
    """Rows of the form in text without a grid: label, unit (or none) and number on one line, or on three."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        words = line.split()
        if len(words) >= 3 and words[-2] in _UNITS and is_value(words[-1]):
            cells: tuple[str, ...] = ("".join(words[:-2]), *words[-2:])
        elif len(words) > 1 and not _HEADS.isdisjoint(map(core, words)):
            cells = tuple(words)
        elif len(words) == 2 and len(words[0]) <= _LABEL_CHARS and is_value(words[1]) and _PROSE.isdisjoint(words[0]):
            cells = (words[0], words[1])
        elif words and len(words) == 1 and words[0] in _UNITS and 0 < at < len(lines) - 1 and is_value(lines[at + 1]):
            cells = (lines[at - 1].strip(), words[0], lines[at + 1].strip())
        elif len(words) == 1 and words[0][:1] in "一二三四五六七八九" and len(words[0]) < _CHAPTER_CHARS:
            cells = (words[0], "", "")
        else:
            continue
        slots = tuple(Slot(cell, column) for column, cell in enumerate(cells))
        yield Row(slots, slots, f"line {at + 1}")


@lru_cache(maxsize=8192)  # most numbers of most reports are zeros in the very same places
def _cell_of(key: str, printed: tuple[tuple[str, float], ...], where: str) -> Cell | None:
    """The cell of a row from what stands behind its label, unit and number in any order, each with how sure its text
    is; None when no number stands there."""
    unit = next((bare for text, _ in printed if (bare := tight(text)) in _UNITS), "")
    values = [one for one in printed if tight(one[0]) not in _UNITS]
    shown = [one for one in values if tight(one[0])] or values
    if not shown:
        return None
    text, seen = shown[0]
    money = key.endswith("wanyuan")
    if not (is_value(text) or (money and _AMOUNT.fullmatch(tight(text)))):
        return None
    number = parse_number(text, "wanyuan" if money else "count", header_unit=unit if money else "")
    return Cell(
        form="s14",
        row=key,
        column=S14_COLUMN,
        raw=text if text.isalnum() else " ".join(text.split()),
        value=number.value,
        unit=number.unit or unit or _UNIT[key],
        status="ocr" if seen < 1 and number.status == "given" else number.status,
        confidence=min(BY_ORDER, seen),
        location=where,
    )


class Indicators:
    """Reads the form row by row. Provincial rows it does not know are left alone."""

    def __init__(self) -> None:
        self.harvest = Harvest()
        self.active = False
        self._chapter = ""
        self._one_column = True
        self._codes: set[int] = set()

    def feed(self, row: Row) -> bool:
        """Take a row when it is of the statistics form."""
        own = [slot for slot in row.own if tight(slot.text)]
        if not own:
            return False
        words = [core(slot.text) for slot in own]
        if not _HEADS.isdisjoint(words) and any("单位" in word or "统计数" in word for word in words):
            self.active = True
            # 代码 numbers the rows: a number there is no value
            self._codes = {slot.column for slot in own if core(slot.text) in _CODES}
            self._one_column = sum("统计数" in word or "数量" in word or "合计" in word for word in words) <= 1
            return True
        bare = max(words, key=len)
        label = own[words.index(bare)]
        self._chapter = _chapter_of(bare) or self._chapter
        key = s14_row(label.text, self._chapter)
        after = [slot for slot in row.own[row.own.index(label) + 1 :] if slot.column not in self._codes]
        # without a header a row is one of this form when it names the very unit that the form has there
        if not key or not (self.active or any(tight(slot.text) == _UNIT[key] for slot in after)):
            return False
        self.active = True
        self._take(key, after, row)
        return True

    def _take(self, key: str, after: Sequence[Slot], row: Row) -> None:
        printed = tuple([(slot.text, slot.confidence) for slot in after])
        if (
            not self._one_column
            or len({bare for text, _ in printed if (bare := tight(text)) and bare not in _UNITS}) > 1
        ):
            self.harvest.refuse(f"s14 {key} ({row.where}): several value columns")
            return
        cell = _cell_of(key, printed, row.where)
        if cell is not None:
            self.harvest.put((cell,))
            self.harvest.regimes.append("R2014S")

    def finish(self) -> Harvest:
        """The harvest."""
        return self.harvest
