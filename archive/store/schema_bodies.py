"""SQL of the fifth migration: who the bodies are (roster, successions, parents), copied text, listings' captures."""

from __future__ import annotations

from archive.store.schema_numbers import DUE_ON

#: Levels that Article 49 does not name: late is a flag there, not a verdict.
_UNNAMED = "('town', 'street')"

#: The newest complete, verified listing of a column that the body publishes in; for one that only the roster names, of
#: a column in which several bodies of its region and level publish.
_LISTED = """(select l.listed_at || ' ' || l.run || ' ' || l.section from listings l
    join sites s on s.id = substr(l.section, 1, instr(l.section, '/') - 1)
    where l.complete = 1 and s.verified is not null and l.section in (
        select p.section from reports q join pages p on p.url = q.page where q.body = b.id and q.kind = 'report'
        union select c.id from sections c where c.region_code in ('', b.region_code)
            and c.body in (b.name, b.name || '人民政府', b.name || '政府', b.name || '办事处')
        union select p.section from bodies o join reports q on o.id = q.body and q.kind = 'report'
            join pages p on p.url = q.page where b.source = 'roster' and o.region_code = b.region_code
            and o.level = b.level and not exists (select 1 from reports where body = b.id and kind = 'report')
            group by p.section having count(distinct q.body) > 1)
    order by l.listed_at desc limit 1)"""

#: The first year a body is answerable for: that of its validity, else of its first report, else (a body that only
#: the roster names) of the first report of its region.
_FIRST = """min(coalesce(cast(substr(b.valid_from, 1, 4) as integer), 9999),
    coalesce((select min(year) from reports where body = b.id and kind = 'report'),
        case when b.source = 'roster' and b.valid_from is null then (
            select min(q.year) from reports q join bodies o on o.id = q.body
            where o.region_code = b.region_code and q.kind = 'report') end, 9999))"""

COVERAGE = f"""create view coverage as
    select body, body_name, level, province, city, county, known_from, year,
        case
            when page is null and complete_at > due_on and (valid_to is null or valid_to >= due_on) then 'missing'
            when page is null then 'unknown'
            when chars = 0 or tables_status in ('refused', 'image', 'attachment') and not has_cells then 'unreadable'
            when substr(published_at, 1, 10) > due_on then 'late'
            else 'published'
        end as status,
        due_on, substr(published_at, 1, 10) as published_on,
        case when level in {_UNNAMED} then 1 else 0 end as not_in_article_49,
        page as url, title, tables_status, complete_at as listing_complete_at,
        cast(substr(rest, 1, instr(rest, ' ') - 1) as integer) as listing_run,
        substr(rest, instr(rest, ' ') + 1) as listing_section,
        case when page is null and complete_at > due_on and (valid_to is null or valid_to >= due_on) then (
            select json_group_array(capture) from (select k.capture from listing_captures k
                where k.run = cast(substr(rest, 1, instr(rest, ' ') - 1) as integer)
                and k.section = substr(rest, instr(rest, ' ') + 1) order by k.capture)) end as listing_captures
    from (
        select b.body, b.body_name, b.level, b.province, b.city, b.county, b.known_from, y.year, b.valid_to,
            {DUE_ON} as due_on,
            substr(b.listed, 1, instr(b.listed, ' ') - 1) as complete_at,
            substr(b.listed, instr(b.listed, ' ') + 1) as rest,
            r.page, r.title, r.tables_status, p.published_at, d.chars,
            exists (select 1 from cells c where c.report = r.id) as has_cells
        from (
            select b.id as body, b.name as body_name, b.level, b.province, b.city, b.county,
                b.source as known_from, b.valid_to, {_FIRST} as first_year, {_LISTED} as listed,
                (select max(year) from reports where body = b.id and kind = 'report') as newest
            from bodies b
        ) b
        join years y on y.year between b.first_year and max(coalesce(b.newest, 0), min(
            coalesce(cast(substr(b.listed, 1, 4) as integer) - 1, 0),
            coalesce(cast(substr(b.valid_to, 1, 4) as integer), 9999)))
        left join reports r on r.body = b.body and r.year = y.year and r.kind = 'report' and r.standing = 'chosen'
        left join pages p on p.url = r.page
        left join documents d on d.text_digest = r.text_digest
    )"""  # noqa: S608

#: Whose text stands in whose: the chosen reports only, and never two editions of one report; between bodies from a
#: half on.
_HALF = 0.5
COPIES = f"""create view copies as
    select r.body, b.name as body_name, r.year, o.body as other_body, ob.name as other_name, o.year as other_year,
        case when o.body = r.body then 'year' else 'body' end as relation, s.share, s.resemblance,
        r.page as url, o.page as other_url
    from reports r join similar s on s.text_digest = r.text_digest
    join reports o on o.text_digest = s.other_digest and o.kind = 'report' and o.standing = 'chosen'
    join bodies b on b.id = r.body join bodies ob on ob.id = o.body
    where r.kind = 'report' and r.standing = 'chosen' and (o.body, o.year) is not (r.body, r.year)
        and (o.body = r.body or s.share >= {_HALF})
    union all
    select r.body, b.name, r.year, o.body, ob.name, o.year, case when o.body = r.body then 'year' else 'body' end,
        1.0, 1.0, r.page, o.page
    from reports r join reports o on o.text_digest = r.text_digest and o.kind = 'report' and o.standing = 'chosen'
    join bodies b on b.id = r.body join bodies ob on ob.id = o.body
    where r.kind = 'report' and r.standing = 'chosen' and (o.body, o.year) is not (r.body, r.year)"""  # noqa: S608

BODIES = (
    # where a body is known from: roster, section or report, the surest of them
    "alter table bodies add column source text not null default 'report'",
    "update bodies set source = 'section' where name in (select body from sections where body <> '')",
    # streets are no towns; nobody but their name told them apart before
    "update bodies set level = 'street' where level = 'town' and name like '%街道'",
    "create index bodies_region on bodies(region_code)",
    "create index bodies_parent on bodies(parent_id) where parent_id is not null",
    # a body that was read off a form nobody filled in (20_年度) is none
    """update reports set body = null where kind in ('template', 'clone')""",
    """delete from bodies where id not in (select body from reports where body is not null)
        and name not in (select body from sections)""",
    """create table roster (
        body text primary key,
        name text not null,
        region_code text not null,
        level text not null,
        parent text not null,
        valid_from text,
        valid_to text,
        predecessor text not null,
        source text not null,
        imported_at text not null
    )""",
    """create table successions (
        body text not null,
        predecessor text not null,
        primary key (body, predecessor)
    ) without rowid""",
    "create index successions_predecessor on successions(predecessor)",
    """create table listing_captures (
        run integer not null references runs(id),
        section text not null references sections(id),
        capture integer not null references captures(id),
        primary key (run, section, capture)
    ) without rowid""",
    """create table similar_bands (
        band integer not null,
        document integer not null references documents(id),
        primary key (band, document)
    ) without rowid""",
    "create index similar_bands_document on similar_bands(document)",
    """create table similar_marks (
        document integer primary key references documents(id),
        text_digest text not null,
        rules text not null,
        places text not null
    )""",
    "create index similar_marks_text on similar_marks(text_digest)",
    "create index similar_other on similar(other_digest)",
    # what a page's own readings say of a failure, before other editions are asked
    "alter table findings add column blame_alone text not null default ''",
    "update findings set blame_alone = blame",
    "drop view coverage",
    COVERAGE,
    COPIES,
)
