"""The nights of every portal, as the journal tells them: what alerts and the status page judge."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date

from archive.store.runs import CUT_SHORT
from archive.store.times import china_day


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNight:
    """One portal in one finished crawl. `day` is the China day on which the crawl ended, `refs` the entries
    of all its listings together, `complete` whether every listing was read to its end and had its `min_refs`,
    `drift` the problems that say the portal is not what its description says (too few entries among them), `lost`
    the columns that answered that they are not there."""

    site_id: str
    name: str
    day: date
    refs: int
    complete: bool
    new: int = 0
    changed: int = 0
    gone_candidates: int = 0
    walls: int = 0
    problems: int = 0
    drift: int = 0
    requests: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CutNight:
    """A crawl that ended before everything was asked because the disk was nearly full. `day` is the China day on which
    it ended, `reason` what it said."""

    run: int
    day: str
    reason: str


#: How many of the last crawls are looked through for those that were cut short.
_RECENT = 14


def cut_nights(connection: sqlite3.Connection) -> tuple[CutNight, ...]:
    """Those of the last crawls that were cut short, newest first."""
    return tuple(
        CutNight(run=run, day=china_day(at).isoformat(), reason=reason)
        for run, at, reason in connection.execute(
            "select r.id, r.finished_at, min(p.message) from (select id, finished_at from runs where kind = 'crawl' "
            "and finished_at is not null order by id desc limit ?) r join problems p on p.run = r.id "
            "where p.kind = ? group by r.id order by r.id desc",
            (_RECENT, CUT_SHORT),
        )
    )


_NIGHTS = """
    select n.site, s.name, r.finished_at, n.complete, n.new, n.changed, n.gone_candidates, n.walls, n.problems,
           n.requests,
           coalesce((select sum(l.refs) from listings l join sections c on c.id = l.section
                     where l.run = r.id and c.site = n.site), 0),
           (select count(*) from problems p where p.run = r.id and p.site = n.site and p.kind = 'drift'),
           (select count(*) from problems p where p.run = r.id and p.site = n.site and p.kind = 'absent-listing')
    from run_sites n join runs r on r.id = n.run join sites s on s.id = n.site
    where r.kind = 'crawl' and r.finished_at is not null and date(r.finished_at) >= date(?)
    order by r.id, n.site
"""


def site_nights(connection: sqlite3.Connection, since: date) -> tuple[SiteNight, ...]:
    """Every portal's finished crawls since that UTC day, oldest first."""
    return tuple(
        SiteNight(
            site_id=row[0],
            name=row[1],
            day=china_day(row[2]),
            complete=bool(row[3]),
            new=row[4],
            changed=row[5],
            gone_candidates=row[6],
            walls=row[7],
            problems=row[8],
            requests=row[9],
            refs=row[10],
            drift=row[11],
            lost=row[12],
        )
        for row in connection.execute(_NIGHTS, (since.isoformat(),))
    )
