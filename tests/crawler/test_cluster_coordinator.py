"""What a cluster's coordinator does, without Dask: shards crawled here, or lost on purpose."""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.errors import Locked
from archive.store.verify import verify
from crawler import config as configuration
from crawler.cli.crawling import crawl_once
from crawler.cluster import work
from crawler.cluster.coordinator import crawl_on, has_shards, runs_folder
from crawler.cluster.dask_pool import DaskPool, open_pool, parse_cluster
from crawler.cluster.errors import ClusterError, LeaseLost, NoCluster, ShardStuck, WorkerRefused
from crawler.cluster.leases import LeaseBook
from crawler.cluster.pool import InThisProcess, Lost
from crawler.cluster.versions import own_version, require_folder, require_same
from crawler.config import Config
from crawler.errors import ConfigError, Refused
from crawler.library import Library
from tests.crawler.manyhosts import ManyHosts


class Workers(InThisProcess):
    """As many as wanted, here; `ends` are names of shards after which everything dies."""

    def __init__(self, workers: int, *, ends: tuple[str, ...] = ()) -> None:
        self.workers = workers
        self._ends = ends

    def each(self, function, tasks, again):
        for task in tasks:
            yield task, function(task)
            if task.name in self._ends:
                raise ConnectionError("the scheduler is dead")


@pytest.fixture
def hosts():
    with ManyHosts(4, 2) as running:
        yield running


def prepared(folder: Path, hosts: ManyHosts) -> tuple[Config, Library]:
    hosts.write_portals(folder / "portals")
    text = (
        "[crawl]\ndelay_seconds = 0.0\njitter = 0.0\n[sites]\nfolders = ['portals']\n[cluster]\nlease_seconds = 60.0\n"
    )
    config = configuration.parse_config(text, folder=folder)
    config = replace(config, archive=replace(config.archive, path=folder / "archive.db", min_free_mb=0))
    return config, Library.load(config.sites.folders)


async def one_process(folder: Path, hosts: ManyHosts) -> str:
    config, library = prepared(folder, hosts)
    assert await crawl_once(config, library, library.nightly(), quiet=True) is not None
    return logical_dump(config.archive.path)


async def test_nights_on_a_cluster_are_nights_of_one_process(tmp_path, hosts) -> None:
    """Three nights: alone, on three workers, and alone again."""
    expected = []
    for _ in range(3):
        expected.append(await one_process(tmp_path / "one", hosts))
    config, library = prepared(tmp_path / "many", hosts)
    specs = library.nightly()
    await crawl_once(config, library, specs, quiet=True)
    assert logical_dump(config.archive.path) == expected[0]
    hosts.paths.clear()
    result = await in_thread(crawl_on, Workers(3), config, specs, loopback_allowed=True)
    assert [site.site_id for site in result.sites] == [spec.id for spec in specs]
    assert logical_dump(config.archive.path) == expected[1]
    assert set(Counter(hosts.paths).values()) == {1}
    await crawl_once(config, library, specs, quiet=True)
    assert logical_dump(config.archive.path) == expected[2]
    with Archive.read(config.archive.path) as archive:
        assert verify(archive) == []


async def in_thread(function, *arguments, **keywords):
    import asyncio

    return await asyncio.to_thread(function, *arguments, **keywords)


async def test_the_next_crawl_goes_on_where_the_scheduler_died(tmp_path, hosts) -> None:
    expected = await one_process(tmp_path / "one", hosts)
    config, library = prepared(tmp_path / "many", hosts)
    specs = library.nightly()
    scope = " ".join(spec.id for spec in specs)
    assert not has_shards(config.archive.path, scope)
    with pytest.raises(ConnectionError):
        await in_thread(crawl_on, Workers(4, ends=("0001",)), config, specs, loopback_allowed=True)
    assert has_shards(config.archive.path, scope)
    hosts.paths.clear()
    result = await crawl_once(config, library, specs, quiet=True)  # without a cluster this time
    assert result is not None
    assert logical_dump(config.archive.path) == expected
    assert {host for host, _ in hosts.paths} == set(hosts.names[2:])  # two shards were finished
    assert not list(runs_folder(config.archive.path).iterdir())


async def test_a_coordinator_killed_after_the_merge_leaves_nothing_behind(tmp_path, hosts, monkeypatch) -> None:
    config, library = prepared(tmp_path, hosts)
    with monkeypatch.context() as patched:
        patched.setattr("crawler.cluster.coordinator.shutil.rmtree", lambda folder: None)
        await in_thread(crawl_on, Workers(2), config, library.nightly(), loopback_allowed=True)
    assert list(runs_folder(config.archive.path).iterdir())
    once = logical_dump(config.archive.path)
    assert not has_shards(config.archive.path, " ".join(spec.id for spec in library.nightly()))
    await in_thread(crawl_on, Workers(2), config, library.nightly(), loopback_allowed=True)
    assert not list(runs_folder(config.archive.path).iterdir())
    assert len(logical_dump(config.archive.path)) > len(once)  # the next night


async def test_a_shard_that_ends_every_worker_is_given_up_and_the_run_stays_open(tmp_path, hosts) -> None:
    class Deadly(Workers):
        def each(self, function, tasks, again):
            while again(tasks[0], Lost(reason="out of memory")):
                pass
            yield from ()

    config, library = prepared(tmp_path, hosts)
    with pytest.raises(ShardStuck, match=r"h0000.*out of memory"):
        await in_thread(crawl_on, Deadly(2), config, library.nightly(), loopback_allowed=True)
    assert has_shards(config.archive.path, " ".join(spec.id for spec in library.nightly()))


async def test_a_second_crawl_meanwhile_is_refused(tmp_path, hosts) -> None:
    config, library = prepared(tmp_path, hosts)
    with Archive.open(config.archive.path), pytest.raises(Locked):
        await in_thread(crawl_on, Workers(2), config, library.nightly(), loopback_allowed=True)


async def test_a_run_begun_alone_is_finished_alone(tmp_path, hosts) -> None:
    config, library = prepared(tmp_path, hosts)
    specs = library.nightly()
    with Archive.open(config.archive.path) as archive:
        from crawler.fetch import Fetcher
        from crawler.run import Crawl, Tools

        archive.put_sites(specs)
        async with Fetcher(config, loopback_allowed=True) as fetcher:
            tools = Tools(archive=archive, fetcher=fetcher, library=library, config=config, clock=archive._clock)
            begun = Crawl(tools, specs)
            run = archive.start_run("crawl", " ".join(spec.id for spec in specs))
            archive.add_wishes(run, begun._seeds(run))
    with pytest.raises(ClusterError, match="begun without a cluster"):
        await in_thread(crawl_on, Workers(2), config, specs, loopback_allowed=True)


async def test_readings_of_another_version_are_brought_up_to_date_first(tmp_path, hosts) -> None:
    config, library = prepared(tmp_path, hosts)
    await crawl_once(config, library, library.nightly(), quiet=True)
    with Archive.open(config.archive.path) as archive:
        archive.db.conn.execute("update pages set reader_version = '0'")
    with pytest.raises(ClusterError, match="gongkai rebuild"):
        await in_thread(crawl_on, Workers(2), config, library.nightly(), loopback_allowed=True)


def test_a_worker_of_another_version_is_refused() -> None:
    require_same(own_version(), who="worker here:1")
    other = replace(own_version(), reader="0", code="abc")
    with pytest.raises(WorkerRefused, match=r"here:1 runs another gongkai .reader .* instead of 0, code"):
        require_same(other, who="worker here:1")


def test_a_worker_that_does_not_see_the_folder_is_refused(tmp_path) -> None:
    (tmp_path / "token").write_text("abc")
    require_folder(tmp_path, "abc", who="worker here:1")
    for folder, token in ((tmp_path, "abd"), (tmp_path / "elsewhere", "abc")):
        with pytest.raises(WorkerRefused, match=r"does not see .* Mount"):
            require_folder(folder, token, who="worker here:1")


async def test_a_worker_that_lost_its_lease_stops_before_its_next_request(tmp_path, hosts, monkeypatch) -> None:
    """Its shard is taken over half-way; it asks nothing more."""
    config, library = prepared(tmp_path, hosts)

    class Thief(Workers):
        def each(self, function, tasks, again):
            task = replace(tasks[0], lease_seconds=30.0)
            book = LeaseBook(task.folder / work.LEASES, seconds=30.0)

            def steal(number: int) -> None:
                if number == 3:
                    with book.transaction() as connection:
                        connection.execute("update leases set token = token + 1")
                    for lease in leases:
                        lease.renew()

            leases = []
            take = LeaseBook.take

            def taking(self, *arguments):
                lease = take(self, *arguments)
                leases.append(lease)
                return lease

            monkeypatch.setattr(LeaseBook, "take", taking)
            hosts.on_request = steal
            with pytest.raises(LeaseLost):
                function(task)
            stopped.append(len(hosts.paths))
            raise ConnectionError("enough")
            yield

    stopped: list[int] = []
    config = replace(config, crawl=replace(config.crawl, hosts_at_once=1))
    with pytest.raises(ConnectionError, match="enough"):
        await in_thread(crawl_on, Thief(1), config, library.nightly(), loopback_allowed=True)
    assert stopped == [3]


def test_a_host_that_may_be_another_workers_is_not_asked(tmp_path, hosts) -> None:
    config, library = prepared(tmp_path, hosts)
    specs = library.nightly()[:1]
    task = work.ShardTask(
        folder=tmp_path, name="0000", specs=specs, scope="", config=config, lease_seconds=30.0, loopback_allowed=True,
        version=own_version(),
    )  # fmt: skip
    book = LeaseBook(tmp_path / work.LEASES, seconds=30.0)
    book.add(["0000"])
    lease = book.take("0000", "me")
    assert lease is not None
    permit = work._permit(task, lease)
    permit(specs[0].home)
    with pytest.raises(Refused, match="another worker may be asking it"):
        permit(library.nightly()[1].home)


@pytest.mark.parametrize("text", ["", "local", "local:0", "local:x", "local:9999", "http://host:1", "tcp:host"])
def test_a_cluster_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="local:N"):
        parse_cluster(text)


def test_without_dask_the_command_says_how_to_get_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(NoCluster, match=r"pip install 'gongkai\[cluster\]'"), open_pool("local:2"):
        pass


class _Future:
    def __init__(self, answer) -> None:
        self._answer = answer

    def result(self):
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


class _Client:
    """Hands out these answers, one a submission."""

    def __init__(self, answers) -> None:
        self.answers = list(answers)

    def submit(self, function, task, *, pure):
        return _Future(self.answers.pop(0))


def test_what_a_dead_worker_was_reading_is_read_again() -> None:
    import distributed

    dead = distributed.scheduler.KilledWorker("part", SimpleNamespace(address="tcp://127.0.0.1:1"), 0)
    pool = DaskPool(_Client(["one", dead, "three", dead, "two"]), distributed)
    assert list(pool.map(len, ["a", "b", "c"])) == ["one", "two", "three"]
    with pytest.raises(ShardStuck, match="5 workers went away"):
        list(DaskPool(_Client([dead] * 9), distributed).map(len, ["a"]))


def test_who_a_worker_is_names_its_process() -> None:
    assert work.whoami().endswith(f":{os.getpid()}")
