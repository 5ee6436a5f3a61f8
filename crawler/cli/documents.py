"""`gongkai fetch` and `gongkai import`: documents by name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from archive.store.archive import Archive
from crawler.adhoc import Failed, Kept, fetch_url, files_under, import_paths
from crawler.cli.crawling import crawl_once, show_result
from crawler.cli.options import (
    ArchiveOption,
    ConfigOption,
    JsonOption,
    console,
    library,
    load,
    printer,
    settle_privacy,
    utc_now,
)
from crawler.config import Config
from crawler.errors import ConfigError
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.politeness import is_loopback_host
from crawler.run import Tools


def fetch(
    target: Annotated[str, typer.Argument(metavar="URL|SITE", help="A page's address, or the id of a portal.")],
    site: Annotated[str, typer.Option(help="The portal whose rules read the page, when its host does not tell.")] = "",
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch one page now, keep it, and print its title, metadata and clean text."""
    loaded = load(config, archive)
    known = library(loaded)
    if "://" not in target:
        specs = known.named([target])
        loaded.require_contact([host for spec in specs for host in spec.hosts])
        result = asyncio.run(crawl_once(loaded, known, specs, quiet=as_json))
        if result is None:
            raise typer.Exit(1)
        show_result(result, as_json=as_json)
        raise typer.Exit(1 if result.problems or result.walls else 0)
    if not target.startswith(("http://", "https://")):
        raise ConfigError(f"{target!r} is not an address that can be fetched: it must begin with http:// or https://")
    loaded.require_contact([target.split("/")[2]])
    done = asyncio.run(_fetch(loaded, known, target, site))
    _show(done, as_json=as_json, with_text=True)
    raise typer.Exit(1 if isinstance(done, Failed) else 0)


async def _fetch(config: Config, known: Library, url: str, site: str) -> Kept | Failed:
    with Archive.open(config.archive.path) as archive:
        settle_privacy(archive, config)
        # An address on this machine that a person typed is meant; one a page links to is not.
        local = is_loopback_host(urlsplit(url).hostname or "")
        async with Fetcher(config, clock=utc_now, loopback_allowed=local) as fetcher:
            tools = Tools(archive=archive, fetcher=fetcher, library=known, config=config, clock=utc_now)
            return await fetch_url(tools, url, site=site)


def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Saved pages, documents, WARCs, or folders.")],
    url: Annotated[str, typer.Option(help="The address the saved page came from (one file only).")] = "",
    site: Annotated[str, typer.Option(help="The portal it came from, when its address does not tell.")] = "",
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read saved HTML, text, PDF, Word and WARC files into the archive."""
    loaded = load(config, archive)
    known = library(loaded)
    files = files_under(paths)
    if url and len(files) != 1:
        raise ConfigError(f"--url names the address of one saved page, but {len(files)} files were given")
    failed = False
    with Archive.open(loaded.archive.path) as opened:
        settle_privacy(opened, loaded)
        # No network: the fetcher is made but never entered.
        tools = Tools(
            archive=opened, fetcher=Fetcher(loaded, clock=utc_now), library=known, config=loaded, clock=utc_now
        )
        for done in import_paths(tools, files, url=url, site=site):
            failed = failed or isinstance(done, Failed)
            _show(done, as_json=as_json, with_text=False)
    raise typer.Exit(1 if failed else 0)


def _show(done: Kept | Failed, *, as_json: bool, with_text: bool) -> None:
    """Print one document: JSON for scripts, a title with its metadata (and text) for people."""
    if as_json:
        printer(True)(done.as_json())
        return
    out = console()
    if isinstance(done, Failed):
        console(stderr=True).print(f"{done.source or done.url}: {done.kind}: {done.message}")
        return
    fields = done.as_json()
    out.print(f"{fields['title'] or '(no title)'}  [{done.change.kind}]")
    for name in ("file", "kind", "year", "body", "issuer", "index_number", "document_number", "disclosure_mode"):
        if fields[name] is not None:
            out.print(f"  {name}: {fields[name]}")
    for name in ("published_at", "dated_on"):
        if fields[name] is not None:
            out.print(f"  {name}: {fields[name]}")
    if done.reading.extracted.breadcrumb:
        out.print(f"  breadcrumb: {' > '.join(done.reading.extracted.breadcrumb)}")
    if with_text:
        out.print()
        out.print(done.reading.extracted.text)
