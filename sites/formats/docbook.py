"""DocBook, as antiword writes it from a .doc → paragraphs and tables. Pure."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from sites.errors import Unreadable
from sites.formats.blocks import Body
from sites.formats.ooxml import Element, attribute, number, tag
from sites.formats.sniff import MEDIA_TYPES
from sites.model import Extracted, Table, TableCell

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_COLUMNS: Final = 200


def read_docbook(body: bytes) -> Extracted:
    """Paragraphs, headings and tables in document order. Raises `Unreadable` when damaged or empty."""
    if len(body) > MAX_BYTES:
        raise Unreadable(f"the converted document has {len(body):,} bytes; more than {MAX_BYTES:,} are not read")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        root: Element | None = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"the converted document is damaged: {error}") from error
    result = Body()
    if root is not None:
        _read(result, root)
    if not result.blocks:
        raise Unreadable("the converted document holds no text")
    return result.extracted(media_type=MEDIA_TYPES["docbook"])


def _read(body: Body, container: Element) -> None:
    for element in container:
        name = tag(element)
        if name in ("table", "informaltable"):
            _table(body, element)
        elif name in ("para", "simpara", "title", "subtitle", "bridgehead"):
            inner = [part for part in element if tag(part) in ("table", "informaltable")]
            body.add_text(_text(element))
            for part in inner:
                _table(body, part)
        elif name and name not in ("bookinfo", "articleinfo", "beginpage"):
            _read(body, element)


def _table(body: Body, element: Element) -> None:
    rows = [row for row in element.iter() if tag(row) == "row"]
    cells: list[TableCell] = []
    width = 0
    for index, row in enumerate(rows):
        column = 0
        for entry in row:
            if tag(entry) != "entry":
                continue
            start, end = attribute(entry, "namest"), attribute(entry, "nameend")
            first, last = (number(re.sub(r"\D", "", name), -1) for name in (start, end))
            span = last - first + 1 if 0 <= first <= last < MAX_COLUMNS else 1
            cells.append(TableCell(text=_text(entry), row=index, column=column, colspan=span))
            column += span
        width = max(width, column)
    if 0 < width <= MAX_COLUMNS:
        body.add_table(Table(cells=tuple(cells), rows=len(rows), columns=width))
    elif cells:
        body.flag("table-too-wide")
        body.add_text(" ".join(cell.text for cell in cells if cell.text))


def _text(element: Element) -> str:
    """All text inside, tables left out; white space folded, none beside Chinese characters."""
    parts: list[str] = []
    stack: list[Element | str] = [element]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
        elif tag(item) not in ("table", "informaltable", ""):
            inner: list[Element | str] = [item.text or ""]
            for part in item:
                inner.extend((part, part.tail or ""))
            stack.extend(reversed(inner))
    text = re.sub(r"\s+", " ", "".join(parts)).strip()
    return re.sub(r"(?<=[\u2e80-\uffef]) | (?=[\u2e80-\uffef])", "", text)
