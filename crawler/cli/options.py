"""The options every command takes, and what they open."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from archive.store import privacy
from archive.store.archive import Archive
from crawler import config as configuration
from crawler.config import Config
from crawler.errors import ConfigError
from crawler.library import Library
from crawler.rereading import Rereader

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration; default: config.toml here, else built-in defaults."),
]
ArchiveOption = Annotated[
    Path | None, typer.Option("--archive", metavar="FILE", help="The archive; default: the one config.toml names.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for scripts.")]
ClusterOption = Annotated[
    str,
    typer.Option(
        "--cluster", metavar="WHERE", help="Work on Dask: local:N for N workers here, tcp://HOST:PORT of a scheduler."
    ),
]


def utc_now() -> datetime:
    """The clock, read in one place."""
    return datetime.now(UTC)


def load(config: Path | None, archive: Path | None) -> Config:
    """The configuration with the command line's word on top."""
    loaded = configuration.load(config)
    if archive is not None:
        loaded = replace(loaded, archive=replace(loaded.archive, path=archive))
    return loaded


def library(config: Config) -> Library:
    """Families and portals, the operator's own folders included."""
    return Library.load(config.sites.folders)


def existing(config: Config) -> Path:
    """The archive's path; `ConfigError` when nothing is there."""
    path = config.archive.path
    if not path.exists():
        raise ConfigError(f"{path} is not there: crawl or import something first, or name another with --archive")
    return path


def settle_privacy(archive: Archive, config: Config) -> None:
    """Let a new archive mask as `[privacy]` says; an old one that masks otherwise goes on as it is, and says so."""
    connection, masked = archive.db.conn, config.privacy.mask
    if privacy.is_settled(connection, masked=masked):
        return
    if connection.execute("select 1 from pages limit 1").fetchone() is None:
        with archive.step():
            privacy.settle(connection, masked=masked)
        return
    console(stderr=True).print(
        f"gongkai: [privacy] mask = {str(masked).lower()}, but the texts in {archive.path} were stored otherwise: "
        "run gongkai rebuild"
    )


def rereader(config: Config) -> Rereader:
    """What reads stored answers again; a wrong portal file is told before anything is read."""
    library(config)
    return Rereader(tuple(str(folder) for folder in config.sites.folders))


def printer(as_json: bool) -> Callable[[dict[str, object]], None]:
    """Give the way to print one result: a JSON line, or nothing (the caller prints for people)."""

    def print_json(value: dict[str, object]) -> None:
        typer.echo(json.dumps(value, ensure_ascii=False))

    def print_nothing(value: dict[str, object]) -> None:
        """People get prose from the caller instead."""

    return print_json if as_json else print_nothing


def console(*, stderr: bool = False) -> Console:
    """A console that does not reinterpret what the web says as markup."""
    return Console(stderr=stderr, markup=False, highlight=False, soft_wrap=True)
