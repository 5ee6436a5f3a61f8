"""What the overview pages ask: coverage, changes, audit, the state of the crawler."""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from archive.store.queries import CHOSEN, Row, count, marks, one, rows

_COUNTS = ("new", "changed", "unchanged", "gone_candidates", "walls", "problems", "requests", "bytes")
_TOTALS = ", ".join(f"total(s.{name}) as {name}" for name in _COUNTS)


# --- changes after publication


def changes(connection: sqlite3.Connection, *, limit: int = 50, offset: int = 0) -> list[Row]:
    """Edits and removals of reports, newest first. An edit is two versions of one page that follow each other."""
    return rows(
        connection,
        f"""with event as (
                select p.url, v.from_at as changed_at, 'edited' as kind, v.capture
                from versions v join pages p on p.url = v.page where v.from_at > p.first_seen_at
                union all
                select url, gone_at, 'removed', capture from pages where state = 'gone' and gone_at is not null)
            select e.url, e.changed_at, e.kind, e.capture, r.body, r.year, r.title,
                coalesce(b.name, r.body_name) as name
            from event e join reports r on r.id = (
                select id from reports where page = e.url and kind = 'report'
                order by standing <> 'chosen', id desc limit 1)
            left join bodies b on b.id = r.body
            order by e.changed_at desc, e.url limit {int(limit)} offset {int(offset)}""",
    )


def changes_count(connection: sqlite3.Connection) -> int:
    """How many changes `changes` would give without a limit."""
    return count(
        connection,
        """select (select count(*) from versions v join pages p on p.url = v.page where v.from_at > p.first_seen_at
                   and exists (select 1 from reports r where r.page = p.url and r.kind = 'report'))
             + (select count(*) from pages p where state = 'gone' and gone_at is not null
                   and exists (select 1 from reports r where r.page = p.url and r.kind = 'report'))""",
    )


def change_of(connection: sqlite3.Connection, page: str, changed_at: str) -> Row | None:
    """One edit: both texts and both captures."""
    return one(
        connection,
        """select n.page as url, p.title, n.from_at as changed_at, o.from_at, o.capture as before_capture,
               n.capture as after_capture, ot.text as before, nt.text as after
           from versions n join pages p on p.url = n.page
           join versions o on o.page = n.page and o.from_at = (
               select max(from_at) from versions where page = n.page and from_at < n.from_at)
           join document_texts ot on ot.text_digest = o.text_digest
           join document_texts nt on nt.text_digest = n.text_digest
           where n.page = ? and n.from_at = ?""",
        (page, changed_at),
    )


# --- audit


def rules(connection: sqlite3.Connection, *, place: str = "") -> list[Row]:
    """For each audit rule, how often it failed, passed, or could not be assessed among chosen reports."""
    where, values = _place(place)
    return rows(
        connection,
        f"""select f.rule, sum(f.verdict = 'FAIL') as failed, sum(f.verdict = 'PASS') as passed,
                sum(f.verdict = 'NOT_ASSESSABLE') as not_assessable
            from findings f join reports r on r.id = f.report left join bodies b on b.id = r.body
            where {CHOSEN} and {where} group by 1 order by 2 desc, 1""",
        values,
    )


def failures(
    connection: sqlite3.Connection, *, rule: str = "", place: str = "", limit: int = 100, offset: int = 0
) -> list[Row]:
    """Failed findings of chosen reports, newest years first."""
    where, values = _failed(rule, place)
    return rows(
        connection,
        f"""select r.body, r.year, coalesce(b.name, r.body_name) as name, b.city, b.county, f.rule, f."where",
                f.severity, f.expected, f.actual, f.blame
            from findings f join reports r on r.id = f.report left join bodies b on b.id = r.body
            where {where} order by r.year desc, b.name, f.rule, f."where" limit {int(limit)} offset {int(offset)}""",
        values,
    )


def failures_count(connection: sqlite3.Connection, *, rule: str = "", place: str = "") -> int:
    """How many findings `failures` would give without a limit."""
    where, values = _failed(rule, place)
    return count(
        connection,
        f"""select count(*) from findings f join reports r on r.id = f.report left join bodies b on b.id = r.body
            where {where}""",
        values,
    )


def _failed(rule: str, place: str) -> tuple[str, list[object]]:
    where, values = _place(place)
    condition = f"f.verdict = 'FAIL' and {CHOSEN} and {where}"
    return (f"{condition} and f.rule = ?", [*values, rule]) if rule else (condition, values)


def _place(place: str) -> tuple[str, list[object]]:
    return ("? in (b.province, b.city, b.county)", [place]) if place else ("1", [])


# --- coverage


def coverage_years(connection: sqlite3.Connection) -> list[int]:
    """The years of the matrix, oldest first, without gaps."""
    found = one(connection, f"select min(r.year) as low, max(r.year) as high from reports r where {CHOSEN}")
    return [] if not found or found["low"] is None else list(range(found["low"], found["high"] + 1))


def coverage_of(connection: sqlite3.Connection, bodies: Sequence[str]) -> list[Row]:
    """The coverage of some bodies: body id, year, status, and why."""
    return rows(connection, f"select * from coverage where body in ({marks(bodies)})", list(bodies))


# --- the crawler


def portals(connection: sqlite3.Connection) -> list[Row]:
    """Each portal with its last complete night and what its last run brought."""
    return rows(
        connection,
        f"""select i.id, i.name, i.home, i.province, i.city, i.county, i.verified,
                (select max(u.finished_at) from run_sites x join runs u on u.id = x.run
                 where x.site = i.id and x.complete) as completed_at, {", ".join(f"s.{name}" for name in _COUNTS)}
            from sites i left join run_sites s on s.site = i.id and s.run = (
                select max(run) from run_sites where site = i.id)
            order by i.province, i.city, i.county, i.id""",
    )


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


def size(connection: sqlite3.Connection) -> int:
    """Bytes of the database file."""
    pages = count(connection, "pragma page_count")
    return pages * count(connection, "pragma page_size")
