"""What the overview pages ask: coverage, changes, audit, the state of the crawler."""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date

from archive.store.health import metrics, portals_of, sizes_of
from archive.store.queries import CHOSEN, Row, count, marks, one, rows
from archive.store.times import CHINA, utc_now

_COUNTS = ("new", "changed", "unchanged", "gone_candidates", "walls", "problems", "requests", "bytes")
_TOTALS = ", ".join(f"total(s.{name}) as {name}" for name in _COUNTS)


# --- changes after publication


def changes(connection: sqlite3.Connection, *, limit: int = 50, offset: int = 0) -> list[Row]:
    """Edits and removals of reports, newest first; the capture is the last that shows the report."""
    return rows(
        connection,
        f"""select url, kind, changed_at, body, body_name as name, year, title, before_capture, after_capture,
                coalesce(after_capture, before_capture) as capture
            from changes order by changed_at desc, url limit {int(limit)} offset {int(offset)}""",
    )


def changes_count(connection: sqlite3.Connection) -> int:
    """How many changes there are."""
    return count(connection, "select count(*) from changes")


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


def failures(
    connection: sqlite3.Connection, *, rule: str = "", place: str = "", limit: int = 100, offset: int = 0
) -> list[Row]:
    """Failed findings of chosen reports, newest years first."""
    condition = f"f.verdict = 'FAIL' and f.decision <> 'rejected' and {CHOSEN}"
    values: list[object] = []
    # begin with what is fewest: a place's bodies, a rule's failures, else the newest reports
    tables = "reports r cross join findings f on f.report = r.id left join bodies b on b.id = r.body"
    if rule:
        tables = "findings f cross join reports r on r.id = f.report left join bodies b on b.id = r.body"
        condition += " and f.rule = ?"
        values.append(rule)
    if place:
        tables = "bodies b cross join reports r on r.body = b.id cross join findings f on f.report = r.id"
        condition += " and ? in (b.province, b.city, b.county)"
        values.append(place)
    return rows(
        connection,
        f"""select r.body, r.year, coalesce(b.name, r.body_name) as name, b.city, b.county, f.rule, f."where",
                f.severity, f.expected, f.actual, f.blame
            from {tables}
            where {condition} order by r.year desc, b.name, f.rule, f."where"
            limit {int(limit)} offset {int(offset)}""",
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
    found = one(connection, f"select min(r.year) as low, max(r.year) as high from reports r where {CHOSEN}")
    return [] if not found or found["low"] is None else list(range(found["low"], found["high"] + 1))


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
