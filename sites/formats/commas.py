"""CSV → one table. Pure. What spreadsheets export, and what catdoc's xls2csv makes of an .xls."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Final

from sites.errors import Unreadable
from sites.formats.blocks import Body
from sites.formats.sniff import MEDIA_TYPES
from sites.model import Extracted, Table, TableCell
from sites.reading.bounds import refuse_long

MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 200
MAX_FIELD: Final = 100_000


def read_csv(text: str) -> Extracted:
    """The rows as a table; sheets parted by form feeds (xls2csv) are tables of their own.
    Raises `Unreadable` when nothing is in it, or when it is wider or longer than any form."""
    refuse_long(text)
    result = Body()
    for sheet in text.split("\f"):
        try:
            rows = [[" ".join(field.split()) for field in row] for row in csv.reader(StringIO(sheet, newline=""))]
        except csv.Error as error:
            raise Unreadable(f"the CSV is damaged: {error}") from error
        while rows and not any(rows[-1]):
            rows.pop()
        width = max((len(row) for row in rows), default=0)
        if len(rows) > MAX_ROWS or width > MAX_COLUMNS:
            raise Unreadable(f"the CSV has {len(rows)} rows and {width} columns: no form is so large")
        cells = [
            TableCell(text=field[:MAX_FIELD], row=index, column=column)
            for index, row in enumerate(rows)
            for column, field in enumerate(row)
        ]
        if any(cell.text for cell in cells):
            result.add_table(Table(cells=tuple(cells), rows=len(rows), columns=width))
    if not result.tables:
        raise Unreadable("the CSV holds no cells")
    return result.extracted(media_type=MEDIA_TYPES["csv"])
