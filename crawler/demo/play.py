"""Two nights over the replica: what `gongkai demo` does, and what the tests crawl."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from archive.store.archive import Archive
from archive.store.model import RunResult
from crawler.config import Config
from crawler.demo.portal import SITE_ID, portal_toml
from crawler.demo.server import Replica
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.run import Crawl, Tools

#: Where the demo lives unless told otherwise; its content is made anew each time.
FOLDER = Path("data/demo")

#: Seconds between two requests to the replica: visible in its log, short enough for a first minute.
DELAY_SECONDS = 0.02


def demo_config(folder: Path, *, delay_seconds: float = DELAY_SECONDS) -> Config:
    """The configuration of the demo: its own folder, a short delay, every page asked every night."""
    config = Config()
    return replace(
        config,
        archive=replace(config.archive, path=folder / "archive.db"),
        crawl=replace(config.crawl, delay_seconds=delay_seconds, jitter=0.0),
        revisit=replace(config.revisit, mode="always"),
        sites=replace(config.sites, folders=(folder / "portals",)),
    )


def write_portal(folder: Path, base_url: str) -> str:
    """Write the replica's portal where the demo's configuration looks for portals; gives its id."""
    portals = folder / "portals"
    portals.mkdir(parents=True, exist_ok=True)
    (portals / f"{SITE_ID}.toml").write_text(portal_toml(base_url), encoding="utf-8")
    return SITE_ID


async def crawl_replica(config: Config, site_id: str, *, clock: Callable[[], datetime]) -> RunResult:
    """One night over the replica."""
    library = Library.load(config.sites.folders)
    with Archive.open(config.archive.path, clock=clock) as archive:
        async with Fetcher(config, clock=clock, loopback_allowed=True) as fetcher:
            tools = Tools(archive=archive, fetcher=fetcher, library=library, config=config, clock=clock)
            result = await Crawl(tools, library.named([site_id])).run()
    assert result is not None, "nothing stops the demo's crawl"
    return result


async def play(folder: Path, *, clock: Callable[[], datetime]) -> list[RunResult]:
    """Start the replica, crawl it as two nights into a fresh archive, and give both results."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    config = demo_config(folder)
    with Replica() as replica:
        site_id = write_portal(folder, replica.url)
        first = await crawl_replica(config, site_id, clock=clock)
        replica.advance()
        second = await crawl_replica(config, site_id, clock=clock)
    return [first, second]
