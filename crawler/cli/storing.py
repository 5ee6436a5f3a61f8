"""`gongkai cold`: WARC files of finished years to a slower disk, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.store import cooling
from archive.store.archive import Archive
from archive.store.cold import cold_files
from archive.store.times import utc_now
from crawler.cli.options import ArchiveOption, ConfigOption, JsonOption, console, existing, load, printer
from crawler.errors import ConfigError


def cold(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where the files go.")] = None,
    before: Annotated[int | None, typer.Option(help="Move files begun before this year.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Copy all files back that can be reached.")] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move WARC files of earlier years to cold storage, or back; with neither, list those that are there."""
    loaded = load(config, archive)
    if back == (folder is not None) and (back or before is not None):
        raise ConfigError("say either DIR with --before YEAR, or --back")
    if (folder is None) != (before is None):
        raise ConfigError("DIR and --before YEAR belong together")
    if folder is None and not back:
        with Archive.read(existing(loaded)) as opened:
            files = cold_files(opened.warcs)
    else:
        with Archive.open(existing(loaded)) as opened:
            if folder is not None and before is not None:
                files = list(cooling.move_away(opened, folder, before=before, this_year=utc_now().year))
            else:
                files = list(cooling.bring_back(opened))
    for file in files:
        printer(as_json)({"file": file.file, "place": str(file.place), "bytes": file.length, "sha256": file.sha256})
        if not as_json:
            console().print(f"{file.file}  {file.length} bytes  {file.place}")
    if not as_json and not files:
        console().print("no file was moved" if folder or back else "no file lies in cold storage")
