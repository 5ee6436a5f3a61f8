"""States of pages: present, missing from its listing, gone, back, moved.

Nothing is concluded from a portal nobody verified, from an incomplete listing, or from one short of
its `min_refs`. A page is gone when it answered 404, 410 or a soft-404 on three separate complete
nights (China days); nights in between without an answer do not count against it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from archive.store import across
from archive.store.standing import resettle_page
from archive.store.times import china_day

#: Complete nights on which a page must have been absent before it is called gone (issue 4).
NIGHTS_UNTIL_GONE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingNight:
    """What one section's listing showed in one run. `missing` are pages it carried before, not now. One that was
    not `walked` had the first page (`head`) of the last one, and is taken to carry what that one carried."""

    section: str
    refs: int
    complete: bool
    missing: tuple[str, ...]
    listed_at: str
    head: str = ""
    walked: bool = True


def is_verified(connection: sqlite3.Connection, site: str) -> bool:
    """Whether a person has seen a complete live night of this portal."""
    row = connection.execute("select verified from sites where id = ?", (site,)).fetchone()
    return bool(row and row[0])


def put_listed(
    connection: sqlite3.Connection,
    run: int,
    section: str,
    urls: list[str],
    *,
    complete: bool,
    at: str,
    head: str = "",
    captures: Sequence[int] = (),
) -> None:
    """Remember what a listing page carried and in which captures; `complete` is said by the page that ends it."""
    put_listing_captures(connection, run, section, captures)
    connection.executemany(
        "insert or ignore into listed (run, section, url) values (?, ?, ?)", [(run, section, url) for url in urls]
    )
    connection.execute(
        "insert into listings (run, section, refs, missing, complete, listed_at, head) "
        "values (?1, ?2, (select count(*) from listed where run = ?1 and section = ?2), 0, ?3, ?4, ?5) "
        "on conflict (run, section) do update set refs = excluded.refs, complete = excluded.complete, "
        "listed_at = excluded.listed_at, head = case head when '' then excluded.head else head end",
        (run, section, int(complete), at, head),
    )


def put_listing_captures(connection: sqlite3.Connection, run: int, section: str, captures: Iterable[int]) -> None:
    """The captures a listing was read from: what proves that it carried nothing else."""
    connection.executemany(
        "insert or ignore into listing_captures (run, section, capture) values (?, ?, ?)",
        [(run, section, capture) for capture in captures],
    )


def listing_records(connection: sqlite3.Connection, run: int, section: str) -> list[str]:
    """The WARC records of those captures, in order."""
    return [
        record
        for (record,) in connection.execute(
            "select c.record_id from listing_captures l join captures c on c.id = l.capture "
            "where l.run = ? and l.section = ? order by c.id",
            (run, section),
        )
    ]


def put_listed_as_before(connection: sqlite3.Connection, run: int, section: str, head: str, *, at: str) -> None:
    """Take a listing to carry what it carried when it was last walked: its first page is the same."""
    connection.execute(
        "insert or ignore into listed (run, section, url) select ?1, ?2, url from pages "
        "where section = ?2 and parent_page is null and state in ('present', 'back') and last_listed_at is not null",
        (run, section),
    )
    connection.execute(
        "insert or replace into listings (run, section, refs, missing, complete, listed_at, head, walked) "
        "values (?1, ?2, (select count(*) from listed where run = ?1 and section = ?2), 0, 1, ?3, ?4, 0)",
        (run, section, at, head),
    )


def walked_on(connection: sqlite3.Connection, section: str, head: str) -> str | None:
    """When a listing with this first page was last walked to its end, if it may be taken as unchanged tonight.

    None unless its last night was complete with the same first page, every entry of that walk was read and is
    there, and no page of the section has answered that it is absent.
    """
    last = connection.execute(
        "select complete, head from listings where section = ? order by run desc limit 1", (section,)
    ).fetchone()
    if last is None or not last[0] or last[1] != head:
        return None
    listed_at, refs = connection.execute(
        "select listed_at, refs from listings where section = ? and complete = 1 and walked = 1 "
        "order by run desc limit 1",
        (section,),
    ).fetchone() or (None, 0)
    there, unsettled = connection.execute(
        "select coalesce(sum(state in ('present', 'back') and last_listed_at is not null), 0), "
        "coalesce(sum(absent_nights > 0 and state not in ('gone', 'moved')), 0) "
        "from pages where section = ? and parent_page is null",
        (section,),
    ).fetchone()
    return None if unsettled or there != refs else listed_at


def listed_urls(connection: sqlite3.Connection, run: int, section: str) -> set[str]:
    """The URLs the section's listing carried so far in this run."""
    return {
        url for (url,) in connection.execute("select url from listed where run = ? and section = ?", (run, section))
    }


def nights_of(connection: sqlite3.Connection, run: int) -> list[ListingNight]:
    """What every listing of a run showed, with the pages missing from the complete ones."""
    nights = []
    rows = connection.execute(
        "select l.section, l.refs, l.complete, l.listed_at, l.head, l.walked, s.site, s.min_refs "
        "from listings l join sections s on s.id = l.section where l.run = ? order by l.section",
        (run,),
    ).fetchall()
    for section, refs, complete, listed_at, head, walked, site, min_refs in rows:
        whole = bool(complete) and refs >= min_refs
        missing: tuple[str, ...] = ()
        if whole and is_verified(connection, site):
            missing = tuple(
                url
                for (url,) in connection.execute(
                    "select url from pages where site = ?1 and section = ?2 and parent_page is null "
                    "and state not in ('gone', 'moved') and last_listed_at is not null "
                    "and url not in (select url from listed where run = ?3 and section = ?2) order by url",
                    (site, section, run),
                )
            )
        nights.append(
            ListingNight(
                section=section,
                refs=refs,
                complete=whole,
                missing=missing,
                listed_at=listed_at,
                head=head,
                walked=bool(walked),
            )
        )
    return nights


def settle_night(
    connection: sqlite3.Connection, run: int, night: ListingNight, *, only: Collection[str] | None = None
) -> None:
    """Write what a section's listing means for its pages, or for `only` some of them."""
    connection.execute(
        "insert into listings (run, section, refs, missing, complete, listed_at, head, walked) "
        "values (?, ?, ?, ?, ?, ?, ?, ?) "
        "on conflict (run, section) do update set missing = excluded.missing, complete = excluded.complete",
        (
            run,
            night.section,
            night.refs,
            len(night.missing),
            int(night.complete),
            night.listed_at,
            night.head,
            int(night.walked),
        ),
    )
    if not night.complete:
        return
    site = night.section.partition("/")[0]
    gone_from_listing = set(night.missing)
    for url, state, listed_at in connection.execute(
        "select url, state, last_listed_at from pages where site = ? and section = ? and parent_page is null",
        (site, night.section),
    ).fetchall():
        if only is not None and url not in only:
            continue
        if url in gone_from_listing:
            if state in {"present", "back"}:
                put_state(connection, url, "missing", night.listed_at, run)
        elif state == "missing" and listed_at is not None:
            put_state(connection, url, "present", night.listed_at, run)
    _settle_absences(connection, run, night, only)


def _settle_absences(
    connection: sqlite3.Connection, run: int, night: ListingNight, only: Collection[str] | None
) -> None:
    """Count a night for the pages of a complete section that answered that they are not there."""
    today = china_day(night.listed_at).isoformat()
    for url, nights, last, digest in connection.execute(
        "select p.url, p.absent_nights, p.absent_on, p.text_digest from absent a cross join pages p on p.url = a.url "
        "where a.run = ? and p.section = ? and p.state not in ('gone', 'moved') order by p.url",
        (run, night.section),
    ).fetchall():
        if last == today or (only is not None and url not in only):
            continue
        nights += 1
        connection.execute("update pages set absent_nights = ?, absent_on = ? where url = ?", (nights, today, url))
        if nights >= NIGHTS_UNTIL_GONE:
            elsewhere = connection.execute(
                "select 1 from pages where text_digest = ? and url <> ? and state in ('present', 'back') limit 1",
                (digest, url),
            ).fetchone()
            connection.execute("update pages set gone_at = ? where url = ?", (night.listed_at, url))
            put_state(connection, url, "moved" if elsewhere else "gone", night.listed_at, run)


_MOVED = """
    select p.url, p.gone_at from pages p where p.state = 'gone' and p.gone_at is not null and exists (
        select 1 from versions v join pages o on o.url = v.page
        where v.text_digest = p.text_digest and v.page <> p.url and v.from_at <= p.gone_at
        and not exists (select 1 from versions w where w.page = v.page and w.from_at > v.from_at
                        and w.from_at <= p.gone_at)
        and coalesce((select s.state from page_states s where s.page = v.page and s.since_at <= p.gone_at
                      order by s.since_at desc limit 1), 'present') in ('present', 'back')
    ) order by p.url
"""


def settle_moves(connection: sqlite3.Connection) -> None:
    """After a merge: a page that was called gone where nobody saw that its text then stood at another portal has
    moved."""
    for url, at in connection.execute(_MOVED).fetchall():
        connection.execute("update pages set state = 'moved' where url = ?", (url,))
        connection.execute(
            "update or replace page_states set state = 'moved' where page = ? and since_at = ? and state = 'gone'",
            (url, at),
        )


def put_absent(connection: sqlite3.Connection, run: int, url: str) -> None:
    """Remember that a page answered that it is not there."""
    connection.execute("insert or ignore into absent (run, url) values (?, ?)", (run, url))


def put_seen(connection: sqlite3.Connection, url: str, at: str, run: int | None) -> None:
    """A page answered with its document: absences are forgotten, and one that was gone is back."""
    row = connection.execute(
        "select state from pages where url = ? and (absent_nights > 0 or gone_at is not null)", (url,)
    ).fetchone()
    if row is None:
        return
    connection.execute("update pages set absent_nights = 0, absent_on = null, gone_at = null where url = ?", (url,))
    if row[0] in {"gone", "moved"}:
        put_state(connection, url, "back", at, run)


def put_state(connection: sqlite3.Connection, url: str, state: str, at: str, run: int | None) -> None:
    """A page is in another state since this moment. One that goes or comes back may leave the place of its body's
    report to another edition, or take it again."""
    connection.execute("update pages set state = ? where url = ?", (state, url))
    connection.execute(
        "insert or ignore into page_states (page, since_at, state, run) values (?, ?, ?, ?)", (url, at, state, run)
    )
    if state not in {"gone", "moved", "back"}:
        return
    resettle_page(connection, url)
    whose = connection.execute(
        "select distinct body from reports where page = ? and kind = 'report' and body is not null", (url,)
    ).fetchall()
    across.settle_reports(connection, [body for (body,) in whose])
