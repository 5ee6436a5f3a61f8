"""Files that others took the place of: what a successor is called, and how the replaced are found and deleted."""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

_SUCCESSOR = re.compile(r"(?:-p(?P<number>\d+))?\.warc\.gz\Z")


def successor_of(file: str) -> str:
    """`x.warc.gz` → `x-p1.warc.gz` → `x-p2.warc.gz`."""
    match = _SUCCESSOR.search(file)
    assert match is not None, "the archive names its files"
    number = int(match["number"] or 0) + 1
    return f"{file[: match.start()]}-p{number}.warc.gz"


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def delete_replaced(connection: sqlite3.Connection, folder: Path) -> list[str]:
    """Delete the files that have a successor; gives those that were still there."""
    deleted = []
    for (file,) in connection.execute("select file from purged_files order by file").fetchall():
        if (folder / file).exists():
            (folder / file).unlink()
            deleted.append(file)
    for (file,) in connection.execute("select file from warc_files").fetchall():
        (folder / (file + ".part")).unlink(missing_ok=True)
    return deleted


def still_held(connection: sqlite3.Connection, folder: Path) -> list[Path]:
    """The replaced WARC files that a backup folder still has."""
    if connection.execute("select 1 from sqlite_master where name = 'purged_files'").fetchone() is None:
        return []  # an archive of before there were purges
    names = [row[0] for row in connection.execute("select file from purged_files order by file")]
    return [folder / "warcs" / name for name in names if (folder / "warcs" / name).exists()]
