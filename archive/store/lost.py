"""Captures whose bytes are lost (a WARC torn, deleted or damaged), and what rests on them.

A lost capture stays as a row: it says what was answered, when, and with which digest, so that the bytes can be
recognised should they turn up again. Nothing new refers to it; the pages that were read from it are asked for
again, in full, at the next crawl, and what they answer becomes their evidence.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A page whose current reading, or one of whose versions, rests on a lost capture."""

    url: str
    site: str
    section: str
    capture: int
    lost_at: str
    current: bool


def put_lost(connection: sqlite3.Connection, captures: Iterable[int], *, at: str) -> None:
    """Remember captures as lost, with the revisits that refer to their payloads."""
    connection.executemany(
        "insert or ignore into lost_captures (capture, lost_at) "
        "select id, ?2 from captures where id = ?1 or revisit_of = ?1",
        [(capture, at) for capture in captures],
    )


def put_found(connection: sqlite3.Connection, captures: Iterable[int]) -> None:
    """The records of these captures can be read again; a revisit counts again once its payload does."""
    connection.executemany(
        "delete from lost_captures where capture = ?1 and not exists "
        "(select 1 from captures c join lost_captures h on h.capture = c.revisit_of where c.id = ?1)",
        [(capture,) for capture in sorted(captures)],  # payloads before what refers to them
    )


def is_lost(connection: sqlite3.Connection, capture: int) -> bool:
    """Whether a capture is known to be lost."""
    return connection.execute("select 1 from lost_captures where capture = ?", (capture,)).fetchone() is not None


def resting(connection: sqlite3.Connection) -> Iterator[Resting]:
    """Every page that rests on a lost capture, by address; once for its current reading, once for each version."""
    rows = connection.execute(
        "select p.url, p.site, coalesce(p.section, ''), v.capture, l.lost_at, v.capture = p.capture "
        "from lost_captures l join versions v on v.capture = l.capture join pages p on p.url = v.page "
        "union select p.url, p.site, coalesce(p.section, ''), p.capture, l.lost_at, 1 "
        "from lost_captures l join pages p on p.capture = l.capture order by 1, 4"
    ).fetchall()
    for url, site, section, capture, lost_at, current in rows:
        yield Resting(url=url, site=site, section=section, capture=capture, lost_at=lost_at, current=bool(current))
