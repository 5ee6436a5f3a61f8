"""`gongkai crawl` and `gongkai schedule`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from archive.store.archive import Archive
from archive.store.model import Outcome, RunResult, Wish
from crawler.cli.options import (
    ArchiveOption,
    ClusterOption,
    ConfigOption,
    JsonOption,
    console,
    library,
    load,
    printer,
    settle_privacy,
    utc_now,
)
from crawler.cluster.coordinator import crawl_on, has_shards
from crawler.cluster.pool import InThisProcess, Pool
from crawler.config import Config
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.politeness import is_loopback_host
from crawler.run import Crawl, Observer, Tools
from crawler.tell import beat, news_of, tell, tell_trouble
from sites.model import SiteSpec

_NOBODY = "gongkai: no portal is verified yet, so nothing is crawled unasked."


def crawl(
    site: Annotated[list[str] | None, typer.Argument(help="Portals to crawl; default: every verified one.")] = None,
    cluster: ClusterOption = "",
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Crawl portals once, now: every listing, and the documents that are new or due."""
    loaded = load(config, archive)
    known = library(loaded)
    specs = known.named(site) if site else known.nightly(loaded.sites.skip)
    if not specs:
        console(stderr=True).print(f"{_NOBODY} Name one; gongkai sites list shows them.")
        raise typer.Exit(2)
    loaded.require_contact([host for spec in specs for host in spec.hosts])
    if cluster:
        from crawler.cluster.dask_pool import open_pool  # noqa: PLC0415 - only those who want a cluster wait for it

        with open_pool(cluster) as pool:
            result: RunResult | None = _crawl_on(pool, loaded, specs, quiet=as_json)
    else:
        result = asyncio.run(crawl_once(loaded, known, specs, quiet=as_json))
    if result is None:
        console(stderr=True).print("stopped; the next crawl goes on where this one ended")
        raise typer.Exit(1)
    show_result(result, as_json=as_json)
    raise typer.Exit(1 if result.problems or result.walls else 0)


def schedule(
    once: Annotated[
        bool, typer.Option("--once", help="One night, now, told like every other; then end. For cron, or to try it.")
    ] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
) -> None:
    """Stay running and crawl every night at the configured time (Asia/Shanghai)."""
    from crawler.night import find_next, run_schedule  # noqa: PLC0415 - only those who stay need the scheduler

    loaded = load(config, archive)
    known = library(loaded)
    specs = known.nightly(loaded.sites.skip)
    loaded.require_contact([host for spec in specs for host in spec.hosts])

    async def one(stop: asyncio.Event) -> RunResult | None:
        fresh = library(loaded)
        result = await crawl_once(loaded, fresh, fresh.nightly(loaded.sites.skip), quiet=True, stop=stop)
        if result is not None:
            show_result(result, as_json=False)
            if result.cut_short:
                tell_trouble(result.cut_short, loaded.alerts)
            _tell(loaded)
        return result

    async def night(stop: asyncio.Event) -> None:
        await one(stop)

    def last_night() -> datetime | None:
        if not loaded.archive.path.exists():
            return None
        with Archive.read(loaded.archive.path) as opened:
            return opened.last_finished("crawl")

    if once:
        result = asyncio.run(one(asyncio.Event()))
        raise typer.Exit(1 if result is None or result.problems or result.walls else 0)
    begins = find_next(utc_now(), loaded.schedule)
    console().print(
        f"{len(specs)} portals; the next night begins {begins:%Y-%m-%d %H:%M} ({loaded.schedule.timezone}). "
        "Ctrl-C ends this."
    )
    if not specs:
        console(stderr=True).print(f"{_NOBODY} gongkai sites verify ID, or leave this running and verify one later.")
    asyncio.run(run_schedule(loaded, night, last_night=last_night, clock=utc_now))


def _tell(config: Config) -> None:
    """Say what the night changed, and that there was one."""
    with Archive.read(config.archive.path) as opened:
        alerts, digest = news_of(opened, config, utc_now())
    tell(alerts, digest, config.alerts)
    beat(config.alerts)


async def crawl_once(
    config: Config,
    known: Library,
    specs: Sequence[SiteSpec],
    *,
    quiet: bool = False,
    stop: asyncio.Event | None = None,
    scope: str = "",
) -> RunResult | None:
    """One run over some portals, with progress for a person unless `quiet`. Ctrl-C and SIGTERM end it after the
    pages in hand; a second one ends it at once. None when it was stopped."""
    scope = scope or " ".join(sorted(spec.id for spec in specs))
    if has_shards(config.archive.path, scope):  # a cluster's run that died: its shards are taken up here
        return await asyncio.to_thread(_crawl_on, InThisProcess(), config, specs, quiet=quiet)
    stop = stop or asyncio.Event()
    loop, working = asyncio.get_running_loop(), asyncio.current_task()

    def end() -> None:
        if stop.is_set() and working is not None:
            working.cancel()
        elif not quiet:
            console(stderr=True).print("stopping after the pages in hand; once more ends it at once")
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, end)
    try:
        with Archive.open(config.archive.path) as archive, _progress(quiet) as progress:
            settle_privacy(archive, config)
            async with Fetcher(config, clock=utc_now, loopback_allowed=on_loopback(specs)) as fetcher:
                tools = Tools(archive=archive, fetcher=fetcher, library=known, config=config, clock=utc_now)
                return await Crawl(tools, specs, observer=_observer(progress), stop=stop).run(scope)
    except asyncio.CancelledError:
        if stop.is_set() and working is not None and working.uncancel() == 0:
            return None  # told twice: what was committed stands, the rest is asked next time
        raise
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


def _crawl_on(pool: Pool, config: Config, specs: Sequence[SiteSpec], *, quiet: bool) -> RunResult:
    """One run on a pool's workers, with a line for a person after each shard unless `quiet`."""
    out = console(stderr=True)

    def observe(name: str, done: int, of: int) -> None:
        if not quiet:
            out.print(f"shard {name} is crawled: {done} of {of}")

    return crawl_on(pool, config, specs, loopback_allowed=on_loopback(specs), observer=observe)


def on_loopback(specs: Sequence[SiteSpec]) -> bool:
    """Whether a portal that was named lives on this machine: naming it allows what the guard refuses."""
    return any(is_loopback_host(host.rsplit(":", 1)[0]) for spec in specs for host in spec.hosts)


def _progress(quiet: bool) -> Progress:
    out = console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[url]}"),
        console=out,
        transient=True,
        disable=quiet or not out.is_terminal,
    )


def _observer(progress: Progress) -> Observer:
    task = progress.add_task("crawling", total=None, url="")
    done = 0

    def observe(wish: Wish, outcome: Outcome, still_open: int) -> None:
        nonlocal done
        done += 1
        progress.update(task, completed=done, total=done + still_open, url=wish.request.url[-60:])
        if progress.disable is False and outcome in {"wall", "problem"}:
            progress.console.print(f"{outcome}: {wish.request.url}")

    return observe


def show_result(result: RunResult, *, as_json: bool) -> None:
    """Print what a run found: one JSON object, or one line a portal."""
    if as_json:
        printer(True)(result.as_json())
        return
    out = console()
    for site in result.sites:
        out.print(
            f"{site.site_id}: {site.new} new, {site.changed} changed, {site.unchanged} unchanged, "
            f"{site.duplicates} duplicates, {site.gone_candidates} gone?, {site.walls} walls, {site.problems} problems"
        )
    if result.cut_short:
        console(stderr=True).print(result.cut_short)
