"""XLSX → one table a sheet, with merged cells. Pure.

Read without openpyxl: its streaming mode knows no merged cells, its other mode holds a whole workbook
in memory and stops at styles that WPS writes.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from sites.errors import Unreadable
from sites.formats.blocks import Body
from sites.formats.ooxml import Element, Package, attribute, child, number, tag
from sites.formats.sniff import MEDIA_TYPES
from sites.model import Extracted, Table, TableCell

MAX_SHEETS: Final = 50
#: No statutory form has more than 30 columns or 60 rows; lists of applications reach some thousand rows.
MAX_COLUMNS: Final = 200
MAX_ROWS: Final = 20_000
MAX_CELLS: Final = 200_000

#: Built-in number formats that print a date, and what marks one among a workbook's own.
_DATE_FORMATS: Final = frozenset({14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58})
_PERCENT_FORMATS: Final = {9: 0, 10: 2}
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})$")


def read_xlsx(body: bytes) -> Extracted:
    """Every sheet that holds anything: its name as a heading, its cells as a table.

    Values are what the cells hold, integers without `.0`, dates as ISO; formulas give their stored
    result. Hidden sheets are left out. Raises `Unreadable` for a damaged, encrypted or empty workbook,
    and for sheets wider or longer than any form.
    """
    package = Package(body, "xlsx")
    workbook = package.xml("xl/workbook.xml")
    sheets = child(workbook, "sheets") if workbook is not None else None
    if sheets is None:
        raise Unreadable("the xlsx has no workbook")
    targets = package.targets("xl/workbook.xml")
    reader = _Sheets(_shared_strings(package), _formats(package))
    result = Body()
    shown = [sheet for sheet in sheets if tag(sheet) == "sheet" and attribute(sheet, "state") in ("", "visible")]
    if len(shown) > MAX_SHEETS:
        raise Unreadable(f"the xlsx has {len(shown)} sheets; no report has more than {MAX_SHEETS}")
    for sheet in shown:
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        root = package.xml(targets.get(key, ""))
        table = reader.table(root) if root is not None else None
        if table is not None:
            if not re.fullmatch(r"(?i)sheet\d*|工作表\d*", attribute(sheet, "name")):
                result.add_text(attribute(sheet, "name"), heading=True)
            result.add_table(table)
    if not result.tables:
        raise Unreadable("the xlsx holds no cells")
    return result.extracted(media_type=MEDIA_TYPES["xlsx"])


class _Sheets:
    def __init__(self, strings: list[str], formats: list[int | str]) -> None:
        self._strings = strings
        self._formats = formats
        self._count = 0

    def table(self, root: Element) -> Table | None:
        """The filled part of a sheet from its first cell on; None when nothing is in it."""
        data = child(root, "sheetData")
        texts: dict[tuple[int, int], str] = {}
        row = 0
        for element in data if data is not None else ():
            row = number(attribute(element, "r"), row + 1)
            column = 0
            for cell in element:
                if tag(cell) != "c":
                    continue
                place = _place(attribute(cell, "r"))
                row, column = place if place else (row, column + 1)
                text = self._text(cell)
                if text:
                    if row > MAX_ROWS or column > MAX_COLUMNS:
                        raise Unreadable(f"a sheet of the xlsx reaches row {row}, column {column}: no form is so large")
                    texts[row, column] = text
        self._count += len(texts)
        if self._count > MAX_CELLS:
            raise Unreadable(f"the xlsx has more than {MAX_CELLS:,} cells")
        if not texts:
            return None
        top, left = min(place[0] for place in texts), min(place[1] for place in texts)
        bottom, right = max(place[0] for place in texts), max(place[1] for place in texts)
        spans = _merges(root, bottom, right)
        covered: set[tuple[int, int]] = set()
        cells: list[TableCell] = []
        for place in sorted(texts.keys() | spans.keys()):
            rows, columns = spans.get(place, (1, 1))
            if place in covered or place[0] < top or place[1] < left:
                continue
            if rows * columns > 1:
                covered.update(
                    (row, column)
                    for row in range(place[0], place[0] + rows)
                    for column in range(place[1], place[1] + columns)
                )
            cells.append(
                TableCell(
                    text=texts.get(place, ""),
                    row=place[0] - top,
                    column=place[1] - left,
                    rowspan=rows,
                    colspan=columns,
                )
            )
        # Empty places inside the block are blank cells: a form tells blank from absent.
        cells.extend(
            TableCell(text="", row=row - top, column=column - left)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
            if (row, column) not in texts
            and (row, column) not in covered
            and len(texts) * 20 > (bottom - top) * (right - left)
        )
        cells.sort(key=lambda cell: (cell.row, cell.column))
        return Table(cells=tuple(cells), rows=bottom - top + 1, columns=right - left + 1)

    def _text(self, cell: Element) -> str:
        kind = attribute(cell, "t")
        if kind == "inlineStr":
            inline = child(cell, "is")
            return _folded(_rich_text(inline)) if inline is not None else ""
        value = child(cell, "v")
        raw = (value.text or "") if value is not None else ""
        if kind == "s":
            index = number(raw, -1)
            return self._strings[index] if 0 <= index < len(self._strings) else ""
        if kind in ("str", "e", "b", "d"):
            return _folded(raw)
        return _printed(raw, self._format(number(attribute(cell, "s"))))

    def _format(self, style: int) -> int | str:
        return self._formats[style] if 0 <= style < len(self._formats) else 0


def _place(reference: str) -> tuple[int, int] | None:
    """`C12` → (12, 3)."""
    match = _REFERENCE.match(reference)
    if match is None:
        return None
    column = 0
    for letter in match.group(1):
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match.group(2)), column


def _merges(root: Element, bottom: int, right: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Top-left places of merged cells → rows and columns covered, cut to the filled part."""
    merges = child(root, "mergeCells")
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for merge in merges if merges is not None else ():
        first, _, last = attribute(merge, "ref").partition(":")
        start, end = _place(first), _place(last)
        if start and end and start[0] <= bottom and start[1] <= right:
            spans[start] = (min(end[0], bottom) - start[0] + 1, min(end[1], right) - start[1] + 1)
    return {place: span for place, span in spans.items() if min(span) >= 1}


def _shared_strings(package: Package) -> list[str]:
    root = package.xml("xl/sharedStrings.xml")
    return [_folded(_rich_text(item)) for item in root if tag(item) == "si"] if root is not None else []


def _rich_text(item: Element) -> str:
    """The runs of a string; phonetic guides (rPh) are not printed text."""
    parts: list[str] = []
    for element in item:
        if tag(element) == "t":
            parts.append(element.text or "")
        elif tag(element) == "r":
            parts.extend(inner.text or "" for inner in element if tag(inner) == "t")
    return "".join(parts)


def _formats(package: Package) -> list[int | str]:
    """Number format of each cell style: a built-in id or the workbook's own code."""
    root = package.xml("xl/styles.xml")
    if root is None:
        return []
    own = child(root, "numFmts")
    codes = (
        {number(attribute(code, "numFmtId")): attribute(code, "formatCode") for code in own} if own is not None else {}
    )
    styles = child(root, "cellXfs")
    if styles is None:
        return []
    ids = (number(attribute(style, "numFmtId")) for style in styles if tag(style) == "xf")
    return [codes.get(key, key) for key in ids]


def _printed(raw: str, form: int | str) -> str:
    """A number as a reader of the sheet sees it, as far as forms need: whole, decimal, percent, date."""
    if not raw:
        return ""
    try:
        value = float(raw)
    except ValueError:
        return _folded(raw)
    if form in _DATE_FORMATS or (
        isinstance(form, str) and re.search(r"[yd年日]", re.sub(r'"[^"]*"|\[[^\]]*\]', "", form))
    ):
        if 0 < value < 80_000:
            return (date(1899, 12, 30) + timedelta(days=int(value))).isoformat()
        return raw
    if form in _PERCENT_FORMATS or (isinstance(form, str) and "%" in form):
        return f"{value * 100:.10g}%"
    return f"{value:.15g}" if abs(value) < 1e15 else raw


def _folded(text: str) -> str:
    text = re.sub(r"\s+", " ", text.replace("\u200b", "")).strip()
    return re.sub(r"(?<=[\u2e80-\uffef]) | (?=[\u2e80-\uffef])", "", text)
