"""Online, incremental backups: database, WARCs, journal and the operator's own files, verified.

The database is copied first, as one snapshot; the WARCs and the journal only grow, so copying what that
snapshot knows of them afterwards is consistent even while a crawl goes on.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from archive.store.cold import SUFFIX, note_of
from archive.store.errors import BrokenArchive, StoreError
from archive.store.files import open_reader, places_of
from archive.store.journal import entries
from archive.store.replaced import still_held
from archive.store.times import stamp, utc_now

#: Lists what a backup holds, with lengths and digests; written last, so one without it is unfinished.
MANIFEST = "backup.json"
_BLOCK = 1 << 20


class BackupDamaged(StoreError):
    """A backup that is not what its manifest says, or has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupResult:
    """Files in the backup, and how many bytes had to be copied this time."""

    folder: Path
    files: int
    copied_bytes: int


def backup(path: Path, folder: Path, *, extras: Iterable[Path] = ()) -> BackupResult:
    """Bring the backup in `folder` up to date and verify it. `extras` (files or folders: config, portals)
    are copied below `extras/`. A backup made there before is continued: WARCs only grow, save that a purge writes them
    anew. An archive of an older schema is backed up as it is.

    Raises `BackupDamaged` when the copy does not verify, `BrokenArchive` when the archive cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "warcs").mkdir(exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    database = folder / path.name
    opened = open_reader(path, outdated=True)
    try:
        part = database.with_name(database.name + ".part")
        part.unlink(missing_ok=True)
        copy = sqlite3.connect(part)
        try:
            opened.connection.backup(copy, pages=2048)
            copy.execute("pragma journal_mode = delete")
        finally:
            copy.close()
        part.replace(database)
    finally:
        opened.connection.close()
    copied = database.stat().st_size
    snapshot = open_reader(database, outdated=True)
    try:
        lengths = dict(snapshot.connection.execute("select file, length from warc_files where length > 0").fetchall())
        last = snapshot.connection.execute("select seq from sqlite_sequence where name = 'journal'").fetchone()
    finally:
        snapshot.connection.close()
    warcs, journal = places_of(path)
    files = {database.name: database.stat().st_size}
    for file, length in lengths.items():
        if note_of(warcs, file) is not None and not (folder / "warcs" / file).exists():
            # in cold storage, and no earlier backup holds it: the note says where it is
            copied += _copy_extra(warcs / (file + SUFFIX), folder / "warcs" / (file + SUFFIX))
            continue
        copied += _grow(warcs / file, folder / "warcs" / file, length)
        files[f"warcs/{file}"] = length
    copied += _copy_journal(journal, folder / places_of(database)[1].name, int(last[0]) if last else 0)
    for old in _replaced(database, folder):
        old.unlink()
    for source in extras:
        copied += _copy_extra(source, folder / "extras" / source.name)
    for extra in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST):
        files.setdefault(extra.relative_to(folder).as_posix(), extra.stat().st_size)
    manifest = {
        "database": database.name,
        "files": {name: {"bytes": size, "sha256": _digest(folder / name, size)} for name, size in files.items()},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    check_backup(folder)
    _note_backup(path, folder)
    return BackupResult(folder=folder, files=len(files), copied_bytes=copied)


def known_backups(path: Path) -> list[Path]:
    """The folders this archive was ever backed up into, as far as its list tells (the oldest first)."""
    listed = _list_of(path)
    if not listed.exists():
        return []
    lines = listed.read_text(encoding="utf-8").splitlines()
    return list(dict.fromkeys(Path(line.partition("\t")[2]) for line in lines if "\t" in line))


def _note_backup(path: Path, folder: Path) -> None:
    """Remember where a copy of the archive is: what is purged later still stands in it. A file, not a row: a crawl
    may be writing. An archive on a disk that cannot be written is backed up all the same."""
    if folder.resolve() in known_backups(path):
        return
    try:
        with _list_of(path).open("a", encoding="utf-8") as stream:
            stream.write(f"{stamp(utc_now())}\t{folder.resolve()}\n")
    except OSError as error:
        if error.errno not in {errno.EROFS, errno.EACCES}:
            raise


def _list_of(path: Path) -> Path:
    return path.with_name(path.name + ".backups")


def _replaced(database: Path, folder: Path) -> list[Path]:
    """WARC files of an earlier backup that a purge has replaced since."""
    opened = open_reader(database, outdated=True)
    try:
        return still_held(opened.connection, folder)
    finally:
        opened.connection.close()


def check_backup(folder: Path) -> Path:
    """Verify a backup against its manifest and its database against itself; gives the database's path."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files: dict[str, dict[str, object]] = manifest["files"]
        database = folder / str(manifest["database"])
    except (OSError, ValueError, KeyError) as error:
        raise BackupDamaged(f"{folder} holds no finished backup ({error}). Run gongkai backup again.") from error
    for name, known in files.items():
        file = folder / name
        if not file.exists() or file.stat().st_size < int(str(known["bytes"])):
            raise BackupDamaged(f"{file} is not there in full. Run gongkai backup again.")
        if _digest(file, int(str(known["bytes"]))) != known["sha256"]:
            raise BackupDamaged(f"{file} is not what was backed up. Make a new backup in another folder.")
    opened = open_reader(database, outdated=True)
    try:
        (verdict,) = opened.connection.execute("pragma quick_check(1)").fetchone()
    finally:
        opened.connection.close()
    if verdict != "ok":
        raise BackupDamaged(f"{database}: {verdict}")
    return database


def restore_backup(folder: Path, path: Path) -> None:
    """Put a verified backup at `path` and beside it. Raises `BrokenArchive` when something is there already."""
    database = check_backup(folder)
    warcs, journal = places_of(path)
    for target in (path, journal):
        if target.exists():
            raise BrokenArchive(f"{target} is still there. Move it away first.")
    if path.stem != database.stem:
        raise BrokenArchive(f"the backup is of {database.name}: restore it under that name, not {path.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    warcs.mkdir(exist_ok=True)
    for file in (folder / "warcs").iterdir():
        if (warcs / file.name).exists():
            raise BrokenArchive(f"{warcs / file.name} is still there. Move it away first.")
        shutil.copy2(file, warcs / file.name)
    saved = folder / places_of(database)[1].name
    if saved.exists():
        shutil.copy2(saved, journal)
    shutil.copy2(database, path)


def _grow(source: Path, target: Path, length: int) -> int:
    """Copy what `target` lacks of the first `length` bytes; gives how much that was."""
    have = target.stat().st_size if target.exists() else 0
    if have >= length:
        return 0
    if not source.exists():
        raise BackupDamaged(f"{source} is not there: run gongkai verify")
    with source.open("rb") as reading, target.open("ab") as writing:
        reading.seek(have)
        left = length - have
        while left > 0 and (block := reading.read(min(_BLOCK, left))):
            writing.write(block)
            left -= len(block)
    if left:
        raise BackupDamaged(f"{source} is {left} bytes shorter than the archive says: run gongkai verify")
    return length - have


def _copy_journal(source: Path, target: Path, last: int) -> int:
    """The journal as far as the snapshot knows it."""
    if not source.exists():
        return 0
    part = target.with_name(target.name + ".part")
    with source.open("rb") as reading, part.open("wb") as writing:
        for entry, line in zip(entries(source), reading, strict=False):
            if entry.id > last:
                break
            writing.write(line)
    part.replace(target)
    return target.stat().st_size


def _copy_extra(source: Path, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
        return sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    shutil.copy2(source, target)
    return target.stat().st_size


def _digest(path: Path, length: int) -> str:
    """sha256 of the first `length` bytes: a WARC may have grown since."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while length > 0 and (block := stream.read(min(_BLOCK, length))):
            digest.update(block)
            length -= len(block)
    return digest.hexdigest()
