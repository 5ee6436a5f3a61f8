"""The demo's two nights against the replica's own script, and the politeness its log proves."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from archive.store.model import RunResult
from crawler.demo.play import crawl_replica, demo_config, write_portal
from crawler.demo.script import expected
from crawler.demo.server import Replica, RequestLogEntry

DELAY = 0.02


@dataclass(frozen=True)
class Nights:
    folder: Path
    results: list[RunResult]
    log: list[RequestLogEntry]
    first_of_second: int
    base: str

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.folder / "archive.db")
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def path(self, url: object) -> str:
        return "/" + str(url).removeprefix(self.base)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    folder = tmp_path_factory.mktemp("demo")
    config = demo_config(folder, delay_seconds=DELAY)

    def clock() -> datetime:
        return datetime.now(UTC)

    with Replica() as replica:
        site = write_portal(folder, replica.url)
        first = asyncio.run(crawl_replica(config, site, clock=clock))
        middle = len(replica.log)
        replica.advance()
        second = asyncio.run(crawl_replica(config, site, clock=clock))
        return Nights(folder, [first, second], list(replica.log), middle, replica.url)


@pytest.mark.parametrize("night", [1, 2])
def test_each_night_reports_what_the_script_says(nights: Nights, night: int) -> None:
    told = nights.results[night - 1].as_json()
    assert {name: told[name] for name in expected(night).counts()} == expected(night).counts()


@pytest.mark.parametrize("night", [1, 2])
def test_the_problems_are_the_scripted_ones(nights: Nights, night: int) -> None:
    run = nights.results[night - 1].run.id
    found = {(kind, nights.path(url)) for kind, url in nights.rows("select kind, url from problems where run = ?", run)}
    assert found == set(expected(night).problems)


def test_the_edited_report_has_two_versions_and_no_other_page_has(nights: Nights) -> None:
    twice = nights.rows("select page from versions group by page having count(*) > 1")
    assert {nights.path(url) for (url,) in twice} == set(expected(2).changed)


def test_a_text_at_two_addresses_is_one_document_and_two_pages(nights: Nights) -> None:
    groups = nights.rows(
        "select text_digest, group_concat(url, ' ') from pages group by text_digest having count(*) > 1"
    )
    found = {frozenset(nights.path(url) for url in str(urls).split()) for _, urls in groups}
    assert found >= set(expected(1).duplicates)
    for digest, _ in groups:
        assert nights.rows("select count(*) from documents where text_digest = ?", digest) == [(1,)]


def test_two_towns_with_the_same_copied_text_have_a_report_each(nights: Nights) -> None:
    shared = nights.rows(
        "select count(distinct body) from reports where kind = 'report' group by text_digest having count(*) > 1"
    )
    assert max(shared) >= (2,)


def test_never_two_requests_at_once_and_never_closer_than_the_delay(nights: Nights) -> None:
    for log in (nights.log[: nights.first_of_second], nights.log[nights.first_of_second :]):
        ordered = sorted(log, key=lambda entry: entry.started)
        for before, after in pairwise(ordered):
            assert after.started - before.ended >= DELAY * 0.95, (before.path, after.path)


def test_robots_is_obeyed(nights: Nights) -> None:
    asked = {entry.path.partition("?")[0] for entry in nights.log}
    assert "/robots.txt" in asked
    assert not asked & set(expected(1).never_fetched)


def test_the_second_night_asks_conditionally(nights: Nights) -> None:
    second = nights.log[nights.first_of_second :]
    conditional = [
        entry for entry in second if {"if-none-match", "if-modified-since"} & {name.lower() for name in entry.headers}
    ]
    assert len(conditional) > len(second) / 2
    assert {entry.status for entry in conditional} >= {304}


def test_the_user_agent_is_honest(nights: Nights) -> None:
    agents = {value for entry in nights.log for name, value in entry.headers.items() if name.lower() == "user-agent"}
    assert all(agent.startswith("gongkai/") for agent in agents)


def test_every_warc_passes_warcio_check(nights: Nights) -> None:
    files = sorted(str(path) for path in (nights.folder / "warcs").rglob("*.warc.gz"))
    assert files
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", *files], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_demo_command_reports_both_nights(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crawler.cli", "demo", "--no-serve", "--json", "--folder", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for number, night in enumerate(told["nights"], start=1):
        counts = expected(number).counts()
        assert {name: night[name] for name in counts} == counts
