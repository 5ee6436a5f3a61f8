"""A rebuild on a cluster: workers read stored answers again, the coordinator writes what differs."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from archive.store.rebuild import Job, Mapper, Outcome
from crawler.cluster.dask_pool import DaskPool
from crawler.cluster.errors import WorkerRefused
from crawler.cluster.versions import Version, own_version, require_same
from crawler.cluster.work import whoami
from crawler.library import Library
from crawler.rereading import read_share, shares


def mapper_on(pool: DaskPool, archive: Path, folders: Sequence[Path]) -> Mapper:
    """Like the built-in `map`, on the pool's workers. Raises `WorkerRefused` when one is another gongkai, or knows
    other portals."""
    own = tuple(str(folder) for folder in folders)
    pool.everywhere(_check_worker, own_version(), own, _portals(own))
    return _OnPool(pool, archive)


class _OnPool:
    """A batch in as many parts as keep every worker busy."""

    def __init__(self, pool: DaskPool, archive: Path) -> None:
        self._pool = pool
        self._archive = archive.resolve()
        self._host = socket.gethostname()

    def __call__(self, read: Callable[[Job], Outcome], jobs: Iterable[Job]) -> Iterator[Outcome]:
        parts = shares(read, jobs, processes=self._pool.workers, archive=self._archive, host=self._host)
        answers = self._pool.map(read_share, parts)
        return (outcome for answer in answers for outcome in answer)


def _portals(folders: Sequence[str]) -> str:
    """What this process knows of portals, as a digest."""
    library = Library.load([Path(folder) for folder in folders])
    known = sorted(repr(spec) for spec in library.sites.values())
    return hashlib.sha256("\n".join([*sorted(library.families), *known]).encode()).hexdigest()


def _check_worker(version: Any, folders: Sequence[str], portals: str) -> None:  # noqa: ANN401 - a Version
    assert isinstance(version, Version)
    who = f"worker {whoami()}"
    require_same(version, who=who)
    if _portals(folders) != portals:
        raise WorkerRefused(
            f"{who} knows other portals than the coordinator: install the same portal packs there, and mount the "
            f"folders of the configuration ({', '.join(folders) or 'none'}) at the same paths"
        )
