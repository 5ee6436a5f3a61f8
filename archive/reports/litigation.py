"""Table 四: one row under three groups of five columns, in one table, in three, or standing upright (§6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.reports.cells import AGREED, BY_ORDER, Harvest, cell_of
from archive.reports.form import T4_COLUMN_KEYS, T4_GROUPS
from archive.reports.labels import is_t4_upper, t4_column, t4_group
from archive.reports.numbers import is_value
from archive.reports.rows import Row, Slot
from archive.reports.wording import core

#: What may stand in the corner of the header, over labels of rows.
_CORNER = frozenset({"类别", "类型", "项目", "情况", "内容", "名称", "分类", "指标", "方式"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column under its group, with its grid place."""

    group: str
    key: str
    column: int
    span: int


class Litigation:
    """Reads table 四 row by row."""

    def __init__(self) -> None:
        self.harvest = Harvest()
        self.active = False
        self._header: list[Row] = []
        self._open = False
        self._group = ""

    def feed(self, row: Row) -> bool:
        """Take a row when it is of table 四."""
        if self._upright(row) or self._a_row_each(row):
            return True
        if self._is_header(row):
            if not self._open or (self._names_group(row) and self._leaves()):
                self._header = []  # a new header, also where the numbers of the one before were lost
            self._header.append(row)
            self._open = self.active = True
            return True
        if not self._header or not row.own:
            return False
        if any(not is_value(slot.text) for slot in row.own) and not self._labelled(row):
            self._open = False
            return False
        values = row.own[1:] if self._labelled(row) else row.own
        if len(values) < 5:
            return False
        if self._open or self._same_sheet(row):
            self._open = False
            self._take(values, row)
            return True
        return False

    @staticmethod
    def _names_group(row: Row) -> bool:
        return any(t4_group(slot.text) for slot in row.own)

    @staticmethod
    def _labelled(row: Row) -> bool:
        """A data row may begin with a label of its own (数量, 件数)."""
        words = "" if is_value(row.own[0].text) else core(row.own[0].text)  # 无, 零 and 0件 are numbers
        return bool(words) and len(words) <= 6 and not words.isdigit() and all(is_value(s.text) for s in row.own[1:])

    def _same_sheet(self, row: Row) -> bool:
        return row.sheet >= 0 and self._header[-1].sheet == row.sheet and not self.harvest.cells

    @staticmethod
    def _is_header(row: Row) -> bool:
        texts = [slot.text for slot in row.own if core(slot.text)]
        if not texts or any(core(text).isdigit() for text in texts):
            return False
        texts = texts[1:] if core(texts[0]) in _CORNER and len(texts) > 1 else texts
        known = [text for text in texts if t4_group(text) or is_t4_upper(text) or t4_column(text)]
        if len(known) < len(texts):
            return False
        return len(known) >= 2 or bool(t4_group(known[0]) or is_t4_upper(known[0]))

    def _leaves(self) -> tuple[Leaf, ...]:
        """The columns of the header that is held, or () when its groups and columns do not fit together."""
        groups: list[tuple[str, Slot]] = []
        printed: list[list[Slot]] = []
        for row in self._header:
            groups.extend((key, slot) for slot in row.own if (key := t4_group(slot.text)))
            columns = [slot for slot in row.own if t4_column(slot.text) and not t4_group(slot.text)]
            if columns:
                printed.append(columns)
        order = list(dict.fromkeys(key for key, _ in groups))
        if not printed or not order:
            return ()
        if order == ["suit_direct", "suit_after_review"] and sum(map(len, printed)) == 15 and len(printed[0]) == 5:
            # the line that says 行政复议 is lost: the five columns before the suits' are its
            order = ["review", *order]
            return _under(order, [slot for line in printed for slot in line])
        # a bottom line that repeats what reaches down from above (DOCX without merges) is the whole header
        slots = printed[-1] if len(printed[-1]) == 5 * len(order) else [slot for line in printed for slot in line]
        if len(slots) != 5 * len(order):
            return ()
        if self._header[0].sheet >= 0 and len(printed) > 1 and len(printed[-1]) != len(slots):
            slots = self._by_place(slots, groups, order)
        order = self._group_order(groups, order)
        if not order:
            return ()
        return _under(order, slots)

    @staticmethod
    def _by_place(slots: Sequence[Slot], groups: Sequence[tuple[str, Slot]], order: Sequence[str]) -> list[Slot]:
        """Columns of header lines of different depth, in grid order when that keeps the lines whole.

        A broken grid (missing rowspans) gives columns twice; then the reading order of the lines stands.
        """
        by_place = sorted(slots, key=lambda slot: slot.column)
        places = [slot.column for slot in by_place]
        return by_place if len(set(places)) == len(places) else list(slots)

    @staticmethod
    def _group_order(groups: Sequence[tuple[str, Slot]], order: list[str]) -> list[str]:
        """The groups from left to right; in reading order only where that is the form's own, [] when neither says."""
        places = {key: slot.column for key, slot in reversed(groups)}
        if len(set(places.values())) == len(order) == len(groups):
            return sorted(order, key=lambda key: places[key])
        return order if order == [key for key in T4_GROUPS if key in order] else []

    def _take(self, values: Sequence[Slot], row: Row) -> None:
        leaves = self._leaves()
        if not leaves:
            self.harvest.refuse(f"t4 ({row.where}): the header's groups and columns do not fit together")
            return
        placed = row.sheet >= 0 and row.sheet == self._header[-1].sheet
        pairs: list[tuple[Leaf, Slot]] | None = None
        confidence = BY_ORDER
        extra = len(values) - len(leaves)
        if extra == 0:
            pairs = list(zip(leaves, values, strict=True))
            if placed and all(leaf.column <= slot.column < leaf.column + leaf.span for leaf, slot in pairs):
                confidence = AGREED
        elif placed:
            pairs = _tiled(values, leaves)
        if pairs is None:
            self.harvest.refuse(f"t4 ({row.where}): {len(values)} cells for {len(leaves)} columns")
            return
        self.harvest.put(
            cell_of("t4", leaf.group, leaf.key, slot, row.where, confidence=confidence) for leaf, slot in pairs
        )

    def _upright(self, row: Row) -> bool:
        """A row of the vertical layout: group (perhaps from above), column label, one number."""
        texts = [slot for slot in row.slots if core(slot.text)]
        labels = [slot for slot in texts if t4_column(slot.text) and not t4_group(slot.text)]
        if len(labels) != 1 or (labels[0].inherited):
            return False
        values = [slot for slot in row.own if slot.column > labels[0].column]
        if len(values) != 1 or not is_value(values[0].text) or not values[0].text.strip():
            return False
        others = [slot for slot in texts if slot is not labels[0] and slot is not values[0]]
        if any(not (t4_group(slot.text) or is_t4_upper(slot.text)) for slot in others):
            return False
        group = next((key for slot in reversed(others) if (key := t4_group(slot.text))), self._group)
        if not group:
            return False
        self._group = group
        self.harvest.put([cell_of("t4", group, t4_column(labels[0].text), values[0], row.where)])
        return True

    def _a_row_each(self, row: Row) -> bool:
        """A row of the layout with one line a group, under a header of the five columns alone."""
        if not self._header or not row.own:
            return False
        columns = [slot for slot in self._header[-1].own if t4_column(slot.text)]
        keys = [t4_column(slot.text) for slot in columns]
        if sorted(keys) != sorted(T4_COLUMN_KEYS) or any(t4_group(s.text) for line in self._header for s in line.own):
            return False
        values = row.own[-len(columns) :]
        labels = [slot for slot in row.slots if slot not in values and core(slot.text)]
        groups = [key for slot in labels if (key := t4_group(slot.text))]
        others = [slot for slot in labels if not t4_group(slot.text) and not is_t4_upper(slot.text)]
        if len(groups) != 1 or others or len(values) < len(columns) or not all(is_value(s.text) for s in values):
            return False
        self._open = False
        self.harvest.put(
            cell_of("t4", groups[0], key, slot, row.where, confidence=BY_ORDER)
            for key, slot in zip(keys, values, strict=True)
        )
        return True

    def finish(self) -> Harvest:
        """The harvest."""
        return self.harvest


def _under(order: Sequence[str], slots: Sequence[Slot]) -> tuple[Leaf, ...]:
    """Five columns under each group in turn, or () when a group has not just the five."""
    leaves = tuple(
        Leaf(order[index // 5], t4_column(slot.text), slot.column, slot.span) for index, slot in enumerate(slots)
    )
    groups = [sorted(leaf.key for leaf in leaves if leaf.group == group) for group in order]
    return leaves if all(keys == sorted(T4_COLUMN_KEYS) for keys in groups) else ()


def _tiled(values: Sequence[Slot], leaves: Sequence[Leaf]) -> list[tuple[Leaf, Slot]] | None:
    """Values by grid column when each column has exactly one cell and every number is as wide as its column."""
    pairs: list[tuple[Leaf, Slot]] = []
    for leaf in leaves:
        over = [
            slot for slot in values if slot.column < leaf.column + leaf.span and slot.column + slot.span > leaf.column
        ]
        if len(over) != 1:
            return None
        if over[0].text.strip() and (over[0].column, over[0].span) != (leaf.column, leaf.span):
            return None
        pairs.append((leaf, over[0]))
    used = {id(slot) for _, slot in pairs}
    return None if any(slot.text.strip() for slot in values if id(slot) not in used) else pairs
