"""SQL of the eighth migration: what keeps an archive of a million documents usable.

Indexes for the questions of the pages; an index of titles; and three summaries, kept by triggers in the same step as
the rows they sum, so that they hold after a crawl, a rebuild, a restoration, a merge and a decision alike:
`audit_counts` (findings by rule and county), `shelves` (the years and bodies of each document, for facets) and
`edited_pages`. `archive.store.summaries` makes them anew and compares them with what they sum.
"""

from __future__ import annotations

import sqlite3

from archive.store.rewording import reword_view

INDEXES = (
    # the third equality makes it the better index for a body's reports even without statistics
    "create index reports_of_body on reports(body, kind, standing, year)",
    "drop index reports_body_year",
    # front page, audit: counted and ordered within the index
    "drop index reports_kind",
    "create index reports_kind on reports(kind, standing, year, body)",
    "create index pages_first_seen on pages(first_seen_at)",
    "create index bodies_place on bodies(province, city, county, name, id)",
    "create index sections_body on sections(body)",
    "create index findings_of_failed on findings(report) where verdict = 'FAIL'",
    "create index page_states_since on page_states(since_at) where state in ('gone', 'moved', 'back')",
    "create index captures_fetched on captures(fetched_at)",
)

TITLES = (
    "create view titles_segmented as select id, gongkai_segment(title) as title from documents",
    """create virtual table titles_fts using fts5(
        title, content='titles_segmented', content_rowid='id', tokenize='ascii'
    )""",
    """create trigger documents_titled after insert on documents begin
        insert into titles_fts(rowid, title) values (new.id, gongkai_segment(new.title));
    end""",
    """create trigger documents_untitled after delete on documents begin
        insert into titles_fts(titles_fts, rowid, title) values ('delete', old.id, gongkai_segment(old.title));
    end""",
    """create trigger documents_retitled after update of title on documents when old.title <> new.title begin
        insert into titles_fts(titles_fts, rowid, title) values ('delete', old.id, gongkai_segment(old.title));
        insert into titles_fts(rowid, title) values (new.id, gongkai_segment(new.title));
    end""",
    "insert into titles_fts(titles_fts) values ('rebuild')",
)

#: Which reports the audit counts: one a body and year.
_COUNTED = "{row}.kind = 'report' and {row}.standing = 'chosen' and {row}.body is not null"


def _sums(sign: str) -> str:
    return (
        f"{sign}sum(f.verdict = 'FAIL' and f.decision <> 'rejected'), {sign}sum(f.verdict = 'PASS'), "
        f"{sign}sum(f.verdict = 'NOT_ASSESSABLE')"
    )


_ADDED = (
    "on conflict (province, city, county, rule) do update set failed = failed + excluded.failed, "
    "passed = passed + excluded.passed, not_assessable = not_assessable + excluded.not_assessable"
)


def _count_report(row: str, sign: str) -> str:
    """Add (or take away) the findings of one report to those of its county."""
    return (
        f"insert into audit_counts select b.province, b.city, b.county, f.rule, {_sums(sign)} "  # noqa: S608
        f"from findings f join bodies b on b.id = {row}.body where f.report = {row}.id group by f.rule {_ADDED};"
    )


def _count_finding(row: str, sign: str) -> str:
    """Add (or take away) one finding, if its report counts."""
    sums = _sums(sign).replace("sum(", "(").replace("f.", f"{row}.")
    return (
        f"insert into audit_counts select b.province, b.city, b.county, {row}.rule, {sums} "  # noqa: S608
        f"from reports r join bodies b on b.id = r.body "
        f"where r.id = {row}.report and {_COUNTED.format(row='r')} {_ADDED};"
    )


def _count_body(row: str, sign: str) -> str:
    """Add (or take away) the findings of all reports of one body."""
    return (
        f"insert into audit_counts select {row}.province, {row}.city, {row}.county, f.rule, {_sums(sign)} "  # noqa: S608
        f"from reports r join findings f on f.report = r.id where r.body = {row}.id and {_COUNTED.format(row='r')} "
        f"group by f.rule {_ADDED};"
    )


COUNT_ALL = (
    f"insert into audit_counts select b.province, b.city, b.county, f.rule, {_sums('')} "  # noqa: S608
    f"from reports r join bodies b on b.id = r.body join findings f on f.report = r.id "
    f"where {_COUNTED.format(row='r')} group by 1, 2, 3, 4"
)

COUNTS = (
    """create table audit_counts (
        province text not null,
        city text not null,
        county text not null,
        rule text not null,
        failed integer not null,
        passed integer not null,
        not_assessable integer not null,
        primary key (province, city, county, rule)
    ) without rowid""",
    f"""create trigger findings_counted after insert on findings begin
        {_count_finding("new", "")}
    end""",
    f"""create trigger findings_uncounted after delete on findings begin
        {_count_finding("old", "-")}
    end""",
    f"""create trigger findings_recounted after update of report, rule, verdict, decision on findings begin
        {_count_finding("old", "-")}
        {_count_finding("new", "")}
    end""",
    f"""create trigger reports_uncounted before update of kind, standing, body on reports
    when {_COUNTED.format(row="old")} and (old.kind, old.standing, old.body) is not (new.kind, new.standing, new.body)
    begin
        {_count_report("old", "-")}
    end""",
    f"""create trigger reports_counted after update of kind, standing, body on reports
    when {_COUNTED.format(row="new")} and (old.kind, old.standing, old.body) is not (new.kind, new.standing, new.body)
    begin
        {_count_report("new", "")}
    end""",
    f"""create trigger bodies_moved after update of province, city, county on bodies
    when (old.province, old.city, old.county) is not (new.province, new.city, new.county)
    begin
        {_count_body("old", "-")}
        {_count_body("new", "")}
    end""",
    COUNT_ALL,
)

#: A change to what a catalogue that was read before holds: it is read anew. New documents are only added to it.
_CHANGED = "update archive_info set value = value + 1 where key = 'shelves_changed'"


def _shelve(row: str) -> str:
    # no `or ignore` in a trigger: an upsert that fires it would override that
    return (
        f"insert into shelves select d.id, coalesce({row}.year, 0), coalesce({row}.body, '') from documents d "  # noqa: S608
        f"where d.text_digest = {row}.text_digest and not exists (select 1 from shelves s where s.document = d.id "
        f"and s.year = coalesce({row}.year, 0) and s.body = coalesce({row}.body, ''));"
    )


def _unshelve(row: str) -> str:
    """Take a report's year and body from its text, unless another report says the same."""
    return (
        f"delete from shelves where document = (select id from documents where text_digest = {row}.text_digest) "  # noqa: S608
        f"and year = coalesce({row}.year, 0) and body = coalesce({row}.body, '') and not exists "
        f"(select 1 from reports r where r.text_digest = {row}.text_digest and r.year is {row}.year "
        f"and r.body is {row}.body);"
    )


SHELVE_ALL = """insert or ignore into shelves select d.id, coalesce(r.year, 0), coalesce(r.body, '')
    from documents d join reports r on r.text_digest = d.text_digest order by 1, 2, 3"""

SHELVES = (
    """create table shelves (
        document integer not null references documents(id),
        year integer not null,
        body text not null,
        primary key (document, year, body)
    ) without rowid""",
    "insert or ignore into archive_info (key, value) values ('shelves_changed', 0)",
    f"""create trigger reports_shelved after insert on reports begin
        {_shelve("new")}
    end""",
    f"""create trigger reports_unshelved after delete on reports begin
        {_unshelve("old")}
    end""",
    f"""create trigger reports_reshelved after update of text_digest, year, body on reports
    when (old.text_digest, old.year, old.body) is not (new.text_digest, new.year, new.body)
    begin
        {_unshelve("old")}
        {_shelve("new")}
    end""",
    SHELVE_ALL,
    f"""create trigger shelves_left after delete on shelves begin
        {_CHANGED};
    end""",
    f"""create trigger shelves_joined after insert on shelves
    when new.document < (select max(document) from shelves) begin
        {_CHANGED};
    end""",  # noqa: S608
    f"""create trigger bodies_relabelled after update of province, city, county, level on bodies
    when (old.province, old.city, old.county, old.level) is not (new.province, new.city, new.county, new.level)
    begin
        {_CHANGED};
    end""",
)

EDITED_ALL = "insert into edited_pages select page from versions group by page having count(*) > 1"

EDITED = (
    "create table edited_pages (page text primary key references pages(url)) without rowid",
    """create trigger versions_edited after insert on versions
    when exists (select 1 from versions where page = new.page and from_at <> new.from_at) begin
        insert into edited_pages select new.page where new.page not in (select page from edited_pages);
    end""",
    """create trigger versions_unedited after delete on versions begin
        delete from edited_pages where page = old.page
            and (select count(*) from (select 1 from versions where page = old.page limit 2)) < 2;
    end""",
    EDITED_ALL,
)

#: Pages that were edited are few: the view begins with them, not with every version.
_CHANGES = (
    "from versions v join versions o",
    "from edited_pages m cross join versions v on v.page = m.page cross join versions o",
)

SCALE = (*INDEXES, *TITLES, *COUNTS, *SHELVES, *EDITED)


def begin_with_edited_pages(connection: sqlite3.Connection) -> None:
    """Make the view `changes` anew."""
    (statement,) = connection.execute(
        "select sql from sqlite_master where type = 'view' and name = 'changes'"
    ).fetchone()
    before, after = _CHANGES
    assert before in statement, "the view changes is not the one this migration knows"
    connection.execute("drop view changes")
    connection.execute(statement.replace(before, after))


def _wait(row: str) -> str:
    return (
        f"insert into similar_waiting select {row}.text_digest "  # noqa: S608
        f"where {row}.text_digest not in (select text_digest from similar_waiting);"
    )


#: Which texts' reports changed since copied text was last compared.
WAITING = (
    "create table similar_waiting (text_digest text primary key) without rowid",
    "create index similar_rules on similar_marks(rules)",
    f"""create trigger reports_waiting after insert on reports when new.kind = 'report' begin
        {_wait("new")}
    end""",
    f"""create trigger reports_gone_waiting after delete on reports when old.kind = 'report' begin
        {_wait("old")}
    end""",
    f"""create trigger reports_changed_waiting after update of kind, standing, year, body, text_digest on reports
    when (old.kind, old.standing, old.year, old.body, old.text_digest)
        is not (new.kind, new.standing, new.year, new.body, new.text_digest)
    begin
        {_wait("old")}
        {_wait("new")}
    end""",
    """insert or ignore into similar_waiting select text_digest from reports where kind = 'report'
        union select text_digest from similar_marks""",
)


#: The bands of a text beside its mark: an index of them the other way round is not needed. All texts are hashed anew.
MEETING = (
    """insert or ignore into similar_waiting select text_digest from reports where kind = 'report'
        union select text_digest from similar_marks""",
    "drop index similar_rules",
    "delete from similar_marks",
    "alter table similar_marks add column bands blob not null default x''",
    "drop table similar_bands",
    """create table similar_bands (
        band integer not null,
        document integer not null references documents(id),
        primary key (band, document)
    ) without rowid""",
)

#: The reports that a run read, without looking at all others.
READ_BY = ("create index reports_capture on reports(capture)",)

#: The full text is written in larger pieces (8 MB of memory before one goes to the disk), merged eight at a time: a
#: quarter less CPU a text, measured over 8,000. What is left in many pieces is merged at a night's end (`upkeep`).
PIECES = (
    "insert into documents_fts(documents_fts, rank) values ('hashsize', 8388608)",
    "insert into documents_fts(documents_fts, rank) values ('automerge', 8)",
)

#: Worked out once a body, one body after the other: SQLite would else put the newest listing, an expensive question,
#: wherever its answer is used, some twenty times a row. DISTINCT keeps the query apart, CROSS JOIN keeps it first.
_ONCE = (
    ("select b.id as body, b.name as body_name", "select distinct b.id as body, b.name as body_name"),
    ("        join years y on", "        cross join years y on"),
)


def cover_body_by_body(connection: sqlite3.Connection) -> None:
    """Make the view `coverage` anew, so that a body's listing is looked up once."""
    reword_view(connection, "coverage", _ONCE)
