"""A night on a cluster: deal the portals, seed their shards, see each crawled once, merge them all.

Everything the coordinator knows stands in the run's folder beside the archive, so the next one goes on where this one
died: shards that are crawled are merged, others are taken up where they stand.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.store.archive import Archive
from archive.store.merge import conclude, merge
from archive.store.model import Run, RunResult
from archive.store.rebuild import stale_readings
from archive.store.seeding import Seeder
from archive.store.times import utc_now
from crawler.cluster.errors import ClusterError, ShardStuck
from crawler.cluster.grouping import deal, group_by_host, shards_wanted
from crawler.cluster.leases import LeaseBook
from crawler.cluster.pool import Lost, Pool
from crawler.cluster.versions import own_version, require_folder, require_same
from crawler.cluster.work import LEASES, ShardTask, crawl_shard, whoami
from crawler.config import Config
from sites.model import SiteSpec

#: So many workers may go away over one shard without a step forward.
_STUCK_AFTER = 5

_PLAN = "plan.json"

#: Told when a shard is crawled: its name, how many are, of how many.
Observer = Callable[[str, int, int], None]


def runs_folder(archive: Path) -> Path:
    """Where the shards of an archive's runs lie."""
    return archive.parent / "shards"


def has_shards(archive: Path, scope: str) -> bool:
    """Whether a cluster's run of this scope waits to be continued."""
    if not runs_folder(archive).is_dir() or not archive.exists():
        return False
    with Archive.read(archive) as opened:
        row = opened.db.execute(
            "select max(id) from runs where kind = 'crawl' and scope = ? and finished_at is null", [scope]
        ).fetchone()
    return row[0] is not None and (_folder_of(archive, row[0]) / _PLAN).exists()


def _folder_of(archive: Path, run: int) -> Path:
    return runs_folder(archive) / f"{archive.stem}-run{run}"


def crawl_on(
    pool: Pool,
    config: Config,
    specs: Sequence[SiteSpec],
    *,
    scope: str = "",
    loopback_allowed: bool = False,
    observer: Observer = lambda name, done, of: None,
) -> RunResult:
    """One run over some portals on the pool's workers. Raises `ClusterError` and what a shard's crawl raises; the run
    is then open, and the next one goes on with it."""
    with Archive.open(config.archive.path) as archive:
        return _Coordinator(pool, archive, config, specs, loopback_allowed, observer).run(
            scope or " ".join(sorted(spec.id for spec in specs))
        )


@dataclass(slots=True)
class _Coordinator:
    pool: Pool
    archive: Archive
    config: Config
    specs: Sequence[SiteSpec]
    loopback_allowed: bool
    observer: Observer
    _losses: dict[str, tuple[int, int]] = field(default_factory=dict)

    def run(self, scope: str) -> RunResult:
        stale = stale_readings(self.archive)
        if stale:
            raise ClusterError(
                f"{stale} pages of {self.archive.path} were read by another version of the reader. "
                "Read them again first: gongkai rebuild"
            )
        _tidy(self.archive)
        with self._checked():
            with self.archive.step():
                self.archive.put_sites(self.specs)
            run = self.archive.start_run("crawl", scope)
            folder = _folder_of(self.archive.path, run.id)
            plan = _read_plan(folder) or self._make_plan(folder, run)
            tasks = self._tasks(folder, plan, run)
            LeaseBook(folder / LEASES, seconds=self.config.cluster.lease_seconds).add(plan)
            self._seed(tasks, run)
            for done, (task, _) in enumerate(self.pool.each(crawl_shard, tasks, self._again), 1):
                self.observer(task.name, done, len(tasks))
            merge(self.archive, [task.path for task in tasks], linked=True)
            result = conclude(self.archive, run, at=utc_now())
            shutil.rmtree(folder)
            return result

    @contextmanager
    def _checked(self) -> Iterator[None]:
        """Every worker is the same gongkai and sees the folder, before anything is begun."""
        folder = runs_folder(self.archive.path)
        folder.mkdir(exist_ok=True)
        token = uuid.uuid4().hex
        (folder / "token").write_text(token, encoding="utf-8")
        self.pool.everywhere(_check_worker, own_version(), folder.resolve(), token)
        yield
        (folder / "token").unlink(missing_ok=True)

    def _make_plan(self, folder: Path, run: Run) -> dict[str, list[str]]:
        """Deal the portals, and write down who is where before any shard is made."""
        if run.continued and self.archive.pending(run, limit=1):
            raise ClusterError(
                f"the run over {run.scope!r} was begun without a cluster and is not finished: finish it so "
                "(gongkai crawl, with the same portals), then come back"
            )
        groups = group_by_host(self.specs)
        count = shards_wanted(len(groups), self.pool.workers, self.config.crawl.hosts_at_once)
        known = self.archive.db.execute("select site, count(*) from pages group by site").fetchall()
        dealt = deal(groups, count, dict(known))
        plan = {f"{number:04d}": [spec.id for spec in specs] for number, specs in enumerate(dealt)}
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{_PLAN}.part"
        part.write_text(json.dumps({"run": run.id, "shards": plan}, indent=1), encoding="utf-8")
        part.replace(folder / _PLAN)
        return plan

    def _tasks(self, folder: Path, plan: dict[str, list[str]], run: Run) -> list[ShardTask]:
        specs = {spec.id: spec for spec in self.specs}
        where = {site: name for name, sites in plan.items() for site in sites}
        for group in group_by_host(self.specs):
            if len({where.get(spec.id) for spec in group}) > 1:
                raise ClusterError(
                    f"portals {', '.join(spec.id for spec in group)} share a host now, but the unfinished run in "
                    f"{folder} has them apart. Give them the hosts they had when it began, or delete the folder to "
                    "begin anew"
                )
        return [
            ShardTask(
                folder=folder.resolve(),
                name=name,
                specs=tuple(specs[site] for site in sites),
                scope=run.scope,
                config=self.config,
                lease_seconds=self.config.cluster.lease_seconds,
                loopback_allowed=self.loopback_allowed,
                version=own_version(),
            )
            for name, sites in plan.items()
        ]

    def _seed(self, tasks: Sequence[ShardTask], run: Run) -> None:
        missing = [task for task in tasks if not task.path.exists()]
        if missing:
            seeder = Seeder(self.archive, run)
            for task in missing:
                seeder.seed(task.path, [spec.id for spec in task.specs])

    def _again(self, task: ShardTask, lost: Lost) -> bool:
        """A shard whose worker went away is taken over, unless it ends every worker that touches it."""
        steps = _steps(task.path)
        before, losses = self._losses.get(task.name, (-1, 0))
        losses = 1 if steps > before else losses + 1
        self._losses[task.name] = (steps, losses)
        if losses >= _STUCK_AFTER:
            raise ShardStuck(
                f"shard {task.name} ({', '.join(spec.id for spec in task.specs)}) ended {losses} workers without a "
                f"step forward: {lost.reason}. The next gongkai crawl goes on with it"
            )
        return True


def _check_worker(version: Any, folder: Path, token: str) -> None:  # noqa: ANN401 - a Version, checked by equality
    who = f"worker {whoami()}"
    require_same(version, who=who)
    require_folder(folder, token, who=who)


def _steps(path: Path) -> int:
    """How far a shard is: wishes that have ended."""
    with Archive.read(path) as shard:
        return int(shard.db.execute("select count(*) from frontier where outcome is not null").fetchone()[0])


def _read_plan(folder: Path) -> dict[str, list[str]] | None:
    file = folder / _PLAN
    if not file.exists():
        return None
    shards: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))["shards"]
    return shards


def _tidy(archive: Archive) -> None:
    """Remove what runs left that were merged to their end."""
    for folder in runs_folder(archive.path).glob(f"{archive.path.stem}-run*"):
        number = folder.name.rpartition("-run")[2]
        finished = archive.db.execute("select finished_at from runs where id = ?", [number]).fetchone()
        if finished is not None and finished[0] is not None:
            shutil.rmtree(folder)
