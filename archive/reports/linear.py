"""Tables whose labels and numbers came apart: read only when order and the identities leave one reading.

Text of PDFs prints value rows beside, above or below their labels, and some extractors glue a row into one string
of digits (`640020470`). A row is anchored when its label stands alone before it on its line (or everywhere, when the
whole table has exactly one label before each row). Rows without a label fill the gaps between anchored ones when
their number equals the number of missing rows; then every identity of the form must hold, else nothing inferred
is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from archive.reports.applications import cells_of_line
from archive.reports.cells import BY_ORDER, Harvest, cell_of
from archive.reports.form import (
    T2_BLOCKS,
    T2_COLUMNS,
    T3_COLUMN_KEYS,
    T3_OTHER,
    T3_RESULTS,
    T3_ROW,
    T3_ROWS,
    T4_COLUMN_KEYS,
    T4_GROUPS,
    t3_order,
)
from archive.reports.rows import Slot
from archive.reports.stream import Run, clean, runs, splits
from archive.reports.wording import core, tight

_WIDTH = len(T3_COLUMN_KEYS)
#: Products of readings of several glued rows beyond this are not searched.
_MAX_COMBINATIONS = 20_000
_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (row.key, re.compile("|".join(re.escape(core(word)) for word in sorted(row.words, key=len, reverse=True))))
    for row in T3_ROWS
    if row.key not in ("disclosed", "other_processing", "other_misc", "result_total", "deny_law_prohibits")
)
#: Labels that are parts of other words need their surroundings.
_TRICKY: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("disclosed", re.compile(r"(?<!不)予以公开")),
    ("deny_law_prohibits", re.compile(r"其[他它]法律|法规禁止公开|法律禁止公开|(?<=法规)禁?止公开")),
    ("result_total", re.compile(r"[(]七[)]、?总计|[(]七[)]、?合计")),
    ("other_misc", re.compile(r"3[.、,)]+其[他它](?!处理|法律)")),
    ("other_processing", re.compile(r"其[他它]处理(?=[(]?$)")),
)
_T3_OPENS = re.compile(r"本年新收|本年度新收")
_T3_CLOSES = re.compile(r"结果维持|未经复议|行政复议、|行政复议行政诉讼|政府信息公开行政复议")


@dataclass(frozen=True, slots=True)
class _Row:
    """A possible row of table 三: its key when anchored, and its readings (one unless glued or short). `whole`
    says that all seven numbers were printed apart, `near` that the label is on the numbers' line."""

    key: str
    readings: tuple[tuple[int, ...], ...]
    line: int
    whole: bool = True
    near: bool = False


def read_linear(text: str) -> dict[str, Harvest]:
    """Harvests of tables 二, 三 and 四 from words and numbers in reading order."""
    plain = clean(text)
    return {"t2": _proactive(plain), "t3": _applications(plain), "t4": _litigation(plain)}


# --- table 三


def _labels(words: str) -> list[str]:
    """Keys of the row labels in a stretch of words, in order of appearance."""
    found: list[tuple[int, str]] = []
    for key, pattern in (*_NAMES, *_TRICKY):
        found.extend((match.start(), key) for match in pattern.finditer(words))
    ordered: list[str] = []
    for _, key in sorted(found):
        if not ordered or ordered[-1] != key:
            ordered.append(key)
    return ordered


def _region(text: str) -> str:
    """The stretch of text that table 三 stands in: the last opening that has number rows after it."""
    for opened in reversed(list(_T3_OPENS.finditer(text))):
        rest = text[opened.start() :]
        tail = re.search(r"结转下[^\n]{0,12}?办理[^一-鿿]*", rest)
        end = tail.end() if tail else min((m.start() for m in _T3_CLOSES.finditer(rest)), default=len(rest))
        if len(re.findall(r"\d", rest[:end])) >= 3 * _WIDTH:
            return rest[:end]
    return ""


def _applications(text: str) -> Harvest:
    harvest = Harvest()
    region = _region(text)
    if not region:
        return harvest
    found = list(runs(region))
    shown = tight(region)
    regime = "R2021" if re.search(r"逾期不补正|逾期未按|缴纳费用|逾期未缴", shown) else "R2019"
    if regime == "R2021":
        harvest.regimes.append(regime)
    rows = _rows(found, harvest)
    if rows is None or not rows:
        return harvest
    order = t3_order(regime)
    keyed = _fill(rows, order, shown, harvest)
    # rows that stand with their label on a line of their own are theirs, whatever becomes of the others
    alone = len({row.line for row in rows}) == len(rows) and all(row.near for row in rows if row.key)
    if keyed is None and alone:
        keyed = [row for row in rows if row.key]
    if keyed is None or len({row.key for row in keyed}) < len(keyed):
        harvest.refuse("t3: labels and numbers came apart")
        return harvest
    _settle(keyed, harvest, alone=alone)
    return harvest


def _chunks(run: Run) -> list[tuple[tuple[str, ...], int]]:
    """The numbers of a run as (numbers, line): line by line where lines hold whole rows (then a stray number on a
    line of its own is a page number or a lost cell, and left out), else as one piece."""
    by_line: dict[int, list[str]] = {}
    for token, line in zip(run.tokens, run.lines, strict=True):
        by_line.setdefault(line, []).append(token)
    if any(len(tokens) % _WIDTH == 0 for tokens in by_line.values()):
        return [
            (tuple(tokens), line) for line, tokens in by_line.items() if sum(map(len, tokens)) > 3 or len(tokens) > 1
        ]
    return [(run.tokens, run.lines[0])]


def _rows(found: Sequence[Run], harvest: Harvest) -> list[_Row] | None:
    """The value rows among the runs. None when a run of numbers is neither rows nor noise."""
    carried = ""
    kept: list[tuple[str, Run]] = []
    for run in found:
        short = len(run.tokens) == _WIDTH - 1 and len(_labels(run.near)) == 1
        if sum(map(len, run.tokens)) < _WIDTH and not short:  # a page number, a stray cell
            carried += run.words
            continue
        kept.append((carried + run.words, run))
        carried = ""
    single = all(len(_labels(words)) == 1 for words, _ in kept)
    rows: list[_Row] = []
    for words, run in kept:
        beside = _labels(run.near)
        labels = _labels(words) if single else beside
        for numbers, line in _chunks(run):
            first = line == run.lines[0]
            key = labels[0] if len(labels) == 1 and first else ""
            near = bool(key) and len(beside) == 1
            if len(numbers) % _WIDTH == 0:
                for start in range(0, len(numbers), _WIDTH):
                    values = tuple(map(int, numbers[start : start + _WIDTH]))
                    mine = key if start == 0 else ""
                    rows.append(_Row(mine, (values,), line, near=near and bool(mine)))
                continue
            if len(numbers) == _WIDTH - 1:
                readings = _completed(tuple(map(int, numbers))) if key else ()
            else:
                readings = tuple(one for one in splits(numbers, _WIDTH) if one[-1] == sum(one[:-1]))
            if not readings:
                harvest.refuse(f"t3 (line {line}): {len(numbers)} numbers are no row of {_WIDTH}")
                return None
            rows.append(_Row(key, readings, line, whole=False, near=near))
    return rows


def _completed(six: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Six numbers of a labelled row as seven: the lost one anywhere, with the value that closes the row."""
    found: dict[tuple[int, ...], None] = {(*six, sum(six)): None}
    for at in range(_WIDTH - 1):
        lost = six[-1] - sum(six[:-1])
        if lost >= 0:
            found[(*six[:at], lost, *six[at:])] = None
    return tuple(found)


def _fill(rows: Sequence[_Row], order: Sequence[str], shown: str, harvest: Harvest) -> list[_Row] | None:
    """Every row with a key: unlabelled rows fill the gaps between labelled ones when the counts agree.

    None when labels are out of the printed order or a gap's count does not fit.
    """
    place = {key: index for index, key in enumerate(order)}
    if any(row.key and row.key not in place for row in rows):
        place = {key: index for index, key in enumerate(_single_other(order))}
        order = tuple(place)
        if any(row.key and row.key not in place for row in rows):
            return None
    anchors = [place[row.key] for row in rows if row.key]
    if anchors != sorted(set(anchors)):
        harvest.refuse("t3: labels stand in another order than the form's; rows without label stay unread")
        return None if len(anchors) < len(rows) or len(set(anchors)) < len(anchors) else list(rows)
    filled: list[_Row] = []
    loose: list[_Row] = []
    before = -1
    for row in (*rows, None):
        if row is not None and not row.key:
            loose.append(row)
            continue
        here = place[row.key] if row is not None else len(order)
        missing = list(order[before + 1 : here])
        if loose:
            if len(loose) != len(missing):
                missing = [key for key in missing if _is_shown(key, shown)]
            if len(loose) != len(missing):
                harvest.refuse(f"t3: {len(loose)} rows without label for {len(missing)} labels without row")
                return None
            filled.extend(replace(one, key=key, whole=False) for key, one in zip(missing, loose, strict=True))
            loose = []
        if row is not None:
            filled.append(row)
            before = here
    return filled


def _single_other(order: Sequence[str]) -> tuple[str, ...]:
    """The 2021 order for a report that prints （六）其他处理 as one row."""
    rows = [key for key in order if key not in T3_OTHER["R2021"]]
    if "other_processing" not in rows:
        rows.insert(rows.index("result_total"), "other_processing")
    return tuple(rows)


def _is_shown(key: str, shown: str) -> bool:
    return any(core(word) in shown for word in T3_ROW[key].words)


def _settle(rows: Sequence[_Row], harvest: Harvest, *, alone: bool) -> None:
    """Choose the one combination of readings under which the identities hold, and keep its cells."""
    combinations = 1
    for row in rows:
        combinations *= len(row.readings)
    if combinations > _MAX_COMBINATIONS:
        harvest.refuse("t3: too many readings of glued rows")
        return
    good: list[tuple[tuple[int, ...], ...]] = []
    for combination in product(*(row.readings for row in rows)):
        if closes({row.key: reading for row, reading in zip(rows, combination, strict=True)}):
            good.append(combination)
            if len(good) > 1:
                break
    if len(good) == 1:
        chosen = good[0]
    elif not good and alone and all(row.whole for row in rows) and _mostly_adds_up(rows):
        chosen = tuple(row.readings[0] for row in rows)  # labelled rows are what they are, right or wrong
    else:
        harvest.refuse("t3: no reading closes the identities" if not good else "t3: two readings close the identities")
        return
    for row, reading in zip(rows, chosen, strict=True):
        texts = [str(value) for value in reading]
        harvest.put(cells_of_line(row.key, texts, f"line {row.line} of table 三", inferred=not row.whole))


def _mostly_adds_up(rows: Sequence[_Row]) -> bool:
    """Whether the columns are in the statutory order: nearly every row's last number is the sum of the others."""
    telling = [row.readings[0] for row in rows if any(row.readings[0])]
    fine = sum(one[-1] == sum(one[:-1]) for one in telling)
    return fine * 5 >= len(telling) * 4


def closes(rows: Mapping[str, Sequence[int]]) -> bool:
    """Whether T3-ROW holds in every row, and T3-RES and T3-ID in every column (rows left out count as zero)."""
    if any(values[-1] != sum(values[:-1]) for values in rows.values()):
        return False
    split = any(key in rows for key in T3_OTHER["R2021"])
    results = (*T3_RESULTS, *(T3_OTHER["R2021"] if split else T3_OTHER["R2019"]))
    nothing = (0,) * _WIDTH
    if "result_total" not in rows or "new_requests" not in rows:
        return False
    for column in range(_WIDTH):
        total = rows["result_total"][column]
        if total != sum(rows.get(key, nothing)[column] for key in results):
            return False
        left = rows["new_requests"][column] + rows.get("carried_in", nothing)[column]
        if left != total + rows.get("carried_out", nothing)[column]:
            return False
    return True


# --- table 四

_T4_OPENS = re.compile(r"(?:未经复议直接起诉|复议后起诉|尚未\s*审结|结果\s*维持|维持\s*纠正)")


def _litigation(text: str) -> Harvest:
    """Fifteen numbers after the header's words, in the statutory order, when all three sums hold in one way."""
    harvest = Harvest()
    for opened in reversed(list(_T4_OPENS.finditer(text))):
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
        readings = _fifteen(run.tokens) if sum(map(len, run.tokens)) >= 15 else []
        if len(readings) != 1:
            why = "no reading adds up" if not readings else "two readings add up"
            harvest.refuse(f"t4 ({where}): {why}")
            return harvest
        keys = [(group, column) for group in T4_GROUPS for column in T4_COLUMN_KEYS]
        harvest.put(
            cell_of("t4", group, column, Slot(str(value), index), f"{where}, table 四", inferred=True)
            for index, ((group, column), value) in enumerate(zip(keys, readings[0], strict=True))
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
                grown.extend((end, (*numbers, *five)) for five in splits((text[start:end],), 5) if _sums(five))
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
            if len(tokens) == 1 and len(columns) > 1 and tokens[0].isdigit() and len(tokens[0]) == len(columns):
                tokens = list(tokens[0])
                inferred = True
            else:
                inferred = False
            if len(tokens) != len(columns):
                if tokens:
                    harvest.refuse(f"t2 {row.key}: {len(tokens)} numbers for {len(columns)} columns")
                continue
            harvest.put(
                cell_of(
                    "t2",
                    row.key,
                    column,
                    Slot(token, index),
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
