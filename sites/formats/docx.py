"""DOCX → paragraphs and tables in document order, straight from the XML. Pure.

Read without python-docx: it loads every picture of the package and drops what stands in text boxes,
content controls and automatic numbering.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sites.errors import Unreadable
from sites.formats.blocks import LONGEST_TITLE, Body
from sites.formats.numbering import Numbering
from sites.formats.ooxml import Element, Package, attribute, child, number, tag
from sites.formats.sniff import MEDIA_TYPES, extension
from sites.model import Extracted, Link, Table, TableCell

#: No statutory form has more than 30 columns; a wider table is kept as text only.
MAX_COLUMNS: Final = 200
#: Cells of one document: a 60-page report with annexes has under 10,000.
MAX_CELLS: Final = 100_000

#: Deleted or moved-away text, field codes, and the fallback copy of a drawing's text.
_SKIPPED: Final = frozenset(
    {"del", "moveFrom", "instrText", "delText", "Fallback", "rPr", "pPr", "sectPr", "tblPr", "tblGrid"}
)
_BREAKS: Final = frozenset({"br", "cr"})


def read_docx(body: bytes) -> Extracted:
    """Paragraphs, headings and tables in document order; tracked insertions read as accepted.

    Cells carry `gridSpan` and `vMerge` as spans. A nested table follows the table it stands in; a table
    of one cell is a frame, and what is in it is read as if the frame were not there. Pictures are listed
    by the name of their part. Flags: `table-too-wide` (kept as text).
    Raises `Unreadable` when the package is damaged, encrypted or a bomb, or holds no text and no picture.
    """
    package = Package(body, "docx")
    main = _main_part(package)
    root = package.xml(main)
    content = child(root, "body") if root is not None else None
    if content is None:
        raise Unreadable("the docx has no document body")
    folder = main.rpartition("/")[0]
    styles = package.xml(f"{folder}/styles.xml")
    numbering = Numbering(package.xml(f"{folder}/numbering.xml"), styles)
    reader = _Reader(numbering, package.targets(main), _heading_styles(styles))
    reader.read(content)
    if not reader.body.blocks:
        raise Unreadable("the docx holds no text")
    return reader.body.extracted(media_type=MEDIA_TYPES["docx"])


def _main_part(package: Package) -> str:
    names = package.names()
    if "word/document.xml" in names:
        return "word/document.xml"
    return next((name for name in names if re.fullmatch(r"word/document\d*\.xml", name)), "word/document.xml")


class _Reader:
    def __init__(self, numbering: Numbering, targets: dict[str, str], headings: frozenset[str]) -> None:
        self.body = Body()
        self._headings = headings
        self._numbering = numbering
        self._targets = targets
        self._cells = 0

    def read(self, container: Element) -> None:
        """Read a container of paragraphs and tables (the body, a frame, a text box)."""
        for element in _content(container):
            if tag(element) == "p":
                self._paragraph(element)
            else:
                self._table(element)

    def _paragraph(self, element: Element) -> None:
        boxes: list[Element] = []
        images: list[str] = []
        text = self._ordinal(element) + _text(element, boxes, images)
        properties = child(element, "pPr")
        style = child(properties, "pStyle") if properties is not None else None
        heading = style is not None and attribute(style, "val") in self._headings and len(text) <= LONGEST_TITLE
        for line in text.split("\n"):
            self.body.add_text(_tidy(line), heading=heading)
        for image in images:
            part = self._targets.get(image, "")
            if part:
                self.body.add_image(Link(url=part, name="", kind=extension(part)))
        for box in boxes:
            self.read(box)

    def _ordinal(self, element: Element) -> str:
        return self._numbering.ordinal(child(element, "pPr"))

    def _table(self, element: Element) -> None:
        rows = [row for row in _unwrapped(element) if tag(row) == "tr"]
        first = [cell for cell in _unwrapped(rows[0]) if tag(cell) == "tc"] if rows else []
        if len(rows) == 1 and len(first) == 1:
            self.read(first[0])
            return
        cells: list[TableCell] = []
        open_above: dict[int, int] = {}
        nested: list[Element] = []
        width = 0
        for index, row in enumerate(rows):
            column = _grid_before(row)
            for cell in _unwrapped(row):
                if tag(cell) != "tc":
                    continue
                span, merge = _spans(cell)
                if merge == "continue" and column in open_above:
                    start = cells[open_above[column]]
                    cells[open_above[column]] = _longer(start, index - start.row + 1)
                    span = start.colspan
                    nested.extend(self._cell_parts(cell)[1])
                else:
                    text, inner = self._cell_parts(cell)
                    nested.extend(inner)
                    self._cells += 1
                    if self._cells > MAX_CELLS:
                        raise Unreadable(f"the docx has more than {MAX_CELLS:,} table cells")
                    if merge == "restart":
                        open_above[column] = len(cells)
                    else:
                        open_above.pop(column, None)
                    cells.append(TableCell(text=text, row=index, column=column, colspan=span))
                column += span
            width = max(width, column)
        if width > MAX_COLUMNS:
            self.body.flag("table-too-wide")
            self.body.add_text(" ".join(cell.text for cell in cells if cell.text))
        elif cells:
            self.body.add_table(Table(cells=tuple(cells), rows=len(rows), columns=width))
        for table in nested:
            self._table(table)

    def _cell_parts(self, cell: Element) -> tuple[str, list[Element]]:
        """The text of a cell without that of the tables nested in it, and these tables."""
        lines: list[str] = []
        nested: list[Element] = []
        for element in _content(cell):
            if tag(element) == "tbl":
                nested.append(element)
                continue
            boxes: list[Element] = []
            lines.append(self._ordinal(element) + _text(element, boxes, []))
            for box in boxes:
                lines.extend(_text(paragraph, [], []) for paragraph in _content(box) if tag(paragraph) == "p")
        return _folded(lines), nested


def _content(container: Element) -> Iterator[Element]:
    """Paragraphs and tables of a container in order, also inside content controls and insertions."""
    for element in _unwrapped(container):
        if tag(element) in ("p", "tbl"):
            yield element


def _unwrapped(container: Element) -> Iterator[Element]:
    """Children, those of wrappers (content controls, custom XML, insertions) in the wrapper's place."""
    stack = list(reversed(container))
    while stack:
        element = stack.pop()
        name = tag(element)
        if name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "AlternateContent", "Choice"):
            stack.extend(reversed(element))
        elif name and name not in _SKIPPED:
            yield element


def _text(paragraph: Element, boxes: list[Element], images: list[str]) -> str:
    """The printed text of a paragraph. Text boxes and pictures met on the way are collected."""
    parts: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        name = tag(element)
        if name == "t":
            parts.append(element.text or "")
        elif name in ("tab", "ptab"):
            parts.append("\t")
        elif name in _BREAKS:
            parts.append("\n")
        elif name == "noBreakHyphen":
            parts.append("-")
        elif name == "txbxContent":
            boxes.append(element)
        elif name in ("blip", "imagedata"):
            images.append(attribute(element, "embed") or attribute(element, "id"))
        elif name == "r" and _is_hidden(element):
            continue
        elif name and name not in _SKIPPED:
            stack.extend(reversed(element))
    return "".join(parts)


def _is_hidden(run: Element) -> bool:
    properties = child(run, "rPr")
    vanish = child(properties, "vanish") if properties is not None else None
    return vanish is not None and attribute(vanish, "val") not in ("0", "false")


def _heading_styles(styles: Element | None) -> frozenset[str]:
    """Ids of the styles that are Word's headings and titles (ids are numbers in Chinese Word; names are not)."""
    found: set[str] = set()
    for style in styles if styles is not None else ():
        name = child(style, "name") if tag(style) == "style" else None
        if name is not None and re.match(r"(?i)(?:heading\s*\d|title$|标题)", attribute(name, "val")):
            found.add(attribute(style, "styleId"))
    return frozenset(found)


def _grid_before(row: Element) -> int:
    properties = child(row, "trPr")
    before = child(properties, "gridBefore") if properties is not None else None
    return min(max(number(attribute(before, "val")), 0), MAX_COLUMNS) if before is not None else 0


def _spans(cell: Element) -> tuple[int, str]:
    """Columns a cell covers, and its part in a vertical merge: `restart`, `continue` or ''."""
    properties = child(cell, "tcPr")
    if properties is None:
        return 1, ""
    span, merge = child(properties, "gridSpan"), child(properties, "vMerge")
    columns = number(attribute(span, "val"), 1) if span is not None else 1
    part = "" if merge is None else attribute(merge, "val") or "continue"
    return min(max(columns, 1), MAX_COLUMNS + 1), part


def _longer(cell: TableCell, rowspan: int) -> TableCell:
    return TableCell(text=cell.text, row=cell.row, column=cell.column, rowspan=rowspan, colspan=cell.colspan)


def _tidy(line: str) -> str:
    """A line of text: tabs and runs of blanks are one space."""
    return re.sub(r"[ \t\u00a0\u3000\u2002-\u200a]+", " ", line.replace("\u200b", "")).strip()


def _folded(lines: list[str]) -> str:
    """The lines of a cell as one text: no space where either side is Chinese."""
    text = _tidy(" ".join(lines).replace("\n", " "))
    return re.sub(r"(?<=[\u2e80-\uffef]) | (?=[\u2e80-\uffef])", "", text)
