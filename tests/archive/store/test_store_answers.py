"""What a page asks for does not grow with what is not on the page: SQLite's steps in a small and a larger archive."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from store_making import Clock, cell, put, report, spec

from archive.reports.model import Finding
from archive.store import overview, panel, queries
from archive.store.archive import Archive
from archive.store.waiting import waiting

TODAY = date(2026, 2, 1)
#: Each shows fewer rows than the small archive has.
QUESTIONS = {
    "contents": queries.contents,
    "years": queries.years_of,
    "newest": lambda c: queries.newest(c, limit=1),
    "changes": lambda c: overview.changes(c, limit=3),
    "failures": lambda c: overview.failures(c, limit=3),
    "kinds that wait": lambda c: waiting(c, kinds=("kind",), limit=3),
    "bodies that wait": lambda c: waiting(c, kinds=("body",), limit=3),
    "years that wait": lambda c: waiting(c, kinds=("year",), limit=3),
    "findings that wait": lambda c: waiting(c, kinds=("finding",), limit=3),
    "cells that wait": lambda c: waiting(c, kinds=("cell",), limit=3),
    "portals": lambda c: overview.portals(c, TODAY),
    "sizes": overview.sizes,
}


def grown(folder: Path, pages: int) -> Archive:
    """An archive of so many pages, each of another town and edited once; every kind of entry waits in each."""
    archive = Archive.open(folder / f"{pages}.db", clock=Clock())
    archive.put_sites([spec()])
    failed = Finding(rule="R1", severity="E", verdict="FAIL", where="w")
    for number in range(pages):
        unsure = replace(cell("carried_in", "total", number), confidence=0.3)
        said = replace(report(f"{number}镇", 2021, cells=(unsure,), findings=(failed,)), score=9.0)
        for text in ("原文", "改后"):
            put(archive, f"p{number}", f"{text} {number}", said=said, published_at=f"2026-01-{number % 28 + 1:02}")
        put(archive, f"doubt{number}", f"疑 {number}", said=replace(report(f"{number}镇", kind="guide"), score=4.0))
        put(archive, f"nobody{number}", f"不明 {number}", said=replace(report(None, 2021), score=9.0))
        put(archive, f"noyear{number}", f"何年 {number}", said=replace(report(f"{number}镇", None), score=9.0))
    archive.db.execute("analyze")
    return archive


@pytest.fixture(scope="module")
def sizes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    with grown(folder, 10) as small, grown(folder, 40) as large:
        yield small, large


def steps(archive: Archive, question) -> int:
    taken = [0]

    def count() -> None:
        taken[0] += 1

    connection = archive.db.conn
    question(connection)  # what it prepares is prepared
    connection.set_progress_handler(count, 1)
    question(connection)
    connection.set_progress_handler(None, 0)
    return taken[0]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_page_asks_for_no_more_in_a_larger_archive(sizes, name: str) -> None:
    small, large = sizes
    assert QUESTIONS[name](small.db.conn)
    assert steps(large, QUESTIONS[name]) <= steps(small, QUESTIONS[name]) * 1.15 + 20


def test_bodies_side_by_side_cost_one_look_at_each_body(sizes) -> None:
    """All bodies that told a number are counted and ordered, in one pass; closely looked at are those shown."""

    def question(connection):
        return panel.side_by_side(connection, "requests_carried_in", 2021, limit=3)

    small, large = sizes
    total, found = question(large.db.conn)
    assert total == 40
    assert [row["value"] for row in found] == [39, 38, 37]
    assert (steps(large, question) - steps(small, question)) / (40 - 10) < 100


def test_side_by_side_tells_the_total_beyond_the_last_page(sizes) -> None:
    _, large = sizes
    assert panel.side_by_side(large.db.conn, "requests_carried_in", 2021, offset=600) == (40, [])


def test_changes_are_counted_as_the_view_has_them(sizes) -> None:
    for archive in sizes:
        (view,) = archive.db.execute("select count(*) from changes").fetchone()
        assert overview.changes_count(archive.db.conn) == view == len(overview.changes(archive.db.conn, limit=1000))


def test_changes_come_newest_first_whatever_page_is_asked(sizes) -> None:
    _, large = sizes
    everything = overview.changes(large.db.conn, limit=1000)
    assert everything == sorted(everything, key=lambda row: (row["changed_at"], row["url"]), reverse=True)
    pages = [row for offset in range(0, 50, 7) for row in overview.changes(large.db.conn, limit=7, offset=offset)]
    assert pages == everything
