"""What the overview pages ask: coverage, changes, audit, the state of the crawler."""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from itertools import groupby, islice

from archive.store.health import metrics, portals_of, sizes_of
from archive.store.queries import CHOSEN, Row, count, marks, one, rows, years_of
from archive.store.times import CHINA, utc_now

_COUNTS = ("new", "changed", "unchanged", "gone_candidates", "walls", "problems", "requests", "bytes")
_TOTALS = ", ".join(f"total(s.{name}) as {name}" for name in _COUNTS)


# --- changes after publication


#: What happened to a page and when, newest first, read from both indexes as far as it is asked.
_HAPPENED = """select changed_at, page from edits
    union all select since_at, page from page_states where state in ('gone', 'moved', 'back')
    order by 1 desc, 2"""
_CHANGE = """select url, kind, changed_at, body, body_name as name, year, title, before_capture, after_capture,
        coalesce(after_capture, before_capture) as capture
    from changes where changed_at = ? and url = ? order by kind"""


def changes(connection: sqlite3.Connection, *, limit: int = 50, offset: int = 0) -> list[Row]:
    """Edits and removals of reports, newest first; the capture is the last that shows the report."""
    happened = groupby(connection.execute(_HAPPENED))  # a page may have come back edited: the view tells both
    found = (row for key, _ in happened for row in rows(connection, _CHANGE, key))
    return list(islice(found, offset, offset + limit))


#: As many rows as the view `changes` has, without looking at what they say.
_CHANGES = """select
    (select count(*) from edits e cross join versions v on v.page = e.page and v.from_at = e.changed_at
     where v.text_digest <> (select text_digest from versions where page = e.page and from_at < e.changed_at
                             order by from_at desc limit 1)
        and exists (select 1 from reports where page = e.page and kind = 'report'))
    + (select count(*) from page_states s where s.state in ('gone', 'moved', 'back')
        and exists (select 1 from reports where page = s.page and kind = 'report'))"""


def changes_count(connection: sqlite3.Connection) -> int:
    """How many changes there are."""
    return count(connection, _CHANGES)


def change_of(connection: sqlite3.Connection, page: str, changed_at: str) -> Row | None:
    """One edit: both texts and both captures."""
    return one(
        connection,
        """select c.url, c.title, c.changed_at, c.before_capture, c.after_capture, c.before_digest, c.after_digest,
               o.text as before, n.text as after
           from changes c join document_texts o on o.text_digest = c.before_digest
           join document_texts n on n.text_digest = c.after_digest
           where c.url = ? and c.changed_at = ? and c.kind = 'edited'""",
        (page, changed_at),
    )


# --- audit


def rules(connection: sqlite3.Connection, *, place: str = "") -> list[Row]:
    """For each audit rule, how often it failed, passed, or could not be assessed among chosen reports."""
    where, values = ("? in (province, city, county)", [place]) if place else ("1", [])
    return rows(
        connection,
        f"""select rule, sum(failed) as failed, sum(passed) as passed, sum(not_assessable) as not_assessable
            from audit_counts where {where} group by 1 having sum(failed + passed + not_assessable) > 0
            order by 2 desc, 1""",
        values,
    )


#: Up to so many failures of a rule are looked up and sorted; of more the newest reports are read until a page is full.
_FEW = 2_000


def failures(
    connection: sqlite3.Connection, *, rule: str = "", place: str = "", limit: int = 100, offset: int = 0
) -> list[Row]:
    """Failed findings of chosen reports, newest years first, in each year by body."""
    most = offset + limit
    if rule and failures_count(connection, rule=rule, place=place) <= _FEW:
        return _failures(connection, None, rule=rule, place=place, most=most)[offset:]
    years = reversed(years_of(connection))
    found = (row for year in years for row in _failures(connection, year, rule=rule, place=place, most=most))
    return list(islice(found, offset, most))


def _failures(connection: sqlite3.Connection, year: int | None, *, rule: str, place: str, most: int) -> list[Row]:
    """The first failures of a year, or of a rule's few in all years."""
    condition, values = f"f.verdict = 'FAIL' and f.decision <> 'rejected' and {CHOSEN}", list[object]()
    # begin with what is fewest: the failures of a rule, a place's bodies, else the year's reports in their order
    if year is None:
        tables = "findings f cross join reports r on r.id = f.report cross join bodies b on b.id = r.body"
    elif place:
        tables = "bodies b cross join reports r on r.body = b.id cross join findings f on f.report = r.id"
    else:
        tables = "reports r cross join findings f on f.report = r.id cross join bodies b on b.id = r.body"
    for wanted, value in (("r.year = ?", year), ("f.rule = ?", rule), ("? in (b.province, b.city, b.county)", place)):
        if value:
            condition += f" and {wanted}"
            values.append(value)
    return rows(
        connection,
        f"""select r.body, r.year, coalesce(b.name, r.body_name) as name, b.city, b.county, f.rule, f."where",
                f.severity, f.expected, f.actual, f.blame
            from {tables} where {condition} order by r.year desc, r.body, f.rule, f."where" limit {int(most)}""",
        values,
    )


def failures_count(connection: sqlite3.Connection, *, rule: str = "", place: str = "") -> int:
    """How many findings `failures` would give without a limit."""
    where, values = ["1"], list[object]()
    if place:
        where.append("? in (province, city, county)")
        values.append(place)
    if rule:
        where.append("rule = ?")
        values.append(rule)
    return count(connection, f"select sum(failed) from audit_counts where {' and '.join(where)}", values)


# --- coverage


def coverage_years(connection: sqlite3.Connection) -> list[int]:
    """The years of the matrix, oldest first, without gaps."""
    found = years_of(connection)
    return list(range(found[0], found[-1] + 1)) if found else []


def coverage_of(connection: sqlite3.Connection, bodies: Sequence[str]) -> list[Row]:
    """The coverage of some bodies: body id, year, status, and why."""
    return rows(connection, f"select * from coverage where body in ({marks(bodies)})", list(bodies))


# --- the crawler


def today() -> date:
    """The day in China: since when a portal is silent is counted to it."""
    return utc_now().astimezone(CHINA).date()


def portals(connection: sqlite3.Connection, day: date) -> list[Row]:
    """How each portal is on `day`, after its last night (`health.PortalHealth`)."""
    return [portal.as_row() for portal in portals_of(connection, day)]


def sizes(connection: sqlite3.Connection) -> Row:
    """What the archive takes and how long its disk lasts (`health.Sizes`)."""
    return sizes_of(connection).as_row()


def prometheus(connection: sqlite3.Connection) -> str:
    """The state of the crawler for Prometheus."""
    return "\n".join([*metrics(portals_of(connection, today()), sizes_of(connection)), ""])


def runs(connection: sqlite3.Connection, *, limit: int = 20) -> list[Row]:
    """The newest runs with their sums."""
    return rows(
        connection,
        f"""select u.id, u.kind, u.scope, u.started_at, u.finished_at, {_TOTALS}
            from (select * from runs order by id desc limit {int(limit)}) u left join run_sites s on s.run = u.id
            group by u.id order by u.id desc""",
    )


def problems(connection: sqlite3.Connection, *, limit: int = 50) -> list[Row]:
    """The newest problems."""
    return rows(
        connection,
        f"""select id, run, site, section, url, kind, message, occurred_at from problems
            order by id desc limit {int(limit)}""",
    )
