"""How the archive and each of its portals are: what `gongkai status`, the page /status and Prometheus show."""

from __future__ import annotations

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Any, Literal

from archive.store.files import places_of
from archive.store.times import china_day

#: Where a portal stands after its last night. `never`: not crawled yet. `stale`: no complete night for a fortnight.
#: `walled`: a wall stood there. `lost`: a column is not there any more. `drift`: it is not what its description
#: says. `thin`: complete, with less than half of its usual entries. `failing`: not complete for another reason.
Standing = Literal["well", "never", "stale", "walled", "lost", "drift", "thin", "failing"]

#: Nights whose entries say what is usual, and whose bytes say how fast the archive grows.
_NIGHTS = 15
_STALE_DAYS = 14
_THIN_SHARE = 0.5
#: Days beyond its longest silence before a portal's newest publication counts as overdue.
_GRACE_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalHealth:
    """One portal. Counts are the last run's, None before the first. `refs` are the entries of its listings,
    `usual_refs` the median of the complete nights before. `newest_on` is the last date of publication, `silent_days`
    the days since, `longest_silence` the most days its history ever took, `overdue` whether this is longer still.
    `drift` counts last night's problems that only a change of its description mends, `trouble` is what first went
    wrong when it is not well."""

    site: str
    name: str
    home: str
    province: str
    city: str
    county: str
    verified: str | None
    standing: Standing
    last_run: str | None
    last_complete: str | None
    complete: int | None
    new: int | None
    changed: int | None
    unchanged: int | None
    gone_candidates: int | None
    walls: int | None
    problems: int | None
    requests: int | None
    bytes: int | None
    drift: int
    refs: int | None
    usual_refs: int | None
    pages: int
    newest_on: str | None
    silent_days: int | None
    longest_silence: int | None
    overdue: bool
    trouble: str

    def as_row(self) -> dict[str, Any]:
        """The public shape (`--json`, /api/status.json)."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The archive on its disk, in bytes. `kinds` are the stored WARC bytes by kind of answer, `a_night` what a crawl
    adds on an average of the last nights (None before there was one), `days_left` the nights until the disk has only
    `min_free` bytes left, None when it does not grow."""

    database: int
    warcs: int
    journal: int
    kinds: dict[str, int]
    a_night: int | None
    free: int
    days_left: int | None

    @property
    def total(self) -> int:
        """Everything together."""
        return self.database + self.warcs + self.journal

    def as_row(self) -> dict[str, Any]:
        """The public shape."""
        return {**asdict(self), "total": self.total}


_PORTALS = """
    select s.id as site, s.name, s.home, s.province, s.city, s.county, s.verified, r.finished_at as last_run,
           (select max(finished_at) from (select r2.finished_at from run_sites n2 join runs r2 on r2.id = n2.run
                where n2.site = s.id and n2.complete = 1 order by n2.run desc limit ?)) as last_complete,
           n.run, n.complete, n.new, n.changed, n.unchanged, n.gone_candidates, n.walls, n.problems, n.requests,
           n.bytes,
           coalesce((select pages from site_counts where site = s.id), 0) as pages,
           (select max(day) from site_days where site = s.id) as newest_on,
           (select gap from site_days where site = s.id order by gap desc limit 1) as longest_silence,
           (select count(*) from (select 1 from site_days where site = s.id limit 3)) as days
    from sites s
    left join run_sites n on n.site = s.id and n.run = (
        select x.run from run_sites x where x.site = s.id and (select kind from runs where id = x.run) = 'crawl'
        order by x.run desc limit 1)
    left join runs r on r.id = n.run
    order by s.province, s.city, s.county, s.id
"""
_REFS = """
    select c.site, l.run, sum(l.refs), min(l.complete)
    from listings l join sections c on c.id = l.section
    where l.run in (select id from runs where kind = 'crawl' and finished_at is not null order by id desc limit ?)
    group by c.site, l.run order by l.run
"""
_DRIFT = """
    select kind, count(*) from problems
    where run = ? and site = ? and kind in ('drift', 'incomplete', 'absent-listing') group by kind
"""
_TROUBLE = "select message from problems where run = ? and site = ? order by id limit 1"


def portals_of(connection: sqlite3.Connection, today: date) -> list[PortalHealth]:
    """Every portal, by region and id."""
    refs: dict[str, list[tuple[int, int, bool]]] = defaultdict(list)
    for site, run, number, complete in connection.execute(_REFS, (_NIGHTS,)):
        refs[site].append((run, number, bool(complete)))
    cursor = connection.execute(_PORTALS, (_NIGHTS,))
    names = [column[0] for column in cursor.description]
    return [_portal(connection, dict(zip(names, row, strict=True)), refs, today) for row in cursor.fetchall()]


def _portal(
    connection: sqlite3.Connection,
    row: dict[str, Any],
    refs: dict[str, list[tuple[int, int, bool]]],
    today: date,
) -> PortalHealth:
    run, site = row.pop("run"), row["site"]
    drift = dict(connection.execute(_DRIFT, (run, site)).fetchall()) if run is not None else {}
    tonight = next((number for night, number, _ in refs[site] if night == run), None)
    before = [number for night, number, complete in refs[site] if complete and night != run]
    usual = round(median(before)) if before else None
    newest = row["newest_on"]
    silent = (today - date.fromisoformat(newest)).days if newest else None
    longest = row.pop("longest_silence")
    if row.pop("days") < 3:
        longest = None  # of a single silence nothing follows
    standing = _standing(row, drift, tonight, usual, today)
    trouble = connection.execute(_TROUBLE, (run, site)).fetchone() if standing not in {"well", "never"} else None
    return PortalHealth(
        **row,
        standing=standing,
        trouble=trouble[0] if trouble else "",
        drift=sum(drift.values()),
        refs=tonight,
        usual_refs=usual,
        silent_days=silent,
        longest_silence=longest,
        overdue=silent is not None and longest is not None and silent > longest + _GRACE_DAYS,
    )


def _standing(row: dict[str, Any], drift: dict[str, int], refs: int | None, usual: int | None, today: date) -> Standing:
    if row["last_run"] is None:
        return "never"
    if not row["complete"]:
        since = row["last_complete"]
        if since is not None and (today - china_day(since)).days > _STALE_DAYS:
            return "stale"
        if drift.get("absent-listing"):
            return "lost"
        if row["walls"]:
            return "walled"
        return "drift" if drift.get("drift") else "failing"
    if (today - china_day(row["last_run"])).days > _STALE_DAYS:
        return "stale"
    if usual and refs is not None and refs < usual * _THIN_SHARE:
        return "thin"
    return "well"


# --- sizes


#: Kinds of answers by their media type; the first that fits.
_KINDS = (
    ("pdf", ("pdf",)),
    ("office", ("word", "excel", "office", "sheet", "ole", "wps", "rtf")),
    ("archive", ("zip", "rar", "7z")),
    ("image", ("image/",)),
    ("html", ("html", "xml", "json", "text/plain", "javascript")),
)


def sizes_of(connection: sqlite3.Connection, *, min_free: int = 0) -> Sizes:
    """What the archive takes, how fast it grows, and how long the disk lasts. `min_free` bytes stay free."""
    path = Path(connection.execute("select file from pragma_database_list where name = 'main'").fetchone()[0])
    warcs, journal = places_of(path)
    database = sum(_size(path.with_name(path.name + end)) for end in ("", "-wal"))
    stored = int(connection.execute("select coalesce(sum(length), 0) from warc_files").fetchone()[0])
    told = _size(journal)
    kinds: dict[str, int] = defaultdict(int)
    by_type = connection.execute(
        "select media_type, sum(bytes) from capture_counts group by 1 having sum(captures) > 0"
    )
    for media_type, taken in by_type:
        kinds[kind_of(media_type)] += taken
    grown = _a_night(connection)
    total = database + stored + told
    a_night = round(grown * total / stored) if grown is not None and stored else None
    free = shutil.disk_usage(warcs if warcs.exists() else path.parent).free
    return Sizes(
        database=database,
        warcs=stored,
        journal=told,
        kinds=dict(sorted(kinds.items())),
        a_night=a_night,
        free=free,
        days_left=max(free - min_free, 0) // a_night if a_night else None,
    )


def kind_of(media_type: str) -> str:
    """`html`, `pdf`, `office`, `archive`, `image` or `other`."""
    lowered = media_type.lower()
    return next((kind for kind, words in _KINDS if any(word in lowered for word in words)), "other")


def _a_night(connection: sqlite3.Connection) -> float | None:
    """WARC bytes a night on an average of the last ones; the first night of all took everything and says nothing."""
    taken = [
        int(amount)
        for (amount,) in connection.execute(
            "select (select coalesce(sum(bytes), 0) from capture_counts where run = r.id) from runs r "
            "where r.kind = 'crawl' and r.finished_at is not null "
            "and r.id > (select min(id) from runs where kind = 'crawl') order by r.id desc limit ?",
            (_NIGHTS,),
        )
    ]
    return sum(taken) / len(taken) if taken else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


# --- Prometheus


def metrics(portals: list[PortalHealth], sizes: Sizes) -> Iterator[str]:
    """The same as lines of Prometheus' text format (version 0.0.4)."""
    gauges: tuple[tuple[str, str, str], ...] = (
        ("well", "1 when nothing is wrong with the portal", "well"),
        ("last_complete_timestamp_seconds", "When its last complete night ended", "last_complete"),
        ("last_run_timestamp_seconds", "When its last night ended", "last_run"),
        ("listing_entries", "Entries of its listings in its last night", "refs"),
        ("listing_entries_usual", "Median of the complete nights before", "usual_refs"),
        ("pages", "Pages known", "pages"),
        ("new", "Pages read for the first time in its last night", "new"),
        ("changed", "Pages whose text changed in its last night", "changed"),
        ("problems", "Problems of its last night, walls apart", "problems"),
        ("walls", "Walls met in its last night", "walls"),
        ("requests", "HTTP exchanges of its last night", "requests"),
        ("bytes", "Bytes received in its last night", "bytes"),
        ("silent_days", "Days since its newest publication", "silent_days"),
        ("overdue", "1 when it was never silent for so long", "overdue"),
    )
    for name, meaning, field in gauges:
        yield f"# HELP gongkai_portal_{name} {meaning}."
        yield f"# TYPE gongkai_portal_{name} gauge"
        for portal in portals:
            value = portal.standing == "well" if field == "well" else getattr(portal, field)
            if value is not None:
                yield f'gongkai_portal_{name}{{site="{_label(portal.site)}"}} {_number(value)}'
    yield "# HELP gongkai_archive_bytes What the archive takes on its disk."
    yield "# TYPE gongkai_archive_bytes gauge"
    for part in ("database", "warcs", "journal"):
        yield f'gongkai_archive_bytes{{part="{part}"}} {getattr(sizes, part)}'
    for name, meaning, amount in (
        ("disk_free_bytes", "What is free on the archive's disk", sizes.free),
        ("night_bytes", "What a night adds", sizes.a_night),
        ("disk_days_left", "Nights until the disk is full", sizes.days_left),
    ):
        if amount is not None:
            yield f"# HELP gongkai_{name} {meaning}."
            yield f"# TYPE gongkai_{name} gauge"
            yield f"gongkai_{name} {amount}"


def _number(value: object) -> str:
    if isinstance(value, str):
        return str(int(datetime.fromisoformat(value).timestamp()))
    return str(int(value)) if isinstance(value, int | bool) else str(value)


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
