"""`gongkai upgrade`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.store.archive import Archive
from archive.store.rebuild import rebuild
from archive.store.upgrade import upgrade as bring_up
from crawler.cli.options import (
    ArchiveOption,
    ConfigOption,
    JsonOption,
    console,
    existing,
    load,
    printer,
    rereader,
    utc_now,
)
from crawler.rereading import local_mapper


def upgrade(
    backup: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the backup goes; default: backups/ beside the archive.")
    ] = None,
    reread: Annotated[bool, typer.Option("--rebuild/--no-rebuild", help="Read stale readings again at once.")] = True,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that read; one a core when there is enough to read.")
    ] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring an archive that an older gongkai made up to date: backup, migration, rebuild. Interrupted, it goes on."""
    loaded = load(config, archive)
    path = existing(loaded)
    extras = [*([Path(loaded.source)] if loaded.source else []), *loaded.sites.folders]
    done = bring_up(path, folder=backup, extras=extras, masked=loaded.privacy.mask, clock=utc_now)
    out = console()
    if not as_json:
        if done.backup is not None:
            out.print(f"backed up and verified: {done.backup}")
        out.print(f"{len(done.migrations)} migrations: {', '.join(done.migrations) or 'the archive is of today'}")
        out.print(f"{done.stale} readings are stale" + ("" if reread else ": gongkai rebuild reads them again"))
    read = unreadable = 0
    if reread and done.stale:
        reader = rereader(loaded)
        with Archive.open(path) as opened, local_mapper(reader, path, processes, waiting=done.stale) as mapper:
            result = rebuild(opened, reader, mapper=mapper)
        read, unreadable = result.read, result.unreadable
        if not as_json:
            out.print(f"{read} read again, {unreadable} unreadable")
    printer(as_json)(
        {
            "backup": str(done.backup) if done.backup else None,
            "migrations": list(done.migrations),
            "stale": done.stale,
            "read": read,
            "unreadable": unreadable,
        }
    )
    raise typer.Exit(1 if unreadable else 0)
