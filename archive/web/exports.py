"""Rows as files that spreadsheets open rightly and safely."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from archive.store.queries import Row
from archive.web.rendering import plain

#: What a spreadsheet would run: a text from the web must not begin so.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
#: Characters one XLSX cell holds.
_CELL = 32_767


def csv_of(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """CSV in UTF-8 with a byte order mark (Excel misreads Chinese without it); formulas defused."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_defused(row.get(column)) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def xlsx_of(sheet: str, columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """One sheet; numbers stay numbers, every text is a text even when it looks like a formula."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet[:31])
    page.append(list(columns))
    for row in rows:
        line: list[object] = []
        for column in columns:
            value = row.get(column)
            if isinstance(value, str):
                cell = WriteOnlyCell(page, value=None)
                cell.value = str(plain(value))[:_CELL]
                cell.data_type = "s"
                line.append(cell)
            else:
                line.append(value)
        page.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _defused(value: object) -> object:
    if isinstance(value, str):
        text = str(plain(value))
        return f"'{text}" if _FORMULA.match(text) else text
    return value
