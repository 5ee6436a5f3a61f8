"""Tables and views as files other tools open, with the data dictionary beside them.

Text that a spreadsheet would run as a formula is made harmless: in CSV it gets a leading apostrophe
(numbers such as -3 stay as they are), in XLSX every text is a text cell.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from archive.store.dictionary import TABLES, Table
from archive.store.parquet import ExportError, can_partition, types_of, write_parquet, write_partitioned

if TYPE_CHECKING:
    from archive.store.archive import Archive

Format = Literal["csv", "jsonl", "parquet", "xlsx", "datapackage"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl", "parquet", "xlsx", "datapackage")

#: Excel's limits: characters in a cell, rows in a sheet.
_CELL_CHARACTERS = 32_767
_SHEET_ROWS = 1_048_576

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?%?\Z")


def exportable() -> tuple[str, ...]:
    """The tables and views that are for other people: all but the archive's internal ones."""
    return tuple(name for name, table in TABLES.items() if table.kind != "internal" and not name.endswith("_fts"))


def export(
    archive: Archive, kind: Format, folder: Path, names: Sequence[str] = (), *, partition_by: Sequence[str] = ()
) -> list[Path]:
    """Write tables and views (all public ones unless named) into a folder; gives the files. `partition_by` (Parquet
    only) divides each table by these keys; unless named, one that has not all of them stays one file.

    Raises `ExportError` for a name or format that is not there, a table too long for a sheet, or a missing
    pyarrow. A file appears under its name only when it is whole.
    """
    chosen = list(names) or list(exportable())
    unknown = [name for name in chosen if name not in exportable()]
    if unknown:
        raise ExportError(f"no table or view is called {', '.join(unknown)}. There are: {', '.join(exportable())}")
    if partition_by and kind != "parquet":
        raise ExportError(f"{kind} is not partitioned: only parquet is")
    folder.mkdir(parents=True, exist_ok=True)
    tables = [TABLES[name] for name in chosen]
    connection = archive.db.conn
    match kind:
        case "csv":
            return [_whole(folder / f"{t.name}.csv", partial(_csv, connection, t)) for t in tables]
        case "jsonl":
            return [_whole(folder / f"{t.name}.jsonl", partial(_jsonl, connection, t)) for t in tables]
        case "parquet":
            return [path for t in tables for path in _parquet(connection, t, folder, partition_by, named=bool(names))]
        case "xlsx":
            return [_whole(folder / "gongkai.xlsx", partial(_xlsx, connection, tables))]
        case "datapackage":
            return _datapackage(connection, tables, folder)
        case _:
            raise ExportError(f"format {kind!r} is none of: {', '.join(FORMATS)}")


def _parquet(
    connection: sqlite3.Connection, table: Table, folder: Path, keys: Sequence[str], *, named: bool
) -> list[Path]:
    if keys and (named or can_partition(table, keys)):
        return write_partitioned(connection, table, folder / table.name, keys)
    return [_whole(folder / f"{table.name}.parquet", partial(write_parquet, connection, table))]


def _whole(path: Path, write: Callable[[Path], None]) -> Path:
    part = path.with_name(path.name + ".part")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def harmless(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.match(value):
        return "'" + value
    return value


def _rows(connection: sqlite3.Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    yield from connection.execute(f'select {columns} from "{table.name}"')  # noqa: S608


def _csv(connection: sqlite3.Connection, table: Table, path: Path) -> None:
    # the byte order mark tells Excel that this is UTF-8
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([column.name for column in table.columns])
        writer.writerows([harmless(value) for value in row] for row in _rows(connection, table))


def _jsonl(connection: sqlite3.Connection, table: Table, path: Path) -> None:
    names = [column.name for column in table.columns]
    with path.open("w", encoding="utf-8") as stream:
        for row in _rows(connection, table):
            stream.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n")


def _xlsx(connection: sqlite3.Connection, tables: Sequence[Table], path: Path) -> None:
    for table in tables:
        length = int(connection.execute(f'select count(*) from "{table.name}"').fetchone()[0])  # noqa: S608
        if length >= _SHEET_ROWS:
            raise ExportError(f"{table.name} has {length} rows, more than an Excel sheet holds: export it as csv")
    book = Workbook(write_only=True)
    about = book.create_sheet("dictionary")
    about.append(["table", "column", "中文", "English"])
    for table in tables:
        about.append([table.name, "", table.zh, table.en])
        for column in table.columns:
            about.append([table.name, column.name, column.zh, column.en])
    for table in tables:
        sheet = book.create_sheet(table.name[:31])
        sheet.append([column.name for column in table.columns])
        for row in _rows(connection, table):
            sheet.append([_sheet_cell(sheet, value) for value in row])
    book.save(path)


def _sheet_cell(sheet: Any, value: object) -> object:  # noqa: ANN401  # openpyxl ships no types
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value)
    if len(text) > _CELL_CHARACTERS:
        text = text[: _CELL_CHARACTERS - 1] + "…"
    if not _FORMULA.match(text):
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell


def _datapackage(connection: sqlite3.Connection, tables: Sequence[Table], folder: Path) -> list[Path]:
    """CSV files and a Frictionless `datapackage.json` that describes them."""
    files, resources = [], []
    kinds = {"text": "string", "real": "number", "integer": "integer"}
    for table in tables:
        path = _whole(folder / f"{table.name}.csv", partial(_csv, connection, table))
        files.append(path)
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        resources.append(
            {
                "name": table.name.replace("_", "-"),
                "path": path.name,
                "title": f"{table.title_zh} · {table.title_en}",
                "description": f"{table.zh} {table.en} [{table.kind}]",
                "profile": "tabular-data-resource",
                "encoding": "utf-8",
                "bytes": path.stat().st_size,
                "hash": f"sha256:{digest}",
                "schema": {
                    "fields": [
                        {"name": column.name, "type": kinds[kind], "description": f"{column.zh} · {column.en}"}
                        for column, kind in zip(table.columns, types_of(connection, table), strict=True)
                    ],
                    "missingValues": [""],
                },
            }
        )
    package = {
        "profile": "tabular-data-package",
        "name": "gongkai",
        "title": "政府信息公开工作年度报告档案 · Archive of disclosure reports",
        "resources": resources,
    }
    content = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    files.append(_whole(folder / "datapackage.json", partial(_text, content)))
    return files


def _text(content: str, path: Path) -> None:
    path.write_text(content, encoding="utf-8")
