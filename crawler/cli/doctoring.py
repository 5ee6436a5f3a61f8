"""`gongkai doctor`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from crawler.cli.options import ArchiveOption, ConfigOption, JsonOption, console, library, load, printer, utc_now
from crawler.doctor import examine, lookup

_SIGNS = {"ok": "OK  ", "warn": "WARN", "fail": "FAIL"}


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Leave the network out.")] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at what gongkai needs on this machine: clock, SQLite, disk, permissions, converters, network, contact."""
    loaded = load(config, archive)
    portals = library(loaded).nightly(loaded.sites.skip)
    failed = False
    for check in examine(loaded, portals, clock=utc_now, resolve=None if offline else lookup):
        failed = failed or check.state == "fail"
        printer(as_json)(asdict(check))
        if not as_json:
            todo = f" → {check.todo}" if check.todo else ""
            console().print(f"{_SIGNS[check.state]} {check.name}: {check.message}{todo}")
    raise typer.Exit(1 if failed else 0)
