"""Public bodies in rows: known from a roster, from a portal's columns, or from the reports themselves. Where they
stand among each other is told by `archive.store.kinship`."""

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
from archive.store.kinship import WRITTEN, find_named, settle_bodies

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
        f"and not exists (select 1 from sections indexed by sections_body where body in {WRITTEN})",
        (identifier,),
    )
    if dropped.rowcount:
        connection.execute("update bodies set parent_id = null where parent_id = ?", (identifier,))


def check_roster(connection: sqlite3.Connection, rows: Iterable[RosterRow]) -> None:
    """Raise `RosterRefused`, naming lines, when a parent or predecessor is neither in the roster nor known."""
    rows = list(rows)
    known: dict[str, dict[str, str]] = {}
    for name, region in connection.execute("select name, region_code from bodies"):
        known.setdefault(name, {})[region] = name
    for row in rows:
        known.setdefault(row.name, {})[row.region_code] = row.name

    def why(written: str) -> str:
        _, name = reference(written)
        if name not in known:
            return "neither in this roster nor known: add a row for it"
        return f"one of several ({', '.join(f'{region}|{name}' for region in sorted(known[name]))}): name it"

    told = [
        f"line {row.line}: {what} {written!r} is {why(written)}"
        for row in rows
        for what, written in (("parent", row.parent), *(("predecessor", one) for one in row.predecessors))
        if written and find_named(known.get(reference(written)[1], {}), written, row.region_code) is None
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
