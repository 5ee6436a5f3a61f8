"""Public bodies in rows: known from a roster, from a portal's columns, or from the reports themselves.

What a roster says goes before the rest; parents that no roster names follow from the region codes (GB/T 2260: a
county's first four digits and 00 are its city's, the first two and 0000 the province's).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archive.reports.identity import level_of
from archive.reports.model import Body
from archive.reports.roster import RosterRow, reference
from archive.reports.titles import display_name
from archive.store.codec import body_id
from archive.store.errors import StoreError

#: How a column may write the name of the body it belongs to.
_WRITTEN = "(bodies.name, bodies.name || '人民政府', bodies.name || '政府', bodies.name || '办事处')"
_SOURCE = f"""case when exists (select 1 from roster where roster.body = bodies.id) then 'roster'
    when exists (select 1 from sections c left join sites s on s.id = c.site where c.body in {_WRITTEN}
        and coalesce(nullif(c.region_code, ''), s.region_code, '') = bodies.region_code) then 'section'
    else 'report' end"""  # noqa: S608
_ROSTER = ("body", "name", "region_code", "level", "parent", "valid_from", "valid_to", "predecessor", "source")


class RosterRefused(StoreError):
    """A roster that names a parent or predecessor nobody knows."""


def put_body(connection: sqlite3.Connection, body: Body, site: str) -> str:
    """The body's row, made when it is new; what it lacked before is filled in. Gives its id."""
    identifier = body_id(body.region_code, body.name)
    known = connection.execute("select level, province from bodies where id = ?", (identifier,)).fetchone()
    if known is not None and (known[0] or not body.level) and known[1]:
        return identifier
    place = connection.execute("select province, city, county from sites where id = ?", (site,)).fetchone()
    connection.execute(
        "insert into bodies (id, name, level, region_code, province, city, county) values (?, ?, ?, ?, ?, ?, ?) "
        "on conflict (id) do update set level = case when level = '' then excluded.level else level end, "
        "province = case when province = '' then excluded.province else province end, "
        "city = case when province = '' then excluded.city else city end, "
        "county = case when province = '' then excluded.county else county end "
        "where level = '' and excluded.level <> '' or province = '' and excluded.province <> ''",
        (identifier, body.name, body.level, body.region_code, *(place or ("", "", ""))),
    )
    return identifier


def put_section_body(connection: sqlite3.Connection, section: Mapping[str, object]) -> None:
    """The body that a row of `sections` belongs to, if any, is known before it publishes anything."""
    printed, region_code, site = str(section["body"]), str(section["region_code"]), str(section["site"])
    if not printed:
        return
    if not region_code:
        row = connection.execute("select region_code from sites where id = ?", (site,)).fetchone()
        region_code = str(row[0]) if row else ""
    name = display_name(printed)
    identifier = put_body(
        connection, Body(name=name, raw=printed, level=level_of(name, region_code), region_code=region_code), site
    )
    connection.execute("update bodies set source = 'section' where id = ? and source = 'report'", (identifier,))


def forget_body(connection: sqlite3.Connection, identifier: str) -> None:
    """Drop a body that no report, column or roster names any more (a misread name)."""
    dropped = connection.execute(
        "delete from bodies where id = ?1 and not exists (select 1 from reports where body = ?1) "  # noqa: S608
        "and not exists (select 1 from roster where body = ?1) "
        f"and not exists (select 1 from sections where body in {_WRITTEN})",
        (identifier,),
    )
    if dropped.rowcount:
        connection.execute("update bodies set parent_id = null where parent_id = ?", (identifier,))


def check_roster(connection: sqlite3.Connection, rows: Iterable[RosterRow]) -> None:
    """Raise `RosterRefused`, naming lines, when a parent or predecessor is neither in the roster nor known."""
    rows = list(rows)
    known = _Names(
        [
            *connection.execute("select id, name, region_code from bodies"),
            *((None, r.name, r.region_code) for r in rows),
        ]
    )
    told = [
        f"line {row.line}: {what} {written!r} is {known.why(written, row.region_code)}"
        for row in rows
        for what, written in (("parent", row.parent), *(("predecessor", one) for one in row.predecessors))
        if written and known.find(written, row.region_code) is None
    ]
    if told:
        raise RosterRefused("; ".join(told))


def roster_data(rows: Iterable[RosterRow]) -> list[dict[str, Any]]:
    """Rows of `roster` as plain data, for the journal."""
    return [
        {
            "body": body_id(row.region_code, row.name),
            "name": row.name,
            "region_code": row.region_code,
            "level": row.level,
            "parent": row.parent,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "predecessor": ";".join(row.predecessors),
            "source": row.source,
        }
        for row in rows
    ]


def put_roster(
    connection: sqlite3.Connection, rows: Iterable[Mapping[str, Any]], *, replace: bool, at: str
) -> set[str]:
    """Write rows of `roster` (with `replace` in place of all others) and what they mean for the bodies. Gives the
    bodies that stand elsewhere now, as `settle_bodies` does."""
    rows = list(rows)
    dropped: list[tuple[str, str, str]] = []
    if replace:
        kept = {row["body"] for row in rows}
        dropped = [
            row for row in connection.execute("select body, name, region_code from roster") if row[0] not in kept
        ]
        connection.executemany("delete from roster where body = ?", [(body,) for body, _, _ in dropped])
        connection.executemany(
            "update bodies set level = ? where id = ?", [(level_of(name, code), body) for body, name, code in dropped]
        )
    connection.executemany(
        f"insert or replace into roster ({', '.join(_ROSTER)}, imported_at) "  # noqa: S608
        f"values ({', '.join('?' * len(_ROSTER))}, ?)",
        [(*(row[name] for name in _ROSTER), at) for row in rows],
    )
    moved = settle_bodies(connection)
    for body, _, _ in dropped:
        forget_body(connection, body)
    return moved


def settle_bodies(connection: sqlite3.Connection) -> set[str]:
    """What roster, columns and region codes say of all bodies; only what differs is written. Gives those that stand
    under another body now, or came from another, and the bodies they stood under."""
    connection.execute(
        "insert or ignore into bodies (id, name, level, region_code, province, city, county, source) "
        "select r.body, r.name, r.level, r.region_code, coalesce(s.province, ''), coalesce(s.city, ''), "
        "coalesce(s.county, ''), 'roster' from roster r left join sites s on s.id = ("
        "select id from sites where region_code = r.region_code and region_code <> '' order by id limit 1)"
    )
    connection.execute(f"update bodies set source = {_SOURCE} where source <> {_SOURCE}")  # noqa: S608
    connection.execute(
        "update bodies set (level, valid_from, valid_to) = (select coalesce(nullif(r.level, ''), bodies.level), "
        "r.valid_from, r.valid_to from roster r where r.body = bodies.id) where exists (select 1 from roster r "
        "where r.body = bodies.id and (coalesce(nullif(r.level, ''), bodies.level), r.valid_from, r.valid_to) "
        "is not (bodies.level, bodies.valid_from, bodies.valid_to))"
    )
    connection.execute(
        "update bodies set valid_from = null, valid_to = null where source <> 'roster' "
        "and (valid_from is not null or valid_to is not null)"
    )
    bodies = connection.execute("select id, name, region_code, level, parent_id from bodies order by id").fetchall()
    names = _Names([row[:3] for row in bodies])
    parents, successions = {}, set()
    for body, region, parent, predecessor in connection.execute(
        "select body, region_code, parent, predecessor from roster"
    ):
        if parent and (found := names.find(parent, region)):
            parents[body] = found
        for written in filter(None, predecessor.split(";")):
            if (found := names.find(written, region)) and found != body:
                successions.add((body, found))
    governments = _governments(bodies)
    moved: set[str] = set()
    for identifier, _, region, _, held in bodies:
        parent = parents.get(identifier) or _above(identifier, region, governments)
        if parent != held:
            connection.execute("update bodies set parent_id = ? where id = ?", (parent, identifier))
            moved.update(filter(None, (identifier, parent, held)))
    known = {(body, old) for body, old in connection.execute("select body, predecessor from successions")}
    connection.executemany("delete from successions where body = ? and predecessor = ?", sorted(known - successions))
    connection.executemany("insert into successions values (?, ?)", sorted(successions - known))
    return moved | {body for body, _ in successions ^ known}


def _governments(bodies: Iterable[tuple[str, str, str, str, str | None]]) -> dict[str, str]:
    """Region code → the body that governs it, where there is exactly one such. 绍兴市上虞区 beside 上虞区 is the same
    written out: the short name governs."""
    found: dict[str, list[tuple[str, str]]] = {}
    for identifier, name, region, level, _ in bodies:
        if len(region) >= 6 and level == _level_of_code(region):
            found.setdefault(region[:6], []).append((name, identifier))
    governments = {}
    for region, named in found.items():
        shortest, identifier = min(named, key=lambda one: (len(one[0]), one[0]))
        if all(name.endswith(shortest) for name, _ in named):
            governments[region] = identifier
    return governments


def _level_of_code(region: str) -> str:
    return "province" if region[2:6] == "0000" else "prefecture" if region[4:6] == "00" else "county"


def _above(identifier: str, region: str, governments: Mapping[str, str]) -> str | None:
    """The government a body stands under, None where it is not known."""
    if len(region) < 6:
        return None
    own = governments.get(region[:6])
    if own != identifier:
        return own
    for code in (region[:4] + "00", region[:2] + "0000"):
        if (found := governments.get(code)) and found != identifier:
            return found
    return None


class _Names:
    """Finds a body by what a roster writes."""

    def __init__(self, bodies: Iterable[tuple[str | None, str, str]]) -> None:
        self._by_name: dict[str, dict[str, str]] = {}
        for identifier, name, region in bodies:
            self._by_name.setdefault(name, {})[region] = identifier or body_id(region, name)

    def find(self, written: str, near: str) -> str | None:
        """The id of the body written `NAME` or `REGION_CODE|NAME`: in its own region, in one above, else the only
        one of its name."""
        region, name = reference(written)
        known = self._by_name.get(name, {})
        if region:
            return known.get(region)
        for code in (near, near[:4] + "00", near[:2] + "0000"):
            if code in known:
                return known[code]
        return next(iter(known.values())) if len(known) == 1 else None

    def why(self, written: str, near: str) -> str:
        """What to say of a reference that finds nothing."""
        known = self._by_name.get(reference(written)[1], {})
        if not known:
            return "neither in this roster nor known: add a row for it"
        return f"one of several ({', '.join(f'{region}|{reference(written)[1]}' for region in sorted(known))}): name it"


_ROSTER_OF = """
    select b.name, b.region_code, b.level, b.source as known_from,
        coalesce(p.region_code || '|' || p.name, '') as parent, b.valid_from, b.valid_to,
        coalesce((select group_concat(o.region_code || '|' || o.name, ';') from successions s
            join bodies o on o.id = s.predecessor where s.body = b.id), '') as predecessor,
        coalesce((select r.source from roster r where r.body = b.id), '') as source,
        coalesce((select min(year) || '–' || max(year) from reports where body = b.id and kind = 'report'), '') as years
    from bodies b left join bodies p on p.id = b.parent_id order by b.region_code, b.level, b.name
"""


def roster_of(connection: sqlite3.Connection) -> list[dict[str, object]]:
    """Every body as a roster would name it, with where it is known from and the years it reported."""
    cursor = connection.execute(_ROSTER_OF)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """The bodies whose reports are compared with a body's: what it came from, what came of it, who stands above."""

    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    parent: str | None


def kin_of(connection: sqlite3.Connection, body: str) -> Kin:
    """Who else is touched when a body's reports change."""

    def those(sql: str) -> tuple[str, ...]:
        return tuple(found for (found,) in connection.execute(sql, (body,)))

    above = connection.execute("select parent_id from bodies where id = ?", (body,)).fetchone()
    return Kin(
        predecessors=those("select predecessor from successions where body = ? order by 1"),
        successors=those("select body from successions where predecessor = ? order by 1"),
        parent=above[0] if above else None,
    )
