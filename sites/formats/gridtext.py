"""Pieces of text put into the cells of a ruled grid. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sites.formats.layout import Line, Piece, join, lines_of
from sites.formats.ruling import Grid, GridCell
from sites.model import Table, TableCell

#: In em: a number that reaches this near to its cell's edge goes on in the next line.
FULL_CELL = 1.1


def table_of(grid: Grid, pieces: Iterable[Piece]) -> Table:
    """The grid with its text: a piece belongs to the cell that its middle lies in."""
    owner: dict[tuple[int, int], GridCell] = {
        (row, column): cell
        for cell in grid.cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for column in range(cell.column, cell.column + cell.colspan)
    }
    texts: dict[GridCell, list[Piece]] = defaultdict(list)
    for piece in pieces:
        texts[owner[grid.place(*piece.middle)]].append(piece)
    cells: list[TableCell] = []
    for cell in grid.cells:
        lines = lines_of(texts.get(cell, ()))
        width = grid.xs[cell.column + cell.colspan] - grid.xs[cell.column]
        cells.append(
            TableCell(
                text=cell_text(lines, width),
                row=cell.row,
                column=cell.column,
                rowspan=cell.rowspan,
                colspan=cell.colspan,
                confidence=min((piece.confidence for piece in texts.get(cell, ())), default=1.0),
            )
        )
    return Table(cells=tuple(cells), rows=len(grid.ys) - 1, columns=len(grid.xs) - 1)


def cell_text(lines: Sequence[Line], width: float) -> str:
    """The lines of one cell as one text. A number broken at the cell's edge is one number; two numbers
    under one another in a wide cell are two."""
    text = ""
    for index, line in enumerate(lines):
        above = lines[index - 1] if index else None
        full = above is not None and above.x1 - above.x0 > width - FULL_CELL * above.size
        text = join(text, line.text, tight=full and line.text[0].isdigit())
    return text
