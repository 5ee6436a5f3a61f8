"""Rows as files that spreadsheets open rightly and safely."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from archive.web.rendering import plain

#: What a spreadsheet would run: a text from the web must not begin so.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")
#: What begins like a formula and is none: a number, a dash that stands for nothing.
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?%?|-+")

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"
PARQUET_TYPE = "application/vnd.apache.parquet"
#: Characters one XLSX cell holds.
_CELL = 32_767


class NoParquet(Exception):
    """This server has no pyarrow, which writes Parquet."""


def file_of(shape: str, name: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> tuple[bytes, str]:
    """`rows` as one file, `csv`, `xlsx` or `parquet`, and its media type. Raises `NoParquet`."""
    match shape:
        case "csv":
            return csv_of(columns, rows), CSV_TYPE
        case "xlsx":
            return xlsx_of(name, columns, rows), XLSX_TYPE
        case "parquet":
            return parquet_of(columns, rows), PARQUET_TYPE
        case _:
            raise ValueError(shape)


def csv_of(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """CSV in UTF-8 with a byte order mark (Excel misreads Chinese without it); formulas defused."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([defused(column) for column in columns])
    writer.writerows([defused(row.get(column)) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def xlsx_of(sheet: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """One sheet; numbers stay numbers, every text is a text even when it looks like a formula."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet[:31])
    page.freeze_panes = "A2"
    heads = [_text(page, column) for column in columns]  # a query may call a column whatever it likes
    for head in heads:
        head.font = Font(bold=True)
    page.append(heads)
    for row in rows:
        line: list[object] = []
        for column in columns:
            value = row.get(column)
            line.append(_text(page, value) if isinstance(value, str) else value)
        page.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text(page: Any, value: str) -> WriteOnlyCell:  # noqa: ANN401  # openpyxl has no types
    cell = WriteOnlyCell(page, value=None)
    cell.value = str(plain(value))[:_CELL]
    cell.data_type = "s"
    return cell


def parquet_of(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Parquet; a column of numbers is one of numbers, every other one of texts. Raises `NoParquet`."""
    try:
        import pyarrow  # noqa: PLC0415  # an optional extra
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise NoParquet from error
    arrays = []
    for column in columns:
        values = [row.get(column) for row in rows]
        kinds = {type(value) for value in values if value is not None}
        if kinds <= {int, bool}:
            arrays.append(pyarrow.array(values, type=pyarrow.int64() if kinds else pyarrow.string()))
        elif kinds <= {int, bool, float}:
            arrays.append(pyarrow.array(values, type=pyarrow.float64()))
        else:
            texts = [None if value is None else str(plain(str(value))) for value in values]
            arrays.append(pyarrow.array(texts, type=pyarrow.string()))
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, names=list(columns)), out)
    return out.getvalue()


def defused(value: object) -> object:
    """A value that no spreadsheet takes for a formula: a text that begins like one gets an apostrophe."""
    if isinstance(value, str):
        text = str(plain(value))
        return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
    return value
