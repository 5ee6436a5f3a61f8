"""A crawl that is told to stop, and a night that runs out of disk: both end cleanly, and the next one goes on."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.model import RunResult
from crawler import run
from crawler.demo.play import demo_config
from crawler.demo.portal import SITE_ID
from crawler.demo.server import Replica
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.run import Crawl, Tools, free_bytes
from tests.crawler.ordeals import FEW, MORE, ROOT, Place

GB = 10**9


async def crawl(
    place: Place,
    *,
    stop: asyncio.Event | None = None,
    free: Callable[[Path], int] = lambda path: 100 * GB,
    budget: int = 0,
    later: timedelta = timedelta(),
) -> RunResult | None:
    config = demo_config(place.folder, delay_seconds=0.0)
    config = replace(config, crawl=replace(config.crawl, requests_per_night_per_host=budget))
    library = Library.load(config.sites.folders)

    def now() -> datetime:
        return datetime.now(UTC) + later

    with Archive.open(config.archive.path, clock=now) as archive:
        async with Fetcher(config, clock=now, loopback_allowed=True) as fetcher:
            tools = Tools(archive=archive, fetcher=fetcher, library=library, config=config, clock=now, free_bytes=free)
            return await Crawl(tools, library.named([SITE_ID]), stop=stop).run()


def rows(place: Place, sql: str) -> list[tuple[object, ...]]:
    with Archive.read(place.archive) as archive:
        return archive.db.execute(sql).fetchall()


async def test_a_disk_that_is_nearly_full_ends_the_night_and_the_next_one_goes_on(tmp_path: Path):
    with Replica() as portal:
        place = Place.make(tmp_path, portal.url, FEW)
        asked = count()
        result = await crawl(place, free=lambda path: 100 * GB if next(asked) < 4 else 4 * GB // 10)
        assert result is not None
        assert "400 MB free, less than archive.min_free_mb = 500" in result.cut_short
        assert result.as_json()["cut_short"] == result.cut_short
        assert result.problems
        assert rows(place, "select kind, message from problems where kind = 'cut-short'") == [
            ("cut-short", result.cut_short)
        ]
        assert rows(place, "select complete from run_sites") == [(0,)]
        (before,) = rows(place, "select count(*) from pages")
        result = await crawl(place)
        assert result is not None
        assert result.cut_short == ""
        assert rows(place, "select complete from run_sites order by run") == [(0,), (1,)]
        assert rows(place, "select count(*) from pages") > [before]
    assert free_bytes(place.archive) > 0


async def test_a_crawl_that_is_told_to_stop_ends_after_the_page_in_hand_and_is_taken_up_again(tmp_path: Path):
    stop, asked = asyncio.Event(), count()
    loop = asyncio.get_running_loop()

    def hook(method: str, path: str, headers: dict[str, str]) -> None:
        if next(asked) == 5:
            loop.call_soon_threadsafe(stop.set)

    with Replica(hook=hook) as portal:
        place = Place.make(tmp_path, portal.url, FEW)
        assert await crawl(place, stop=stop) is None
        assert len(portal.log) == 6, "the page in hand was finished, no other begun"
        assert rows(place, "select count(*) from captures") == [(6,)]
        result = await crawl(place)
    assert result is not None
    assert result.run.continued


@pytest.mark.parametrize(("later", "more"), [(timedelta(), 4), (timedelta(days=1), 10)])
async def test_what_was_spent_of_a_nights_budget_stays_spent_when_the_run_is_continued(
    tmp_path: Path, later: timedelta, more: int
):
    stop, asked = asyncio.Event(), count()
    loop = asyncio.get_running_loop()

    def hook(method: str, path: str, headers: dict[str, str]) -> None:
        if next(asked) == 5:
            loop.call_soon_threadsafe(stop.set)

    with Replica(hook=hook) as portal:
        place = Place.make(tmp_path, portal.url, MORE)
        assert await crawl(place, stop=stop, budget=10) is None
        assert len(portal.log) == 6
        await crawl(place, budget=10, later=later)
        assert len(portal.log) == 6 + more


async def test_a_slow_portal_does_not_hold_up_a_crawl_that_is_told_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run, "STOP_SECONDS", 0.1)
    stop, asked, released = asyncio.Event(), count(), threading.Event()
    loop = asyncio.get_running_loop()

    def hook(method: str, path: str, headers: dict[str, str]) -> None:
        if next(asked) == 5:
            loop.call_soon_threadsafe(stop.set)
            released.wait(60)

    with Replica(hook=hook) as portal:
        place = Place.make(tmp_path, portal.url, FEW)
        async with asyncio.timeout(30):
            assert await crawl(place, stop=stop) is None
        released.set()
        result = await crawl(place)
    assert result is not None
    assert result.run.continued
    assert result.total.complete


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_crawl_at_once_and_in_words(tmp_path: Path, number: signal.Signals):
    asked, reached, released = count(), threading.Event(), threading.Event()

    def hook(method: str, path: str, headers: dict[str, str]) -> None:
        if next(asked) == 5:
            reached.set()
            released.wait(60)

    with Replica(hook=hook) as portal:
        Place.make(tmp_path, portal.url, FEW)
        config = tmp_path / "operator.toml"
        config.write_text(
            '[archive]\npath = "archive.db"\nmin_free_mb = 0\n[crawl]\ndelay_seconds = 0.0\n'
            '[sites]\nfolders = ["portals"]\n',
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "crawler.cli", "crawl", SITE_ID, "--config", str(config)]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as crawling:
            assert crawling.stderr is not None
            assert reached.wait(60)
            crawling.send_signal(number)
            first = crawling.stderr.readline()
            began = time.monotonic()
            crawling.send_signal(number)
            said = crawling.stderr.read()
            assert crawling.wait(60) == 1
        released.set()
    assert "once more ends it at once" in first
    assert said == "stopped; the next crawl goes on where this one ended\n"
    assert time.monotonic() - began < run.STOP_SECONDS
