"""Full disks, torn logs, torn, damaged and deleted WARCs: told, mended, and after a further crawl as if nothing had been."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo.server import Replica
from tests.crawler.ordeals import (
    FEW,
    MORE,
    Place,
    damage_warc,
    delete_warc,
    each,
    events_of,
    fill_disk,
    finished,
    repaired,
    replica,
    sound,
    tear_log,
    tear_warc,
)


@pytest.fixture(scope="module")
def portal() -> Iterator[Replica]:
    with replica() as serving:
        yield serving


@pytest.fixture(scope="module")
def small(portal: Replica, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A finished first night over a few pages."""
    place = Place.make(tmp_path_factory.mktemp("small") / "a", portal.url, FEW)
    finished(place)
    return place


@pytest.mark.parametrize("files", ["all", "warc"])
def test_a_full_disk_is_told_and_nothing_is_lost(portal: Replica, small: Place, tmp_path: Path, files: str) -> None:
    place = Place.make(tmp_path / "full", portal.url, FEW)
    fill_disk(place, files, largest(small, files) // 2)
    assert finished(place) == small.dump()
    sound(place)


def test_a_torn_warc_is_mended_by_repair_and_a_further_crawl(small: Place, tmp_path: Path) -> None:
    twice = small.copy(tmp_path / "twice")
    expected = finished(twice)
    place = small.copy(tmp_path / "torn")
    tear_warc(place, 7)
    assert repaired(place) > 0
    assert finished(place) == expected
    sound(place)


def test_power_loss_tears_the_log_and_nothing_else(portal: Replica, small: Place, tmp_path: Path) -> None:
    place = Place.make(tmp_path / "torn", portal.url, FEW)
    tear_log(place, 40, 1)
    assert finished(place) == small.dump()
    sound(place)


def largest(place: Place, files: str) -> int:
    """How large the largest file of this kind grew."""
    if files == "warc":
        return max(warc.stat().st_size for warc in place.warcs)
    return (place.folder / "journal.jsonl" if files == "journal" else place.archive).stat().st_size


@pytest.mark.soak
def test_twenty_full_disks(portal: Replica, tmp_path: Path) -> None:
    undisturbed = Place.make(tmp_path / "undisturbed", portal.url, MORE)
    expected = finished(undisturbed)

    def fill(number: int) -> int:
        place = Place.make(tmp_path / f"full-{number}", portal.url, MORE)
        files = ("all", "warc", "all", "journal")[number % 4]
        fill_disk(place, files, round(largest(undisturbed, files) * (number + 1) / 22))
        assert finished(place) == expected, number
        sound(place)
        shutil.rmtree(place.folder)
        return 1

    print(f"\n{sum(each(fill, 20))} full disks: each told, every dump equal", flush=True)


@pytest.mark.soak
def test_twenty_torn_logs(portal: Replica, tmp_path: Path) -> None:
    undisturbed = Place.make(tmp_path / "undisturbed", portal.url, MORE)
    events = events_of(undisturbed)
    expected = undisturbed.dump()

    def tear(number: int) -> int:
        place = Place.make(tmp_path / f"torn-{number}", portal.url, MORE)
        tear_log(place, 20 + number * (events - 21) // 19, number)
        assert finished(place) == expected, number
        sound(place)
        shutil.rmtree(place.folder)
        return 1

    print(f"\n{sum(each(tear, 20))} torn logs: every dump equal", flush=True)


@pytest.mark.soak
def test_twenty_torn_ten_damaged_and_a_deleted_warc(portal: Replica, tmp_path: Path) -> None:
    night = Place.make(tmp_path / "night", portal.url, MORE)
    finished(night)
    undisturbed = night.copy(tmp_path / "undisturbed")
    expected = finished(undisturbed)

    def lose(number: int) -> int:
        place = night.copy(tmp_path / f"lost-{number}")
        if number < 20:
            tear_warc(place, number)
        elif number < 30:
            damage_warc(place, number)
        else:
            delete_warc(place)
        captures = repaired(place)
        assert finished(place) == expected, number
        sound(place)
        shutil.rmtree(place.folder)
        return captures

    lost = each(lose, 31)
    print(
        f"\n20 torn, 10 damaged and 1 deleted WARC: {sum(lost)} captures lost and asked for again "
        f"({', '.join(map(str, lost))}), every dump equal",
        flush=True,
    )
