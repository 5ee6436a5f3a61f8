"""A night on a cluster: real workers, real sockets, workers killed in the middle."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.verify import verify
from benchmarks.hosts import gaps_of
from tests.crawler.manyhosts import COLUMN, ManyHosts

DELAY = 0.1


def write_config(folder: Path, hosts: ManyHosts, *, lease_seconds: float) -> Path:
    hosts.write_portals(folder / "portals")
    config = folder / "config.toml"
    config.write_text(
        f"[crawl]\ndelay_seconds = {DELAY}\njitter = 0.0\n[sites]\nfolders = ['portals']\n"
        f"[archive]\nmin_free_mb = 0\n[cluster]\nlease_seconds = {lease_seconds}\n"
    )
    return config


def crawl(config: Path, archive: Path, *options: str, timeout: float = 100) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crawler.cli", "crawl", "--config", str(config), "--archive", str(archive)]
    return subprocess.run([*command, *options], capture_output=True, text=True, timeout=timeout, check=False)


def kill_a_worker(archive: Path, chance: random.Random) -> bool:
    """SIGKILL one of the processes that hold a lease; False when none does."""
    holders: list[str] = []
    for book in archive.parent.glob("shards/*/leases.db"):
        with sqlite3.connect(book) as connection:
            holders += [row[0] for row in connection.execute("select holder from leases where expires_at > 0")]
    if not holders:
        return False
    try:
        os.kill(int(chance.choice(sorted(holders)).rpartition(":")[2]), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def assert_polite(hosts: ManyHosts) -> None:
    """Never two at once at a host, never sooner than the delay: the hosts' own log says so."""
    assert min(gaps_of(hosts.log)) >= DELAY


def test_a_cluster_with_a_killed_worker_ends_like_one_process(tmp_path: Path) -> None:
    chance = random.Random(6)
    kills = {9}
    with ManyHosts(4, 4, seconds=0.01) as hosts:
        config = write_config(tmp_path, hosts, lease_seconds=2.0)
        done = crawl(config, tmp_path / "one" / "archive.db")
        assert done.returncode == 0, done.stderr
        asked = Counter(hosts.paths)
        hosts.paths.clear()
        killed: list[int] = []

        def on_request(number: int) -> None:
            if number in kills and kill_a_worker(tmp_path / "many" / "archive.db", chance):
                killed.append(number)

        hosts.on_request = on_request
        hosts.log.clear()
        done = crawl(config, tmp_path / "many" / "archive.db", "--cluster", "local:2")
        assert done.returncode == 0, done.stderr
        assert set(killed) == kills
        again = Counter(hosts.paths) - asked
    assert_polite(hosts)
    # A dead worker's shard goes on where it stood: only what was under way at its hosts is asked again.
    assert sum(again.values()) <= 3 * len(killed)
    assert all(count == 1 for (_, path), count in asked.items() if path != COLUMN)
    with Archive.read(tmp_path / "many" / "archive.db") as archive:
        assert verify(archive) == []
    assert logical_dump(tmp_path / "many" / "archive.db") == logical_dump(tmp_path / "one" / "archive.db")
    assert list((tmp_path / "many" / "shards").iterdir()) == []


@pytest.mark.soak
def test_workers_killed_at_random_during_twenty_cluster_crawls_of_fifty_hosts(tmp_path: Path) -> None:
    with ManyHosts(50, 6, seconds=0.005) as hosts:
        config = write_config(tmp_path, hosts, lease_seconds=6.0)
        done = crawl(config, tmp_path / "one" / "archive.db")
        assert done.returncode == 0, done.stderr
        expected = logical_dump(tmp_path / "one" / "archive.db")
        requests = len(hosts.paths)
        total = 0
        for attempt in range(20):
            chance = random.Random(attempt)
            path = tmp_path / f"many-{attempt}" / "archive.db"
            kills = set(chance.sample(range(1, requests), 1 + attempt % 5))
            killed: list[int] = []

            def on_request(number: int, *, kills=kills, path=path, chance=chance, killed=killed) -> None:
                if number in kills and kill_a_worker(path, chance):
                    killed.append(number)

            hosts.paths.clear()
            hosts.log.clear()
            hosts.on_request = on_request
            done = crawl(config, path, "--cluster", "local:2", timeout=900)
            assert done.returncode == 0, done.stderr
            assert_polite(hosts)
            with Archive.read(path) as archive:
                assert verify(archive) == []
            assert logical_dump(path) == expected, f"attempt {attempt}"
            total += len(killed)
            print(
                f"attempt {attempt}: {len(killed)} workers killed, {len(hosts.paths) - requests} requests more than "
                f"{requests}, smallest gap {min(gaps_of(hosts.log)):.3f} s",
                flush=True,
            )
        print(f"20 cluster crawls of 50 hosts, {total} workers killed: every dump equal, every gap at least {DELAY} s")
