"""Pieces of text and ruled grids of one page → its lines and tables in reading order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sites.formats.blocks import Body
from sites.formats.columns import find_tables
from sites.formats.gridtext import table_of
from sites.formats.layout import Line, Piece, lines_of
from sites.formats.paragraphs import PageItems
from sites.formats.ruling import Grid
from sites.model import Table


def compose(body: Body, width: float, height: float, pieces: Sequence[Piece], grids: Sequence[Grid]) -> PageItems:
    """Lines and tables from top to bottom. Pieces inside a grid become its cells, what is left lines;
    lines that stand in columns become tables, and `body` is flagged `unruled`."""
    inside: dict[int, list[Piece]] = {index: [] for index in range(len(grids))}
    outside: list[Piece] = []
    for piece in pieces:
        x, y = piece.middle
        home = next((index for index, grid in enumerate(grids) if grid.holds(x, y)), None)
        (outside if home is None else inside[home]).append(piece)
    placed: list[tuple[float, Line | Table]] = []
    for index, grid in enumerate(grids):
        table = table_of(grid, inside[index])
        if any(cell.text for cell in table.cells):
            placed.append((grid.ys[0], table))
    for stretch in _between(lines_of(outside), grids):
        placed.extend(_with_aligned(body, stretch))
    placed.sort(key=lambda item: item[0])
    return PageItems(width, height, tuple(item for _, item in placed))


def _between(lines: Sequence[Line], grids: Sequence[Grid]) -> list[list[Line]]:
    """Lines in stretches that no grid interrupts: an unruled table never runs over a ruled one."""
    stretches: dict[int, list[Line]] = {}
    for line in lines:
        above = sum(grid.ys[0] < line.base for grid in grids)
        stretches.setdefault(above, []).append(line)
    return [stretches[key] for key in sorted(stretches)]


def _with_aligned(body: Body, lines: Sequence[Line]) -> Iterator[tuple[float, Line | Table]]:
    """Lines with the unruled tables among them put together."""
    index = 0
    for aligned in find_tables(lines):
        for line in lines[index : aligned.first]:
            yield line.base, line
        body.flag("unruled")
        yield lines[aligned.first].base, aligned.table
        index = aligned.last
    for line in lines[index:]:
        yield line.base, line
