"""A part of the archive, as people name it: portals, bodies, years."""

# Only constants are put into SQL text; every value is bound.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.store.errors import StoreError

if TYPE_CHECKING:
    from archive.store.archive import Archive


class NothingMeant(StoreError):
    """A part of the archive was named that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the archive: portals (ids), bodies (ids or names) and report years. Files of a page belong to it;
    several of one kind widen it, several kinds narrow it, none means everything."""

    sites: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    years: tuple[int, ...] = ()

    def condition(self) -> tuple[str, list[object]]:
        """SQL that narrows pages `p`, and its values."""
        parts, values = [], list[object]()
        if self.sites:
            parts.append(f"and p.site in ({_marks(self.sites)})")
            values += self.sites
        of_reports, named = [], list[object]()
        if self.bodies:
            of_reports.append(
                f"(r.body in ({_marks(self.bodies)}) or r.body in (select id from bodies where name in "
                f"({_marks(self.bodies)})))"
            )
            named += [*self.bodies, *self.bodies]
        if self.years:
            of_reports.append(f"r.year in ({_marks(self.years)})")
            named += self.years
        if of_reports:
            pages = f"(select r.page from reports r where {' and '.join(of_reports)})"
            parts.append(f"and (p.url in {pages} or p.parent_page in {pages})")
            values += [*named, *named]
        return " ".join(parts), values

    def check(self, archive: Archive) -> None:
        """Raise `NothingMeant` for a portal, body or year that the archive does not know."""
        for question, names, what in (
            ("select 1 from sites where id = ?1", self.sites, "portal"),
            ("select 1 from bodies where id = ?1 or name = ?1", self.bodies, "body"),
            ("select 1 from reports where year = ?1 limit 1", self.years, "report year"),
        ):
            for name in names:
                if archive.db.execute(question, [name]).fetchone() is None:
                    raise NothingMeant(f"the archive knows no {what} {name}. Nothing was read.")


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" for _ in values)
