"""Tables as Parquet: one file, or a folder of partitions that DuckDB, Arrow and Spark read as one table.

Partitions are named as Hive does (`year=2021/province=…/part-0.parquet`); SQLite sorts the rows, so that one file is
open at a time and memory stays flat however long the table is.
"""

# Only names of tables and columns are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from archive.store.errors import StoreError
from archive.store.terms import Table

_BATCH = 5_000
#: More folders than this help nobody: the key is an address or an id, not a way to divide.
_MOST_PARTITIONS = 20_000

#: What stands for an empty key in the name of a partition.
_NONE = "__HIVE_DEFAULT_PARTITION__"

#: Keys that a table does not hold itself, but that follow from its report or body.
_OF_REPORT = {name: f"r.{name}" for name in ("year", "regime", "kind", "standing", "body", "page")}
_OF_BODY = {name: f"b.{name}" for name in ("province", "city", "county", "level", "region_code")}


class ExportError(StoreError):
    """The export cannot be made as asked."""


def types_of(connection: sqlite3.Connection, table: Table) -> list[str]:
    """`text`, `real` or `integer` for each column, by what stands in it."""
    asked = ", ".join(
        f"max(typeof(\"{c.name}\") in ('text', 'blob')), max(typeof(\"{c.name}\") = 'real'), "
        f"max(typeof(\"{c.name}\") = 'integer')"
        for c in table.columns
    )
    seen = connection.execute(f'select {asked} from "{table.name}"').fetchone()
    types = []
    for place in range(len(table.columns)):
        text, real, integer = seen[place * 3 : place * 3 + 3]
        types.append("text" if text or not (real or integer) else "real" if real else "integer")
    return types


def _pyarrow() -> ModuleType:
    try:
        import pyarrow  # noqa: PLC0415  # an optional extra
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise ExportError("Parquet needs pyarrow: install gongkai with its `export` extra.") from error
    module: ModuleType = pyarrow
    return module


def _schema(connection: sqlite3.Connection, table: Table, without: Sequence[str]) -> Any:  # noqa: ANN401
    """The table's columns with their descriptions, less the keys that stand in the folders' names."""
    pyarrow = _pyarrow()
    kinds = {"text": pyarrow.string(), "real": pyarrow.float64(), "integer": pyarrow.int64()}
    return pyarrow.schema(
        [
            pyarrow.field(column.name, kinds[kind], metadata={"zh": column.zh, "en": column.en})
            for column, kind in zip(table.columns, types_of(connection, table), strict=True)
            if column.name not in without
        ],
        metadata={"zh": table.zh, "en": table.en},
    )


def _write(rows: Iterator[tuple[Any, ...]], schema: Any, path: Path) -> None:  # noqa: ANN401
    pyarrow = _pyarrow()
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        while batch := list(islice(rows, _BATCH)):
            columns = [list(column) for column in zip(*batch, strict=True)]
            arrays = [pyarrow.array(column, type=kind.type) for column, kind in zip(columns, schema, strict=True)]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))


def write_parquet(connection: sqlite3.Connection, table: Table, path: Path) -> None:
    """A table or view as one file."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = connection.execute(f'select {columns} from "{table.name}"')
    _write(rows, _schema(connection, table, ()), path)


def keys_of(table: Table) -> dict[str, str]:
    """What a table can be partitioned by: key → SQL over `t`, `r` (its report) and `b` (its body)."""
    own = {column.name for column in table.columns}
    keys: dict[str, str] = {}
    if "report" in own:
        keys |= _OF_REPORT
    if "report" in own or "body" in own:
        keys |= _OF_BODY
    return keys | {name: f't."{name}"' for name in own}


def can_partition(table: Table, keys: Sequence[str]) -> bool:
    """Whether a table has all of these keys."""
    return set(keys) <= keys_of(table).keys()


def write_partitioned(connection: sqlite3.Connection, table: Table, folder: Path, keys: Sequence[str]) -> list[Path]:
    """A table or view as `folder/KEY=VALUE/…/part-0.parquet`; what stood in the folder before goes, once the new one
    is whole. Gives the files. Raises `ExportError`."""
    known = keys_of(table)
    if missing := [key for key in keys if key not in known]:
        raise ExportError(
            f"{table.name} cannot be partitioned by {', '.join(missing)}; it can by: {', '.join(sorted(known))}"
        )
    own = [column.name for column in table.columns if column.name not in keys]
    source = f'"{table.name}" t'
    columns = {column.name for column in table.columns}
    if "report" in columns:
        source += " join reports r on r.id = t.report left join bodies b on b.id = r.body"
    elif "body" in columns:
        source += " left join bodies b on b.id = t.body"
    keyed = ", ".join(known[key] for key in keys)
    (count,) = connection.execute(f"select count(*) from (select distinct {keyed} from {source})").fetchone()
    if count > _MOST_PARTITIONS:
        raise ExportError(f"{table.name} by {', '.join(keys)} would be {count} folders: choose coarser keys")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    schema = _schema(connection, table, keys)
    shown = ", ".join(f't."{name}"' for name in own)
    rows = connection.execute(f"select {keyed}, {shown} from {source} order by {keyed}")
    files = []
    width = len(keys)
    for values, group in groupby(rows, key=lambda row: row[:width]):
        place = part.joinpath(*(f"{key}={_named(value)}" for key, value in zip(keys, values, strict=True)))
        place.mkdir(parents=True)
        _write((row[width:] for row in group), schema, place / "part-0.parquet")
        files.append(folder / (place / "part-0.parquet").relative_to(part))
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return files


def _named(value: object) -> str:
    """A key as a folder's name: letters stay, what a path or a URL would read otherwise is escaped."""
    if value is None or value == "":
        return _NONE
    text = str(value)
    safe = "".join(
        character if character.isalnum() or character in "-_." else quote(character, safe="") for character in text
    )
    return safe.replace(".", "%2E") if set(safe) == {"."} else safe
