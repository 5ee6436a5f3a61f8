"""What a worker does: take a shard's lease, go on where it stands, crawl it to its end."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive.store.archive import Archive
from archive.store.errors import Locked
from archive.store.seeding import seed_of
from archive.store.times import utc_now
from crawler.cluster.grouping import politeness_keys
from crawler.cluster.leases import Lease, LeaseBook
from crawler.cluster.versions import Version, require_same
from crawler.config import Config
from crawler.errors import Refused
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.politeness import politeness_key
from crawler.run import Crawl, Tools
from sites import registry
from sites.model import SiteSpec

#: How often a worker looks whether a shard that somebody holds is free, or finished.
_LOOK_SECONDS = 0.5

LEASES = "leases.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardTask:
    """One shard to be crawled: its folder in the run's, its portals, and everything a worker must know."""

    folder: Path
    name: str
    specs: tuple[SiteSpec, ...]
    scope: str
    config: Config
    lease_seconds: float
    loopback_allowed: bool
    version: Version

    @property
    def path(self) -> Path:
        """The shard's database."""
        return self.folder / self.name / "archive.db"


def whoami() -> str:
    """This process, for people."""
    return f"{socket.gethostname()}:{os.getpid()}"


def crawl_shard(task: ShardTask) -> str:
    """Crawl a shard to its end and give its name; at once when it is finished already. Waits while another worker
    holds it. Raises `WorkerRefused` and `LeaseLost`."""
    require_same(task.version, who=f"worker {whoami()}")
    book = LeaseBook(task.folder / LEASES, seconds=task.lease_seconds)
    while task.name not in book.finished():
        lease = book.take(task.name, whoami())
        if lease is None:
            time.sleep(_LOOK_SECONDS)
            continue
        with lease:
            asyncio.run(_crawl(task, lease))
            book.finish(task.name)
    return task.name


async def _crawl(task: ShardTask, lease: Lease) -> None:
    library = Library(families=registry.load_families(), sites={spec.id: spec for spec in task.specs})
    with await _open(task, lease) as archive:
        if is_crawled(archive):
            return
        async with Fetcher(
            task.config,
            clock=utc_now,
            loopback_allowed=task.loopback_allowed,
            permit=_permit(task, lease),
        ) as fetcher:
            tools = Tools(archive=archive, fetcher=fetcher, library=library, config=task.config, clock=utc_now)
            await Crawl(tools, task.specs).run(task.scope)


async def _open(task: ShardTask, lease: Lease) -> Archive:
    """The shard, once a worker that is just dying has let go of it."""
    while True:
        lease.require()
        try:
            return Archive.open(task.path)
        except Locked:
            await asyncio.sleep(_LOOK_SECONDS)


def is_crawled(archive: Archive) -> bool:
    """Whether the run a shard was seeded for is finished in it."""
    seed = seed_of(archive.db.conn)
    assert seed is not None, "only seeded shards are handed to workers"
    (finished,) = archive.db.execute("select finished_at from runs where id = ?", [seed.run]).fetchone()
    return finished is not None


def _permit(task: ShardTask, lease: Lease) -> Callable[[str], None]:
    """Asked before every request: the lease must be held, and the host be one of the shard's own."""
    own = frozenset().union(*(politeness_keys(spec) for spec in task.specs))

    def permit(url: str) -> None:
        lease.require()
        key = politeness_key(url)
        if key not in own:
            raise Refused(
                f"{url}: {key} is none of the hosts of {', '.join(spec.id for spec in task.specs)}, and another worker "
                "may be asking it. Add it to the portal's hosts",
                reason="cluster",
            )

    return permit
