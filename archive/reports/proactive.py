"""Table 二: blocks of Article 20, each with its own columns; the n-th cell belongs to the n-th header (§4)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.reports.cells import AGREED, BY_ORDER, Harvest, cell_of
from archive.reports.form import T2_BLOCK_OF_ROW, T2_COLUMNS, Block
from archive.reports.labels import t2_block, t2_column, t2_columns, t2_row
from archive.reports.rows import Row, Slot
from archive.reports.wording import core, tight

_UNIT = re.compile(r"[(:](?:单位:?)?(亿元|万元|元)")


class Proactive:
    """Reads table 二 row by row, across tables when a page break split it."""

    def __init__(self) -> None:
        self.harvest = Harvest()
        self.active = False
        self._block: Block | None = None
        self._columns: tuple[str, ...] = ()
        self._header: tuple[Slot, ...] = ()
        self._units: tuple[str, ...] = ()
        self._sheet = -2

    def feed(self, row: Row) -> bool:
        """Take a row when it is of table 二."""
        texts = [slot for slot in row.own if tight(slot.text)]
        if not texts:
            return False
        opened = t2_block(texts[0].text)
        if opened and all(tight(slot.text) == tight(texts[0].text) for slot in texts):
            self._open(opened)
            return True
        if opened:  # the block's title beside its header or its data, reaching down
            self._open(opened)
            texts = texts[1:]
        labels = [slot for slot in texts if core(slot.text) not in ("信息内容", "内容", "项目")]
        found = [t2_column(slot.text) for slot in labels]
        headed = core(texts[0].text) == "信息内容" if texts else False
        if (
            labels
            and (headed or sum(map(bool, found)) * 2 > len(labels))
            and not any(t2_row(slot.text) for slot in labels)
        ):
            self._take_header(labels, row)
            return True
        at = next((index for index, slot in enumerate(row.own) if t2_row(slot.text)), -1)
        if at < 0:
            return bool(labels == [] and texts)
        self._take(t2_row(row.own[at].text), row.own[at + 1 :], row)
        return True

    def _open(self, block: Block) -> None:
        if self._block is not block:
            self._columns, self._header = (), ()
        self._block, self.active = block, True

    def _take_header(self, labels: Sequence[Slot], row: Row) -> None:
        distinct = [
            slot for index, slot in enumerate(labels) if not index or tight(labels[index - 1].text) != tight(slot.text)
        ]
        columns = t2_columns([slot.text for slot in distinct], self._block)
        if not columns and len(distinct) < len(labels):
            distinct, columns = list(labels), t2_columns([slot.text for slot in labels], self._block)
        self.active = True
        self._columns, self._header, self._sheet = columns, tuple(distinct), row.sheet
        self._units = tuple((found.group(1) if (found := _UNIT.search(tight(slot.text))) else "") for slot in distinct)
        if len(distinct) < len(labels):  # one header printed over several grid columns
            wide = list(labels)
            self._header = tuple(
                Slot(slot.text, slot.column, sum(s.span for s in wide if tight(s.text) == tight(slot.text)))
                for slot in distinct
            )
        for key in columns:
            if T2_COLUMNS[key].regime:
                self.harvest.regimes.append(T2_COLUMNS[key].regime)
        if not columns:
            self.harvest.refuse(f"t2 ({row.where}): header not recognised: {' | '.join(s.text for s in distinct)[:80]}")

    def _take(self, key: str, values: Sequence[Slot], row: Row) -> None:
        if not self._columns:
            if any(tight(slot.text) for slot in values):
                self.harvest.refuse(f"t2 {key} ({row.where}): no column header above it")
            return
        block = T2_BLOCK_OF_ROW[key]
        if not any(set(self._columns) <= set(columns) for columns in block.columns.values()):
            self.harvest.refuse(f"t2 {key} ({row.where}): the header above it belongs to another block")
            return
        placed = self._place(values, row)
        if isinstance(placed, str):
            if any(tight(slot.text) for slot in values):
                self.harvest.refuse(f"t2 {key} ({row.where}): {placed}")
            return
        slots, confidence = placed
        self.harvest.put(
            cell_of("t2", key, column, slot, row.where, confidence=confidence, header_unit=unit)
            for column, slot, unit in zip(self._columns, slots, self._units, strict=True)
        )

    def _place(self, values: Sequence[Slot], row: Row) -> tuple[list[Slot], float] | str:
        """The cells of the header's columns in order, or why they are not certain."""
        wanted = len(self._columns)
        if len(values) == wanted:
            agree = (
                row.sheet >= 0
                and row.sheet == self._sheet
                and all(
                    head.column <= slot.column < head.column + head.span
                    for head, slot in zip(self._header, values, strict=True)
                )
            )
            return list(values), AGREED if agree else BY_ORDER
        full = [slot for slot in values if tight(slot.text)]
        if not full:
            return [Slot("", 0)] * wanted, BY_ORDER
        if wanted == 1:
            # one header over several cells, as the official form has it under 行政许可: what stands in one of
            # them stands under that header
            texts = {tight(slot.text) for slot in full}
            return ([full[0]], BY_ORDER) if len(texts) == 1 else f"{len(full)} different numbers under one header"
        trimmed = list(values)
        while len(trimmed) > wanted and not tight(trimmed[-1].text):
            trimmed.pop()
        if len(trimmed) == wanted and len(full) == wanted:
            return trimmed, BY_ORDER
        return f"{len(values)} cells for {wanted} columns"

    def finish(self) -> Harvest:
        """The harvest."""
        return self.harvest
