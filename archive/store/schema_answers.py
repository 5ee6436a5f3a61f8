"""SQL of the twenty-fifth migration: what a page needs so that its first answer after a commit does not grow with the
archive.

Indexes in the order in which the queue of `archive.store.waiting` and the list of changes are read, so that they are
read as far as they are shown; and five summaries, kept by triggers like those of `archive.store.schema_scale`: `edits`
(versions that followed another), `report_counts`, `capture_counts`, `site_counts`, and `site_days` with the days
between a portal's publications.
"""

# Only constants are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import sqlite3

from archive.store.rewording import reword_view

#: The queue, in its order. The conditions are those that `archive.store.waiting` asks with, word by word.
QUEUE = (
    "drop index reports_score",
    """create index reports_doubtful on reports(score desc, page)
        where score >= 3.0 and score < 6.0 and kind not in ('template', 'clone')""",
    """create index reports_bodyless on reports(page)
        where kind = 'report' and standing = 'unidentified' and body is null""",
    """create index reports_yearless on reports(page)
        where kind = 'report' and standing = 'unidentified' and year is null""",
    """create index findings_waiting on findings(severity, report, position)
        where verdict = 'FAIL' and decision = ''""",
    "drop index cells_unsure",
    """create index cells_unsure on cells(confidence, report, form, "row", "column")
        where (confidence < 0.6 or status in ('inferred', 'unparsable', 'ocr')) and decided is null""",
)

#: A portal's nights, and what went wrong in one of them.
NIGHTS = (
    "create index run_sites_site on run_sites(site, run)",
    "drop index problems_run",
    "create index problems_run on problems(run, site)",
)

EDITS_ALL = """insert into edits select v.from_at, v.page from versions v
    where v.from_at > (select min(from_at) from versions where page = v.page)"""


def _edit(*rows: str) -> str:
    """Which versions of a page followed another, after one came, went or moved."""
    gone = " union ".join(f"select {row}.from_at, {row}.page" for row in rows)
    page = f"{rows[0]}.page"
    return f"""delete from edits where (changed_at, page) in (
            select from_at, page from versions where page = {page} union {gone});
        insert into edits select from_at, page from versions
            where page = {page} and from_at > (select min(from_at) from versions where page = {page});"""


EDITS = (
    """create table edits (
        changed_at text not null,
        page text not null references pages(url),
        primary key (changed_at desc, page)
    ) without rowid""",
    EDITS_ALL,
    f"""create trigger versions_edit after insert on versions
    when exists (select 1 from versions where page = new.page and from_at <> new.from_at) begin
        {_edit("new")}
    end""",
    f"""create trigger versions_unedit after delete on versions begin
        {_edit("old")}
    end""",
    f"""create trigger versions_reedit after update of page, from_at on versions
    when (old.page, old.from_at) <> (new.page, new.from_at) begin
        {_edit("new", "old")}
    end""",
    "drop index page_states_since",
    """create index page_states_since on page_states(since_at desc, page)
        where state in ('gone', 'moved', 'back')""",
)


def _tally(table: str, keys: str, sums: str, values: str) -> str:
    """Add to the row of `table` that has these keys."""
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in sums.split(", "))
    return f"insert into {table} values ({values}) on conflict ({keys}) do update set {added};"


def _report(row: str, sign: str) -> str:
    return _tally("report_counts", "standing, year", "reports", f"{row}.standing, coalesce({row}.year, 0), {sign}1")


REPORT_COUNTS_ALL = """insert into report_counts select standing, coalesce(year, 0), count(*) from reports
    where kind = 'report' group by 1, 2"""

REPORT_COUNTS = (
    """create table report_counts (
        standing text not null,
        year integer not null,
        reports integer not null,
        primary key (standing, year)
    ) without rowid""",
    REPORT_COUNTS_ALL,
    f"""create trigger reports_came after insert on reports when new.kind = 'report' begin
        {_report("new", "")}
    end""",
    f"""create trigger reports_went after delete on reports when old.kind = 'report' begin
        {_report("old", "-")}
    end""",
    f"""create trigger reports_left after update of kind, standing, year on reports
    when old.kind = 'report' and (old.kind, old.standing, old.year) is not (new.kind, new.standing, new.year) begin
        {_report("old", "-")}
    end""",
    f"""create trigger reports_joined after update of kind, standing, year on reports
    when new.kind = 'report' and (old.kind, old.standing, old.year) is not (new.kind, new.standing, new.year) begin
        {_report("new", "")}
    end""",
)


def _capture(row: str, sign: str) -> str:
    values = f"coalesce({row}.run, 0), {row}.media_type, {sign}1, {sign}{row}.warc_length"
    return _tally("capture_counts", "run, media_type", "captures, bytes", values)


CAPTURE_COUNTS_ALL = """insert into capture_counts select coalesce(run, 0), media_type, count(*), sum(warc_length)
    from captures group by 1, 2"""

CAPTURE_COUNTS = (
    """create table capture_counts (
        run integer not null,
        media_type text not null,
        captures integer not null,
        bytes integer not null,
        primary key (run, media_type)
    ) without rowid""",
    CAPTURE_COUNTS_ALL,
    f"""create trigger captures_came after insert on captures begin
        {_capture("new", "")}
    end""",
    f"""create trigger captures_went after delete on captures begin
        {_capture("old", "-")}
    end""",
    f"""create trigger captures_changed after update of run, media_type, warc_length on captures
    when (old.run, old.media_type, old.warc_length) is not (new.run, new.media_type, new.warc_length) begin
        {_capture("old", "-")}
        {_capture("new", "")}
    end""",
)

#: Pages of their own, not attachments, that say when they were published.
_DATED = "{row}parent_page is null and {row}published_at is not null and {row}site <> ''"
_ON = "substr({row}published_at, 1, 10)"


def _page(row: str, sign: str) -> str:
    return _tally("site_counts", "site", "pages", f"{row}.site, {sign}1")


def _between(later: str, earlier: str) -> str:
    return f"cast(julianday({later}) - julianday({earlier}) as integer)"


def _dated(row: str) -> str:
    """One more page of a day. A day that is new lies between two others."""
    day = _ON.format(row=f"{row}.")
    before = f"(select max(day) from site_days where site = {row}.site and day < {day})"
    return f"""insert into site_days values ({row}.site, {day}, 1, {_between(day, before)})
        on conflict (site, day) do update set pages = pages + 1;"""


def _undated(row: str) -> str:
    """One page of a day less."""
    of_day = f"site = {row}.site and day = {_ON.format(row=f'{row}.')}"
    return f"""update site_days set pages = pages - 1 where {of_day};
        delete from site_days where {of_day} and pages < 1;"""


SITE_COUNTS_ALL = "insert into site_counts select site, count(*) from pages group by 1"
SITE_DAYS_ALL = f"""insert into site_days select site, day, pages,
    {_between("day", "lag(day) over (partition by site order by day)")} from (
        select site, {_ON.format(row="")} as day, count(*) as pages from pages where {_DATED.format(row="")}
        group by 1, 2) order by 1, 2"""

_PAGE_CHANGED = "(old.site, old.parent_page, old.published_at) is not (new.site, new.parent_page, new.published_at)"

SITES = (
    "create table site_counts (site text primary key, pages integer not null) without rowid",
    SITE_COUNTS_ALL,
    f"""create trigger pages_came after insert on pages begin
        {_page("new", "")}
    end""",
    f"""create trigger pages_went after delete on pages begin
        {_page("old", "-")}
    end""",
    f"""create trigger pages_changed_hands after update of site on pages when old.site <> new.site begin
        {_page("old", "-")}
        {_page("new", "")}
    end""",
    """create table site_days (
        site text not null,
        day text not null,
        pages integer not null,
        gap integer,
        primary key (site, day)
    ) without rowid""",
    "create index site_days_gap on site_days(site, gap)",
    SITE_DAYS_ALL,
    f"""create trigger site_days_came after insert on site_days begin
        update site_days set gap = {_between("day", "new.day")} where site = new.site
            and day = (select min(day) from site_days where site = new.site and day > new.day);
    end""",
    f"""create trigger site_days_went after delete on site_days begin
        update site_days set gap = {
        _between("day", "(select max(day) from site_days where site = old.site and day < old.day)")
    } where site = old.site and day = (select min(day) from site_days where site = old.site and day > old.day);
    end""",
    f"""create trigger pages_dated after insert on pages when {_DATED.format(row="new.")} begin
        {_dated("new")}
    end""",
    f"""create trigger pages_undated after delete on pages when {_DATED.format(row="old.")} begin
        {_undated("old")}
    end""",
    f"""create trigger pages_left_day after update of site, parent_page, published_at on pages
    when {_DATED.format(row="old.")} and {_PAGE_CHANGED} begin
        {_undated("old")}
    end""",
    f"""create trigger pages_joined_day after update of site, parent_page, published_at on pages
    when {_DATED.format(row="new.")} and {_PAGE_CHANGED} begin
        {_dated("new")}
    end""",
)

#: A known text or title that changes or goes: searches that are remembered are asked anew (`archive.store.broad`).
_TEXT_CHANGED = "update archive_info set value = value + 1 where key = 'texts_changed'"
TEXTS = (
    "insert or ignore into archive_info (key, value) values ('texts_changed', 0)",
    f"create trigger texts_changed after update of id, text on document_texts begin {_TEXT_CHANGED}; end",
    f"create trigger texts_went after delete on document_texts begin {_TEXT_CHANGED}; end",
    f"""create trigger titles_changed after update of title on documents when old.title <> new.title begin
        {_TEXT_CHANGED};
    end""",
    f"create trigger titles_went after delete on documents begin {_TEXT_CHANGED}; end",
)

#: The view begins with the edits. No summary of edited pages is needed beside them.
_CHANGES = (
    (
        "from edited_pages m cross join versions v on v.page = m.page cross join versions o",
        "from edits m cross join versions v on v.page = m.page and v.from_at = m.changed_at cross join versions o",
    ),
)

ANSWERS = (*QUEUE, *NIGHTS, *EDITS, *REPORT_COUNTS, *CAPTURE_COUNTS, *SITES, *TEXTS)


def begin_with_edits(connection: sqlite3.Connection) -> None:
    """Make the view `changes` anew, and drop what it began with before."""
    reword_view(connection, "changes", _CHANGES)
    for statement in (
        "drop trigger versions_edited",
        "drop trigger versions_unedited",
        "drop table edited_pages",
    ):
        connection.execute(statement)
