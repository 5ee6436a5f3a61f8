"""Tables of statistics whose form is not known, as they were printed."""

from __future__ import annotations

GRIDS = (
    """create table report_grids (
        report integer not null references reports(id),
        position integer not null,
        section integer,
        title text not null,
        rows text not null,
        primary key (report, position)
    )""",
)
