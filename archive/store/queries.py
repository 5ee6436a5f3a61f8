"""What the pages ask of the archive. Each function takes a reading connection and gives plain rows.

A row is a dict of column to value, as SQLite gave it; texts from the web are in them unescaped.
"""

# Only constants and whole numbers are put into SQL text; every value is bound.
# ruff: noqa: S608
from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]

#: One chosen report of a known body and year: what counts are made of.
CHOSEN = "r.kind = 'report' and r.standing = 'chosen'"

_REPORT_COLUMNS = """r.id, r.body, r.year, r.title, r.kind, r.score, r.reasons, r.regime, r.edition, r.standing,
    r.scope, r.tables_status, r.body_name, r.body_source, r.year_source, r.notes, r.page, r.capture, r.text_digest,
    r.family, r.reader_version"""


def rows(connection: sqlite3.Connection, sql: str, values: Sequence[object] = ()) -> list[Row]:
    """The answer as dicts, whatever row factory the connection has."""
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, tuple(row), strict=True)) for row in cursor]


def one(connection: sqlite3.Connection, sql: str, values: Sequence[object] = ()) -> Row | None:
    """The first row, or None."""
    found = rows(connection, sql, values)
    return found[0] if found else None


def count(connection: sqlite3.Connection, sql: str, values: Sequence[object] = ()) -> int:
    """The one number a query gives."""
    return int(connection.execute(sql, values).fetchone()[0] or 0)


def marks(values: Iterable[object]) -> str:
    """`?,?,?` for as many values."""
    return ",".join("?" for _ in values)


# --- the front page


def contents(connection: sqlite3.Connection) -> Row:
    """How much is in here: reports by year, bodies, documents, captures, portals."""
    by_year = reports_by_year(connection)
    return {
        "by_year": by_year,
        "reports": sum(row["reports"] for row in by_year),
        "unidentified": count(connection, "select total(reports) from report_counts where standing = 'unidentified'"),
        "bodies": count(connection, "select count(*) from bodies"),
        "documents": count(connection, "select count(*) from documents"),
        "captures": count(connection, "select total(captures) from capture_counts"),
        "sites": count(connection, "select count(*) from sites"),
    }


def years_of(connection: sqlite3.Connection) -> list[int]:
    """The years with chosen reports, oldest first."""
    return [row["year"] for row in reports_by_year(connection)]


def reports_by_year(connection: sqlite3.Connection) -> list[Row]:
    """How many chosen reports there are of each year, oldest first."""
    return rows(
        connection,
        "select year, reports from report_counts where standing = 'chosen' and year > 0 and reports > 0 order by year",
    )


def last_night(connection: sqlite3.Connection) -> Row | None:
    """The newest finished crawl and what it brought, summed over its portals."""
    return one(
        connection,
        """select u.id, u.kind, u.scope, u.started_at, u.finished_at, count(s.site) as sites,
               total(s.new) as new, total(s.changed) as changed, total(s.unchanged) as unchanged,
               total(s.gone_candidates) as gone_candidates, total(s.walls) as walls,
               total(s.problems) as problems, total(s.requests) as requests, total(s.bytes) as bytes
           from runs u left join run_sites s on s.run = u.id
           where u.id = (select max(id) from runs where finished_at is not null and kind in ('crawl', 'import'))
           group by u.id""",
    )


def newest(connection: sqlite3.Connection, *, limit: int = 10) -> list[Row]:
    """The reports that came in last: the newest day first, and of one day the newest published."""
    return rows(
        connection,
        f"""select r.body, r.year, r.title, coalesce(b.name, r.body_name) as name, b.city, b.county, p.first_seen_at,
                p.published_at, r.page as url, r.capture, r.standing
            from (select * from pages order by first_seen_at desc limit {int(limit) * 20}) p
            join reports r on r.page = p.url and r.text_digest = p.text_digest
            left join bodies b on b.id = r.body
            where r.kind = 'report' and r.standing in ('chosen', 'unidentified')
            order by substr(p.first_seen_at, 1, 10) desc, p.published_at desc, p.url limit {int(limit)}""",
    )


# --- bodies


def body_of(connection: sqlite3.Connection, body: str) -> Row | None:
    """One public body with its parent's name."""
    return one(
        connection,
        """select b.*, u.name as parent_name from bodies b left join bodies u on u.id = b.parent_id where b.id = ?""",
        (body,),
    )


def bodies_named(connection: sqlite3.Connection, text: str, *, limit: int = 20) -> list[Row]:
    """Bodies whose name holds `text`, shortest names first (盖北 finds 盖北镇)."""
    return rows(
        connection,
        f"""select b.*, (select count(*) from reports r where r.body = b.id and {CHOSEN}) as reports
            from bodies b where instr(b.name, ?) > 0 order by length(b.name), b.id limit {int(limit)}""",
        (text,),
    )


def bodies_list(
    connection: sqlite3.Connection, *, place: str = "", level: str = "", limit: int = 100, offset: int = 0
) -> list[Row]:
    """Bodies by region and name, with how many years each has; `place` is a province, city or county."""
    where, values = _body_filter(place, level)
    return rows(
        connection,
        f"""select b.*, count(r.id) as reports, min(r.year) as first_year, max(r.year) as last_year
            from (select * from bodies b where {where}
                  order by b.province, b.city, b.county, b.name, b.id limit {int(limit)} offset {int(offset)}) b
            left join reports r on r.body = b.id and {CHOSEN}
            group by b.id order by b.province, b.city, b.county, b.name, b.id""",
        values,
    )


def bodies_count(connection: sqlite3.Connection, *, place: str = "", level: str = "") -> int:
    """How many bodies `bodies_list` would give without a limit."""
    where, values = _body_filter(place, level)
    return count(connection, f"select count(*) from bodies b where {where}", values)


def places(connection: sqlite3.Connection) -> list[Row]:
    """Counties that have bodies, with how many."""
    return rows(
        connection,
        """select province, city, county, count(*) as bodies from bodies
           where province || city || county <> '' group by 1, 2, 3 order by 1, 2, 3""",
    )


def _body_filter(place: str, level: str) -> tuple[str, list[object]]:
    where, values = ["1"], list[object]()
    if place:
        where.append("? in (b.province, b.city, b.county)")
        values.append(place)
    if level:
        where.append("b.level = ?")
        values.append(level)
    return " and ".join(where), values


# --- reports


def reports_of(connection: sqlite3.Connection, body: str) -> list[Row]:
    """Every report of a body, all years and editions, newest year first, the chosen one before others."""
    return rows(
        connection,
        f"""select {_REPORT_COLUMNS}, p.published_at, p.state, p.first_seen_at, p.media_type
            from reports r join pages p on p.url = r.page
            where r.body = ? and r.kind = 'report'
            order by r.year desc, r.standing <> 'chosen', p.first_seen_at, r.page""",
        (body,),
    )


def report_of(connection: sqlite3.Connection, body: str, year: int, page: str = "") -> Row | None:
    """The chosen report of a body and year, or the edition that stands at `page`, with what its page claims."""
    return one(
        connection,
        f"""select {_REPORT_COLUMNS}, b.name, b.level, b.region_code, b.province, b.city, b.county, p.issuer,
                p.index_number, p.document_number, p.disclosure_mode, p.published_at, p.dated_on, p.breadcrumb,
                p.provenance, p.media_type, p.state, p.gone_at, p.first_seen_at, p.last_seen_at, p.site,
                s.name as site_name, d.chars, t.text, c.fetched_at, c.payload_digest
            from reports r join pages p on p.url = r.page join documents d on d.text_digest = r.text_digest
            join document_texts t on t.id = d.id left join bodies b on b.id = r.body
            left join sites s on s.id = p.site left join captures c on c.id = r.capture
            where r.body = ? and r.year = ? and r.kind = 'report' and (? = '' or r.page = ?)
            order by r.standing <> 'chosen', r.text_digest <> p.text_digest, p.first_seen_at, r.page limit 1""",
        (body, year, page, page),
    )


def editions_of(connection: sqlite3.Connection, body: str, year: int) -> list[Row]:
    """Every page that carries, or carried, the report of a body and year."""
    return rows(
        connection,
        f"""select {_REPORT_COLUMNS}, p.published_at, p.state, p.first_seen_at, p.media_type
            from reports r join pages p on p.url = r.page
            where r.body = ? and r.year = ? and r.kind = 'report'
            order by r.standing <> 'chosen', p.first_seen_at, r.page""",
        (body, year),
    )


def attachments_of(connection: sqlite3.Connection, page: str) -> list[Row]:
    """Files attached to a page, as pages of their own."""
    return rows(
        connection,
        "select url, title, media_type, capture, state from pages where parent_page = ?1 "
        "or url in (select file from page_files where page = ?1) order by url",
        (page,),
    )


def neighbours_of(connection: sqlite3.Connection, body: str, year: int) -> Row:
    """The years next to this one, and the same year's reports of bodies in the same county."""
    return {
        "previous": count(
            connection, f"select max(r.year) from reports r where r.body = ? and {CHOSEN} and r.year < ?", (body, year)
        ),
        "next": count(
            connection, f"select min(r.year) from reports r where r.body = ? and {CHOSEN} and r.year > ?", (body, year)
        ),
        "siblings": rows(
            connection,
            f"""select o.id as body, o.name from bodies b join bodies o
                    on o.county = b.county and o.city = b.city and o.province = b.province and o.id <> b.id
                where b.id = ? and b.county <> ''
                  and exists (select 1 from reports r where r.body = o.id and r.year = ? and {CHOSEN})
                order by o.name limit 40""",
            (body, year),
        ),
    }


def sections_of(connection: sqlite3.Connection, report: int) -> list[Row]:
    """A report's sections in reading order."""
    return rows(
        connection,
        """select position, key, ordinal_raw, heading, text from report_sections
           where report = ? order by position""",
        (report,),
    )


def grids_of(connection: sqlite3.Connection, report: int) -> list[Row]:
    """A report's tables of statistics as they were printed; `rows` is a list of lists of words."""
    found = rows(
        connection,
        "select section, title, rows from report_grids where report = ? order by position",
        (report,),
    )
    return [{**grid, "rows": json.loads(grid["rows"])} for grid in found]


def cells_of(connection: sqlite3.Connection, report: int) -> list[Row]:
    """Every printed number of a report."""
    return rows(
        connection,
        """select form, "row", "column", raw, value, unit, status, confidence, location, decided
           from cells where report = ? order by form, "row", "column" """,
        (report,),
    )


def findings_of(connection: sqlite3.Connection, report: int) -> list[Row]:
    """Every audit verdict on a report, failures first."""
    return rows(
        connection,
        """select rule, severity, verdict, "where", blame, expected, actual, evidence, decision from findings
           where report = ? order by verdict <> 'FAIL', severity, position""",
        (report,),
    )


def cells_over_years(connection: sqlite3.Connection, body: str, keys: Sequence[tuple[str, str, str]]) -> list[Row]:
    """Chosen cells of a body over the years: year, form, row, column, value, status."""
    wanted = " or ".join('(c.form = ? and c."row" = ? and c."column" = ?)' for _ in keys)
    return rows(
        connection,
        f"""select r.year, c.form, c."row", c."column", coalesce(c.decided, c.value) as value, c.raw, c.status
            from reports r join cells c on c.report = r.id
            where r.body = ? and {CHOSEN} and ({wanted}) order by r.year""",
        (body, *[part for key in keys for part in key]),
    )


# --- captures


def capture_of(connection: sqlite3.Connection, capture: int) -> Row | None:
    """One capture, the page it belongs to, and the report read from that page."""
    return one(
        connection,
        """select c.*, p.title, p.state, s.name as site_name,
               (select v.text_digest from versions v where v.page = c.url and v.from_at <= c.fetched_at
                order by v.from_at desc limit 1) as text_digest
           from captures c left join pages p on p.url = c.url left join sites s on s.id = c.site where c.id = ?""",
        (capture,),
    )


def reports_at(connection: sqlite3.Connection, page: str) -> list[Row]:
    """What was read at a page: its reports and neighbours, newest reading first."""
    return rows(
        connection,
        f"""select {_REPORT_COLUMNS}, b.name from reports r left join bodies b on b.id = r.body
            where r.page = ? order by r.id desc""",
        (page,),
    )


def captures_at(connection: sqlite3.Connection, url: str, *, limit: int = 50) -> list[Row]:
    """Captures of one address, newest first."""
    return rows(
        connection,
        f"""select id, fetched_at, status, media_type, payload_digest, payload_length, revisit_of, tls_verified
            from captures where url = ? order by fetched_at desc, id desc limit {int(limit)}""",
        (url,),
    )


def text_of(connection: sqlite3.Connection, digest: str) -> str:
    """The text with this digest, '' when there is none."""
    found = one(connection, "select text from document_texts where text_digest = ?", (digest,))
    return str(found["text"]) if found else ""


def verdicts_of(connection: sqlite3.Connection, body: str) -> dict[int, Row]:
    """For each report of a body: how many checks failed and how many were made."""
    return {
        row["report"]: row
        for row in rows(
            connection,
            """select f.report, sum(f.verdict = 'FAIL' and f.decision <> 'rejected') as failed,
                   sum(f.verdict <> 'NOT_ASSESSABLE') as checked
               from findings f join reports r on r.id = f.report where r.body = ? group by 1""",
            (body,),
        )
    }


def copies_of(connection: sqlite3.Connection, body: str, year: int | None = None) -> list[Row]:
    """Whose text a body's reports share, newest year first, the likest first.

    A row is a year of the body and one other report: an earlier year of its own, or another body's. `share` is how
    much of this text stands in the other, `share_back` how much of the other stands in this; None below a half.
    """
    wanted = "and {year} = ?2" if year is not None else ""
    return rows(
        connection,
        f"""select year, relation, other_body, other_name, other_year, max(share) as share,
                max(share_back) as share_back
            from (
                select year, relation, other_body, other_name, other_year, share, null as share_back
                from copies where body = ?1 {wanted.format(year="year")}
                union all
                select other_year, relation, body, body_name, year, null, share
                from copies where other_body = ?1 {wanted.format(year="other_year")}
            )
            where relation = 'body' or other_year < year
            group by year, other_body, other_year
            order by year desc, max(coalesce(max(share), 0), coalesce(max(share_back), 0)) desc, other_year desc,
                other_body""",
        (body,) if year is None else (body, year),
    )
