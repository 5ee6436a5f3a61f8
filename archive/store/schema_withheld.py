"""SQL of the sixth migration: what must not be shown."""

from __future__ import annotations

import sqlite3

from archive.store.rewording import reword_view

WITHHELD = (
    """create table withheld (
        target text primary key,
        kind text not null,
        reason text not null,
        decided_by text not null,
        withheld_at text not null,
        purged_at text,
        released_at text
    )""",
    """create table withheld_captures (
        capture integer not null references captures(id),
        target text not null references withheld(target),
        primary key (capture, target)
    ) without rowid""",
    """create table withheld_reports (
        target text not null references withheld(target),
        body text not null,
        year integer not null,
        primary key (target, body, year)
    ) without rowid""",
    "create index withheld_reports_body on withheld_reports(body, year)",
    "create table purged_files (file text primary key, successor text not null)",
    "alter table captures add column withheld text not null default ''",
    "create index captures_withheld on captures(withheld) where withheld <> ''",
)

_MISSING = "when page is null and complete_at"
#: A report that is withheld is not missing: nobody may say so.
_WITHHELD_REPORT = "exists (select 1 from withheld_reports w where w.body = c.body and w.year = c.year)"


def call_no_withheld_report_missing(connection: sqlite3.Connection) -> None:
    """Make the view `coverage` anew."""
    first = f"when page is null and {_WITHHELD_REPORT} then 'unknown'\n            {_MISSING}"
    reword_view(connection, "coverage", ((_MISSING, first),), end=" c")
