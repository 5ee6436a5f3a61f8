"""Rules to grids, pieces to lines, lines to columns: properties of the pure geometry."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sites.formats.blocks import Body, title_of
from sites.formats.columns import find_tables, is_number
from sites.formats.gridtext import table_of
from sites.formats.layout import Piece, join, lines_of
from sites.formats.paragraphs import PageItems, add_pages
from sites.formats.ruling import Edge, GridCell, grids_of


def rules_of(cells: list[GridCell], step: float = 20.0) -> tuple[list[Edge], list[Edge]]:
    """The four borders of every cell, each drawn on its own."""
    across, down = [], []
    for cell in cells:
        left, top = cell.column * step, cell.row * step
        right, bottom = left + cell.colspan * step, top + cell.rowspan * step
        across += [Edge(top, left, right), Edge(bottom, left, right)]
        down += [Edge(left, top, bottom), Edge(right, top, bottom)]
    return across, down


@st.composite
def forms(draw: st.DrawFn) -> list[GridCell]:
    """A grid of two to five columns in which some cells span."""
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(2, 5))
    taken: set[tuple[int, int]] = set()
    cells = []
    for row in range(rows):
        for column in range(columns):
            if (row, column) in taken:
                continue
            high, wide = draw(st.integers(1, 2)), draw(st.integers(1, 2))
            places = {(r, c) for r in range(row, row + high) for c in range(column, column + wide)}
            if places & taken or row + high > rows or column + wide > columns:
                high = wide = 1
                places = {(row, column)}
            taken |= places
            cells.append(GridCell(row, column, high, wide))
    return cells


@settings(max_examples=50, deadline=None)
@given(forms(), st.randoms(use_true_random=False))
def test_a_grid_is_recovered_from_its_rules_in_any_order(cells: list[GridCell], order: object) -> None:
    across, down = rules_of(cells)
    expected = grids_of(across, down)
    getattr(order, "shuffle")(across)  # noqa: B009 — hypothesis types its random as object
    getattr(order, "shuffle")(down)  # noqa: B009
    assert grids_of(across, down) == expected
    columns = {cell.column for cell in cells} | {cell.column + cell.colspan for cell in cells}
    rows = {cell.row for cell in cells} | {cell.row + cell.rowspan for cell in cells}
    if len(cells) < 2 or len(columns) < 3:
        assert expected == []
        return
    (grid,) = expected
    assert (len(grid.xs), len(grid.ys)) == (len(columns), len(rows))
    assert len(grid.cells) == len(cells)


@settings(max_examples=50, deadline=None)
@given(forms())
def test_every_piece_lands_in_the_cell_it_is_printed_in(cells: list[GridCell]) -> None:
    grids = grids_of(*rules_of(cells))
    if not grids:
        return
    pieces = [
        Piece(str(index), 20.0 * cell.column + 4, 20.0 * cell.column + 12, 20.0 * cell.row + 14, 8.0)
        for index, cell in enumerate(cells)
    ]
    table = table_of(grids[0], pieces)
    assert [cell.text for cell in table.cells] == [str(index) for index in range(len(cells))]


def test_a_missing_rule_joins_no_rows() -> None:
    across, down = rules_of([GridCell(row, column, 1, 1) for row in range(2) for column in range(3)])
    gap = [edge for edge in down if not (edge.at == 40.0 and edge.start == 0.0)]
    gap_across = [edge for edge in across if not (edge.at == 20.0 and edge.start == 40.0)]
    (grid,) = grids_of(gap_across, gap)
    assert all(cell.rowspan == 1 for cell in grid.cells)


def test_a_drawing_with_thousands_of_rules_is_no_table() -> None:
    across = [Edge(4.0 * y, 0.0, 9_000.0) for y in range(1_000)]
    assert grids_of(across, [edge._replace(end=4_000.0) for edge in across]) == []


def test_confidence_of_a_cell_is_that_of_its_least_certain_piece() -> None:
    (grid,) = grids_of(*rules_of([GridCell(0, 0, 1, 1), GridCell(0, 1, 1, 1)]))
    table = table_of(
        grid, [Piece("1", 2, 6, 14, 8.0, 0.9), Piece("2", 7, 11, 14, 8.0, 0.4), Piece("", 24, 30, 14, 8.0, 0.0)]
    )
    assert [(cell.text, cell.confidence) for cell in table.cells] == [("12", 0.4), ("", 0.0)]


def test_spaces_stand_only_between_latin_words() -> None:
    assert join("政府", "2023") == "政府2023"
    assert join("annual", "report") == "annual report"
    assert join("39857", "58", tight=True) == "3985758"
    assert join("", "甲") == "甲"
    spread = [
        Piece(character, 10.0 * x, 10.0 * x + 10, 50.0, 10.0) for x, character in ((0, "甲"), (1, "乙"), (5, "丙"))
    ]
    assert lines_of(spread)[0].text == "甲乙 丙"
    assert [segment.text for segment in lines_of(spread)[0].segments] == ["甲乙", "丙"]


def test_what_looks_like_a_value() -> None:
    assert all(is_number(text) for text in ("0", "1,136", "+3", "-3", "96171.6", "12件", "/0", "50%"))
    assert not any(is_number(text) for text in ("规章", "第5项", "2023年报告", ""))


def row(base: float, *words: tuple[float, str]) -> list[Piece]:
    return [Piece(word, x, x + 10.0 * len(word), base, 10.0) for x, word in words]


def test_running_text_and_tables_of_contents_are_no_tables() -> None:
    prose = [piece for line in range(4) for piece in row(20.0 * line, (0.0, "本镇全年主动公开政府信息情况如下所述"))]
    assert find_tables(lines_of(prose)) == []
    contents = [
        piece for line in range(4) for piece in row(20.0 * line, (0.0, "一、总体情况........"), (300.0, str(line)))
    ]
    assert find_tables(lines_of(contents)) == []


def test_a_group_heading_spans_its_columns_and_header_lines_join() -> None:
    lines = lines_of(
        [
            *row(0.0, (100.0, "法人或其他组织企业科研机构")),
            *row(20.0, (0.0, "项目"), (100.0, "商业"), (200.0, "科研")),
            *row(32.0, (100.0, "企业"), (200.0, "机构")),
            *row(60.0, (0.0, "一、新收"), (105.0, "3"), (205.0, "0")),
            *row(80.0, (0.0, "二、结转"), (105.0, "0"), (205.0, "1")),
        ]
    )
    (found,) = find_tables(lines)
    assert found.table.grid()[1:] == (("项目", "商业企业", "科研机构"), ("一、新收", "3", "0"), ("二、结转", "0", "1"))


def test_a_title_over_several_lines_is_one_and_a_body_without_one_has_none() -> None:
    body = Body()
    for line in ("某县某局", "2023年政府信息公开工作", "年 度 报 告", "一、总体情况"):
        body.add_text(line)
    assert title_of(body.blocks) == "某县某局2023年政府信息公开工作年度报告"
    bare = Body()
    bare.add_text("根据《中华人民共和国政府信息公开条例》，现公布本报告。")
    assert title_of(bare.blocks) == ""


def test_pages_without_anything_give_nothing() -> None:
    body = Body()
    add_pages(body, [PageItems(595.0, 842.0, ())])
    assert body.blocks == []
