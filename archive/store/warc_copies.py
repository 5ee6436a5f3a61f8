"""WARC files of a shard brought into an archive's folder: whole on the disk before any row tells of them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from archive.store.files import open_reader
from archive.store.replaced import sync_folder

if TYPE_CHECKING:
    from archive.store.archive import Archive

_BLOCK = 1 << 20


def bring_warcs(archive: Archive, shard: Path, prefix: str, *, linked: bool) -> dict[str, str]:
    """Copy (or link, when `linked` and the file system can) what is committed of a shard's WARCs under names of
    their own; gives shard name → name here.

    Only what the archive's database tells of counts as copied: the rest of a merge that died is cut and copied anew.
    """
    opened = open_reader(shard)
    try:
        wanted = dict(opened.connection.execute("select file, length from warc_files").fetchall())
        folder = opened.warcs
    finally:
        opened.connection.close()
    committed = dict(archive.db.conn.execute("select file, length from warc_files").fetchall())
    names = {}
    for file, length in wanted.items():
        name = prefix + file
        names[file] = name
        if length:
            _bring(folder / file, archive.warcs / name, have=committed.get(name, 0), length=length, linked=linked)
    sync_folder(archive.warcs)
    return names


def _bring(source: Path, target: Path, *, have: int, length: int, linked: bool) -> None:
    if have >= length:
        return
    if have == 0:
        target.unlink(missing_ok=True)
        if linked:
            with suppress(OSError):  # another file system, or one without links: copy
                target.hardlink_to(source)
                return
    with source.open("rb") as reading, target.open("ab") as writing:
        writing.truncate(have)
        reading.seek(have)
        left = length - have
        while left > 0 and (block := reading.read(min(_BLOCK, left))):
            writing.write(block)
            left -= len(block)
        writing.flush()
        os.fsync(writing.fileno())
