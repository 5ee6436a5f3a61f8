"""SIGKILL at any moment, then go on: the archive ends as if nothing had happened."""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import repeat
from pathlib import Path

import pytest

from archive.store.dump import logical_dump
from crawler.demo.play import write_portal
from crawler.demo.server import Replica

ROOT = Path(__file__).resolve().parents[2]


def crawl(folder: Path, event: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.crawler.killed", str(folder), str(event)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def undisturbed(tmp_path: Path, replica: Replica) -> tuple[list[str], int]:
    """The dump of a crawl nobody disturbed, and how many events it had."""
    folder = tmp_path / "undisturbed"
    write_portal(folder, replica.url)
    done = crawl(folder, 0)
    assert done.returncode == 0, done.stderr
    return logical_dump(folder / "archive.db").splitlines(), int(done.stdout)


def test_a_crawl_killed_twenty_times_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    with Replica(views=repeat(100)) as replica:
        expected, events = undisturbed(tmp_path, replica)
        folder = tmp_path / "killed"
        write_portal(folder, replica.url)
        # Twenty kills spread over one crawl: each life is a twentieth of the events, the last one finishes.
        stride = events // 20
        for life in range(20):
            done = crawl(folder, stride + life % 5)
            assert done.returncode == -signal.SIGKILL, (life, done.stdout, done.stderr)
        done = crawl(folder, 0)
        assert done.returncode == 0, done.stderr
        assert logical_dump(folder / "archive.db").splitlines() == expected


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_crawl_killed_once_ends_like_an_undisturbed_one(tmp_path: Path, share: float) -> None:
    with Replica(views=repeat(100)) as replica:
        expected, events = undisturbed(tmp_path, replica)
        folder = tmp_path / "killed"
        write_portal(folder, replica.url)
        done = crawl(folder, max(1, round((events - 1) * share)))  # the last event follows the last commit
        assert done.returncode == -signal.SIGKILL, done.stderr
        done = crawl(folder, 0)
        assert done.returncode == 0, done.stderr
        assert logical_dump(folder / "archive.db").splitlines() == expected


@pytest.mark.soak
def test_two_hundred_single_kills(tmp_path: Path) -> None:
    with Replica(views=repeat(100)) as replica:
        expected, events = undisturbed(tmp_path, replica)
        for kill in range(200):
            folder = tmp_path / f"killed-{kill}"
            write_portal(folder, replica.url)
            assert crawl(folder, 1 + kill * (events - 1) // 199).returncode == -signal.SIGKILL
            assert crawl(folder, 0).returncode == 0
            assert logical_dump(folder / "archive.db").splitlines() == expected
        print(f"200 kills over {events} events: every dump equal")
