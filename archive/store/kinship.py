"""Where bodies stand: from where they are known, under whom, from whom they came.

What a roster says goes before the rest; parents that no roster names follow from the region codes (GB/T 2260: a
county's first four digits and 00 are its city's, the first two and 0000 the province's). Triggers write down who may
stand elsewhere now (`archive.store.schema_kinship`), so that a night looks at nobody else; what the rows say does not
depend on how many nights it took.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archive.reports.roster import reference

#: What a column may write after the name of the body it belongs to.
_SUFFIXES = ("人民政府", "政府", "办事处")
#: How a column may write the name of the body it belongs to.
WRITTEN = "(bodies.name, " + ", ".join(f"bodies.name || '{suffix}'" for suffix in _SUFFIXES) + ")"
# by name: where most columns name nobody, the planner would rather read all of them
_SOURCE = f"""case when exists (select 1 from roster where roster.body = bodies.id) then 'roster'
    when exists (select 1 from sections c indexed by sections_body left join sites s on s.id = c.site
        where c.body in {WRITTEN} and coalesce(nullif(c.region_code, ''), s.region_code, '') = bodies.region_code)
        then 'section'
    else 'report' end"""  # noqa: S608
_MADE = """
    insert or ignore into bodies (id, name, level, region_code, province, city, county, source)
    select r.body, r.name, r.level, r.region_code, coalesce(s.province, ''), coalesce(s.city, ''),
        coalesce(s.county, ''), 'roster' from bodies_waiting w
        join roster r on r.name = w.name and r.region_code = w.region_code left join sites s on s.id = (
        select id from sites where region_code = r.region_code and region_code <> '' order by id limit 1)
    where not exists (select 1 from bodies b where b.id = r.body)
"""
_DESCRIBED = (
    f"update bodies set source = {_SOURCE} where id = ?1 and source <> {_SOURCE}",  # noqa: S608
    "update bodies set (level, valid_from, valid_to) = (select coalesce(nullif(r.level, ''), bodies.level), "
    "r.valid_from, r.valid_to from roster r where r.body = bodies.id) where id = ?1 and exists (select 1 from roster r "
    "where r.body = bodies.id and (coalesce(nullif(r.level, ''), bodies.level), r.valid_from, r.valid_to) "
    "is not (bodies.level, bodies.valid_from, bodies.valid_to))",
    "update bodies set valid_from = null, valid_to = null where id = ?1 and source <> 'roster' "
    "and (valid_from is not null or valid_to is not null)",
)
#: The different parents that a roster names, each found by one look into the index.
_PARENTS = """
    with recursive named(parent) as (
        select min(parent) from roster where parent <> ''
        union all select (select min(parent) from roster where parent <> '' and parent > named.parent)
        from named
        where named.parent is not null
    ) select parent from named where parent is not null
"""
_LAST = "\U0010ffff"


def settle_bodies(connection: sqlite3.Connection) -> set[str]:
    """What roster, columns and region codes say of the bodies that wait; only what differs is written. Gives those
    that stand under another body now, or came from another, and the bodies they stood under."""
    if not connection.execute("select exists (select 1 from bodies_waiting)").fetchone()[0]:
        return set()
    connection.execute(_MADE)
    for identifier in sorted(_touched(connection)):
        for sql in _DESCRIBED:
            connection.execute(sql, (identifier,))
    moved = _Kin(connection).settle()
    connection.execute("delete from bodies_waiting")
    return moved


def _touched(connection: sqlite3.Connection) -> set[str]:
    """The bodies that wait, and those that a column may mean by a name that waits."""
    return {
        identifier
        for region, written in connection.execute("select distinct region_code, name from bodies_waiting").fetchall()
        for name in {written, *(written.removesuffix(suffix) for suffix in _SUFFIXES)}
        for (identifier,) in connection.execute(
            "select id from bodies where name = ? and region_code = ?", (name, region)
        )
    }


@dataclass(slots=True)
class _Kin:
    """Parents and predecessors of the bodies that wait and of all whose parent they may be."""

    _connection: sqlite3.Connection
    _named: dict[str, dict[str, str]] = field(default_factory=dict)
    _governing: dict[str, str | None] = field(default_factory=dict)

    def settle(self) -> set[str]:
        names = {name for (name,) in self._connection.execute("select distinct name from bodies_waiting")}
        touched = _touched(self._connection)
        for (code,) in self._connection.execute(
            "select distinct substr(region_code, 1, 6) from bodies_waiting where governs"
        ).fetchall():
            touched.update(self._below(code))
        touched.update(self._children(names))
        moved: set[str] = set()
        for identifier in sorted(touched):
            moved |= self._settle_parent(identifier)
        for body in sorted(touched.union(self._heirs(names))):
            moved |= self._settle_successions(body)
        return moved

    def _below(self, code: str) -> list[str]:
        """Everybody whose government that of a region may be."""
        prefix = code[:2] if code[2:6] == "0000" else code[:4] if code[4:6] == "00" else code
        found = self._connection.execute(
            "select id from bodies where region_code >= ? and region_code < ?", (prefix, prefix + _LAST)
        )
        return [identifier for (identifier,) in found]

    def _children(self, names: set[str]) -> set[str]:
        """Everybody whose parent in the roster is written with one of these names."""
        return {
            body
            for (written,) in self._connection.execute(_PARENTS).fetchall()
            if reference(written)[1] in names
            for (body,) in self._connection.execute("select body from roster where parent = ?", (written,))
        }

    def _heirs(self, names: set[str]) -> set[str]:
        """Everybody who came from one of these names."""
        rows = self._connection.execute("select body, predecessor from roster where predecessor <> ''")
        return {body for body, written in rows if any(reference(one)[1] in names for one in written.split(";"))}

    def _settle_parent(self, identifier: str) -> set[str]:
        region, held = self._connection.execute(
            "select region_code, parent_id from bodies where id = ?", (identifier,)
        ).fetchone()
        named = self._connection.execute(
            "select parent, region_code from roster where body = ? and parent <> ''", (identifier,)
        ).fetchone()
        parent = (self._find(*named) if named else None) or self._above(identifier, region)
        if parent == held:
            return set()
        self._connection.execute("update bodies set parent_id = ? where id = ?", (parent, identifier))
        return set(filter(None, (identifier, parent, held)))

    def _settle_successions(self, body: str) -> set[str]:
        wanted: set[str] = set()
        for region, predecessor in self._connection.execute(
            "select region_code, predecessor from roster where body = ? and predecessor <> ''", (body,)
        ).fetchall():
            wanted.update(filter(None, (self._find(written, region) for written in predecessor.split(";") if written)))
        wanted.discard(body)
        known = {
            old for (old,) in self._connection.execute("select predecessor from successions where body = ?", (body,))
        }
        self._connection.executemany(
            "delete from successions where body = ? and predecessor = ?",
            [(body, old) for old in sorted(known - wanted)],
        )
        self._connection.executemany(
            "insert into successions values (?, ?)", [(body, old) for old in sorted(wanted - known)]
        )
        return {body} if wanted != known else set()

    def _find(self, written: str, near: str) -> str | None:
        name = reference(written)[1]
        if name not in self._named:
            found = self._connection.execute("select region_code, id from bodies where name = ?", (name,))
            self._named[name] = dict(found.fetchall())
        return find_named(self._named[name], written, near)

    def _above(self, identifier: str, region: str) -> str | None:
        """The government a body stands under, None where it is not known."""
        if len(region) < 6:
            return None
        own = self._government(region[:6])
        if own != identifier:
            return own
        for code in (region[:4] + "00", region[:2] + "0000"):
            if (found := self._government(code)) and found != identifier:
                return found
        return None

    def _government(self, code: str) -> str | None:
        """The body that governs a region, where there is exactly one such. 绍兴市上虞区 beside 上虞区 is the same
        written out: the short name governs."""
        if code not in self._governing:
            level = "province" if code[2:6] == "0000" else "prefecture" if code[4:6] == "00" else "county"
            self._governing[code] = _shortest(
                self._connection.execute(
                    "select name, id from bodies where region_code >= ? and region_code < ? and level = ?",
                    (code, code + _LAST, level),
                ).fetchall()
            )
        return self._governing[code]


def _shortest(named: Iterable[tuple[str, str]]) -> str | None:
    """Of bodies (name, id) the one that all others are named after."""
    named = sorted(named, key=lambda one: (len(one[0]), one[0], one[1]))
    if not named or not all(name.endswith(named[0][0]) for name, _ in named):
        return None
    return named[0][1]


def find_named(known: Mapping[str, str], written: str, near: str) -> str | None:
    """The id of the body written `NAME` or `REGION_CODE|NAME`, of those of its name by region code: in its own region,
    in one above, else the only one."""
    region, _ = reference(written)
    if region:
        return known.get(region)
    for code in (near, near[:4] + "00", near[:2] + "0000"):
        if code in known:
            return known[code]
    return next(iter(known.values())) if len(known) == 1 else None
