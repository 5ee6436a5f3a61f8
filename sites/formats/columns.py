"""Tables without rules: words aligned into columns. Pure geometry.

A run of lines is a table when several of them break into segments at column gaps and none of these
segments reads like running text. Cells are placed by overlap with the columns that the rows of numbers
form; a label printed over several lines joins the row of numbers nearest to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from sites.formats.layout import Line, Segment, join
from sites.model import Table, TableCell

#: Lines of three or more segments that make a table; two aligned lines alone may be a signature.
FEWEST_ROWS = 2
#: Lines between two rows of a table that hold one segment only (a label over several lines, a title
#: row of a block): more than this end the table.
LONGEST_LABEL = 4
#: Characters of a segment that reads like running text.
RUNNING = 30
#: A header line above the first row of three is at most so many lines away, and so long.
HEADER_LINES = 5
HEADER_LENGTH = 25
#: Points of overlap below which a segment does not touch a column.
TOUCH = 1.0

_NUMBER = re.compile(r"^[+\-−—–/]?[\d,，.．%％/\-—]+[件条宗个元万]*$")
_LEADERS = re.compile(r"[.·…]{4,}")
_SENTENCE_END = re.compile(r"[。；：:]$")
#: How the heading of the next section ends; labels of rows that begin with the same ordinals do not.
_SECTION = re.compile(r"^[一二三四五六七八]、.*(?:情况|问题|事项|方面|措施|附件)$")


class Aligned(NamedTuple):
    """A table found among lines: the lines `first` to `last` (exclusive) are its rows."""

    first: int
    last: int
    table: Table


def is_number(text: str) -> bool:
    """Whether a segment looks like a value of a table (a number, a dash, a slash)."""
    return bool(_NUMBER.match(text.replace(" ", "")))


def find_tables(lines: Sequence[Line]) -> list[Aligned]:
    """The tables among lines of text, from top to bottom."""
    found: list[Aligned] = []
    index = free = 0
    while index < len(lines):
        last = _run(lines, index)
        if last is None:
            index += 1
            continue
        first = _header(lines, index, free)
        found.append(Aligned(first, last, _table(lines[first:last])))
        index = free = last
    return found


def _is_row(line: Line) -> bool:
    if len(line.segments) < 2 or _LEADERS.search(line.text):
        return False
    if sum(len(segment.text) > RUNNING for segment in line.segments) > 1:
        return False
    return len(line.segments) >= 3 or is_number(line.segments[-1].text)


def _run(lines: Sequence[Line], first: int) -> int | None:
    """Where the table that begins at `first` ends, or None."""
    if not _is_row(lines[first]):
        return None
    last, rows, between = first + 1, [lines[first]], 0
    for index in range(first + 1, len(lines)):
        line = lines[index]
        if line.base - lines[index - 1].base > 5 * line.size:
            break
        if _is_row(line):
            rows.append(line)
            last, between = index + 1, 0
            continue
        between += 1
        running = len(line.segments) == 1 and len(line.text) > RUNNING
        if between > LONGEST_LABEL or running or _SECTION.match(line.text):
            break
    wide = any(len(row.segments) >= 3 for row in rows)
    values = sum(is_number(row.segments[-1].text) for row in rows)
    if len(rows) < FEWEST_ROWS or not (wide or values >= FEWEST_ROWS) or len(rows) * 3 < last - first:
        return None
    return last


def _header(lines: Sequence[Line], first: int, free: int) -> int:
    """Where the header above the first row begins: short lines close together that end no sentence."""
    start = first
    while start > max(free, first - HEADER_LINES):
        line, below = lines[start - 1], lines[start]
        if below.base - line.base > 2.2 * max(line.size, below.size) or line.size > 1.12 * below.size:
            break
        longest = max(len(segment.text) for segment in line.segments)
        if longest > HEADER_LENGTH or _SENTENCE_END.search(line.text) or _SECTION.match(line.text):
            break
        start -= 1
    return start


def _table(lines: Sequence[Line]) -> Table:
    anchors = [i for i, line in enumerate(lines) if _is_anchor(line)] or [
        i for i, line in enumerate(lines) if len(line.segments) >= 2
    ]
    columns = _columns([lines[i].segments for i in anchors])
    rows = _rows(lines, anchors, columns)
    cells: list[TableCell] = []
    for number, row in enumerate(rows):
        placed: dict[int, TableCell] = {}
        for line in row:
            for segment in line.segments:
                column, span = _place(segment, columns)
                before = placed.get(column)
                placed[column] = TableCell(
                    text=join(before.text, segment.text) if before else segment.text,
                    row=number,
                    column=column,
                    colspan=max(span, before.colspan) if before else span,
                    confidence=min(segment.confidence, before.confidence) if before else segment.confidence,
                )
        cells.extend(_apart(sorted(placed.values(), key=lambda cell: cell.column)))
    return Table(cells=tuple(cells), rows=len(rows), columns=len(columns))


def _is_anchor(line: Line) -> bool:
    return sum(is_number(segment.text) for segment in line.segments) >= 1 and len(line.segments) >= 2


def _columns(rows: Sequence[Sequence[Segment]]) -> list[tuple[float, float]]:
    """Column extents: stretches that segments cover, parted by gutters which at most a tenth of the
    rows cross (a title that runs over several columns must not join them)."""
    tolerated = len(rows) // 10
    events: list[tuple[float, int]] = []
    for row in rows:
        for segment in row:
            events.append((segment.x0, 1))
            events.append((segment.x1, -1))
    columns: list[tuple[float, float]] = []
    depth, start = 0, 0.0
    for x, step in sorted(events, key=lambda event: (event[0], event[1])):
        if step > 0 and depth == tolerated:
            start = x
        depth += step
        if step < 0 and depth == tolerated and x > start:
            columns.append((start, x))
    return columns or [(0.0, 0.0)]


def _rows(lines: Sequence[Line], anchors: Sequence[int], columns: Sequence[tuple[float, float]]) -> list[list[Line]]:
    """Lines gathered into printed rows: label lines go to the nearest row of numbers when they stand
    clearly closer to it than rows do to one another; header lines that stand close together become one row."""
    home: dict[int, int] = {}
    steps = sorted(lines[below].base - lines[above].base for above, below in pairwise(anchors))
    pitch = steps[len(steps) // 4] if steps else 0.0
    labels = _label_columns([lines[anchor].segments for anchor in anchors], columns)
    for index, line in enumerate(lines):
        if index in anchors:
            home[index] = index
            continue
        nearest = min(anchors, key=lambda anchor: abs(lines[anchor].base - line.base), default=None)
        if nearest is None or index < anchors[0]:
            continue
        near = abs(lines[nearest].base - line.base) < (0.8 * pitch or 1.7 * line.size)
        if near and all(_place(segment, columns)[0] in labels for segment in line.segments):
            home[index] = nearest
    rows: list[tuple[int | None, list[Line]]] = []
    for index, line in enumerate(lines):
        key = home.get(index)
        if rows and (
            (key is not None and rows[-1][0] == key)
            or (key is None and rows[-1][0] is None and _continues(rows[-1][1][-1], line, columns))
        ):
            rows[-1][1].append(line)
        else:
            rows.append((key, [line]))
    return [row for _, row in rows]


def _label_columns(rows: Sequence[Sequence[Segment]], columns: Sequence[tuple[float, float]]) -> set[int]:
    """Columns in which the rows of numbers mostly hold words."""
    words: Counter[int] = Counter()
    for row in rows:
        for segment in row:
            words[_place(segment, columns)[0]] += -1 if is_number(segment.text) else 1
    return {column for column, count in words.items() if count > 0}


def _continues(above: Line, line: Line, columns: Sequence[tuple[float, float]]) -> bool:
    """Whether a header line goes on below: close, and neither line spans several columns."""
    if line.base - above.base > 1.5 * line.size:
        return False
    return all(_place(segment, columns)[1] == 1 for segment in (*above.segments, *line.segments))


def _place(segment: Segment, columns: Sequence[tuple[float, float]]) -> tuple[int, int]:
    """First column and number of columns a segment covers; the nearest column when it covers none."""
    touched = [
        index
        for index, (start, end) in enumerate(columns)
        if min(end, segment.x1) - max(start, segment.x0) > min(TOUCH, 0.5 * (segment.x1 - segment.x0))
    ]
    if touched:
        return touched[0], touched[-1] - touched[0] + 1
    middle = (segment.x0 + segment.x1) / 2
    nearest = min(range(len(columns)), key=lambda index: abs((columns[index][0] + columns[index][1]) / 2 - middle))
    return nearest, 1


def _apart(cells: Sequence[TableCell]) -> list[TableCell]:
    """Spans cut back so that no cell covers the next one's place."""
    cut: list[TableCell] = []
    for index, cell in enumerate(cells):
        room = cells[index + 1].column - cell.column if index + 1 < len(cells) else cell.colspan
        cut.append(
            TableCell(
                text=cell.text,
                row=cell.row,
                column=cell.column,
                colspan=max(1, min(cell.colspan, room)),
                confidence=cell.confidence,
            )
        )
    return cut
