"""Ruled lines → grids of cells with their spans. Pure geometry, shared by PDF and OCR."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

#: Points. Rules of one border are drawn up to 3 pt apart (double lines, one segment a cell); the
#: smallest row of a real form is 8 pt high, so nothing real is lost.
SNAP = 3.0
SHORTEST = 5.0
#: How far text may stick out of the outermost vertical rule before the table is taken to be open there.
OPEN_SIDE = 8.0
#: Share of a cell's side that must be ruled to part it from its neighbour.
COVERED = 0.6
#: More rules than this on a page are a drawing, not a form (a full statutory table has about 60).
MAX_EDGES = 1_500
#: Larger grids are refused: no statutory form has more than 30 columns or 60 rows on a page.
MAX_PLACES = 20_000


class Edge(NamedTuple):
    """A straight rule: its fixed coordinate, and where it begins and ends along the other axis."""

    at: float
    start: float
    end: float


class GridCell(NamedTuple):
    """A cell of a grid: its top-left place and its spans."""

    row: int
    column: int
    rowspan: int
    colspan: int


class Grid(NamedTuple):
    """Column borders from left to right, row borders from top to bottom, and the cells between."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[GridCell, ...]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside the outer border."""
        left, top, right, bottom = self.bounds
        return left - 1 <= x <= right + 1 and top - 1 <= y <= bottom + 1

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the place a point lies in, clamped to the grid."""
        row = min(max(bisect_right(self.ys, y) - 1, 0), len(self.ys) - 2)
        column = min(max(bisect_right(self.xs, x) - 1, 0), len(self.xs) - 2)
        return row, column


def grids_of(horizontal: Iterable[Edge], vertical: Iterable[Edge]) -> list[Grid]:
    """The grids that crossing rules form, from top to bottom. Boxes with one column are frames or
    underlined text, not tables, and are left out."""
    rows, columns = _tidy(horizontal), _tidy(vertical)
    if not rows or not columns or len(rows) + len(columns) > MAX_EDGES:
        return []
    grids = [grid for group in _connected(rows, columns) if (grid := _grid(*group)) is not None]
    return sorted(grids, key=lambda grid: (grid.ys[0], grid.xs[0]))


def _tidy(edges: Iterable[Edge]) -> list[Edge]:
    """Snap parallel rules to common coordinates, join collinear pieces, drop dots."""
    lines: list[list[Edge]] = []
    for edge in sorted(edges):
        if lines and edge.at - lines[-1][0].at <= SNAP:
            lines[-1].append(edge)
        else:
            lines.append([edge])
    tidy: list[Edge] = []
    for line in lines:
        at = sum(edge.at for edge in line) / len(line)
        start, end = None, 0.0
        for edge in sorted(line, key=lambda edge: edge.start):
            if start is None:
                start, end = edge.start, edge.end
            elif edge.start <= end + SNAP:
                end = max(end, edge.end)
            else:
                tidy.append(Edge(at, start, end))
                start, end = edge.start, edge.end
        if start is not None:
            tidy.append(Edge(at, start, end))
    return [edge for edge in tidy if edge.end - edge.start >= SHORTEST]


def _connected(rows: Sequence[Edge], columns: Sequence[Edge]) -> list[tuple[list[Edge], list[Edge]]]:
    """Rules that touch one another, directly or through others, belong to one table."""
    parent = list(range(len(rows) + len(columns)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for i, row in enumerate(rows):
        for j, column in enumerate(columns, start=len(rows)):
            if row.start - SNAP <= column.at <= row.end + SNAP and column.start - SNAP <= row.at <= column.end + SNAP:
                parent[root(i)] = root(j)
    groups: dict[int, tuple[list[Edge], list[Edge]]] = defaultdict(lambda: ([], []))
    for i, row in enumerate(rows):
        groups[root(i)][0].append(row)
    for j, column in enumerate(columns, start=len(rows)):
        groups[root(j)][1].append(column)
    return [group for group in groups.values() if group[0] and group[1]]


def _grid(rows: Sequence[Edge], columns: Sequence[Edge]) -> Grid | None:
    xs = _borders([edge.at for edge in columns], [edge.start for edge in rows], [edge.end for edge in rows])
    ys = _borders([edge.at for edge in rows], [edge.start for edge in columns], [edge.end for edge in columns])
    if len(xs) < 3 or len(ys) < 2 or (len(xs) - 1) * (len(ys) - 1) > MAX_PLACES:
        return None
    right_ruled = _ruled(columns, xs, ys)
    below_ruled = _ruled(rows, ys, xs)
    n_rows, n_columns = len(ys) - 1, len(xs) - 1
    region = list(range(n_rows * n_columns))

    def root(index: int) -> int:
        while region[index] != index:
            region[index] = region[region[index]]
            index = region[index]
        return index

    for row in range(n_rows):
        for column in range(n_columns):
            here = row * n_columns + column
            if column + 1 < n_columns and (column + 1, row) not in right_ruled:
                region[root(here + 1)] = root(here)
            if row + 1 < n_rows and (row + 1, column) not in below_ruled:
                region[root(here + n_columns)] = root(here)
    members: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for index in range(n_rows * n_columns):
        members[root(index)].append(divmod(index, n_columns))
    cells = [cell for places in members.values() for cell in _cells(places)]
    if len(cells) < 2:
        return None
    return Grid(tuple(xs), tuple(ys), tuple(sorted(cells)))


def _borders(ruled: Sequence[float], starts: Sequence[float], ends: Sequence[float]) -> list[float]:
    """Ruled coordinates, and the ends of the crossing rules where a table is open at its sides (at
    least two crossing rules must reach there)."""
    borders = sorted(set(ruled))
    if len(starts) >= 2:
        first, last = sorted(starts)[1], sorted(ends)[-2]
        if first < borders[0] - OPEN_SIDE:
            borders.insert(0, first)
        if last > borders[-1] + OPEN_SIDE:
            borders.append(last)
    return borders


def _ruled(edges: Sequence[Edge], at: Sequence[float], along: Sequence[float]) -> set[tuple[int, int]]:
    """Which stretches between two borders carry a rule: pairs (index of the border in `at`, index of
    the stretch in `along`)."""
    index = {coordinate: i for i, coordinate in enumerate(at)}
    ruled: set[tuple[int, int]] = set()
    for edge in edges:
        border = index[edge.at]
        for stretch in range(len(along) - 1):
            start, end = along[stretch], along[stretch + 1]
            if min(edge.end, end) - max(edge.start, start) >= COVERED * (end - start):
                ruled.add((border, stretch))
    return ruled


def _cells(places: Sequence[tuple[int, int]]) -> list[GridCell]:
    """One cell when the places form a rectangle; otherwise (a rule is missing somewhere) one cell for
    each run of a row, so that no text is moved to another row."""
    top, bottom = min(row for row, _ in places), max(row for row, _ in places)
    left, right = min(column for _, column in places), max(column for _, column in places)
    if (bottom - top + 1) * (right - left + 1) == len(places):
        return [GridCell(top, left, bottom - top + 1, right - left + 1)]
    cells: list[GridCell] = []
    for row, column in sorted(places):
        last = cells[-1] if cells else None
        if last and last.row == row and last.column + last.colspan == column:
            cells[-1] = last._replace(colspan=last.colspan + 1)
        else:
            cells.append(GridCell(row, column, 1, 1))
    return cells
