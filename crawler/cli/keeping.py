"""`gongkai rebuild | export | verify | backup | restore | merge`: keeping an archive in order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.store import backup as backups
from archive.store.archive import Archive
from archive.store.cold import cold_files
from archive.store.export import FORMATS
from archive.store.export import export as export_tables
from archive.store.merge import merge as merge_shards
from archive.store.privacy import settle
from archive.store.publish import publish as publish_snapshot
from archive.store.rebuild import Mapper, readings, stale_readings
from archive.store.rebuild import rebuild as reread
from archive.store.rechecking import Recheck, mend, recheck
from archive.store.restore import restore as restore_from_evidence
from archive.store.scope import Part
from archive.store.upkeep import tend
from archive.store.verify import verify as check
from archive.store.wacz import export_wacz
from crawler.cli.options import (
    ArchiveOption,
    ClusterOption,
    ConfigOption,
    JsonOption,
    console,
    existing,
    load,
    printer,
    rereader,
    utc_now,
)
from crawler.errors import ConfigError
from crawler.rereading import local_mapper
from sites.reading.urls import canonical


def rebuild(
    everything: Annotated[
        bool, typer.Option("--all", help="Read all again, not only what an older reader read.")
    ] = False,
    site: Annotated[list[str] | None, typer.Option(help="Only pages of this portal (its id); may be repeated.")] = None,
    body: Annotated[list[str] | None, typer.Option(help="Only pages with reports of this body (id or name).")] = None,
    year: Annotated[list[int] | None, typer.Option(help="Only pages with reports of this year.")] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that read; one a core when there is enough to read.")
    ] = None,
    cluster: ClusterOption = "",
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read everything derived again from the WARC files, offline; prints the cells that now read differently."""
    loaded = load(config, archive)
    part = Part(sites=tuple(site or ()), bodies=tuple(body or ()), years=tuple(year or ()))
    with Archive.open(existing(loaded)) as opened:
        with opened.step():
            settle(opened.db.conn, masked=loaded.privacy.mask)
        stale = stale_readings(opened)
        if cluster:
            from crawler.cluster.dask_pool import open_pool  # noqa: PLC0415 - only those who want a cluster wait for it
            from crawler.cluster.rereading import mapper_on  # noqa: PLC0415

            with open_pool(cluster) as workers:
                mapper: Mapper | None = mapper_on(workers, loaded.archive.path, loaded.sites.folders)
                result = reread(opened, rereader(loaded), everything=everything, part=part, mapper=mapper)
        else:
            reader, waiting = rereader(loaded), readings(opened) if everything else stale
            with local_mapper(reader, loaded.archive.path, processes, waiting=waiting) as mapper:
                result = reread(opened, reader, everything=everything, part=part, mapper=mapper)
        tend(opened)
    if as_json:
        cells = [
            {"page": cell.page, "cell": cell.key, "before": cell.before, "after": cell.after} for cell in result.cells
        ]
        printer(True)(
            {
                "stale": stale,
                "read": result.read,
                "unreadable": result.unreadable,
                "cold": result.cold,
                "texts": result.texts,
                "judged": [{"page": one.page, "before": one.before, "after": one.after} for one in result.judged],
                "cells": cells,
            }
        )
    else:
        out = console()
        for told in (*result.judged, *result.cells):
            out.print(str(told))
        out.print(
            f"{stale} stale readings; {result.read} read, {result.unreadable} unreadable; "
            f"{len(result.texts)} texts and {len(result.cells)} cells read differently, "
            f"{len(result.judged)} pages judged differently"
        )
        if result.cold:
            out.print(f"{result.cold} stay as they are: their WARC files lie in cold storage (gongkai cold --back)")
    raise typer.Exit(1 if result.unreadable else 0)


def export(
    kind: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of {', '.join(FORMATS)}, wacz.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go; the file itself for wacz.")],
    table: Annotated[list[str] | None, typer.Option(help="A table or view; default: all public ones.")] = None,
    partition_by: Annotated[
        str, typer.Option(metavar="KEYS", help="Parquet only: divide by these keys, as in year,province.")
    ] = "",
    site: Annotated[str, typer.Option(help="wacz: every capture of this portal.")] = "",
    page: Annotated[list[str] | None, typer.Option(help="wacz: every capture of this page and its files.")] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write tables and views as files, with the data dictionary."""
    loaded = load(config, archive)
    if kind == "wacz":
        if table or not (site or page):
            raise ConfigError("export wacz takes --site ID or --page URL (repeat it), and no --table")
        urls = [canonical(url) for url in page or ()]
        with Archive.read(existing(loaded)) as opened:
            made = export_wacz(opened, folder, software="gongkai", at=utc_now(), site=site, pages=urls)
        result: dict[str, object] = {
            "file": str(made.path),
            "captures": made.captures,
            "pages": made.pages,
            "left_out": made.left_out,
        }
        printer(as_json)(result)
        if not as_json:
            console().print(f"{made.path}: {made.captures} captures, {made.pages} pages, {made.left_out} left out")
        return
    if kind not in FORMATS:
        raise ConfigError(f"{kind!r} is no format; choices: {', '.join(FORMATS)}, wacz")
    with Archive.read(existing(loaded)) as opened:
        keys = [key.strip() for key in partition_by.split(",") if key.strip()]
        files = export_tables(opened, kind, folder, table or (), partition_by=keys)
    for path in files:
        printer(as_json)({"file": str(path)})
        if not as_json:
            console().print(str(path))


def verify(
    repair: Annotated[bool, typer.Option(help="Mend what can be mended without losing anything.")] = False,
    reread: Annotated[
        bool, typer.Option("--reread", help="Read every page again from its capture too, and compare what stands.")
    ] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every capture against its digest, every derived row against its capture (by reference and digest; with
    --reread by reading it again), the index against the text."""
    loaded = load(config, archive)
    path = existing(loaded)
    with Archive.open(path) if repair else Archive.read(path) as opened:
        found = check(opened, repair=repair)
        again = recheck(opened, rereader(loaded)) if reread else Recheck()
        found += again.found if not repair else mend(opened, rereader(loaded), again)
        away = cold_files(opened.warcs)
    for damage in found:
        told: dict[str, object] = {
            "kind": damage.kind,
            "what": damage.what,
            "message": damage.message,
            "repaired": damage.repaired,
        }
        printer(as_json)(told)
        if not as_json:
            console().print(f"{damage.kind} {damage.what}: {damage.message} {damage.repaired}".rstrip())
    if not found and not as_json:
        console().print("everything is as it must be")
    if reread:
        counts: dict[str, object] = {"read": again.read, "stale": again.stale, "skipped": again.skipped}
        printer(as_json)({"reread": counts})
    if reread and not as_json:
        console().print(f"{again.read} readings compared with their captures, {again.skipped} without one at hand")
    if again.stale and not as_json:
        console().print(f"{again.stale} readings are by an older reader and were not compared: gongkai rebuild")
    if away and not as_json:
        console().print(f"{len(away)} WARC files lie in cold storage and were not checked")
    raise typer.Exit(1 if any(not damage.repaired for damage in found) else 0)


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The backup; continued when one is there.")],
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the archive (database, WARCs, journal, configuration, portals) while it is in use, and verify the copy."""
    loaded = load(config, archive)
    extras = [Path(loaded.source)] if loaded.source else []
    result = backups.backup(existing(loaded), folder, extras=[*extras, *loaded.sites.folders])
    printer(as_json)({"folder": str(result.folder), "files": result.files, "copied_bytes": result.copied_bytes})
    if not as_json:
        console().print(f"{result.folder}: {result.files} files, {result.copied_bytes} bytes copied, verified")


def restore(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A backup; without one: from the WARCs and the journal.")
    ] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a lost archive again: from a backup, or from the WARC files and the journal beside it."""
    loaded = load(config, archive)
    path = loaded.archive.path
    if folder is not None:
        backups.restore_backup(folder, path)
        printer(as_json)({"archive": str(path), "from": str(folder)})
        if not as_json:
            console().print(f"{path}: restored from {folder}")
        return
    result = restore_from_evidence(path, rereader(loaded), mask=loaded.privacy.mask)
    printer(as_json)(
        {
            "archive": str(path),
            "captures": result.captures,
            "events": result.events,
            "unreadable": result.unreadable,
            "lost": result.lost,
        }
    )
    if not as_json:
        console().print(
            f"{path}: {result.captures} captures and {result.events} journal entries; "
            f"{result.unreadable} unreadable, {result.lost} whose capture is lost"
        )
    raise typer.Exit(1 if result.lost else 0)


def merge(
    shards: Annotated[list[Path], typer.Argument(metavar="SHARD…", help="Archives of other portals.")],
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring archives of other portals into this one: the result is what one machine would have made."""
    loaded = load(config, archive)
    for shard in shards:
        if not shard.exists():
            raise ConfigError(f"{shard} is not there")
    with Archive.open(loaded.archive.path) as opened:
        for result in merge_shards(opened, shards):
            counts = {
                "captures": result.captures,
                "pages": result.pages,
                "documents": result.documents,
                "reports": result.reports,
            }
            printer(as_json)({"shard": str(result.shard), **counts})
            if not as_json:
                console().print(f"{result.shard}: " + ", ".join(f"{n} {name}" for name, n in counts.items()))


def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of snapshots.")],
    keep: Annotated[int, typer.Option(min=1, help="Snapshots that stay, the newest among them.")] = 3,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an immutable, inspected snapshot for the web, named by its hash, and let `current` name it."""
    loaded = load(config, archive)
    made = publish_snapshot(existing(loaded), folder, at=utc_now(), keep=keep)
    printer(as_json)({"snapshot": str(made.folder), "sha256": made.sha256, "new": made.new})
    if not as_json:
        console().print(f"{made.folder}: " + ("published" if made.new else "nothing changed since it was published"))
