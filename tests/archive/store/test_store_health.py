"""How portals are told to be, against their own history, and what the archive takes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.health import Sizes, kind_of, metrics, portals_of, sizes_of
from tests.archive.store.store_making import Clock, exchange, listed, put, section, spec, url

TODAY = date(2026, 1, 6)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(tmp_path: Path, clock: Clock):
    with Archive.open(tmp_path / "archive.db", clock=clock) as opened:
        opened.put_sites([spec()])
        yield opened


def night(archive: Archive, clock: Clock, names: list[str], *, complete: bool = True, problem: str = "") -> date:
    clock.next_night()
    run = archive.start_run("crawl", "demo")
    if problem:
        archive.put_problem(run=run, site_id="demo", section_key="nb", url=section().url, kind=problem, message="x")
    with archive.step():
        archive.put_capture(exchange(section().url, at=clock()), run=run)
    listed(archive, run, names, complete=complete)
    archive.finish_run(run)
    return (clock.at + timedelta(hours=8)).date()


def test_a_portal_nobody_crawled_says_so(archive: Archive):
    (portal,) = portals_of(archive.db.conn, TODAY)
    assert (portal.standing, portal.last_run, portal.new, portal.refs) == ("never", None, None, None)


def test_a_portal_is_measured_by_its_own_nights(archive: Archive, clock: Clock):
    names = [f"p{number}" for number in range(10)]
    for _ in range(3):
        today = night(archive, clock, names)
    (portal,) = portals_of(archive.db.conn, today)
    assert (portal.standing, portal.refs, portal.usual_refs) == ("well", 10, 10)
    today = night(archive, clock, names[:3])
    (portal,) = portals_of(archive.db.conn, today)
    assert (portal.standing, portal.refs, portal.usual_refs) == ("thin", 3, 10)


@pytest.mark.parametrize(
    ("problem", "standing"),
    [("absent-listing", "lost"), ("drift", "drift"), ("server-error:500", "failing"), ("unreachable", "failing")],
)
def test_an_incomplete_night_says_why(archive: Archive, clock: Clock, problem: str, standing: str):
    night(archive, clock, ["a"])
    today = night(archive, clock, [], complete=False, problem=problem)
    (portal,) = portals_of(archive.db.conn, today)
    assert portal.standing == standing
    assert portal.drift == (problem in {"drift", "absent-listing"})


def test_a_fortnight_without_a_complete_night_is_stale(archive: Archive, clock: Clock):
    night(archive, clock, ["a"])
    for _ in range(16):
        today = night(archive, clock, [], complete=False, problem="unreachable")
    (portal,) = portals_of(archive.db.conn, today)
    assert portal.standing == "stale"


def test_a_portal_silent_for_longer_than_ever_is_overdue(archive: Archive, clock: Clock):
    for year in (2021, 2022, 2023):
        put(archive, f"r{year}", f"报告 {year}", published_at=f"{year}-01-20")
    run = archive.start_run("crawl", "demo")
    listed(archive, run, ["r2021", "r2022", "r2023"])
    archive.finish_run(run)
    (portal,) = portals_of(archive.db.conn, date(2024, 1, 25))
    assert (portal.newest_on, portal.longest_silence, portal.overdue) == ("2023-01-20", 365, False)
    (portal,) = portals_of(archive.db.conn, date(2024, 3, 20))
    assert (portal.silent_days, portal.overdue) == (425, True)


def test_sizes_name_kinds_growth_and_the_days_the_disk_lasts(archive: Archive, clock: Clock):
    for place in range(3):
        clock.next_night()
        run = archive.start_run("crawl", "demo")
        put(archive, f"p{place}", "页面" * 500 + str(place), run=run)
        archive.finish_run(run)
    sizes = sizes_of(archive.db.conn)
    assert sizes.total == sizes.database + sizes.warcs + sizes.journal
    assert set(sizes.kinds) == {"html"}
    assert sizes.a_night is not None
    assert sizes.days_left is not None
    assert sizes.days_left <= sizes.free // sizes.a_night
    assert sizes_of(archive.db.conn, min_free=sizes.free + 10**12).days_left == 0


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("text/html; charset=utf-8", "html"),
        ("application/json", "html"),
        ("application/pdf", "pdf"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "office"),
        ("application/msword", "office"),
        ("application/zip", "archive"),
        ("image/png", "image"),
        ("application/octet-stream", "other"),
    ],
)
def test_answers_have_kinds(media_type: str, kind: str):
    assert kind_of(media_type) == kind


def test_prometheus_gets_a_help_and_a_type_for_every_name_and_escaped_labels(archive: Archive, clock: Clock):
    today = night(archive, clock, ["a"])
    sizes = Sizes(database=1, warcs=2, journal=3, kinds={}, a_night=None, free=9, days_left=None)
    lines = list(metrics(portals_of(archive.db.conn, today), sizes))
    names = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    assert names <= {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert 'gongkai_portal_well{site="demo"} 1' in lines
    assert "gongkai_disk_free_bytes 9" in lines
    assert not any("days_left" in line for line in lines)
    assert url("a") not in "".join(lines)
