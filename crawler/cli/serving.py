"""`gongkai serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.store.publish import find_snapshot
from crawler.cli.options import ArchiveOption, ConfigOption, load
from crawler.errors import ConfigError


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 0,
    snapshot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Serve the current snapshot of this folder (gongkai publish).")
    ] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
) -> None:
    """Serve the archive with Datasette."""
    loaded = load(config, archive)
    published = find_snapshot(snapshot) if snapshot is not None else None
    path = published.database if published else loaded.archive.path
    if not path.exists():
        raise ConfigError(f"{path} is not there: crawl or import something first, or name another with --archive")
    from archive.web import serve as web  # noqa: PLC0415 - Datasette costs a second that no other command needs

    web.serve(
        path,
        host=host or loaded.serve.host,
        port=port or loaded.serve.port,
        sql=loaded.serve.sql,
        contact=loaded.serve.contact or loaded.crawl.contact,
        per_second=loaded.serve.requests_per_second or None,
        base_url=loaded.serve.base_url,
        trusted_proxies=loaded.serve.trusted_proxies,
        snapshot=published,
    )
