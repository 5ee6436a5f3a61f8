"""Table 三: rows anchored on their labels, columns on their headers (report_format.md §5, §11, §12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from archive.reports.cells import AGREED, BY_ORDER, Harvest, cell_of
from archive.reports.form import T3_COLUMN_KEYS, T3_GROUPS
from archive.reports.labels import is_t3_header_word, t3_column, t3_group, t3_row, t4_column
from archive.reports.model import Cell
from archive.reports.numbers import parse_number
from archive.reports.rows import Row, Slot
from archive.reports.wording import core

_ORGANISATIONS = "organisations"
#: Confidence of a row that has more cells than columns where nothing but blanks is left over: it counts only beside
#: other rows built like it. A blank slipped into one row alone would push its numbers under their neighbours' labels.
_LOOSE = 0.9
#: Columns of table 四 that table 三 has not: such a row is no row of it, though it says 总计.
_FOREIGN = frozenset({"upheld", "corrected", "pending"})
_DISTINCTIVE = frozenset({"natural_person", "org_business", "org_research", "org_public_interest", "org_legal_service"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column of the header: its key ('' for one that no form has), its grid place."""

    key: str
    column: int
    span: int


@dataclass(frozen=True, slots=True)
class _Line:
    """A data row whose label is known, kept until a header says what its values are."""

    key: str
    values: tuple[Slot, ...]
    row: Row


def _header_items(row: Row) -> list[Leaf]:
    """The column labels of a header row, in order; 法人或其他组织 (or the blank in its place) stands for what the
    next row splits."""
    items: list[Leaf] = []
    blank: Slot | None = None
    for slot in row.own:
        words = core(slot.text)
        if not words:
            blank = slot
            continue
        key = t3_column(slot.text)
        if not key and "法人" in words and "组织" in words and len(words) <= 12:
            key = _ORGANISATIONS
        if key:
            if blank and items and {items[-1].key, key} == {"natural_person", "total"}:
                items.append(Leaf(_ORGANISATIONS, blank.column, blank.span))
            if not items or items[-1].key != key:
                items.append(Leaf(key, slot.column, slot.span))
        elif items and not is_t3_header_word(slot.text):
            items.append(Leaf("", slot.column, slot.span))
        blank = None
    return items


def is_header(row: Row) -> bool:
    """Whether the row belongs to the header of table 三."""
    texts = [slot.text for slot in row.own if slot.text]
    if not texts or any(t3_row(text) not in ("", "result_total", "other_misc") for text in texts):
        return False
    keys = {t3_column(text) for text in texts}
    if keys & _DISTINCTIVE:
        return len(keys - {""}) >= 2 or any(is_t3_header_word(text) for text in texts)
    return any(is_t3_header_word(text) for text in texts) and all(len(text) < 60 for text in texts)


def combine(headers: Sequence[Sequence[Leaf]], across: int = 0) -> tuple[Leaf, ...]:
    """The leaf columns of a header of one or two rows: 法人或其他组织 gives way to what stands below it (or above,
    where the rows changed places).

    A header that lacks columns must at least agree with itself: 法人或其他组织 as wide as what it stands for,
    申请人情况 (`across` columns) as wide as all. Else it lost a cell, and is none.
    """
    leaves: list[Leaf] = []
    width = 0
    for items in headers:
        if not leaves or {leaf.key for leaf in items} >= {"natural_person", "org_business", "total"}:
            leaves = list(items)
            continue
        outer, inner = (leaves, list(items)) if _place(leaves) is not None else (list(items), leaves)
        known = {leaf.key for leaf in outer}
        fresh = [leaf for leaf in inner if leaf.key not in known]
        place = _place(outer)
        if place is None:
            return ()
        width = outer[place].span - len(fresh) if outer[place].span > 1 else 0
        leaves = [*outer[:place], *fresh, *outer[place + 1 :]]
    leaves = [leaf for leaf in leaves if leaf.key != _ORGANISATIONS]
    keys = [leaf.key for leaf in leaves if leaf.key]
    if len(set(keys)) < len(keys) or len(keys) < 2:
        return ()
    whole = set(keys) >= set(T3_COLUMN_KEYS)
    return tuple(leaves) if whole or not (width or (across > 1 and across != len(leaves))) else ()


def _place(leaves: Sequence[Leaf]) -> int | None:
    return next((at for at, leaf in enumerate(leaves) if leaf.key == _ORGANISATIONS), None)


class Applications:
    """Reads table 三 row by row, across tables when a page break split it."""

    def __init__(self) -> None:
        self.harvest = Harvest()
        self.active = False
        self._headers: list[list[Leaf]] = []
        self._leaves: tuple[Leaf, ...] = ()
        self._sheet = -2
        self._in_header = False
        self._waiting: list[_Line] = []
        self._width = 0
        self._across = 0
        self._unclear: list[tuple[_Line, tuple[Leaf, ...]]] = []
        self._loose: list[tuple[_Line, list[tuple[Leaf, Slot]], tuple[int, int, int, int]]] = []
        self._starts: dict[tuple[int, int, int], set[int]] = {}

    def feed(self, row: Row) -> bool:
        """Take a row when it is of table 三."""
        if is_header(row):
            if not self._in_header:
                self._headers, self._across = [], 0
            self._in_header = self.active = True
            items = _header_items(row)
            if items:
                self._headers.append(items)
            self._across = next((slot.span for slot in row.own if "申请人情况" in slot.text), self._across)
            # a header that does not fit together explains no row below it, nor does one of an earlier table
            self._leaves, self._sheet = combine(self._headers, self._across), row.sheet
            return True
        line = self._data_line(row)
        if line is None:
            return bool(self._in_header and not any(core(slot.text) for slot in row.own))
        self._in_header = False
        self.active = True
        if line.key and line.values:
            self._width = max(self._width, len(row.own))
            self._take(line)
        return True

    def _data_line(self, row: Row) -> _Line | None:
        """The row's label and what stands right of it; None when no label of the form is in the row."""
        own = row.own
        key, at, group = "", -1, ""
        for index, slot in enumerate(own):
            if not slot.text or slot.text.isdigit():
                continue
            words = core(slot.text)
            if not words or len(words) > 60 or words.isdigit():
                continue
            if t4_column(slot.text) in _FOREIGN:
                return None
            opened = t3_group(slot.text)
            if opened:
                group = opened
                rest = words.split(T3_GROUPS[opened], 1)[1]
                leaf = t3_row(slot.text) if not rest else t3_row(rest) or t3_row(slot.text)
                key, at = (leaf, index) if leaf else ("", index)
                continue
            leaf = t3_row(slot.text)
            if leaf in ("result_total", "") and not self.active and not key:
                leaf = ""
            if words in ("其他", "其它") and self.active:
                inherited = next((t3_group(up.text) for up in row.slots if up.inherited and t3_group(up.text)), "")
                leaf = "other_misc" if (group or inherited) in ("", "other") else ""
            if leaf:
                key, at = leaf, index
        if at < 0:
            return None
        return _Line(key, own[at + 1 :], row)

    def _take(self, line: _Line) -> None:
        if not self._leaves:
            self._waiting.append(line)
            return
        placed = self.place(line.values, line.row)
        if isinstance(placed, str):
            if len(_windows(line.values, len(self._leaves))) > 1:
                self._unclear.append((line, self._leaves))
            else:
                self.harvest.refuse(f"t3 {line.key} ({line.row.where}): {placed}")
            return
        pairs, confidence = placed
        start = next(start for start, slot in enumerate(line.values) if slot is pairs[0][1])
        shape = (line.row.sheet, len(line.values), len(self._leaves))
        if confidence == _LOOSE:
            self._loose.append((line, pairs, (*shape, start)))
        else:
            self._starts.setdefault(shape, set()).add(start)
            self._keep(line, pairs, confidence)

    def _keep(self, line: _Line, pairs: Sequence[tuple[Leaf, Slot]], confidence: float) -> None:
        self.harvest.put(
            [
                cell_of("t3", line.key, leaf.key, slot, line.row.where, confidence=confidence)
                for leaf, slot in pairs
                if leaf.key and leaf.key != "subtotal"
            ]
        )
        if line.key.startswith("other_overdue"):
            self.harvest.regimes.append("R2021")

    def place(self, values: Sequence[Slot], row: Row) -> tuple[list[tuple[Leaf, Slot]], float] | str:
        """Which value stands under which column, or why that is not certain.

        The n-th value belongs to the n-th column when there are as many (the official form's own colspans
        disagree between header and body, §4.3); the grid only decides where counts differ, and then only
        when the cells tile the columns exactly.
        """
        leaves = self._leaves
        wanted = len(leaves)
        comparable = row.sheet >= 0 and row.sheet == self._sheet
        if len(values) == wanted and comparable and all(map(_stands, leaves, values)):
            return list(zip(leaves, values, strict=True)), AGREED
        if (len(values) > wanted or row.sheet < 0) and not {leaf.key for leaf in leaves} >= set(T3_COLUMN_KEYS):
            return f"{len(values)} cells for {wanted} columns of an incomplete header"
        windows = _windows(values, wanted)
        tiled = _tiled(values, leaves) if comparable else None
        if len(windows) == 1:
            by_order = list(zip(leaves, windows[0], strict=True))
            if tiled is not None and _same(tiled, by_order):
                return by_order, AGREED
            if len(values) == wanted:
                if tiled is not None:
                    return self._by_identity(by_order, tiled)
                return by_order, BY_ORDER
            if tiled is not None:
                return self._by_identity(by_order, tiled)
            return by_order, _LOOSE
        if tiled is not None:
            return self._of_several(tiled, windows, values)
        if windows and row.sheet < 0 and len(row.own) == self._width:
            return list(zip(leaves, windows[-1], strict=True)), BY_ORDER
        return f"{len(values)} cells for {wanted} columns"

    def _of_several(
        self, tiled: list[tuple[Leaf, Slot]], windows: Sequence[tuple[Slot, ...]], values: Sequence[Slot]
    ) -> tuple[list[tuple[Leaf, Slot]], float] | str:
        """The grid's reading where the order leaves several: unless the grid itself is shifted (the values begin left
        of the first column, or another run of values adds up and this one does not)."""
        if _adds_up(tiled):
            return tiled, AGREED
        closing = [pairs for one in windows if _adds_up(pairs := list(zip(self._leaves, one, strict=True)))]
        if len(closing) == 1:
            return closing[0], BY_ORDER
        if closing or (windows and values[0].column < min(leaf.column for leaf in self._leaves)):
            return f"{len(values)} cells for {len(self._leaves)} columns, and the grid is shifted"
        return tiled, AGREED

    @staticmethod
    def _by_identity(
        by_order: list[tuple[Leaf, Slot]], tiled: list[tuple[Leaf, Slot]]
    ) -> tuple[list[tuple[Leaf, Slot]], float] | str:
        """Two readings: the one whose row adds up; the order when both or neither do and nothing else speaks."""
        fits = _adds_up(by_order), _adds_up(tiled)
        if fits == (False, True):
            return tiled, BY_ORDER
        if fits[0] or len(by_order) == len(tiled):
            return by_order, BY_ORDER
        return "order and grid disagree"

    def finish(self) -> Harvest:
        """The harvest. Rows that no header explains are refused, with the reason."""
        if self._waiting and not self._leaves:
            self.harvest.refuse(f"t3: no column header for {len(self._waiting)} rows")
        elif self._waiting:
            waiting, self._waiting = self._waiting, []
            for line in waiting:
                self._take(line)
        shapes = Counter(place for _, _, place in self._loose)
        for line, pairs, (*shape, start) in self._loose:
            key = (shape[0], shape[1], shape[2])
            if shapes[(*key, start)] > 1 or start in self._starts.get(key, ()):
                self._starts.setdefault(key, set()).add(start)
                self._keep(line, pairs, BY_ORDER)
            else:
                why = f"{key[1]} cells for {key[2]} columns, and no other row has as many"
                self.harvest.refuse(f"t3 {line.key} ({line.row.where}): {why}")
        for line, leaves in self._unclear:
            self._like_others(line, leaves)
        split = [key for key in self.harvest.cells if key.startswith(("t3_other_overdue", "t3_other_misc"))]
        if split:  # （六）其他处理 is only a group then: numbers beside it are a sum, or of a row whose label is lost
            single = [cell for cell in self.harvest.cells.values() if cell.row == "other_processing"]
            for cell in single:
                del self.harvest.cells[cell.key]
            if any(cell.value is not None for cell in single):
                self.harvest.refuse(f"t3 other_processing ({single[0].location}): numbers beside the name of a group")
        return self.harvest

    def _like_others(self, line: _Line, leaves: tuple[Leaf, ...]) -> None:
        """A row whose blanks leave open where its values begin: where they begin in every row of its table that is
        as long and leaves nothing open."""
        starts = self._starts.get((line.row.sheet, len(line.values), len(leaves)), set())
        windows = _windows(line.values, len(leaves))
        chosen = line.values[min(starts) : min(starts) + len(leaves)] if len(starts) == 1 else ()
        texts = [slot.text.strip() for slot in chosen]
        if not any([slot.text.strip() for slot in window] == texts for window in windows):
            why = f"{len(line.values)} cells for {len(leaves)} columns"
            self.harvest.refuse(f"t3 {line.key} ({line.row.where}): {why}")
            return
        self._keep(line, list(zip(leaves, chosen, strict=True)), BY_ORDER)


def _stands(leaf: Leaf, slot: Slot) -> bool:
    return slot.column == leaf.column and slot.span == leaf.span


def _windows(values: Sequence[Slot], wanted: int) -> list[tuple[Slot, ...]]:
    """The runs of `wanted` values that leave out nothing but blanks; runs that say the same count once."""
    found: list[tuple[Slot, ...]] = []
    seen: set[tuple[str, ...]] = set()
    for start in range(len(values) - wanted + 1):
        outside = (*values[:start], *values[start + wanted :])
        if any(core(slot.text) or slot.text.strip() for slot in outside):
            continue
        window = tuple(values[start : start + wanted])
        texts = tuple(slot.text.strip() for slot in window)
        if texts not in seen:
            seen.add(texts)
            found.append(window)
    return found


def _tiled(values: Sequence[Slot], leaves: Sequence[Leaf]) -> list[tuple[Leaf, Slot]] | None:
    """Values by grid column, when every number stands exactly in one and only blanks lie outside or over two."""
    pairs: list[tuple[Leaf, Slot]] = []
    for leaf in leaves:
        over = [
            slot for slot in values if slot.column < leaf.column + leaf.span and slot.column + slot.span > leaf.column
        ]
        if len(over) != 1:
            return None
        slot = over[0]
        if slot.text.strip() and not _stands(leaf, slot):
            return None
        pairs.append((leaf, slot))
    used = {id(slot) for _, slot in pairs}
    if any(slot.text.strip() for slot in values if id(slot) not in used):
        return None
    return pairs


def _same(one: Sequence[tuple[Leaf, Slot]], other: Sequence[tuple[Leaf, Slot]]) -> bool:
    return all(a[1] is b[1] or a[1].text.strip() == b[1].text.strip() == "" for a, b in zip(one, other, strict=True))


def _adds_up(pairs: Sequence[tuple[Leaf, Slot]]) -> bool:
    """T3-ROW over a reading: the total is the sum of the other columns. False when it cannot be told."""
    parts, total = 0.0, None
    for leaf, slot in pairs:
        number = parse_number(slot.text)
        if number.status == "unparsable":
            return False
        if leaf.key == "total":
            total = number.value
        elif leaf.key not in ("subtotal", ""):
            parts += number.value or 0.0
    return total is not None and parts == total


def cells_of_line(key: str, texts: Sequence[str], where: str, *, inferred: bool) -> list[Cell]:
    """The seven cells of a row whose values are known to be in the statutory order."""
    return [
        cell_of("t3", key, column, Slot(text, index), where, confidence=BY_ORDER, inferred=inferred)
        for index, (column, text) in enumerate(zip(T3_COLUMN_KEYS, texts, strict=True))
    ]
