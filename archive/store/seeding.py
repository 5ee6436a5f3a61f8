"""A part of an archive to crawl elsewhere: a shard that knows of some portals what a crawl needs to know.

A seeded shard carries the run it belongs to and the rows a crawl looks at: pages, versions, judgements without
their cells, decisions, and the newest answers, whose bytes stay in the archive's own WARC files. It numbers runs and
captures as the archive does. Merged back, it brings only what it did.
"""

# Only names of tables and columns are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.store.archive import Archive
from archive.store.dictionary import TABLES
from archive.store.model import Run
from archive.store.times import utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Where a shard came from: the archive's id, the run it belongs to, the archive's newest capture at that time, and
    the newest problem and decision the shard was given."""

    archive: str
    run: int
    last_capture: int
    last_problem: int
    last_decision: int


def seed_of(connection: sqlite3.Connection) -> Seed | None:
    """What a shard was seeded from; None for an archive that began on its own."""
    rows = dict(
        connection.execute("select key, value from archive_info where key like 'seeded\\_%' escape '\\'").fetchall()
    )
    if not rows:
        return None
    return Seed(
        archive=rows["seeded_archive"],
        run=int(rows["seeded_run"]),
        last_capture=int(rows["seeded_capture"]),
        last_problem=int(rows["seeded_problem"]),
        last_decision=int(rows["seeded_decision"]),
    )


class Seeder:
    """Seeds shards of one run, one after the other. The archive must not be written meanwhile."""

    def __init__(self, archive: Archive, run: Run, *, clock: Callable[[], datetime] = utc_now) -> None:
        """Look once over the archive for the newest good answer of every address."""
        self._archive = archive
        self._connection = archive.db.conn
        self._run = run
        self._clock = clock
        self._connection.execute("drop table if exists temp.newest")
        self._connection.execute(
            "create temp table newest as select site, max(id) as id from main.captures "
            "where status between 200 and 299 group by url"
        )
        self._connection.execute("create index temp.newest_site on newest(site)")

    def seed(self, path: Path, sites: Sequence[str]) -> None:
        """Make the shard of these portals at `path` (the file `archive.db` in a folder of its own). The folder
        appears when it is whole; one left by a seeding that died is made anew."""
        part = path.parent.with_name(path.parent.name + ".part")
        if part.exists():
            shutil.rmtree(part)
        part.mkdir(parents=True)
        self._make(part / path.name, sites)
        part.rename(path.parent)

    def _make(self, path: Path, sites: Sequence[str]) -> None:
        with Archive.open(path, clock=self._clock) as shard:
            warcs = os.path.relpath(self._archive.warcs, shard.warcs)
        connection = self._connection
        connection.execute("attach ? as shard", (f"{path.resolve().as_uri()}?mode=rw",))
        try:
            connection.execute("begin immediate")
            try:
                self._fill(sites, warcs)
                connection.execute("commit")
            except BaseException:
                connection.execute("rollback")
                raise
        finally:
            connection.execute("detach shard")

    def _fill(self, sites: Sequence[str], warcs: str) -> None:
        execute = self._connection.execute
        execute("create temp table seeded_site (id text primary key)")
        execute("create temp table seeded_capture (id integer primary key)")
        try:
            self._connection.executemany("insert into seeded_site values (?)", [(site,) for site in sites])
            ours = "select id from seeded_site"
            pages = f"select url from main.pages where site in ({ours})"
            execute(
                "insert or ignore into seeded_capture "
                f"select capture from main.pages where site in ({ours}) "
                f"union select capture from main.versions where page in ({pages}) "
                f"union select capture from main.reports where page in ({pages}) "
                f"union select id from temp.newest where site in ({ours})"
            )
            execute(
                "insert or ignore into seeded_capture select revisit_of from main.captures "
                "where id in (select id from seeded_capture) and revisit_of is not null "
                "union select converted_from from main.captures "
                "where id in (select id from seeded_capture) and converted_from is not null"
            )
            execute(
                "insert or ignore into seeded_capture select revisit_of from main.captures "
                "where id in (select id from seeded_capture) and revisit_of is not null"
            )
            self._copy("sites", f"id in ({ours})")
            self._copy("sections", f"site in ({ours})")
            self._copy("pages", f"site in ({ours})")
            self._copy("versions", f"page in ({pages})")
            self._copy("reports", f"page in ({pages})")
            self._copy("decisions", f"page in ({pages})")
            self._copy("captures", "id in (select id from seeded_capture)")
            self._copy("withheld", "true")
            self._copy("withheld_reports", "true")
            self._copy("withheld_captures", "capture in (select id from seeded_capture)")
            execute(
                "insert or replace into shard.archive_info (key, value) "
                "select key, value from main.archive_info where key = 'mask'"
            )
            self._copy("lost_captures", "capture in (select id from seeded_capture)")
            execute("update shard.captures set warc_file = ? || '/' || warc_file", (warcs,))
            self._copy("bodies", "id in (select body from shard.reports)")
            self._copy("problems", f"id in (select max(id) from main.problems where site in ({ours}) group by url)")
            self._copy("page_files", f"page in ({pages})")
            self._copy(
                "listings",
                f"section in (select id from main.sections where site in ({ours})) and run >= coalesce("
                "(select max(run) from main.listings m where m.section = listings.section and m.complete = 1 "
                "and m.walked = 1), 0)",
            )
            self._copy("runs", f"id = {int(self._run.id)}")
            self._remember()
        finally:
            execute("drop table temp.seeded_site")
            execute("drop table temp.seeded_capture")

    def _copy(self, table: str, condition: str) -> None:
        names = ", ".join(f'"{column.name}"' for column in TABLES[table].columns)
        self._connection.execute(
            f"insert or replace into shard.{table} ({names}) select {names} from main.{table} where {condition}"
        )

    def _remember(self) -> None:
        execute = self._connection.execute
        (identity,) = execute("select value from main.archive_info where key = 'id'").fetchone()
        seed = {
            "seeded_archive": identity,
            "seeded_run": self._run.id,
            "seeded_capture": execute("select coalesce(max(id), 0) from main.captures").fetchone()[0],
            "seeded_problem": execute("select coalesce(max(id), 0) from shard.problems").fetchone()[0],
            "seeded_decision": execute("select coalesce(max(id), 0) from shard.decisions").fetchone()[0],
        }
        self._connection.executemany(
            "insert into shard.archive_info (key, value) values (?, ?)",
            [(key, str(value)) for key, value in seed.items()],
        )
        # a run the shard might begin by itself has another number than any of the archive
        execute("delete from shard.sqlite_sequence where name = 'runs'")
        execute("insert into shard.sqlite_sequence (name, seq) values ('runs', ?)", (self._run.id,))
