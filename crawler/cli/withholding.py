"""`gongkai withhold`: what must not be shown."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from archive.store import takedown, withheld
from archive.store.archive import Archive
from crawler.cli.options import ArchiveOption, ConfigOption, JsonOption, console, existing, load, printer, rereader
from crawler.config import Config
from crawler.errors import ConfigError

#: How many addresses that carry the same text are named.
_NAMED = 10


def withhold(
    target: Annotated[
        str, typer.Argument(metavar="[URL|DIGEST]", help="An address, a payload digest (sha1:…) or a text digest.")
    ] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; shown in the place of the page.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides.")] = "",
    release: Annotated[bool, typer.Option("--release", help="Show again what was withheld.")] = False,
    purge: Annotated[
        bool, typer.Option("--purge", help="Also take its bytes out of the WARC files, for ever.")
    ] = False,
    backup: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="With --purge: look into this backup as well; may be given again."),
    ] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a page or a digest read as nothing: in tables, index, exports, feeds and replay, from now on and after every
    rebuild. Without a target: list what is withheld."""
    loaded = load(config, archive)
    path = existing(loaded)
    if not target:
        if reason or by or release or purge:
            raise ConfigError("name what is meant: an address, or a digest as the archive writes them")
        with Archive.read(path) as opened:
            _list(withheld.active(opened.db.conn), as_json=as_json)
        return
    if release and purge:
        raise ConfigError("--release and --purge contradict each other")
    with Archive.open(path) as opened:
        if release:
            _release(opened, loaded, target, reason=reason, by=by, as_json=as_json)
            return
        _, canonical = withheld.parse_target(target)
        known = withheld.find(opened.db.conn, canonical)
        if not purge or by or reason or known is None or known.released_at:
            done = takedown.withhold(opened, target, reason=reason, by=by, read=rereader(loaded))
            _show(done, as_json=as_json)
        if purge:
            _purge(opened, target, backup or (), as_json=as_json)


def _list(found: list[withheld.Withholding], *, as_json: bool) -> None:
    for one in found:
        printer(as_json)(asdict(one))
        if not as_json:
            purged = f", purged {one.purged_at[:10]}" if one.purged_at else ""
            console().print(f"{one.target}: {one.reason} ({one.by}, {one.at[:10]}{purged})")
    if not found and not as_json:
        console().print("nothing is withheld")


def _show(done: takedown.Takedown, *, as_json: bool) -> None:
    if as_json:
        printer(True)(asdict(done))
        return
    out = console()
    out.print(
        f"{done.target}: withheld; {done.captures} captures read as nothing, {len(done.pages)} pages are gone from the "
        f"tables, {len(done.trimmed)} lost a version"
    )
    if done.elsewhere:
        out.print(f"the same text stands at {len(done.elsewhere)} other addresses and is still shown there:")
        for url in done.elsewhere[:_NAMED]:
            out.print(f"  {url}")
        out.print("withhold these as well, or the text by its digest")
    if done.log_held:
        out.print("a reader keeps the database's log: restart `gongkai serve`, then run this command again")


def _release(opened: Archive, loaded: Config, target: str, *, reason: str, by: str, as_json: bool) -> None:
    done = takedown.release(opened, target, reason=reason, by=by, read=rereader(loaded))
    printer(as_json)(asdict(done))
    if not as_json:
        console().print(f"{done.target}: shown again; {done.captures} captures, {len(done.pages)} pages read again")


def _purge(opened: Archive, target: str, backups: list[Path] | tuple[()], *, as_json: bool) -> None:
    done = takedown.purge(opened, target, backups=backups)
    held = [str(path) for path in done.held]
    printer(as_json)({"target": done.target, "files": done.files, "held": held})
    if as_json:
        return
    out = console()
    out.print(f"{done.target}: purged; {len(done.files)} WARC files written anew")
    if held:
        out.print("backups that still hold it (run `gongkai backup` on each again, or delete them):")
        for name in held:
            out.print(f"  {name}")
    out.print("copies this archive does not know of (exports, snapshots, disks) are yours to find")
