"""A night that ended early is named where an operator looks: `gongkai status`, its JSON, the page and the API."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from archive.store.archive import Archive
from archive.store.nights import cut_nights
from archive.store.runs import CUT_SHORT
from archive.web.serve import build_datasette
from crawler.cli import app
from tests.archive.store.store_making import Clock, listed, section, spec

WHY = "the disk has 400 MB free, less than archive.min_free_mb = 500: the night ended early. Free some space"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three nights; the second was cut short at both portals."""
    clock = Clock()
    with Archive.open(tmp_path / "archive.db", clock=clock) as archive:
        archive.put_sites([spec(), spec("other")])
        for number in range(3):
            run = archive.start_run("crawl", "demo")
            for site in ("demo", "other") if number == 1 else ():
                archive.put_problem(
                    run=run, site_id=site, section_key="nb", url=section().url, kind=CUT_SHORT, message=WHY
                )
            listed(archive, run, ["a"], complete=number != 1)
            archive.finish_run(run)
            clock.next_night()
    return tmp_path / "archive.db"


def test_a_night_cut_short_is_named_once_with_its_day_and_reason(path: Path) -> None:
    with Archive.read(path) as archive:
        (night,) = cut_nights(archive.db.conn)
        (finished,) = archive.db.execute("select finished_at from runs where id = 2").fetchone()
    assert (night.run, night.reason) == (2, WHY)
    assert finished.startswith("2026-01-06T16")
    assert night.day == "2026-01-07", "the China day"


def test_status_names_the_night_that_was_cut_short(path: Path) -> None:
    told = CliRunner().invoke(app, ["status", "--archive", str(path)]).stdout
    assert f"the night of 2026-01-07 was cut short: {WHY}" in " ".join(told.split())
    told = CliRunner().invoke(app, ["status", "--archive", str(path), "--json"]).stdout
    last = json.loads(told.splitlines()[-1])
    assert last["cut_short"] == [{"run": 2, "day": "2026-01-07", "reason": WHY}]


async def test_the_status_page_and_api_name_it_too(path: Path) -> None:
    datasette = build_datasette(path)
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        page = (await client.get("/status?lang=en")).text
        told = (await client.get("/api/status.json")).json()
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()
    assert page.count("The night of 2026-01-07 was cut short:") == 1
    assert WHY in page
    assert told["cut_short"] == [{"run": 2, "day": "2026-01-07", "reason": WHY}]
