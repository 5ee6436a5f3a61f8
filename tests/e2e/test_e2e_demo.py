"""The first minute of a stranger: `make demo`, a town's report beside its years, and the page that proves it.

The archive is the demo's own: the replica portal crawled as two nights. The second night runs while every page is
asked for, as a reader would who comes at one in the morning.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from crawler.demo.play import crawl_replica, demo_config, write_portal
from crawler.demo.server import Replica
from tests.e2e.conftest import complaining, served
from tests.web_addresses import every_page


@dataclass(frozen=True)
class Served:
    """The demo's archive, its address, and what was answered while its second night ran."""

    path: Path
    base: str
    during: list[tuple[str, int, bool]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("demo")
    config = demo_config(folder, delay_seconds=0.0)
    moment = [datetime(2025, 3, 1, 16, 30, tzinfo=UTC)]

    def clock() -> datetime:
        moment[0] += timedelta(milliseconds=50)
        return moment[0]

    with Replica() as replica:
        site = write_portal(folder, replica.url)
        asyncio.run(crawl_replica(config, site, clock=clock))
        with served(config.archive.path) as base:
            replica.advance()
            moment[0] += timedelta(days=1)
            night = threading.Thread(target=lambda: asyncio.run(crawl_replica(config, site, clock=clock)))
            night.start()
            during = _ask_until(night, base, every_page(config.archive.path))
            yield Served(config.archive.path, base, during)


def wing_of(page: str) -> str:
    """The kind of a page: the first part of its path."""
    return page.partition("?")[0].split("/")[1]


def _ask_until(night: threading.Thread, base: str, pages: list[str]) -> list[tuple[str, int, bool]]:
    """One page of each kind first, then on until the night is over: page, status, whether the crawl still ran."""
    firsts = list({wing_of(page): page for page in reversed(pages)}.values())
    answers: list[tuple[str, int, bool]] = []
    with httpx.Client(base_url=base, timeout=60) as client:
        for page in [*firsts, *(page for page in pages if page not in firsts)]:
            if len(answers) >= len(firsts) and not night.is_alive():
                break
            status = client.get(page).status_code
            answers.append((page, status, night.is_alive()))
    night.join(240)
    return answers


@pytest.fixture
def stranger(demo: Served, chromium):  # in this order: no other event loop can run while the browser is open
    """Somebody who has just typed `make demo` and reads Chinese."""
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}, accept_downloads=True)
    seen = complaining(context.new_page(), demo.base)
    yield seen
    context.close()
    assert seen.complaints == []


def test_every_page_type_answers_while_a_crawl_runs(demo: Served) -> None:
    assert {status for _, status, _ in demo.during} == {200}
    wings = {wing_of(page) for page, _, _ in demo.during}
    assert wings == {wing_of(page) for page in every_page(demo.path)}
    assert sum(running for _, _, running in demo.during) >= 5


def test_a_stranger_finds_the_requests_that_do_not_match_and_the_page_that_proves_it(stranger) -> None:
    page = stranger.page
    page.goto(f"{stranger.base}/")
    page.get_by_role("link", name="读一份报告，对照历年数字").click()
    page.wait_for_url("**/report/*/2024")
    assert page.get_by_role("heading", level=1).inner_text() == "2024年盖北镇政府信息公开年度报告"
    beside = page.locator("table.beside")
    years = beside.locator("tbody th").all_inner_texts()
    assert years == [str(year) for year in range(2014, 2025)]
    assert [cell.split() for cell in beside.locator("td.failed").all_inner_texts()] == [
        ["3", "(不衔接)"],
        ["4", "(不衔接)"],
    ]
    told = page.locator(".notice", has_text="两者应当相等")
    assert "2024 年报告的“上年结转”为 4 件，而 2023 年报告的“结转下年度继续办理”为 3 件" in told.inner_text()
    for year, printed in (("2023", "3"), ("2024", "4")):
        told.get_by_role("link", name=f"{year} 年存档网页").click()
        frame = page.frame_locator("iframe.replay")
        assert frame.locator("#gongkai-marked").inner_text().strip() == printed
        assert f"{year}年盖北镇" in page.get_by_role("heading", level=1).inner_text()
        page.go_back()


def test_what_is_shown_is_what_the_demo_says(stranger) -> None:
    page = stranger.page
    page.goto(f"{stranger.base}/search?q=复议 盖北")
    assert "共 12 份文本" in page.locator("#count").inner_text()
    page.goto(f"{stranger.base}/changes")
    page.get_by_role("link", name="查看差异").click()
    assert page.locator(".diff del").count() >= 1
    page.goto(f"{stranger.base}/compare/bodies?place=越溪区&indicator=requests_carried_in")
    assert page.locator("table.sortable tbody tr").count() == 6
    page.goto(f"{stranger.base}/review")
    assert "gongkai review --page" in page.locator("code.command").first.inner_text()
