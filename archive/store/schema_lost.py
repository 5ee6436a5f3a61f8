"""Captures whose bytes are lost: what `gongkai verify --repair` remembers of them."""

from __future__ import annotations

LOST = (
    """create table lost_captures (
        capture integer primary key references captures(id),
        lost_at text not null
    )""",
)
