"""`gongkai demo`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from crawler.cli.options import JsonOption, console, printer, utc_now
from crawler.demo.play import FOLDER, play


def demo(
    serve: Annotated[bool, typer.Option(help="Serve the archive afterwards.")] = True,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8001,
    folder: Annotated[Path, typer.Option(help="Where the demo archive goes; it is made anew each time.")] = FOLDER,
    as_json: JsonOption = False,
) -> None:
    """A replica of a county portal, crawled on two nights, and the archive that comes of it."""
    out = console()
    nights = []
    for night in asyncio.run(play(folder, clock=utc_now)):
        nights.append(night)
        if not as_json:
            site = night.sites[0]
            out.print(
                f"night {len(nights)}: {site.new} new, {site.changed} changed, {site.unchanged} unchanged, "
                f"{site.gone_candidates} gone?, {site.duplicates} duplicates, {site.walls} walls, "
                f"{site.problems} other problems"
            )
    if as_json:
        printer(True)({"archive": str(folder / "archive.db"), "nights": [night.as_json() for night in nights]})
    else:
        out.print(f"archive: {folder / 'archive.db'}")
    if serve:
        from archive.web import serve as web  # noqa: PLC0415 - Datasette costs a second that no other command needs

        web.serve(folder / "archive.db", host=host, port=port, sql=True)
