"""Tables of every origin as one kind of row: HTML, DOCX and PDF grids, and text flattened with tabs or pipes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from archive.reports.wording import tight
from sites.model import Table, TableCell

#: Beyond this a table is no statutory form (the largest has 30 rows and 15 columns), only a burden.
MAX_ROWS = 1_500
MAX_COLUMNS = 120

#: Longest line above rows that may be a cell over the whole width of the table.
_TITLE = 30
_column = attrgetter("column")
#: Makes a named tuple in half the time its own constructor takes: there are hundreds a report.
_made = tuple.__new__
_RULE = re.compile(r"\|?(?:\s*:?-{2,}:?\s*(?:\||$))+")
#: One of these stands in every statutory table; others are not walked.
_STATUTORY = re.compile(
    r"第?二十条第|第[(（]?[一五六八九][)）]?项|本年新收|自然人|商业企业|不予公开|无法提供|不予处理|行政复议|结果维持|"
    r"行政许可|行政处罚|行政强制|规范性文件|统计指标|统计数|处理决定|结转下|逾期不补正|政府集中采购|行政事业性收费|维持|起诉|"
    r"信访举报|重复申请|出版物|反复申请|重新出具|其他处理|国家秘密|现有?成?信息|不掌握|收费金额"
)


class Slot(NamedTuple):
    """One printed cell of a row: its text, first grid column and width. `inherited` cells began in a row above;
    `confidence` is below 1 for text recognised in a picture."""

    text: str
    column: int
    span: int = 1
    inherited: bool = False
    confidence: float = 1.0


class Row(NamedTuple):
    """The cells over one line of a table: `own` begin in it, `slots` also has those that reach down from above.
    `sheet` numbers the source's grid whose columns they stand in; -1: flattened text, where a column is only an
    ordinal."""

    slots: tuple[Slot, ...]
    own: tuple[Slot, ...]
    where: str
    sheet: int = -1


def is_statutory(table: Table) -> bool:
    """Whether any label of the forms stands in the table, and the table is of a size a form can have."""
    if table.rows > MAX_ROWS or len(table.cells) > MAX_ROWS * 20:
        return False
    return any(cell.text and _STATUTORY.search(tight(cell.text)) for cell in table.cells if len(cell.text) < 200)


def rows_of_table(table: Table, number: int) -> Iterator[Row]:
    """The rows of a grid. Cells that reach down from above are in each row they cover, marked `inherited`."""
    by_row: dict[int, list[TableCell]] = {}
    for cell in table.cells:
        if cell.column < MAX_COLUMNS:
            by_row.setdefault(cell.row, []).append(cell)
    reaching: list[TableCell] = []
    for index in range(table.rows):
        if reaching:
            reaching = [cell for cell in reaching if cell.row + cell.rowspan > index]
        printed = sorted(by_row.get(index, ()), key=_column)
        own = tuple([_made(Slot, (text, at, span, False, seen)) for text, _, at, _, span, _, seen in printed])
        slots = own
        if reaching:
            above = [Slot(cell.text, cell.column, cell.colspan, True, cell.confidence) for cell in reaching]
            slots = tuple(sorted((*above, *own), key=_column))
        reaching += [cell for cell in printed if cell.rowspan > 1]
        yield Row(slots, own, f"table {number + 1} row {index + 1}", number)


def transposed(table: Table) -> Table:
    """The grid with rows and columns exchanged (a vertical layout of a horizontal form)."""
    cells = sorted(
        (
            TableCell(
                text=cell.text,
                row=cell.column,
                column=cell.row,
                rowspan=cell.colspan,
                colspan=cell.rowspan,
                header=cell.header,
            )
            for cell in table.cells
        ),
        key=lambda cell: (cell.row, cell.column),
    )
    return Table(cells=tuple(cells), rows=table.columns, columns=table.rows, caption=table.caption)


def _row_of(texts: Sequence[str], where: str) -> Row:
    slots = tuple(Slot(text, column) for column, text in enumerate(texts))
    return Row(slots, slots, where)


def rows_of_tabs(text: str) -> Iterator[Row]:
    """Rows of text flattened as in seed 002: a cell begins with a line break and a tab, a blank line ends a
    row, a line break without a tab is inside a cell (§12). Where lines hold whole rows (several tabs in one),
    a line is a row."""
    tabs = [line for line in text.split("\n") if "\t" in line]
    if sum(line.count("\t") > 1 or not line.startswith("\t") for line in tabs) * 2 > len(tabs):
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if "\t" in line:
                yield _row_of(line.split("\t"), f"line {number + 1}")
            elif 0 < len(line.strip()) <= _TITLE and any("\t" in near for near in lines[number + 1 : number + 3]):
                yield _row_of(
                    (line,), f"line {number + 1}"
                )  # 第二十条第（五）项, 行政复议: a cell over the whole width
        return
    cells: list[str] = []
    for number, line in enumerate((*text.split("\n"), "")):
        if line.startswith("\t"):
            cells.extend(line[1:].split("\t"))
        elif not line.strip(" \u3000\xa0\r"):
            if len(cells) > 1 or (cells and tight(cells[0])):
                yield _row_of(cells, f"line {number}")
            cells = []
        elif cells and "\t" not in line and len(line) <= 40:
            cells[-1] += "\n" + line
        elif "\t" in line:
            yield _row_of(line.split("\t"), f"line {number + 1}")
        else:
            if cells:
                yield _row_of(cells, f"line {number}")
            cells = []


def is_ruler(line: str) -> bool:
    """Whether a line draws a pipe table's rule (`|---|:--:|`). A lone dash is a printed cell."""
    return bool(_RULE.fullmatch(line.strip()))


def rows_of_pipes(lines: Iterable[str]) -> Iterator[Row]:
    """Rows of a pipe table (`| a | b |`, or `a | b` as some extractors print it); rulers are left out."""
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped.count("|") < 1 or is_ruler(stripped):
            continue
        inner = stripped.removeprefix("|")
        inner = inner[:-1] if inner.endswith("|") else inner
        yield _row_of([cell.strip() for cell in inner.split("|")], f"line {number + 1}")
