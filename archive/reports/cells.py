"""Cells from printed text, and what was read of one form with the reasons for what was not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from archive.reports.form import quantity_of
from archive.reports.model import Cell, CellStatus
from archive.reports.numbers import parse_number
from archive.reports.rows import Slot

#: Confidence of a cell by how it was found: both alignments (order and grid column) agree; only the order
#: speaks; order plus identities leave one reading (status `inferred`).
AGREED = 1.0
BY_ORDER = 0.95
INFERRED = 0.8


def cell_of(
    form: str,
    row: str,
    column: str,
    slot: Slot,
    where: str,
    *,
    confidence: float = AGREED,
    header_unit: str = "",
    inferred: bool = False,
) -> Cell:
    """The cell of a slot. A picture's text has status `ocr` and the recogniser's confidence."""
    return _cell(form, row, column, slot.text, slot.confidence, where, confidence, header_unit, inferred)


@lru_cache(maxsize=32768)  # most numbers of most reports are zeros in the very same places
def _cell(
    form: str,
    row: str,
    column: str,
    text: str,
    seen: float,
    where: str,
    confidence: float,
    header_unit: str,
    inferred: bool,
) -> Cell:
    number = parse_number(text, quantity_of(form, column), header_unit=header_unit)
    status: CellStatus = number.status
    if seen < 1.0 and status == "given":
        status, confidence = "ocr", min(confidence, seen)
    elif inferred and status == "given":
        status, confidence = "inferred", min(confidence, INFERRED)
    return Cell(
        form=form,
        row=row,
        column=column,
        raw=text if text.isalnum() else " ".join(text.split()),
        value=number.value,
        unit=number.unit,
        status=status,
        confidence=confidence,
        location=where,
    )


@dataclass(slots=True)
class Harvest:
    """What a form's reader brings home: cells by key, refusals with reasons, and the regime it saw."""

    cells: dict[str, Cell] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    regimes: list[str] = field(default_factory=list)
    disputed: set[str] = field(default_factory=set)

    def put(self, cells: Iterable[Cell]) -> None:
        """Keep cells. A key that was printed twice with different numbers is not ours to choose: neither stays."""
        held, disputed = self.cells, self.disputed
        for cell in cells:
            key = cell.key
            if key in disputed:
                continue
            known = held.get(key)
            if known is None or (known.value is None and not known.raw):
                held[key] = cell
            elif cell.value != known.value and cell.raw:
                disputed.add(key)
                del held[key]
                self.refused.append(
                    f"{key} stands twice: {known.raw} ({known.location}) and {cell.raw} ({cell.location})"
                )

    def refuse(self, why: str) -> None:
        """Say once why something was not read."""
        if why not in self.refused:
            self.refused.append(why)


def number(cells: Mapping[str, Cell], key: str) -> float | None:
    """The value for sums: blank and dash count as zero, a missing or unparsable cell as None (§9)."""
    cell = cells.get(key)
    if cell is None or cell.status == "unparsable":
        return None
    return 0.0 if cell.value is None else cell.value


def derived(cell: Cell, value: float) -> Cell:
    """A total that was left blank, computed from its parts (§10.3 c). The printed blank stays in `raw`."""
    return replace(cell, value=value, status="derived")
