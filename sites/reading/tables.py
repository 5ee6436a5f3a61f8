"""DOM table → `Table`: what was printed, where it stands, bounded whatever the markup claims."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from sites.model import Table, TableCell
from sites.reading.flow import fold

#: No statutory table comes near these; a markup that claims more is cut there.
MAX_ROWS, MAX_COLUMNS, MAX_PLACES = 3000, 400, 200_000

_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dt"})
_SKIP = frozenset({"script", "style", "noscript", "template", "select", "option", "textarea", "button"})
_BETWEEN_CHINESE = re.compile(r"(?<=[^\x00-\xff])\s*\n\s*(?=[^\x00-\xff])")
_SPAN = re.compile(r"\s*(\d{1,6})")


def read_table(node: LexborNode) -> Table:
    """The grid of a `<table>`: spans as declared as far as they fit, `rowspan=0` to the end of the table, spans
    never over a printed cell, missing cells simply absent. A nested table's text stays in its cell."""
    rows = _rows(node)
    taken: dict[int, int] = {}  # column -> first row below the cell that covers it
    cells: list[TableCell] = []
    columns = places = 0
    total = min(len(rows), MAX_ROWS)
    for index, row in enumerate(rows[:MAX_ROWS]):
        column = 0
        for cell in _cells(row):
            while taken.get(column, 0) > index:
                column += 1
            if column >= MAX_COLUMNS or places > MAX_PLACES:
                break
            attributes = cell.attrs  # looked up one by one: a pasted cell carries a dozen
            width = max(1, min(_span(attributes.get("colspan")), MAX_COLUMNS - column))
            declared = _span(attributes.get("rowspan"), zero=total)
            height = max(1, min(declared, total - index))
            for offset in range(1, width):
                if taken.get(column + offset, 0) > index:
                    width = offset
                    break
            places += width * height
            cells.append(
                TableCell(
                    text=cell_text(cell),
                    row=index,
                    column=column,
                    rowspan=height,
                    colspan=width,
                    header=cell.tag == "th",
                )
            )
            for offset in range(width):
                taken[column + offset] = index + height
            column += width
        columns = max(columns, column)
    columns = max(columns, max((cell.column + cell.colspan for cell in cells), default=0))
    caption = next((fold(child.text(deep=True)) for child in node.iter() if child.tag == "caption"), "")
    return Table(cells=tuple(cells), rows=total, columns=columns, caption=caption)


def table_text(table: Table) -> str:
    """The flattened form of a table: printed cells joined by tabs, rows by newlines."""
    return "\n".join("\t".join(cell.text for cell in row) for row in table.printed_rows())


def cell_text(node: LexborNode) -> str:
    """All text of a cell on one line; breaks between Chinese characters are nothing (三⏎本⏎年 is 三本年)."""
    pieces: list[str] = []
    stack: list[LexborNode] = []
    current = node.first_child
    while True:
        if current is None:
            if not stack:
                break
            closed = stack.pop()
            if closed.tag in _BREAKS:
                pieces.append("\n")
            elif closed.tag in ("td", "th"):
                pieces.append(" ")
            current = closed.next
            continue
        if current.is_text_node:
            pieces.append(current.text_content or "")
        elif current.is_element_node:
            tag = current.tag
            if tag == "br":
                pieces.append("\n")
            elif tag not in _SKIP:
                if tag in _BREAKS:
                    pieces.append("\n")
                stack.append(current)
                current = current.first_child
                continue
        current = current.next
    text = "".join(pieces).strip()
    return fold(_BETWEEN_CHINESE.sub("", text) if "\n" in text else text)


def is_layout(node: LexborNode) -> bool:
    """Whether a table only arranges things: one cell, another table with more cells inside, or cells that hold
    whole paragraphs. Its content is read as running text."""
    own = [cell for row in _rows(node) for cell in _cells(row)]
    if len(own) <= 1:
        return True
    nested = len(node.css("table table td, table table th")) if len(node.css("table")) > 1 else 0
    if nested:
        filled = sum(1 for cell in own if not cell.css_first("table") and cell_text(cell))
        return nested >= filled
    if len(own) > 12:
        return False
    return any(len(cell.css("p")) > 4 and len(cell.text(deep=True).strip()) > 400 for cell in own)


def _rows(table: LexborNode) -> list[LexborNode]:
    rows: list[LexborNode] = []
    for child in table.iter():
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in ("tbody", "thead", "tfoot"):
            rows.extend(grandchild for grandchild in child.iter() if grandchild.tag == "tr")
    return rows


def _cells(row: LexborNode) -> list[LexborNode]:
    return [child for child in row.iter() if child.tag in ("td", "th")]


def _span(value: str | None, *, zero: int = 1) -> int:
    if not value:
        return 1
    found = _SPAN.match(value)
    if not found:
        return 1
    return int(found[1]) or zero
