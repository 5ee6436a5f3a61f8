"""Immutable snapshots of an archive for the web: named by their hash, inspected, without what is nobody's business.

A folder of snapshots looks like this; `current` is a link that is swapped at once, so that a server started at any
moment finds a whole snapshot:

    DIR/manifest.json                      every snapshot that is kept, the newest last
    DIR/current -> 1f2e3d4c5b6a7988
    DIR/1f2e3d4c5b6a7988/archive-1f2e3d4c5b6a7988.db
                         inspect.json      Datasette's inspect data: it opens the file without counting
                         manifest.json     the parts of this snapshot with their hashes, and what is in it

The same archive gives the same file, byte for byte: publishing again when nothing changed changes nothing.
"""

# Only names of tables and columns are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.store import search
from archive.store.errors import StoreError
from archive.store.files import open_reader
from archive.store.times import stamp

#: Left out of every snapshot: what a crawl works with, who decided what, and what was withheld and why.
PRIVATE = (
    "frontier", "listed", "absent", "journal", "warc_files", "lost_captures", "decisions", "withheld",
    "withheld_reports", "withheld_captures",
)  # fmt: skip
#: What a snapshot says of the archive it came from.
_KEPT_INFO = ("id", "shelves_changed", "texts_changed")

#: Characters of the hash in names: nobody meets two of these by chance.
_SHORT = 16
_BLOCK = 1 << 20
_FORMAT = 1


class CannotPublish(StoreError):
    """The snapshot cannot be made, or the folder holds none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A published snapshot: its folder, its database, the sha256 of the database, and whether it was made just now."""

    folder: Path
    database: Path
    sha256: str
    new: bool = False

    @property
    def inspect(self) -> Path:
        """Datasette's inspect data."""
        return self.folder / "inspect.json"


def publish(path: Path, folder: Path, *, at: datetime, keep: int = 3) -> Snapshot:
    """Make a snapshot of the archive in the folder and let `current` name it; the `keep` newest stay.

    A crawl may write meanwhile: the snapshot shows the moment at which it was begun. Raises `StoreError`s of an archive
    that cannot be read, `CannotPublish` when the disk is full or the folder is no folder of snapshots.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / "manifest.json").exists() and not _leftovers_only(folder):
        raise CannotPublish(f"{folder} holds other things than snapshots: name an empty folder")
    for leftover in folder.glob(".part-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    part = folder / f".part-{os.getpid()}"
    part.mkdir()
    try:
        counts = _make(path, part)
        digest = _digest(part / "archive.db")
        known = folder / digest[:_SHORT]
        new = not known.exists()
        if new:
            database = f"archive-{digest[:_SHORT]}.db"
            (part / "archive.db").rename(part / database)
            _describe(part, database, digest, counts)
            part.rename(known)
    except sqlite3.OperationalError as error:
        raise CannotPublish(f"{folder}: the snapshot could not be written ({error}). Is the disk full?") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _point(folder, known.name)
    _index(folder, known.name, at=at if new else None, keep=keep)
    return Snapshot(folder=known, database=known / f"archive-{known.name}.db", sha256=digest, new=new)


def find_snapshot(folder: Path) -> Snapshot:
    """The current snapshot of a folder. Raises `CannotPublish` when there is none, or it is not whole."""
    try:
        current = (folder / "current").resolve(strict=True)
        manifest = json.loads((current / "manifest.json").read_text(encoding="utf-8"))
        database = current / str(manifest["database"])
        for name, known in manifest["parts"].items():
            if (current / name).stat().st_size != known["bytes"]:
                raise CannotPublish(f"{current / name} is not there in full. Copy the snapshot again.")
    except (OSError, ValueError, KeyError) as error:
        raise CannotPublish(f"{folder} holds no snapshot ({error}). Make one: gongkai publish {folder}") from error
    return Snapshot(folder=current, database=database, sha256=manifest["parts"][database.name]["sha256"])


def check_snapshot(snapshot: Snapshot) -> None:
    """Raise `CannotPublish` unless every part is what it was when it was published."""
    manifest = json.loads((snapshot.folder / "manifest.json").read_text(encoding="utf-8"))
    for name, known in manifest["parts"].items():
        if _digest(snapshot.folder / name) != known["sha256"]:
            raise CannotPublish(f"{snapshot.folder / name} is not what was published. Copy the snapshot again.")


def _make(path: Path, part: Path) -> dict[str, int]:
    """The snapshot's database, and how many rows each of its tables has."""
    raw = part / "raw.db"
    opened = open_reader(path)
    try:
        opened.connection.execute("pragma query_only = on")
        copy = sqlite3.connect(raw, isolation_level=None)
        try:
            opened.connection.backup(copy, pages=4096)
        finally:
            copy.close()
    finally:
        opened.connection.close()
    connection = sqlite3.connect(raw, isolation_level=None)
    try:
        search.register(connection)
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")  # a copy that a crash spoils is made anew
        tables = _tables(connection)
        for table in PRIVATE:
            if table in tables:
                connection.execute(f"delete from {table}")
        marks = ", ".join("?" * len(_KEPT_INFO))
        connection.execute(f"delete from archive_info where key not in ({marks})", _KEPT_INFO)
        connection.execute("delete from sqlite_sequence")
        for table in tables:
            if table.endswith("_fts"):
                connection.execute(f"insert into {table}({table}) values ('optimize')")
        connection.execute("analyze")
        # made anew page by page: nothing of what was deleted stands in it, and the same rows give the same bytes
        connection.execute("vacuum into ?", (str(part / "archive.db"),))
        counts = {
            table: int(connection.execute(f'select count(*) from "{table}"').fetchone()[0]) for table in sorted(tables)
        }
    finally:
        connection.close()
        raw.unlink()
    with (part / "archive.db").open("rb") as stream:
        os.fsync(stream.fileno())
    return counts


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {
        name
        for (name,) in connection.execute(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'"
        )
    }


def _describe(part: Path, database: str, digest: str, counts: dict[str, int]) -> None:
    size = (part / database).stat().st_size
    inspected = {
        Path(database).stem: {
            "hash": digest,
            "size": size,
            "file": database,
            "tables": {table: {"count": count} for table, count in counts.items()},
        }
    }
    _write(part / "inspect.json", inspected)
    manifest = {
        "format": _FORMAT,
        "database": database,
        "parts": {
            name: {"bytes": (part / name).stat().st_size, "sha256": _digest(part / name)}
            for name in (database, "inspect.json")
        },
        "rows": {table: counts[table] for table in ("sites", "bodies", "pages", "documents", "reports", "cells")},
        "left_out": [table for table in PRIVATE if table in counts],
    }
    _write(part / "manifest.json", manifest)


def _point(folder: Path, name: str) -> None:
    """Let `current` name a snapshot, at once: whoever looks sees the old one or the new one."""
    link = folder / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(folder / "current")


def _index(folder: Path, name: str, *, at: datetime | None, keep: int) -> None:
    """Write the index of the snapshots that stay, and remove the others. `at` is None when nothing new came."""
    file = folder / "manifest.json"
    held: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["snapshots"] if file.exists() else []
    held = [entry for entry in held if (folder / entry["snapshot"]).is_dir()]
    mine = next((entry for entry in held if entry["snapshot"] == name), None)
    if mine is None or at is not None:
        held = [entry for entry in held if entry["snapshot"] != name]
        published = stamp(at) if at is not None else ""
        held.append({"snapshot": name, "published_at": published, "database": f"{name}/archive-{name}.db"})
    elif held[-1] is not mine:
        held = [*(entry for entry in held if entry is not mine), mine]
    stay, leave = held[-keep:], held[:-keep]
    _write(file, {"format": _FORMAT, "current": name, "snapshots": stay})
    for entry in leave:
        shutil.rmtree(folder / entry["snapshot"], ignore_errors=True)


def _leftovers_only(folder: Path) -> bool:
    return all(entry.name.startswith((".part-", ".current-")) for entry in folder.iterdir())


def _write(path: Path, value: object) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
