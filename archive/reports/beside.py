"""Table 三 whose labels and numbers came apart: read only when order and the identities leave one reading.

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
from archive.reports.cells import Harvest
from archive.reports.form import T3_COLUMN_KEYS, T3_OTHER, T3_RESULTS, T3_ROW, T3_ROWS, t3_order
from archive.reports.stream import Run, as_printed, closing_splits, runs
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
_TOTAL = re.compile(r"总计|合计|共计|总数")
#: Openings beyond these many repeat a phrase.
_MAX_OPENINGS = 40


@dataclass(frozen=True, slots=True)
class _Row:
    """A possible row of table 三: its key when anchored, and its readings (one unless glued or short). `whole`
    says that all seven numbers were printed apart, `near` that the label is on the numbers' line; `printed` are the six
    numbers of a row that lacks one, `texts` all seven as printed where they were printed apart."""

    key: str
    readings: tuple[tuple[int, ...], ...]
    line: int
    whole: bool = True
    near: bool = False
    printed: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()

    def lost(self, reading: Sequence[int]) -> int:
        """The place of the number in a reading that was not printed; -1 when all were. The last that it can be: a
        total is left out more often than a part."""
        if not self.printed:
            return -1
        return next(at for at in range(_WIDTH - 1, -1, -1) if (*reading[:at], *reading[at + 1 :]) == self.printed)


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


def _region(text: str) -> tuple[int, str]:
    """Where table 三 begins and its stretch of text: the last opening that has number rows after it; '' for none."""
    for opened in list(_T3_OPENS.finditer(text))[: -_MAX_OPENINGS - 1 : -1]:
        rest = text[opened.start() :]
        tail = re.search(r"结转下[^\n]{0,12}?办理[^一-鿿]*", rest)
        end = tail.end() if tail else min((m.start() for m in _T3_CLOSES.finditer(rest)), default=len(rest))
        if len(re.findall(r"\d", rest[:end])) >= 3 * _WIDTH:
            return opened.start(), rest[:end]
    return 0, ""


def _header_order(above: str) -> bool | None:
    """Whether the words above the rows name the columns in the statutory order; None when they are broken."""
    shown = tight(above)
    places = [shown.rfind(word) for word in ("商业企业", "科研机构", "社会公益组织", "法律服务机构")]
    return None if -1 in places else places == sorted(places)


def read_beside(text: str) -> Harvest:
    """Table 三 from clean text (`stream.clean`), labels and numbers in whatever order they were printed."""
    harvest = Harvest()
    start, region = _region(text)
    if not region:
        return harvest
    ordered = _header_order(text[max(0, start - 600) : start])
    if ordered is False:
        harvest.refuse("t3: the columns stand in another order than the form's")
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
    if ordered is None:  # nobody says what the columns are: only the identities can
        keyed = [replace(row, whole=False) for row in keyed]
    above = tight(text[max(0, start - 600) : start])
    _settle(keyed, harvest, alone=alone, totals=bool(_TOTAL.search(above)) or ordered is None)
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
                    texts = tuple(map(as_printed, numbers[start : start + _WIDTH]))
                    rows.append(_Row(mine, (values,), line, near=near and bool(mine), texts=texts))
                continue
            printed: tuple[int, ...] = ()
            if len(numbers) == _WIDTH - 1:
                printed = tuple(map(int, numbers))
                readings = _completed(printed) if key else ()
            else:
                readings = tuple(closing_splits(numbers, _WIDTH))
            if not readings:
                harvest.refuse(f"t3 (line {line}): {len(numbers)} numbers are no row of {_WIDTH}")
                return None
            rows.append(_Row(key, readings, line, whole=False, near=near, printed=printed))
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


def _settle(rows: Sequence[_Row], harvest: Harvest, *, alone: bool, totals: bool) -> None:
    """Choose the one combination of readings under which the identities hold, and keep its cells. `totals` says that
    the header names a column of totals."""
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
        texts = row.texts or [str(value) for value in reading]
        cells = cells_of_line(row.key, texts, f"line {row.line} of table 三", inferred=not row.whole)
        lost = row.lost(reading)
        if lost >= 0:  # nobody printed it; a total then is the sum, and none at all without a column for it
            cells[lost] = replace(cells[lost], raw="", status="derived" if lost == _WIDTH - 1 else "inferred")
            if lost == _WIDTH - 1 and not totals:
                del cells[lost]
        harvest.put(cells)


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
