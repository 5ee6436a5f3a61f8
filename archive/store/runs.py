"""Runs: begun, continued, finished, counted."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from archive.store.model import COUNT_NAMES, Run, RunKind, SiteCounts
from archive.store.times import moment_of, stamp

#: The class of problem that says a run ended before a portal was asked for everything.
CUT_SHORT = "cut-short"


def find_unfinished(connection: sqlite3.Connection, kind: RunKind, scope: str) -> Run | None:
    """The run of this kind and scope that a dead process left open."""
    row = connection.execute(
        "select id, started_at from runs where kind = ? and scope = ? and finished_at is null order by id desc limit 1",
        (kind, scope),
    ).fetchone()
    return Run(id=row[0], kind=kind, scope=scope, started_at=moment_of(row[1]), continued=True) if row else None


def insert_run(
    connection: sqlite3.Connection, kind: RunKind, scope: str, *, at: datetime, software: str, reader_version: str
) -> Run:
    """A new run."""
    cursor = connection.execute(
        "insert into runs (kind, scope, software, reader_version, started_at) values (?, ?, ?, ?, ?)",
        (kind, scope, software, reader_version, stamp(at)),
    )
    return Run(id=int(cursor.lastrowid or 0), kind=kind, scope=scope, started_at=at)


def answers(connection: sqlite3.Connection, run: Run, *, since: datetime) -> list[tuple[str, int]]:
    """The URLs a run asked since a moment, one row an answer, and the bytes of their bodies."""
    return connection.execute(
        "select url, case status when 304 then 0 else payload_length end from captures where run = ? "
        "and fetched_at >= ?",
        (run.id, stamp(since)),
    ).fetchall()


_TALLIES = (
    ("gone_candidates", "select p.site, count(*) from absent a join pages p on p.url = a.url where a.run = ?"),
    # within a portal, so that the count does not depend on which portals are crawled together
    (
        "duplicates",
        "select p.site, count(*) from pages p where p.first_run = ? and p.duplicate_of is not null "
        "and exists (select 1 from pages q where q.text_digest = p.text_digest and q.site = p.site "
        "and (q.first_seen_at, q.url) < (p.first_seen_at, p.url))",
    ),
    ("problems", "select p.site, count(*) from problems p where p.run = ? and p.kind not like 'wall%'"),
    ("requests", "select p.site, count(*) from captures p where p.run = ?"),
    ("bytes", "select p.site, sum(p.payload_length) from captures p where p.run = ?"),
)
_COUNTS = """
    select site, outcome, count(*) from frontier
    where run = ? and outcome is not null and (role in ('page', 'attachment') or outcome = 'wall')
    group by site, outcome
"""
_OUTCOME_COLUMNS = {"new": "new", "changed": "changed", "unchanged": "unchanged", "wall": "walls"}


def count(connection: sqlite3.Connection, run: Run) -> tuple[SiteCounts, ...]:
    """What the run did, portal by portal. Must be asked before the frontier is cleared."""
    tallies: dict[str, dict[str, int]] = {}

    def add(site: str, name: str, number: int) -> None:
        tally = tallies.setdefault(site, {})
        tally[name] = tally.get(name, 0) + number

    for site, outcome, number in connection.execute(_COUNTS, (run.id,)):
        if outcome in _OUTCOME_COLUMNS:
            add(site, _OUTCOME_COLUMNS[outcome], number)
        else:
            add(site, "problems", 0)  # a portal that only had problems stands in the result, too
    for name, sql in _TALLIES:
        for site, number in connection.execute(sql + " group by p.site", (run.id,)):
            add(site, name, number)
    complete = dict(
        connection.execute(
            "select s.site, min(l.complete) from listings l join sections s on s.id = l.section "
            "where l.run = ? group by s.site",
            (run.id,),
        )
    )
    for (site,) in connection.execute(
        "select distinct site from frontier where run = ? and role = 'listing' "
        "and outcome in ('wall', 'problem', 'skipped', 'absent') "
        "union select site from problems where run = ? and kind = ?",
        (run.id, run.id, CUT_SHORT),
    ):
        complete[site] = 0
    return tuple(
        SiteCounts(site_id=site, complete=bool(complete.get(site, 0)), **tallies[site]) for site in sorted(tallies)
    )


def insert_counts(connection: sqlite3.Connection, run: int, site: SiteCounts) -> None:
    """A row of `run_sites`."""
    connection.execute(
        "insert or replace into run_sites (run, site, new, changed, unchanged, gone_candidates, walls, duplicates, "
        "problems, requests, bytes, complete) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run,
            site.site_id,
            site.new,
            site.changed,
            site.unchanged,
            site.gone_candidates,
            site.walls,
            site.duplicates,
            site.problems,
            site.requests,
            site.bytes,
            int(site.complete),
        ),
    )


def site_counts(connection: sqlite3.Connection, run: int) -> tuple[SiteCounts, ...]:
    """What a run did, portal by portal, as it was written down."""
    names = (*COUNT_NAMES, "requests", "bytes", "complete")
    rows = connection.execute(
        f"select site, {', '.join(names)} from run_sites where run = ? order by site",  # noqa: S608
        (run,),
    )
    return tuple(
        SiteCounts(site_id=row[0], **dict(zip(names[:-1], row[1:-1], strict=True)), complete=bool(row[-1]))
        for row in rows
    )


def strangers(connection: sqlite3.Connection, run: int) -> dict[str, object]:
    """What a run did at none of the known portals, as the journal tells it."""
    site = next(site for site in site_counts(connection, run) if site.site_id == "")
    names = (*COUNT_NAMES, "requests", "bytes", "complete")
    return {"site": "", **{name: getattr(site, name) for name in names}}


def recount_strangers(connection: sqlite3.Connection, run: int) -> None:
    """Count again what a run did at none of the known portals: after a merge several shards have a part in it."""
    tallies: dict[str, int] = {}
    for name, sql in _TALLIES:
        row = connection.execute(sql + " and p.site = '' group by p.site", (run,)).fetchone()
        if row is not None:
            tallies[name] = int(row[1])
    known = connection.execute(
        "select new, changed, unchanged, walls from run_sites where run = ? and site = ''", (run,)
    ).fetchone()
    if known is not None:
        tallies.update(zip(("new", "changed", "unchanged", "walls"), known, strict=True))
    insert_counts(connection, run, SiteCounts(site_id="", complete=False, **tallies))


def last_finished(connection: sqlite3.Connection, kind: RunKind) -> datetime | None:
    """When the newest finished run of this kind ended, or None."""
    (found,) = connection.execute("select max(finished_at) from runs where kind = ?", (kind,)).fetchone()
    return moment_of(found) if found else None
