"""Dask as a pool of workers: the only module that imports it.

Dask carries tasks and notices dead workers. What may be asked of a portal, and what was done of a shard, is not its
business: leases and shards on the disk know that, so a scheduler may die, too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from crawler.cluster.errors import LeaseLost, NoCluster, ShardStuck, WorkerRefused
from crawler.cluster.pool import Lost
from crawler.errors import ConfigError
from crawler.politeness import is_loopback_host

Task = TypeVar("Task")
Result = TypeVar("Result")

#: How long workers are waited for at the start, in seconds.
_PATIENCE = 60.0

#: How many workers may go away over one piece of work that is simply done again.
_TRIES = 5


def _import() -> ModuleType:
    try:
        import dask  # noqa: PLC0415 - an optional extra
        import distributed  # noqa: PLC0415
    except ImportError as error:
        raise NoCluster(
            "--cluster needs Dask, which is not installed here: pip install 'gongkai[cluster]', on every machine."
        ) from error
    # A dead worker's tasks come back to their owner at once: it knows what they had done.
    dask.config.set({"distributed.scheduler.allowed-failures": 0, "distributed.admin.log-format": "%(message)s"})
    module: ModuleType = distributed
    return module


def parse_cluster(text: str) -> int | str:
    """`local:N` → N workers on this machine; an address of a scheduler stays. Raises `ConfigError`."""
    kind, _, rest = text.partition(":")
    if kind == "local" and rest.isdecimal() and 0 < int(rest) <= 256:
        return int(rest)
    if kind in {"tcp", "tls"} and rest.startswith("//"):
        return text
    raise ConfigError(f"--cluster {text!r} is none: local:N (1 to 256 workers here), or tcp://HOST:PORT of a scheduler")


@contextmanager
def open_pool(text: str) -> Iterator[DaskPool]:
    """The workers named on the command line, for as long as the context is open.

    Raises `ConfigError` for a text that names none, `NoCluster` when nobody is there.
    """
    where = parse_cluster(text)
    distributed = _import()
    if isinstance(where, int):
        cluster = distributed.LocalCluster(
            n_workers=where,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
    else:
        cluster = None
    try:
        try:
            client = distributed.Client(cluster or where, timeout=_PATIENCE)
        except (OSError, TimeoutError) as error:
            raise NoCluster(f"{where}: no Dask scheduler answers there ({error}). Start one: dask scheduler") from error
        try:
            client.wait_for_workers(where if isinstance(where, int) else 1, timeout=_PATIENCE)
            yield DaskPool(client, distributed)
        except TimeoutError as error:
            raise NoCluster(
                f"{where}: the scheduler has no workers. Start some: dask worker ADDRESS --nthreads 1"
            ) from error
        finally:
            client.close()
    finally:
        if cluster is not None:
            cluster.close()


class DaskPool:
    """The workers of one scheduler."""

    def __init__(self, client: Any, distributed: ModuleType) -> None:  # noqa: ANN401 - distributed ships no types
        self._client = client
        self._distributed = distributed
        self._check: tuple[Callable[..., None], tuple[object, ...]] | None = None

    @property
    def workers(self) -> int:
        """How many workers there are now."""
        return max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    @property
    def is_here(self) -> bool:
        """Whether every worker is of this machine and can only be reached from it."""
        addresses = self._client.scheduler_info(n_workers=-1)["workers"]
        return all(is_loopback_host(urlsplit(address).hostname or "") for address in addresses)

    def everywhere(self, function: Callable[..., None], *arguments: object) -> None:
        """Call it once on every worker. Raises what it raises, and `WorkerRefused` for one with several threads: files
        are read with a library that stands only one."""
        for address, threads in self._client.nthreads().items():
            if threads != 1:
                raise WorkerRefused(f"worker {address} has {threads} threads. Start it again with --nthreads 1")
        self._client.run(function, *arguments)
        self._check = (function, arguments)

    def each(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], again: Callable[[Task, Lost], bool]
    ) -> Iterator[tuple[Task, Result]]:
        """The results as they come; a lost task is asked about, and submitted again."""
        futures = {self._submit(function, task): task for task in tasks}
        coming = self._distributed.as_completed(list(futures))
        for future in coming:
            task = futures.pop(future)
            try:
                result = future.result()
            except self._went_away() as error:
                lost = Lost(reason=str(error) or type(error).__name__)
                if isinstance(error, WorkerRefused):
                    self._send_away()
            else:
                yield task, result
                continue
            if again(task, lost):
                anew = self._submit(function, task)
                futures[anew] = task
                coming.add(anew)

    def map(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Like the built-in, begun at once on all workers, for work that may simply be done again when its worker went
        away. Raises `ShardStuck` for a task that ends every worker."""
        begun = [(task, self._submit(function, task)) for task in tasks]
        return (self._result(function, task, future) for task, future in begun)

    def _result(self, function: Callable[[Task], Result], task: Task, future: Any) -> Result:  # noqa: ANN401
        for _ in range(_TRIES):
            try:
                result: Result = future.result()
            except self._went_away() as error:
                lost = error
                future = self._submit(function, task)
            else:
                return result
        raise ShardStuck(f"{_TRIES} workers went away over one part of the work: {lost}") from lost

    def _submit(self, function: Callable[[Task], Result], task: Task) -> Any:  # noqa: ANN401
        return self._client.submit(function, task, pure=False)

    def _send_away(self) -> None:
        """Workers that came later and do not pass the check take no more tasks."""
        if self._check is None:
            return
        function, arguments = self._check
        answers = self._client.run(function, *arguments, on_error="return")
        refused = [address for address, answer in answers.items() if isinstance(answer, WorkerRefused)]
        if refused:
            self._client.retire_workers(refused, close_workers=True)

    def _went_away(self) -> tuple[type[BaseException], ...]:
        """What a task ends with that did not fail by itself."""
        core = self._distributed
        return (core.scheduler.KilledWorker, core.client.FutureCancelledError, LeaseLost, WorkerRefused)
