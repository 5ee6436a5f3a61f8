"""The schema of watching: which pages link to a file, which listings were walked, what was told of an address."""

from __future__ import annotations

import sqlite3

from archive.store.rewording import reword_view

WATCHING = (
    """create table page_files (
        page text not null references pages(url),
        file text not null,
        primary key (page, file)
    ) without rowid""",
    "create index page_files_file on page_files(file)",
    "insert into page_files (page, file) select parent_page, url from pages where parent_page is not null",
    "create index problems_url on problems(url)",
    "create index pages_published on pages(site, published_at) where parent_page is null",
    "alter table listings add column head text not null default ''",
    "alter table listings add column walked integer not null default 1",
)

#: "Missing" rests on a listing that was walked to its end that very night, not on one whose first page was as before.
_PROOF = (("l.complete = 1 and s.verified", "l.complete = 1 and l.walked = 1 and s.verified"),)


def prove_by_walked_listings(connection: sqlite3.Connection) -> None:
    """Make the view `coverage` anew, so that it counts listings that were walked only."""
    reword_view(connection, "coverage", _PROOF)
