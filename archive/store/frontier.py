"""What a run still wants to fetch, and how each wish ended: the reason a killed run can go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from archive.store.codec import to_json, wish_fields, wish_from, wish_identity
from archive.store.model import Outcome, Run, Wish
from archive.store.withheld import covering
from sites.model import Section


def add_wishes(connection: sqlite3.Connection, run: Run, wishes: Iterable[Wish]) -> int:
    """Remember wishes; one that this run already has (role, method, address, body) is ignored, and so is one
    for an address that is withheld."""
    added = 0
    for wish in wishes:
        if covering(connection, addresses=(wish.request.url,)):
            continue
        added += connection.execute(
            "insert or ignore into frontier (run, site, section, role, url, identity, wish, priority, reason) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                run.id,
                wish.site_id,
                wish.section_key,
                wish.role,
                wish.request.url,
                wish_identity(wish),
                to_json(wish_fields(wish)),
                wish.priority,
                wish.reason,
            ),
        ).rowcount
    return added


def pending(connection: sqlite3.Connection, run: Run, *, after: int = 0, limit: int | None = None) -> list[Wish]:
    """Unsettled wishes with an id above `after`, lowest priority number first, then oldest first."""
    # asked after every answer: what is new stands at the end of the table, behind all that waits
    rows = connection.execute(
        "select id, run, site, section, role, url, wish, priority, reason from frontier not indexed "
        "where run = ? and outcome is null and id > ? order by priority, id limit ?",
        (run.id, after, -1 if limit is None else limit),
    )
    return [wish_from(row) for row in rows]


def settle(connection: sqlite3.Connection, wish: Wish, outcome: Outcome, note: str) -> None:
    """Write down how a wish ended. The first ending stands."""
    connection.execute(
        "update frontier set outcome = ?, note = ? where id = ? and outcome is null", (outcome, note, wish.id)
    )


def walked(connection: sqlite3.Connection, run: Run, section: Section) -> int:
    """How many pages of this section's listing were asked for in this run, and how that ended is known."""
    row = connection.execute(
        "select count(*) from frontier where run = ? and site = ? and section = ? and role = 'listing' "
        "and outcome is not null",
        (run.id, section.site_id, section.key),
    ).fetchone()
    return int(row[0])


def troubled(connection: sqlite3.Connection, run: Run, section: Section) -> bool:
    """Whether a listing wish of this section ended without a listing in this run."""
    row = connection.execute(
        "select exists (select 1 from frontier where run = ? and site = ? and section = ? and role = 'listing' "
        "and outcome in ('wall', 'problem', 'skipped', 'absent'))",
        (run.id, section.site_id, section.key),
    ).fetchone()
    return bool(row[0])


def clear_finished(connection: sqlite3.Connection) -> None:
    """Forget the frontiers of finished runs."""
    finished = "(select id from runs where finished_at is not null)"
    connection.execute(f"delete from frontier where run in {finished}")  # noqa: S608
    connection.execute(f"delete from listed where run in {finished}")  # noqa: S608
    connection.execute(f"delete from absent where run in {finished}")  # noqa: S608
