"""Table in the flow of a page → `Table`: what was printed, where it stands, bounded whatever the markup claims."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from sites.model import Table, TableCell
from sites.reading.flow import Flow, fold

#: No statutory table comes near these; a markup that claims more is cut there.
MAX_ROWS, MAX_COLUMNS, MAX_PLACES = 3000, 400, 200_000

_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dt"})
_CELLS = frozenset({"td", "th"})
_GROUPS = frozenset({"tbody", "thead", "tfoot"})
_SKIP = frozenset({"script", "style", "noscript", "template", "select", "option", "textarea", "button"})
_BETWEEN_CHINESE = re.compile(r"(?<=[^\x00-\xff])\s*\n\s*(?=[^\x00-\xff])")
_SPAN = re.compile(r"\s*(\d{1,6})")


def read_table(flow: Flow, table: int) -> Table:
    """The grid of the `<table>` that is this region: spans as declared as far as they fit, `rowspan=0` to the end of
    the table, spans never over a printed cell, missing cells simply absent. A nested table's text stays in its cell."""
    caption, rows = _rows(flow, table)
    texts, tags, nodes, firsts, lasts = flow.texts, flow.tags, flow.nodes, flow.firsts, flow.lasts
    spanning = flow.spanning
    taken: dict[int, int] = {}  # column -> first row below the cell that covers it
    cells: list[TableCell] = []
    columns = places = 0
    total = min(len(rows), MAX_ROWS)
    for index, row in enumerate(rows[:MAX_ROWS]):
        column = 0
        for region in row:
            if taken:
                while taken.get(column, 0) > index:
                    column += 1
            if column >= MAX_COLUMNS or places > MAX_PLACES:
                break
            width = height = 1
            if spanning and nodes[region].mem_id in spanning:
                attributes = nodes[region].attributes
                width = max(1, min(_span(attributes.get("colspan")), MAX_COLUMNS - column))
                height = max(1, min(_span(attributes.get("rowspan"), zero=total), total - index))
                for offset in range(1, width):
                    if taken.get(column + offset, 0) > index:
                        width = offset
                        break
            places += width * height
            text = texts[firsts[region]] if lasts[region] - firsts[region] == 1 else _said(flow, region)
            cells.append(TableCell(text, index, column, height, width, tags[region] == "th"))
            if height > 1:
                for offset in range(width):
                    taken[column + offset] = index + height
            column += width
        columns = max(columns, column)
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


def is_layout(flow: Flow, table: int) -> bool:
    """Whether a table only arranges things: one cell, another table with more cells inside, or cells that hold
    whole paragraphs. Its content is read as running text."""
    own = [cell for row in _rows(flow, table)[1] for cell in row]
    if len(own) <= 1:
        return True
    inner = flow.tables_inside(table)
    if inner:
        nested = sum(tag in _CELLS for tag in flow.tags[table + 1 : flow.ends[table]]) - len(own)
        around = {cell for cell in own if any(flow.within(index, cell) for index in inner)}
        filled = sum(1 for cell in own if cell not in around and _said(flow, cell))
        return nested >= filled
    if len(own) > 12:
        return False
    return any(flow.tags[cell + 1 : flow.ends[cell]].count("p") > 4 and len(_said(flow, cell)) > 400 for cell in own)


def _rows(flow: Flow, table: int) -> tuple[str, list[list[int]]]:
    """The caption of a table and its own rows, each as the regions of its cells."""
    tags, parents, ends = flow.tags, flow.parents, flow.ends
    caption = ""
    rows: list[list[int]] = []
    row = -1
    region, end = table + 1, ends[table]
    while region < end:
        tag = tags[region]
        if tag in _CELLS:
            if parents[region] == row:
                rows[-1].append(region)
            region = ends[region]  # what stands inside a cell is no row of this table
            continue
        if tag == "tr":
            parent = parents[region]
            if parent == table or (tags[parent] in _GROUPS and parents[parent] == table):
                row = region
                rows.append([])
        elif tag == "caption" and parents[region] == table and not caption:
            caption = _said(flow, region)
        region += 1
    return caption, rows


def _said(flow: Flow, region: int) -> str:
    """The text of a cell on one line; breaks between Chinese characters are nothing (三⏎本⏎年 is 三本年)."""
    first, last = flow.firsts[region], flow.lasts[region]
    text = flow.texts[first]
    for more in flow.texts[first + 1 : last]:
        if more:
            text += more if not text or (text[-1] > "\xff" and more[0] > "\xff") else " " + more
    return text


def _span(value: str | None, *, zero: int = 1) -> int:
    if not value:
        return 1
    found = _SPAN.match(value)
    if not found:
        return 1
    return int(found[1]) or zero
