"""Where a number stands in a captured page: the table row and the cell that print it, found by the form's labels.

The reading anchored the cell on the same labels; here the page is another tree, so the place is looked for again.
Nothing found is no error: then nothing is marked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archive.reports import form as statutory

#: The id the marked place has in a replay; our own, so that no page's id can stand for it.
MARKED = "gongkai-marked"

_KEY = re.compile(r"(t2|t3|t4|s14)_([a-z0-9_]+?)__([a-z_]+)")
_ORDINAL = re.compile(r"^[（(]?[一二三四五六七八九十0-9]{1,3}[)）]?[、.．]?")
_NOISE = re.compile(r"[\s\u3000（）()：:，,、“”\"]")
_NUMERIC = re.compile(r"[\d,.\-—/]*")
_STYLE = "outline: 3px solid #b3261e; outline-offset: -3px; background: #fff1a8; color: #1d2126; scroll-margin: 30vh;"
#: Shorter labels (总计, 其他) name many rows: they are looked for as a whole cell only.
_TELLING = 5


@dataclass(frozen=True, slots=True)
class _Place:
    """A row's label, how many numbers such a row has, and which of them is meant."""

    label: str
    numbers: int
    which: int


def point_out(tree: LexborHTMLParser, key: str) -> bool:
    """Mark the cell `key` (`t3_carried_in__total`) in `tree`; whether it was found."""
    match = _KEY.fullmatch(key)
    if match is None:
        return False
    found = _litigation(tree, match[2], match[3]) if match[1] == "t4" else _by_label(tree, *match.groups())
    if found is None:
        return False
    found.attrs["id"] = MARKED
    found.attrs["style"] = f"{found.attributes.get('style') or ''};{_STYLE}"
    return True


def _by_label(tree: LexborHTMLParser, form: str, row: str, column: str) -> LexborNode | None:
    place = _place(form, row, column)
    if place is None:
        return None
    wanted = _bare(place.label)
    rows = [(line, [_bare(cell.text()) for cell in _cells(line)]) for line in tree.css("tr") if not line.css("table")]
    exact = [line for line, texts in rows if wanted in texts and len(texts) > 1]
    loose = [
        line for line, texts in rows if len(wanted) >= _TELLING and len(texts) > 1 and any(wanted in t for t in texts)
    ]
    candidates = exact or loose
    for line in candidates:
        cells = _cells(line)
        numbers = cells[-place.numbers :]
        whole = len(cells) > place.numbers and all(_NUMERIC.fullmatch(_bare(cell.text())) for cell in numbers)
        if whole:
            return numbers[place.which]
    return candidates[0] if candidates else None


def _place(form: str, row: str, column: str) -> _Place | None:
    if form == "t3" and row in statutory.T3_ROW and column in statutory.T3_COLUMN_KEYS:
        keys = statutory.T3_COLUMN_KEYS
        return _Place(statutory.T3_ROW[row].label, len(keys), list(keys).index(column))
    if form == "t2" and row in statutory.T2_BLOCK_OF_ROW:
        block = statutory.T2_BLOCK_OF_ROW[row]
        label = next(known.label for known in block.rows if known.key == row)
        columns: Sequence[str] = next((names for names in block.columns.values() if column in names), ())
        return _Place(label, len(columns), list(columns).index(column)) if columns else None
    if form == "s14":
        return next((_Place(known.label, 1, 0) for known in statutory.S14_ROWS if known.key == row), None)
    return None


def _litigation(tree: LexborHTMLParser, group: str, column: str) -> LexborNode | None:
    """Table 四 has one line of numbers: all groups, one after the other."""
    if group not in statutory.T4_GROUP_LABELS or column not in statutory.T4_COLUMN_KEYS:
        return None
    width = len(statutory.T4_COLUMN_KEYS)
    total = width * len(statutory.T4_GROUP_LABELS)
    which = list(statutory.T4_GROUP_LABELS).index(group) * width + list(statutory.T4_COLUMN_KEYS).index(column)
    for line in tree.css("tr"):
        cells = _cells(line)
        if len(cells) == total and all(_NUMERIC.fullmatch(_bare(cell.text())) for cell in cells):
            return cells[which]
    return None


def _cells(line: LexborNode) -> list[LexborNode]:
    return line.css("td, th")


def _bare(text: str) -> str:
    return _NOISE.sub("", _ORDINAL.sub("", text.strip()))
