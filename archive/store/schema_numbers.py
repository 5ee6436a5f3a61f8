"""SQL of the second migration: what a report says (sections, cells, findings), decisions, and the views."""

from __future__ import annotations

T3_ROW_KEYS = (
    "new_requests",
    "carried_in",
    "disclosed",
    "partial",
    "deny_state_secret",
    "deny_law_prohibits",
    "deny_safety_stability",
    "deny_third_party",
    "deny_internal_affairs",
    "deny_process_info",
    "deny_enforcement_file",
    "deny_admin_query",
    "unable_not_held",
    "unable_needs_creation",
    "unable_still_unclear",
    "reject_petition",
    "reject_repeat",
    "reject_publication",
    "reject_abusive",
    "reject_confirm_reissue",
    "other_processing",
    "other_overdue_correction",
    "other_overdue_fee",
    "other_misc",
    "result_total",
    "carried_out",
)
T2_CELLS = tuple(
    (row, column)
    for row, columns in (
        ("art20_1_rules", "newly_made newly_disclosed total_disclosed issued repealed in_force"),
        ("art20_1_normative", "newly_made newly_disclosed total_disclosed issued repealed in_force"),
        ("art20_5_license", "prev_items delta_items decisions"),
        ("art20_5_other_services", "prev_items delta_items decisions"),
        ("art20_6_penalty", "prev_items delta_items decisions"),
        ("art20_6_coercion", "prev_items delta_items decisions"),
        ("art20_8_fees", "prev_items delta_items amount_wanyuan"),
        ("art20_9_procurement", "items amount"),
    )
    for column in columns.split()
)
T4_CELLS = tuple(
    (row, column)
    for row in ("review", "suit_direct", "suit_after_review")
    for column in ("upheld", "corrected", "other", "pending", "total")
)

#: indicator, form, row, column, unit, basis, first report year it can be compared with itself
_INDICATORS = (
    ("requests_new", "t3", "new_requests", "total", "件", "2019", 2019),
    ("requests_new", "s14", "req_total", "count", "件", "2014", 2014),
    ("requests_carried_in", "t3", "carried_in", "total", "件", "2019", 2019),
    ("requests_carried_out", "t3", "carried_out", "total", "件", "2019", 2019),
    ("requests_answered", "t3", "result_total", "total", "件", "2019", 2019),
    ("requests_answered", "s14", "reply_total", "count", "件", "2014", 2014),
    ("requests_disclosed", "t3", "disclosed", "total", "件", "2019", 2019),
    ("requests_disclosed", "s14", "reply_agree", "count", "件", "2014", 2014),
    ("requests_partly_disclosed", "t3", "partial", "total", "件", "2019", 2019),
    ("requests_partly_disclosed", "s14", "reply_partial", "count", "件", "2014", 2014),
    ("requests_not_held", "t3", "unable_not_held", "total", "件", "2019", 2019),
    ("reviews", "t4", "review", "total", "件", "2019", 2019),
    ("reviews", "s14", "review_total", "count", "件", "2014", 2014),
    ("reviews_corrected", "t4", "review", "corrected", "件", "2019", 2019),
    ("reviews_corrected", "s14", "review_corrected", "count", "件", "2014", 2014),
    ("suits_direct", "t4", "suit_direct", "total", "件", "2019", 2019),
    ("suits_after_review", "t4", "suit_after_review", "total", "件", "2019", 2019),
    ("suits", "s14", "suit_total", "count", "件", "2014", 2014),
    ("normative_documents_issued", "t2", "art20_1_normative", "issued", "件", "2021", 2021),
    ("normative_documents_issued", "s14", "normative_issued", "count", "件", "2014", 2014),
    ("normative_documents_made", "t2", "art20_1_normative", "newly_made", "件", "2019", 2019),
    ("normative_documents_in_force", "t2", "art20_1_normative", "in_force", "件", "2021", 2021),
    ("licences_decided", "t2", "art20_5_license", "decisions", "件", "2019", 2019),
    ("penalties_decided", "t2", "art20_6_penalty", "decisions", "件", "2019", 2019),
    ("coercive_measures_decided", "t2", "art20_6_coercion", "decisions", "件", "2019", 2019),
    ("fees_collected", "t2", "art20_8_fees", "amount_wanyuan", "万元", "2021", 2021),
    ("items_disclosed", "s14", "proactive_total", "count", "条", "2014", 2014),
)


def _cell(form: str, row: str, column: str, name: str) -> str:
    return (
        f"(select coalesce(decided, value) from cells where report = r.id and form = '{form}' "  # noqa: S608
        f"and \"row\" = '{row}' and \"column\" = '{column}') as {name}"
    )


_WHO = "r.body, b.name as body_name, r.year, b.level, b.province, b.city, b.county, r.regime, r.scope, r.tables_status"
_CHOSEN = (
    "from reports r join bodies b on b.id = r.body where r.kind = 'report' and r.standing = 'chosen' "
    "and r.year is not null"
)


def _pivot(view: str, cells: list[str]) -> str:
    return f"create view {view} as select {_WHO}, {', '.join(cells)}, r.page as url {_CHOSEN}"


#: The legal last day: departments 31 January, governments 31 March (Article 49 of the 2019 regulations; before,
#: and for towns and streets, which Article 49 does not name, 31 March: Article 31 of 2008, and usage).
DUE_ON = (
    "case when y.year >= 2019 and b.level = 'department' then (y.year + 1) || '-01-31' "
    "else (y.year + 1) || '-03-31' end"
)
_COMPLETE = (
    "(select max(l.listed_at) from listings l join sites s on s.id = substr(l.section, 1, instr(l.section, '/') - 1) "
    "where l.complete = 1 and s.verified is not null and l.section in (select p.section from reports q "
    "join pages p on p.url = q.page where q.body = b.id and q.kind = 'report' union select c.id from sections c "
    "where c.body = b.name and c.region_code in ('', b.region_code)))"
)
_COVERAGE = f"""create view coverage as
    select body, body_name, level, province, city, county, year,
        case
            when page is null and complete_at is not null and complete_at > due_on then 'missing'
            when page is null then 'unknown'
            when chars = 0 or tables_status in ('refused', 'image', 'attachment') and not has_cells then 'unreadable'
            when substr(published_at, 1, 10) > due_on then 'late'
            else 'published'
        end as status,
        due_on, substr(published_at, 1, 10) as published_on,
        case when level in ('town', 'street', 'township', 'subdistrict') then 1 else 0 end as not_in_article_49,
        page as url, title, tables_status, complete_at as listing_complete_at,
        (select max(run) from listings where complete = 1 and listed_at = complete_at) as listing_run
    from (
        select b.id as body, b.name as body_name, b.level, b.province, b.city, b.county, y.year,
            {DUE_ON} as due_on, {_COMPLETE} as complete_at, r.page, r.title, r.tables_status, p.published_at, d.chars,
            exists (select 1 from cells c where c.report = r.id) as has_cells
        from bodies b
        join years y on y.year between
            coalesce((select min(year) from reports where body = b.id and kind = 'report'), 9999)
            and max(
                coalesce((select max(year) from reports where body = b.id and kind = 'report'), 0),
                coalesce(cast(substr({_COMPLETE}, 1, 4) as integer) - 1, 0))
        left join reports r on r.body = b.id and r.year = y.year and r.kind = 'report' and r.standing = 'chosen'
        left join pages p on p.url = r.page
        left join documents d on d.text_digest = r.text_digest
    )"""  # noqa: S608

_CHANGES = """create view changes as
    select e.url, e.kind, e.changed_at, r.body, coalesce(b.name, r.body_name) as body_name, r.year, r.title,
        e.before_digest, e.after_digest, e.before_capture, e.after_capture
    from (
        select v.page as url, 'edited' as kind, v.from_at as changed_at, o.text_digest as before_digest,
            v.text_digest as after_digest, o.capture as before_capture, v.capture as after_capture
        from versions v join versions o on o.page = v.page and o.from_at = (
            select max(from_at) from versions where page = v.page and from_at < v.from_at)
        where o.text_digest <> v.text_digest
        union all
        select s.page, case s.state when 'gone' then 'removed' else s.state end, s.since_at, p.text_digest, null,
            p.capture, null
        from page_states s join pages p on p.url = s.page where s.state in ('gone', 'moved', 'back')
    ) e
    join reports r on r.id = (
        select id from reports where page = e.url and kind = 'report' order by standing = 'superseded', id desc limit 1)
    left join bodies b on b.id = r.body"""

_AUDIT = """create view audit as
    select r.body, b.name as body_name, r.year, b.level, b.province, b.city, b.county, f.rule, f.severity, f."where",
        f.expected, f.actual, f.blame, f.evidence, f.decision, r.page as url
    from findings f join reports r on r.id = f.report left join bodies b on b.id = r.body
    where f.verdict = 'FAIL' and f.decision <> 'rejected' and r.kind = 'report' and r.standing = 'chosen'"""

_INDICATOR_VIEW = """create view indicators as
    select r.body, b.name as body_name, r.year, b.level, b.province, b.city, b.county, k.indicator,
        coalesce(c.decided, c.value) as value, coalesce(nullif(c.unit, ''), k.unit) as unit, k.basis,
        k.comparable_from,
        case
            when c.decided is not null then 'decided'
            when exists (select 1 from findings f where f.report = r.id and f.verdict = 'FAIL' and f.severity = 'E'
                and f.decision <> 'rejected' and instr(f.evidence, c.form || '_' || c."row" || '__' || c."column") > 0)
                then 'contradicted'
            else c.status
        end as quality, r.scope, r.page as url
    from reports r join bodies b on b.id = r.body
    join indicator_keys k
    join cells c on c.report = r.id and c.form = k.form and c."row" = k."row" and c."column" = k."column"
    where r.kind = 'report' and r.standing = 'chosen' and r.year is not null
        and coalesce(c.decided, c.value) is not null"""

NUMBERS = (
    """create table report_sections (
        report integer not null references reports(id),
        position integer not null,
        key text not null,
        ordinal_raw text not null,
        heading text not null,
        text text not null,
        dup_index integer not null,
        primary key (report, position)
    )""",
    """create table cells (
        report integer not null references reports(id),
        form text not null,
        "row" text not null,
        "column" text not null,
        raw text not null,
        value real,
        unit text not null,
        status text not null,
        confidence real not null,
        location text not null,
        decided real,
        primary key (report, form, "row", "column")
    ) without rowid""",
    """create table findings (
        report integer not null references reports(id),
        position integer not null,
        rule text not null,
        severity text not null,
        verdict text not null,
        "where" text not null,
        blame text not null,
        expected text not null,
        actual text not null,
        evidence text not null,
        decision text not null,
        primary key (report, position)
    )""",
    "create index findings_failed on findings(rule, report) where verdict = 'FAIL'",
    """create table similar (
        text_digest text not null references documents(text_digest),
        other_digest text not null references documents(text_digest),
        share real not null,
        resemblance real not null,
        reader_version text not null,
        primary key (text_digest, other_digest)
    ) without rowid""",
    """create table decisions (
        id integer primary key,
        kind text not null,
        page text not null,
        key text not null,
        value text not null,
        reason text not null,
        decided_by text not null,
        decided_at text not null
    )""",
    "create index decisions_page on decisions(page)",
    """create table page_states (
        page text not null references pages(url),
        since_at text not null,
        state text not null,
        run integer references runs(id),
        primary key (page, since_at, state)
    )""",
    """create table indicator_keys (
        indicator text not null,
        form text not null,
        "row" text not null,
        "column" text not null,
        unit text not null,
        basis text not null,
        comparable_from integer not null,
        primary key (indicator, form)
    )""",
    "create table years (year integer primary key)",
    "alter table pages add column listed_context text",
    "create index listings_at on listings(listed_at)",
    "create index listings_complete on listings(section, listed_at) where complete = 1",
    "create index pages_state on pages(state) where state <> 'present'",
    _pivot("applications", [_cell("t3", row, "total", row) for row in T3_ROW_KEYS]),
    _pivot("proactive", [_cell("t2", row, column, f"{row}__{column}") for row, column in T2_CELLS]),
    _pivot("litigation", [_cell("t4", row, column, f"{row}__{column}") for row, column in T4_CELLS]),
    _INDICATOR_VIEW,
    _COVERAGE,
    _AUDIT,
    _CHANGES,
)

#: Rows of the reference tables that the views join.
INDICATOR_KEYS = _INDICATORS
#: Report years the views know: the regulations took effect in 2008.
YEARS = tuple(range(2008, 2101))
