"""Grids hold the printed cells, whatever the markup claims."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from sites.reading.flow import flow_of
from sites.reading.tables import MAX_COLUMNS, MAX_PLACES, MAX_ROWS, is_layout, read_table, table_text


def first_table(html):
    flow = flow_of(LexborHTMLParser(html))
    return flow, flow.tables[0]


def test_spans_cover_and_cells_keep_their_place():
    table = read_table(*first_table("<table><tr><th rowspan=2>行</th><td colspan=2>a</td></tr><tr><td>b<td>c</table>"))
    assert table.grid() == (("行", "a", "a"), ("行", "b", "c"))
    assert [(cell.text, cell.row, cell.column, cell.rowspan, cell.colspan, cell.header) for cell in table.cells] == [
        ("行", 0, 0, 2, 1, True), ("a", 0, 1, 1, 2, False), ("b", 1, 1, 1, 1, False), ("c", 1, 2, 1, 1, False),
    ]  # fmt: skip


def test_vertical_labels_and_spans_of_text_fold():
    table = read_table(
        *first_table(
            "<table><tr><td>三、<br>本<br>年<br/>度</td><td><p>本年新</p><p>制作数量</p></td><td>1<span>2</span> </td><td>Total<br>sum</td></tr></table>"
        )
    )
    assert table.grid() == (("三、本年度", "本年新制作数量", "12", "Total sum"),)


def test_missing_cells_are_absent_and_rows_stay_short():
    table = read_table(*first_table("<table><tr><td>a<td>b<td>c</tr><tr><td>d</tr><tr></tr><tr><td>e<td></tr></table>"))
    assert table.grid() == (("a", "b", "c"), ("d", "", ""), ("", "", ""), ("e", "", ""))
    assert [len(row) for row in table.printed_rows()] == [3, 1, 0, 2]


@pytest.mark.parametrize("claim", ["65535", "0", "-3", "abc", "", "1e9", "99999999999"])
def test_any_rowspan_ends_with_the_table(claim):
    table = read_table(
        *first_table(f'<table><tr><td rowspan="{claim}">a</td><td>b</td></tr><tr><td>c</td></tr></table>')
    )
    assert (table.rows, table.columns <= 2) == (2, True)


def test_ten_thousand_columns_are_bounded():
    table = read_table(
        *first_table('<table><tr><td colspan="10000">a</td></tr><tr>' + "<td>x</td>" * 10_000 + "</tr></table>")
    )
    assert table.columns <= MAX_COLUMNS


def test_a_bomb_of_spans_is_bounded():
    rows = "<tr>" + '<td rowspan="3000" colspan="400">a</td>' * 3 + "</tr>"
    table = read_table(*first_table(f"<table>{rows * (MAX_ROWS + 10)}</table>"))
    assert table.rows == MAX_ROWS
    assert sum(cell.rowspan * cell.colspan for cell in table.cells) <= MAX_PLACES + MAX_ROWS * MAX_COLUMNS


def test_a_colspan_that_runs_into_a_rowspan_is_cut():
    table = read_table(*first_table("<table><tr><td>a<td rowspan=2>b</tr><tr><td colspan=2>c</tr></table>"))
    assert table.grid() == (("a", "b"), ("c", "b"))


def test_rows_of_head_body_and_foot_follow_each_other():
    table = read_table(
        *first_table(
            "<table><caption>表一</caption><thead><tr><th>h</thead><tbody><tr><td>1</tbody><tfoot><tr><td>2</tfoot></table>"
        )
    )
    assert (table.caption, table_text(table)) == ("表一", "h\n1\n2")


def test_a_nested_table_stays_in_its_cell():
    table = read_table(
        *first_table("<table><tr><td>a<table><tr><td>1<td>2</table></td><td>b</td></tr><tr><td>c<td>d</table>")
    )
    assert (table.rows, table.columns) == (2, 2)
    assert table.cells[0].text.split() == ["a", "1", "2"]


@pytest.mark.parametrize(
    ("html", "layout"),
    [
        ("<table><tr><td>一段话</td></tr></table>", True),
        ("<table><tr><td>左</td><td><table><tr><td>1<td>2<tr><td>3<td>4</table></td></tr></table>", True),
        ("<table><tr><td>a<td>b<td>c<tr><td>1<td>2<td><table><tr><td>x</table></table>", False),
        ("<table><tr><td>a<td>b</table>", False),
        (
            "<table><tr><td>导航</td><td>"
            + "<p>"
            + "很长的一段正文，" * 12
            + "</p>" * 1
            + ("<p>" + "很长的一段正文，" * 12 + "</p>") * 5
            + "</td></tr></table>",
            True,
        ),
    ],
)
def test_layout_is_told_from_data(html, layout):
    assert is_layout(*first_table(html)) is layout


@given(st.lists(st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 5)), max_size=5), min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_no_two_cells_cover_one_place_and_all_are_inside(spans):
    rows = "".join(
        "<tr>" + "".join(f'<td rowspan="{h}" colspan="{w}">x</td>' for h, w in row) + "</tr>" for row in spans
    )
    table = read_table(*first_table(f"<table>{rows}</table>"))
    seen = set()
    for cell in table.cells:
        for row in range(cell.row, cell.row + cell.rowspan):
            for column in range(cell.column, cell.column + cell.colspan):
                assert (row, column) not in seen
                assert row < table.rows
                assert column < table.columns
                seen.add((row, column))
    assert len(table.cells) == sum(map(len, spans))


def test_what_a_cell_hides_is_not_printed_in_it():
    html = '<table><tr><td>1<span style="display:none">2</span>3</td><td>甲<st1:place>乙</st1:place>4</td></tr></table>'
    assert read_table(*first_table(html)).grid() == (("13", "甲乙4"),)
