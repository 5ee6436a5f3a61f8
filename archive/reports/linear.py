"""Tables in text that has no grid left: labels and numbers in reading order.

Table 三 is `beside`'s; here stand the door, table 四 (fifteen numbers that must add up) and table 二 (a label
directly before as many numbers as its block has columns).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.reports.beside import read_beside
from archive.reports.cells import BY_ORDER, Harvest, cell_of
from archive.reports.form import T2_BLOCKS, T2_COLUMNS, T4_COLUMN_KEYS, T4_GROUPS
from archive.reports.rows import Slot
from archive.reports.stream import as_printed, clean, closing_splits, runs
from archive.reports.wording import tight

#: Longer text is no report; openings beyond these many repeat a phrase.
_MAX_CHARS = 300_000
_MAX_OPENINGS = 40
#: Partial readings of a glued row beyond these many are not followed.
_MAX_COMBINATIONS = 20_000


def read_linear(text: str) -> dict[str, Harvest]:
    """Harvests of tables 二, 三 and 四 from words and numbers in reading order."""
    plain = clean(text[:_MAX_CHARS])
    return {"t2": _proactive(plain), "t3": read_beside(plain), "t4": _litigation(plain)}


# --- table 四

_T4_OPENS = re.compile(r"(?:未经复议直接起诉|复议后起诉|尚未\s*审结|结果\s*维持|维持\s*纠正)")


#: The header's words down to the numbers, whole and in the statutory order: then the numbers' order is certain.
_FIVE = "结果维持结果纠正其[他它]结果尚未审结总计"
_WHOLE_HEADER = re.compile(rf"(?:{_FIVE}未经复议直接起诉复议后起诉(?:{_FIVE}){{2}}|(?:{_FIVE}){{3}})$")


def _litigation(text: str) -> Harvest:
    """Fifteen numbers after the header's words: as printed when the whole header stands before fifteen separate
    numbers, else inferred when all three sums hold in exactly one way."""
    harvest = Harvest()
    for opened in list(_T4_OPENS.finditer(text))[: -_MAX_OPENINGS - 1 : -1]:
        run = next(
            (
                one
                for one in runs(text[opened.start() : opened.end() + 400])
                if len(one.tokens) > 4 or sum(map(len, one.tokens)) > 14
            ),
            None,
        )
        if run is None:
            continue
        words = tight(text[max(0, opened.start() - 260) : opened.end() + 200])
        if "复议" not in words or "诉" not in words or not re.search(r"总计|合计", words):
            continue
        where = f"line {text.count(chr(10), 0, opened.start()) + run.lines[0]}"
        headed = len(run.tokens) == 15 and bool(
            _WHOLE_HEADER.search(tight(text[max(0, opened.start() - 400) : opened.start()]) + run.words)
        )
        if headed:
            readings = [tuple(map(int, run.tokens))]
        else:
            readings = _fifteen(run.tokens) if sum(map(len, run.tokens)) >= 15 else []
        if len(readings) != 1:
            why = "no reading adds up" if not readings else "two readings add up"
            harvest.refuse(f"t4 ({where}): {why}")
            return harvest
        keys = [(group, column) for group in T4_GROUPS for column in T4_COLUMN_KEYS]
        texts = map(as_printed, run.tokens) if len(run.tokens) == len(keys) else map(str, readings[0])
        harvest.put(
            cell_of(
                "t4",
                group,
                column,
                Slot(text, index),
                f"{where}, table 四",
                confidence=BY_ORDER,
                inferred=not headed,
            )
            for index, ((group, column), text) in enumerate(zip(keys, texts, strict=True))
        )
        return harvest
    return harvest


def _fifteen(tokens: Sequence[str]) -> list[tuple[int, ...]]:
    """The readings of the tokens as three groups of five whose last is the sum of the others; at most two."""
    if len(tokens) == 15:
        numbers = tuple(int(token) for token in tokens)
        return [numbers] if all(_sums(numbers[at : at + 5]) for at in (0, 5, 10)) else []
    if len(tokens) > 1:
        return []
    text = tokens[0]
    if len(text) > 40:
        return []
    partial: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for _ in range(3):
        grown: list[tuple[int, tuple[int, ...]]] = []
        for start, numbers in partial:
            for end in range(start + 5, min(len(text), start + 22) + 1):
                grown.extend((end, (*numbers, *five)) for five in closing_splits((text[start:end],), 5))
        partial = grown[:_MAX_COMBINATIONS]
    return [numbers for end, numbers in partial if end == len(text)][:2]


def _sums(five: Sequence[int]) -> bool:
    return five[-1] == sum(five[:-1])


# --- table 二

_T2_NUMBERS = r"((?:[ \n]*[+-]?\d[\d,]*(?:\.\d+)?)+)"


def _proactive(text: str) -> Harvest:
    """Rows of table 二 whose label stands directly before its numbers, as many as the block has columns."""
    harvest = Harvest()
    first = re.search(r"第\s*二十条\s*第", text)
    if not first:
        return harvest
    rest = text[first.start() :]
    # the end: table 三's note or first row; what a transcript repeats below is still table 二's
    regime = ""
    shown = tight(rest[:6000])
    if re.search(r"本年制发|现行有效件数|本年收费金额", shown):
        regime = "R2021"
    elif re.search(r"本年新制作|上一年项目|采购项目数量|对外公开总数", shown):
        regime = "R2019"
    if not regime:
        return harvest
    closing = re.search(r"申请人情况|勾稽关系|本年新收政府", rest)
    region = rest[: closing.start()] if closing else rest[:3000]
    harvest.regimes.append(regime)
    for block in T2_BLOCKS:
        columns = block.columns.get(regime)
        for row in block.rows if columns else ():
            assert columns is not None
            label = re.compile(
                r"(?<![一-鿿])(?:"
                + "|".join(_spaced(word) for word in sorted(row.words, key=len, reverse=True))
                + ")"
                + _T2_NUMBERS
            )
            match = label.search(region)
            if not match or re.match(r"\s*[件项条个次年月起、)]", region[match.end() :]):
                continue
            tokens = re.findall(r"[+-]?\d[\d,]*(?:\.\d+)?", match.group(1))
            if re.match(r"[.、]", region[match.end() :]) and tokens:
                tokens = tokens[:-1]
            # 000 is three zeros; 29 may be two numbers, or one beside a blank: nobody can tell
            inferred = len(columns) > 1 and tokens == ["0" * len(columns)]
            if inferred:
                tokens = list(tokens[0])
            if len(tokens) != len(columns):
                if tokens:
                    harvest.refuse(f"t2 {row.key}: {len(tokens)} numbers for {len(columns)} columns")
                continue
            harvest.put(
                cell_of(
                    "t2",
                    row.key,
                    column,
                    Slot(as_printed(token), index),
                    "text of table 二",
                    confidence=BY_ORDER,
                    header_unit="万元" if T2_COLUMNS[column].quantity == "wanyuan" else "",
                    inferred=inferred,
                )
                for index, (column, token) in enumerate(zip(columns, tokens, strict=True))
            )
    return harvest


def _spaced(word: str) -> str:
    return r"\s?".join(map(re.escape, word))
