"""SIGKILL at any moment, then go on: the archive ends as if nothing had happened."""

from __future__ import annotations

import shutil
from itertools import repeat
from pathlib import Path

import pytest

from crawler.demo.server import Replica
from tests.crawler.ordeals import FEW, MORE, Place, each, events_of, finished


def undisturbed(tmp_path: Path, portal: Replica, columns: tuple[str, ...]) -> tuple[list[str], int]:
    """The dump of a crawl nobody disturbed, and how many events it had."""
    place = Place.make(tmp_path / "undisturbed", portal.url, columns)
    events = events_of(place)
    return place.dump(), events


def test_a_crawl_killed_twenty_times_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    with Replica(views=repeat(100)) as portal:
        expected, events = undisturbed(tmp_path, portal, MORE)
        place = Place.make(tmp_path / "killed", portal.url, MORE)
        # Twenty kills spread over one crawl: each life is a twentieth of the events, the last one finishes.
        assert finished(place, *(events // 20 + life % 5 for life in range(20))) == expected


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_crawl_killed_once_ends_like_an_undisturbed_one(tmp_path: Path, share: float) -> None:
    with Replica(views=repeat(100)) as portal:
        expected, events = undisturbed(tmp_path, portal, FEW)
        place = Place.make(tmp_path / "killed", portal.url, FEW)
        at = max(1, round((events - 1) * share))  # the last event follows the last commit
        assert finished(place, at) == expected


@pytest.mark.soak
def test_two_hundred_single_kills(tmp_path: Path) -> None:
    with Replica(views=repeat(100)) as portal:
        expected, events = undisturbed(tmp_path, portal, MORE)

        def kill(number: int) -> int:
            place = Place.make(tmp_path / f"killed-{number}", portal.url, MORE)
            at = 1 + number * (events - 2) // 199  # the last event follows the last commit
            assert finished(place, at) == expected, number
            shutil.rmtree(place.folder)
            return 1

        print(f"\n{sum(each(kill, 200))} kills over {events} events: every dump equal", flush=True)
