"""What follows once a run, a rebuild, a decision, a roster or a merge is done: everything that reports say of each
other, brought up to date in the step that is open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from archive.store import across, bodies, judgement, kinship
from archive.store.decisions import Decision


def settle_run(connection: sqlite3.Connection, run: int) -> None:
    """After a run: the bodies of which it read a report."""
    read = connection.execute(
        "select distinct r.body from captures c cross join reports r on r.capture = c.id "
        "where c.run = ? and +r.kind = 'report' and r.body is not null",
        (run,),
    ).fetchall()
    settle(connection, [body for (body,) in read])


def settle(connection: sqlite3.Connection, touched: Iterable[str]) -> None:
    """After the reports of these bodies changed: who stands under whom, the checks between reports, copied text."""
    moved = kinship.settle_bodies(connection)
    across.settle_reports(connection, moved.union(touched))
    if connection.execute("select exists (select 1 from similar_waiting)").fetchone()[0]:
        from archive.store.similar import settle_similar  # noqa: PLC0415  # numpy: 20 MB where texts are compared only

        settle_similar(connection)


def apply_decision(connection: sqlite3.Connection, decision: Decision) -> None:
    """What a decision means for the rows of its page and for the reports beside it."""
    sql = "select distinct body from reports where page = ? and body is not null"
    touched = {body for (body,) in connection.execute(sql, (decision.page,))}
    judgement.decide(connection, decision)
    touched |= {body for (body,) in connection.execute(sql, (decision.page,))}
    settle(connection, touched)


def apply_roster(connection: sqlite3.Connection, data: dict[str, Any]) -> None:
    """Write a roster as the journal tells it."""
    moved = bodies.put_roster(connection, data["rows"], replace=data["replace"], at=data["imported_at"])
    settle(connection, moved.union(row["body"] for row in data["rows"]))
