"""A rebuild on a cluster: workers read stored answers again, the coordinator writes what differs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from archive.store.rebuild import Job, Mapper, Outcome, Reader, attempt, compared, open_job
from crawler.cluster.dask_pool import DaskPool
from crawler.cluster.errors import WorkerRefused
from crawler.cluster.versions import Version, own_version, require_same
from crawler.cluster.work import whoami
from crawler.library import Library
from crawler.rereading import read_share, shares, stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a worker of another machine reads of a batch: it gets the pages, since a database that is being written may
    not be opened over a network file system."""

    read: Reader
    jobs: Sequence[Job]


def read_sent(sent: Sent) -> list[Outcome]:
    """Read what was sent."""
    return [attempt(sent.read, job) for job in sent.jobs]


def mapper_on(pool: DaskPool, archive: Path, folders: Sequence[Path]) -> Mapper:
    """Reads on the pool's workers. Raises `WorkerRefused` when one is another gongkai, or knows other portals."""
    own = tuple(str(folder) for folder in folders)
    pool.everywhere(_check_worker, own_version(), own, _portals(own))
    return partial(_read_here if pool.is_here else _read_elsewhere, pool, archive.resolve())


def _read_here(pool: DaskPool, archive: Path, read: Reader, rows: Sequence[int]) -> Iterator[Outcome]:
    answers = pool.map(read_share, shares(read, rows, processes=pool.workers, archive=archive))
    return (outcome for answer in answers for outcome in answer)


def _read_elsewhere(pool: DaskPool, archive: Path, read: Reader, rows: Sequence[int]) -> Iterator[Outcome]:
    here = stored(archive)
    parts = [
        Sent(read=read, jobs=[job for row in share.rows if (job := open_job(here, row)) is not None])
        for share in shares(read, rows, processes=pool.workers, archive=archive)
    ]
    answers = pool.map(read_sent, parts)
    return (compared(here.db.conn, outcome) for answer in answers for outcome in answer)


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
