"""The schema as migrations: append only, each in its own transaction. Never edit one that was released.

What every table and column means stands in `archive.store.dictionary`; a test holds the two together.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from archive.store.schema_answers import ANSWERS, begin_with_edits
from archive.store.schema_bodies import BODIES
from archive.store.schema_frontier import LISTING_WISHES
from archive.store.schema_grids import GRIDS
from archive.store.schema_kinship import KINSHIP
from archive.store.schema_lost import LOST
from archive.store.schema_numbers import INDICATOR_KEYS, NUMBERS, YEARS
from archive.store.schema_scale import (
    MEETING,
    PIECES,
    READ_BY,
    SCALE,
    WAITING,
    begin_with_edited_pages,
    cover_body_by_body,
)
from archive.store.schema_watch import WATCHING, prove_by_walked_listings
from archive.store.schema_withheld import WITHHELD, call_no_withheld_report_missing

#: 'gkai': marks the file as ours (`PRAGMA application_id`).
APPLICATION_ID = 0x676B6169

migrations = Migrations("gongkai")

_FOUNDATION = (
    """create table archive_info (
        key text primary key,
        value text not null
    )""",
    """create table sites (
        id text primary key,
        name text not null,
        home text not null,
        family text not null,
        site_id_code text not null,
        region_code text not null,
        province text not null,
        city text not null,
        county text not null,
        verified text,
        tls text not null,
        verify integer not null,
        why text not null,
        hosts text not null
    )""",
    """create table sections (
        id text primary key,
        site text not null references sites(id),
        key text not null,
        name text not null,
        url text not null,
        family text not null,
        body text not null,
        region_code text not null,
        min_refs integer not null,
        max_pages integer not null,
        encoding text not null,
        options text not null,
        rules text not null
    )""",
    "create index sections_site on sections(site)",
    """create table runs (
        id integer primary key autoincrement,
        kind text not null,
        scope text not null,
        software text not null,
        reader_version text not null,
        started_at text not null,
        finished_at text
    )""",
    """create table run_sites (
        run integer not null references runs(id),
        site text not null references sites(id),
        new integer not null,
        changed integer not null,
        unchanged integer not null,
        gone_candidates integer not null,
        walls integer not null,
        duplicates integer not null,
        problems integer not null,
        requests integer not null,
        bytes integer not null,
        complete integer not null,
        primary key (run, site)
    )""",
    """create table listings (
        run integer not null references runs(id),
        section text not null references sections(id),
        refs integer not null,
        missing integer not null,
        complete integer not null,
        listed_at text not null,
        primary key (run, section)
    )""",
    """create table captures (
        id integer primary key,
        url text not null,
        method text not null,
        fetched_at text not null,
        status integer not null,
        media_type text not null,
        payload_digest text not null,
        payload_length integer not null,
        warc_file text not null,
        warc_offset integer not null,
        warc_length integer not null,
        record_id text not null,
        etag text not null,
        last_modified text not null,
        revisit_of integer references captures(id),
        tls_verified integer not null,
        truncated integer not null,
        run integer references runs(id),
        site text not null
    )""",
    "create index captures_url on captures(url)",
    "create index captures_payload on captures(payload_digest) where revisit_of is null",
    "create unique index captures_record on captures(record_id)",
    "create index captures_run on captures(run)",
    """create table problems (
        id integer primary key,
        run integer references runs(id),
        site text not null,
        section text not null,
        url text not null,
        kind text not null,
        message text not null,
        evidence text not null,
        capture integer references captures(id),
        occurred_at text not null
    )""",
    "create index problems_run on problems(run)",
    "create index problems_site on problems(site)",
    """create table documents (
        id integer primary key,
        text_digest text not null unique,
        title text not null,
        chars integer not null,
        url text not null,
        issuer text,
        index_number text,
        document_number text,
        disclosure_mode text,
        published_at text,
        dated_on text,
        media_type text not null,
        flags text not null,
        provenance text not null,
        reader_version text not null
    )""",
    "create index documents_published on documents(published_at)",
    """create table document_texts (
        id integer primary key references documents(id),
        text_digest text not null unique,
        text text not null
    )""",
    """create table pages (
        url text primary key,
        site text not null,
        section text references sections(id),
        parent_page text references pages(url),
        title text not null,
        issuer text,
        index_number text,
        document_number text,
        disclosure_mode text,
        published_at text,
        dated_on text,
        listed_title text,
        listed_on text,
        breadcrumb text not null,
        provenance text not null,
        media_type text not null,
        flags text not null,
        state text not null,
        absent_nights integer not null,
        absent_on text,
        gone_at text,
        first_seen_at text not null,
        last_seen_at text not null,
        last_fetched_at text not null,
        last_listed_at text,
        text_digest text not null references documents(text_digest),
        capture integer not null references captures(id),
        family text not null,
        reader_version text not null,
        duplicate_of text,
        first_run integer references runs(id)
    )""",
    "create index pages_text on pages(text_digest)",
    "create index pages_section on pages(site, section)",
    "create index pages_parent on pages(parent_page) where parent_page is not null",
    "create index pages_first_run on pages(first_run) where duplicate_of is not null",
    """create table versions (
        page text not null references pages(url),
        from_at text not null,
        to_at text not null,
        text_digest text not null references documents(text_digest),
        capture integer not null references captures(id),
        reader_version text not null,
        primary key (page, from_at)
    )""",
    "create index versions_text on versions(text_digest)",
    """create table bodies (
        id text primary key,
        name text not null,
        level text not null,
        region_code text not null,
        province text not null,
        city text not null,
        county text not null,
        parent_id text references bodies(id),
        valid_from text,
        valid_to text
    )""",
    "create index bodies_name on bodies(name)",
    """create table reports (
        id integer primary key,
        page text not null references pages(url),
        text_digest text not null references documents(text_digest),
        capture integer not null references captures(id),
        kind text not null,
        score real not null,
        reasons text not null,
        body text references bodies(id),
        body_name text not null,
        body_source text not null,
        year integer,
        year_source text not null,
        title text not null,
        regime text not null,
        edition text not null,
        standing text not null,
        scope text not null,
        tables_status text not null,
        notes text not null,
        family text not null,
        reader_version text not null,
        unique (page, text_digest)
    )""",
    "create index reports_body_year on reports(body, year)",
    "create index reports_text on reports(text_digest)",
    "create index reports_kind on reports(kind, standing)",
    """create table frontier (
        id integer primary key autoincrement,
        run integer not null references runs(id),
        site text not null,
        section text not null,
        role text not null,
        url text not null,
        identity text not null,
        wish text not null,
        priority integer not null,
        reason text not null,
        outcome text,
        note text not null default '',
        unique (run, identity)
    )""",
    "create index frontier_pending on frontier(run, priority, id) where outcome is null",
    """create table listed (
        run integer not null,
        section text not null,
        url text not null,
        primary key (run, section, url)
    ) without rowid""",
    """create table absent (
        run integer not null,
        url text not null,
        primary key (run, url)
    ) without rowid""",
    """create table journal (
        id integer primary key autoincrement,
        recorded_at text not null,
        kind text not null,
        data text not null
    )""",
    """create table warc_files (
        file text primary key,
        length integer not null,
        created_at text not null
    )""",
    """create view documents_segmented as
        select id, gongkai_segment(text) as text from document_texts""",
    """create virtual table documents_fts using fts5(
        text, content='documents_segmented', content_rowid='id', tokenize='ascii'
    )""",
    """create trigger document_texts_inserted after insert on document_texts begin
        insert into documents_fts(rowid, text) values (new.id, gongkai_segment(new.text));
    end""",
    """create trigger document_texts_deleted after delete on document_texts begin
        insert into documents_fts(documents_fts, rowid, text) values ('delete', old.id, gongkai_segment(old.text));
    end""",
    """create trigger document_texts_updated after update on document_texts begin
        insert into documents_fts(documents_fts, rowid, text) values ('delete', old.id, gongkai_segment(old.text));
        insert into documents_fts(rowid, text) values (new.id, gongkai_segment(new.text));
    end""",
    """create view latest as
        select r.body, r.body_name, r.year, r.title, b.level, b.province, b.city, b.county, p.published_at,
               p.issuer, r.regime, r.tables_status, p.first_seen_at, p.url, r.text_digest
        from reports r join pages p on p.url = r.page left join bodies b on b.id = r.body
        where r.kind = 'report' and r.standing in ('chosen', 'unidentified')
        order by p.published_at desc, p.url""",
)


@migrations()
def m001_foundation(db: Database) -> None:
    """Portals, runs, captures, pages, documents with full text, versions, bodies, reports."""
    for statement in _FOUNDATION:
        db.execute(statement)


@migrations()
def m002_numbers(db: Database) -> None:
    """Sections, cells, findings, similar texts, decisions, states of pages; the views people query."""
    for statement in NUMBERS:
        db.execute(statement)
    db.conn.executemany("insert into indicator_keys values (?, ?, ?, ?, ?, ?, ?)", INDICATOR_KEYS)
    db.conn.executemany("insert into years values (?)", [(year,) for year in YEARS])


@migrations()
def m003_conversions(db: Database) -> None:
    """What a converter made of a capture is a capture of its own."""
    db.execute("alter table captures add column converted_from integer references captures(id)")


@migrations()
def m004_review(db: Database) -> None:
    """The queue of `archive.store.waiting` without reading every report and every cell."""
    db.execute("create index reports_score on reports(score)")
    db.execute(
        "create index cells_unsure on cells(report) "
        "where confidence < 0.6 or status in ('inferred', 'unparsable', 'ocr')"
    )


@migrations()
def m005_bodies(db: Database) -> None:
    """Roster, successions and parents of bodies; copied text compared; what proves that a report is missing."""
    for statement in BODIES:
        db.execute(statement)


@migrations()
def m006_withheld(db: Database) -> None:
    """What must not be shown, which captures that means, and which WARC files were replaced for it."""
    for statement in WITHHELD:
        db.execute(statement)
    call_no_withheld_report_missing(db.conn)


@migrations()
def m007_watching(db: Database) -> None:
    """Files that several pages link to, listings that were walked or taken as before, problems by address."""
    for statement in WATCHING:
        db.execute(statement)
    prove_by_walked_listings(db.conn)


@migrations()
def m008_scale(db: Database) -> None:
    """Indexes and summaries for a million documents."""
    for statement in SCALE:
        db.execute(statement)
    begin_with_edited_pages(db.conn)


@migrations()
def m008_waiting(db: Database) -> None:
    """Copied text is compared for the reports that changed, without looking at all others."""
    for statement in WAITING:
        db.execute(statement)


@migrations()
def m010_grids(db: Database) -> None:
    """Tables of statistics whose form is not known, as they were printed."""
    for statement in GRIDS:
        db.execute(statement)


@migrations()
def m015_lost_captures(db: Database) -> None:
    """Which captures cannot be read back from the WARCs any more."""
    for statement in LOST:
        db.execute(statement)


@migrations()
def m020_kinship(db: Database) -> None:
    """Where bodies stand is settled for those that may stand elsewhere now, without looking at all others."""
    for statement in KINSHIP:
        db.execute(statement)


@migrations()
def m021_meeting(db: Database) -> None:
    """Copied text is hashed in another way, and the bands of a text stand beside its mark."""
    for statement in MEETING:
        db.execute(statement)


@migrations()
def m022_read_by(db: Database) -> None:
    """What a run read is found by its captures."""
    for statement in READ_BY:
        db.execute(statement)


@migrations()
def m023_coverage(db: Database) -> None:
    """The view `coverage` asks once a body."""
    cover_body_by_body(db.conn)


@migrations()
def m024_pieces(db: Database) -> None:
    """The full text is written in larger pieces."""
    for statement in PIECES:
        db.execute(statement)


@migrations()
def m025_answers(db: Database) -> None:
    """The pages' first answers after a commit do not grow with the archive."""
    for statement in ANSWERS:
        db.execute(statement)
    begin_with_edits(db.conn)


@migrations()
def m027_frontier(db: Database) -> None:
    """A page of a listing does not look through all that its run wishes for."""
    for statement in LISTING_WISHES:
        db.execute(statement)
