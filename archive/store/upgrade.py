"""An older archive made one of today: backed up and verified first, then migrated, never unasked.

A mark beside the database names the backup while the work lasts, so that an upgrade that was interrupted goes on
with the backup it had made: the one of the archive as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.store import privacy
from archive.store.archive import Archive
from archive.store.backup import backup, check_backup
from archive.store.files import pending_migrations, upgrade_schema
from archive.store.rebuild import stale_readings


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What was done. `backup` is None when nothing had to be migrated; `stale` counts pages whose reading another
    reader, or other rules of masking, made: a rebuild reads them again."""

    backup: Path | None
    migrations: tuple[str, ...]
    stale: int


def upgrade(
    path: Path,
    *,
    folder: Path | None,
    extras: Iterable[Path] = (),
    masked: bool,
    clock: Callable[[], datetime],
) -> Upgraded:
    """Back up (into `folder`, else into one named for the day), verify the backup, migrate, settle masking.

    Raises `BackupDamaged`, `Locked`, `NewerArchive`, `BrokenArchive`.
    """
    mark = path.with_name(path.name + ".upgrading")
    waiting = pending_migrations(path)
    saved: Path | None = None
    if waiting or mark.exists():
        if mark.exists():
            saved = Path(mark.read_text(encoding="utf-8").strip())
            check_backup(saved)
        else:
            saved = (folder or path.parent / "backups" / f"before-{waiting[0]}-{clock():%Y%m%d-%H%M%S}").resolve()
            backup(path, saved, extras=extras)
            _write(mark, f"{saved}\n")
        upgrade_schema(path, now=clock())
    with Archive.open(path, clock=clock) as archive:
        with archive.step():
            privacy.settle(archive.db.conn, masked=masked)
        stale = stale_readings(archive)
    mark.unlink(missing_ok=True)
    return Upgraded(backup=saved, migrations=tuple(waiting), stale=stale)


def _write(path: Path, text: str) -> None:
    """Write a small file whole, or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
