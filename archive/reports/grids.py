"""Tables of statistics whose form is not known: kept as they were printed, for whoever knows their province's form.

Until 2018 every province had a form of its own beside (or instead of) the national 统计表; the rows that
`indicators` knows are cells as well. The forms since 2019 are cells altogether and are not kept twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from archive.reports.model import RawGrid, Regime
from archive.reports.rows import is_ruler, rows_of_pipes, rows_of_tabs
from archive.reports.sections import Part, told_parts
from sites.model import Extracted, Table

#: Regimes whose tables are not cells altogether.
KEPT: frozenset[Regime] = frozenset({"R2008", "R2014S", "NARR"})
#: Larger ones are no report's statistics: lists of documents, or a burden.
MAX_ROWS, MAX_COLUMNS, MAX_GRIDS = 300, 40, 20
#: A cell with more characters is running text in a frame.
_LONGEST = 300
_NUMBER = re.compile(r"[0-9０-９][0-9０-９,，.．%％]*")
_TITLE = re.compile(r"表|统计|情况")

_Rows = tuple[tuple[str, ...], ...]


def raw_grids(parts: Sequence[Part], speaker: Extracted, others: Sequence[Extracted]) -> tuple[RawGrid, ...]:
    """The tables of statistics of a report in reading order: those of the source whose sections these are, then
    those of its other sources."""
    found = list(_in_sections(parts, speaker.tables))
    for source in others:
        for table in source.tables:
            if rows := _rows_of(table):
                found.append(RawGrid(section=None, title=_line(table.caption), rows=rows))
    return tuple(found[:MAX_GRIDS])


def _in_sections(parts: Sequence[Part], tables: Sequence[Table]) -> Iterator[RawGrid]:
    for position, (part, _) in enumerate(told_parts(parts)):
        above = part.heading
        flat: list[str] = []
        for line in (*part.lines, None):
            if line is not None and line.table is None and (line.kind == "table" or not line.text.strip()):
                flat.append(line.text)  # a blank line ends a row of flattened text, not the table
                continue
            if any(flat) and (rows := _rows_of_text("\n".join(flat))):
                yield RawGrid(section=position, title=_titled(above), rows=rows)
            flat = []
            if line is None:
                continue
            if line.table is None:
                above = line.text
            elif rows := _rows_of(table := tables[line.table]):
                yield RawGrid(section=position, title=_line(table.caption) or _titled(above), rows=rows)


def _titled(above: str) -> str:
    """The line above a table when it names it."""
    line = _line(above)
    return line if len(line) <= 40 and _TITLE.search(line) else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _rows_of(table: Table) -> _Rows:
    if table.rows > MAX_ROWS or table.columns > MAX_COLUMNS:
        return ()
    grid = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        grid[cell.row][cell.column] = _line(cell.text)
    return _statistics(grid)


def _rows_of_text(text: str) -> _Rows:
    """Rows flattened with tabs or pipes."""
    lines = [line for line in text.split("\n") if not is_ruler(line)]
    rows = list(rows_of_pipes(lines) if "|" in text else rows_of_tabs("\n".join(lines)))
    width = max((len(row.own) for row in rows), default=0)
    if len(rows) > MAX_ROWS or width > MAX_COLUMNS:
        return ()
    return _statistics([[_line(slot.text) for slot in row.own] + [""] * (width - len(row.own)) for row in rows])


def _statistics(grid: Sequence[Sequence[str]]) -> _Rows:
    """The printed rows, when they are statistics: at least two rows with a label and a number. Others give none."""
    rows = tuple(tuple(row) for row in grid if any(row))
    if any(len(words) > _LONGEST for row in rows for words in row):
        return ()
    counted = (
        row
        for row in rows
        if any(_NUMBER.fullmatch(words) for words in row)
        and any(words and not _NUMBER.fullmatch(words) for words in row)
    )
    return rows if len(list(islice(counted, 2))) == 2 else ()
