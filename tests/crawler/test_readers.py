"""Pages read in other processes, and pages written as one: the archive is the same."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

from archive.reports.model import UNDECIDED
from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.model import Exchange
from crawler.demo.play import crawl_replica, demo_config, write_portal
from crawler.demo.portal import SITE_ID
from crawler.demo.server import Replica
from crawler.library import Library
from crawler.read import Reading, read
from crawler.readers import Question, Readers, Trouble
from sites.errors import Challenged
from tests.crawler.ordeals import ROOT

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def crawled(folder: Path, replica: Replica, *, processes: int, delay_seconds: float = 0.0) -> str:
    """The dump of a crawl of the demo's replica by so many reading processes."""
    write_portal(folder, replica.url)
    config = demo_config(folder, delay_seconds=delay_seconds)
    config = replace(config, crawl=replace(config.crawl, reading_processes=processes))
    asyncio.run(crawl_replica(config, SITE_ID, clock=lambda: NOW))
    return logical_dump(folder / "archive.db")


def page(url: str, body: bytes) -> Exchange:
    return Exchange(
        url=url, method="GET", request_headers=(), request_body=b"", status=200, reason="OK", http_version="HTTP/1.1",
        headers=(("Content-Type", "text/html"),), body=body, fetched_at=NOW,
    )  # fmt: skip


def test_an_error_from_another_process_is_the_error_that_was_raised(tmp_path: Path) -> None:
    folder = tmp_path / "portals"
    with Replica() as replica:
        write_portal(tmp_path, replica.url)
    wall = b"<html><script>location.reload()</script><meta http-equiv='refresh' content='0'></html>"
    question = Question(
        exchange=replace(page(f"{replica.url}art/1.html", wall), status=521), site_id=SITE_ID,
        section_key="", ref=None, requested_url="", decided=UNDECIDED,
    )  # fmt: skip
    with Readers(1, [folder]) as readers:
        asked = readers.ask(question)
        readers.begin()
        found = asked.result(timeout=60)
    assert isinstance(found, Trouble)
    error = found.again()
    assert isinstance(error, Challenged)
    assert (error.wall, error.kind, str(error)) == (found.details["wall"], "wall", found.message)


def failing(archive: Archive, name: str) -> None:
    with archive.step():
        archive.put_capture(page(f"http://www.example.gov.cn/{name}", name.encode()))
        raise KeyError(name)


def test_a_group_of_steps_is_kept_or_lost_as_one(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db", clock=lambda: NOW) as archive:
        with archive.group():
            for number in range(3):
                with archive.step():
                    archive.put_capture(page(f"http://www.example.gov.cn/{number}", b"kept %d" % number))
        with pytest.raises(KeyError), archive.group():
            failing(archive, "lost")
        with archive.group():
            with pytest.raises(KeyError):
                failing(archive, "undone")
            with archive.step():
                archive.put_capture(page("http://www.example.gov.cn/after", b"after"))
        kept = [archive.last_capture(f"http://www.example.gov.cn/{name}") for name in (0, 1, 2, "after")]
        assert [archive.body_of(capture) for capture in kept if capture] == [b"kept 0", b"kept 1", b"kept 2", b"after"]
        assert not any(archive.last_capture(f"http://www.example.gov.cn/{name}") for name in ("lost", "undone"))
        assert sum(file.stat().st_size for file in archive.warcs.iterdir()) == sum(
            length for (length,) in archive.db.execute("select length from warc_files")
        )


def test_groups_neither_nest_nor_open_inside_a_step(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db", clock=lambda: NOW) as archive:
        with archive.group(), pytest.raises(RuntimeError), archive.group():
            pass
        with archive.step(), pytest.raises(RuntimeError), archive.group():
            pass


_CRAWL = """
import sys
from crawler.readers import Readers
if __name__ == "__main__":
    with Readers(2, []):
        print("begun", flush=True)
        sys.stdin.read()
"""


def test_readers_end_with_a_crawl_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "crawl.py"
    script.write_text(_CRAWL, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, script], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as crawling:  # fmt: skip
        assert crawling.stdout is not None
        assert crawling.stdout.readline() == "begun\n"
        crawling.kill()
        assert crawling.communicate(timeout=60)[0] == ""  # its processes hold this pipe open as long as they live


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="reading beside writing needs a second core")
def test_two_reading_processes_make_the_same_archive(tmp_path: Path) -> None:
    with Replica(views=repeat(100)) as replica:
        alone = crawled(tmp_path / "alone", replica, processes=0, delay_seconds=0.06)
        assert crawled(tmp_path / "helped", replica, processes=2) == alone


def test_an_answer_from_another_process_says_what_reading_here_says(tmp_path: Path) -> None:
    with Replica(views=repeat(100)) as replica:
        write_portal(tmp_path, replica.url)
        library = Library.load([tmp_path / "portals"])
        spec = library.sites[SITE_ID]
        section = next(each for each in spec.sections if each.body)
        with urlopen(section.url) as listing:
            places = re.findall(r"/art/[^'\"]+html", listing.read().decode())
        with urlopen(urljoin(section.url, places[0])) as sent:
            exchange = page(sent.url, sent.read())
    question = Question(
        exchange=exchange, site_id=SITE_ID, section_key=section.key, ref=None, requested_url=exchange.url,
        decided=UNDECIDED,
    )  # fmt: skip
    here = read(exchange, families=library.families, spec=spec, section=section, requested_url=exchange.url)
    with Readers(1, [tmp_path / "portals"]) as readers:
        asked = [readers.ask(question) for _ in range(5)]
        readers.begin()
        found = [one.result(timeout=60) for one in asked]
    assert here.report.cells
    assert here.report.findings
    assert found == [replace(here, extracted=replace(here.extracted, tables=(), blocks=()))] * 5
    assert isinstance(found[0], Reading)
    with pytest.raises(FrozenInstanceError):
        found[0].report.cells[0].raw = "changed"  # type: ignore[misc]


def test_readers_that_were_killed_are_an_error_to_everybody_who_waits(tmp_path: Path) -> None:
    with Replica() as replica:
        write_portal(tmp_path, replica.url)
    question = Question(
        exchange=page("http://www.example.gov.cn/art/1.html", b"<html></html>"), site_id=SITE_ID, section_key="",
        ref=None, requested_url="", decided=UNDECIDED,
    )  # fmt: skip
    with Readers(1, [tmp_path / "portals"]) as readers:
        forgotten, *asked = (readers.ask(question) for _ in range(3))
        assert forgotten.cancel()
        readers.begin()
        for child in multiprocessing.active_children():
            child.kill()
        for one in asked:
            with pytest.raises(BrokenProcessPool):
                one.result(timeout=60)
