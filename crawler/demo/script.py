"""What happens in the demo county in two nights, and what a right crawl must therefore report.

Everything here follows from `content.py` alone, never from a crawl: it is the answer a crawl is marked by.
The deliberate mistakes of the invented agencies are `figures.MISTAKES`."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.demo.content import TWICE_REPORT, Article, articles
from crawler.demo.reports import COPIED_BY, COPIED_YEAR, EDITED_REPORT
from crawler.demo.towns import BY_KEY, CLOSED_COLUMN


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The right result of one night: paths of pages by outcome.

    `duplicates` are sets of addresses, first seen that night, that carry one text: all but one of a set count.
    `gone_candidates` were known, answer 404 and have left their listing. `problems` pairs a problem's
    class with the path it is about; walls stand there as well as in `walls`. A page that robots.txt closes
    (`never_fetched`) is obeyed in silence: no problem.
    """

    night: int
    new: frozenset[str]
    changed: frozenset[str]
    unchanged: frozenset[str]
    gone_candidates: frozenset[str]
    walls: frozenset[str]
    duplicates: frozenset[frozenset[str]]
    problems: frozenset[tuple[str, str]]
    never_fetched: frozenset[str]

    def counts(self) -> dict[str, int]:
        """How many of each, under the names `gongkai demo --json` uses (walls apart from other problems)."""
        return {
            "new": len(self.new),
            "changed": len(self.changed),
            "unchanged": len(self.unchanged),
            "gone_candidates": len(self.gone_candidates),
            "walls": len(self.walls),
            "duplicates": sum(len(addresses) - 1 for addresses in self.duplicates),
            "problems": len(self.problems) - len(self.walls),
        }


_TWICE = (BY_KEY[TWICE_REPORT[0]].name, TWICE_REPORT[1])


def _reachable(night: int) -> dict[str, Article]:
    return {a.path: a for a in articles() if night in a.nights and not a.wall and a.column != CLOSED_COLUMN}


def report_path(town: str, year: int) -> str:
    """The address of a town's report in the town's own column."""
    return next(a.path for a in articles() if (a.owner, a.year, a.kind) == (town, year, "report"))


def _duplicates() -> frozenset[frozenset[str]]:
    """Which addresses carry one text: a report under two columns, and one that two towns published."""
    twice = frozenset(a.path for a in articles() if (a.issuer, a.year) == _TWICE and a.kind == "report")
    copied = frozenset(report_path(town, COPIED_YEAR) for town in COPIED_BY)
    return frozenset({twice, copied})


def expected(night: int) -> Expected:
    """The right result of night 1 or 2, of a crawl that asks every known page every night."""
    walls = frozenset(a.path for a in articles() if a.wall and night in a.nights)
    closed = frozenset(a.path for a in articles() if a.column == CLOSED_COLUMN and night in a.nights)
    problems = {("wall:jsl", path) for path in walls}
    tonight = frozenset(_reachable(night))
    if night == 1:
        return Expected(
            night=1,
            new=tonight,
            changed=frozenset(),
            unchanged=frozenset(),
            gone_candidates=frozenset(),
            walls=walls,
            duplicates=_duplicates(),
            problems=frozenset(problems),
            never_fetched=closed,
        )
    before = frozenset(_reachable(night - 1))
    changed = frozenset({report_path(*EDITED_REPORT)})
    gone = before - tonight
    return Expected(
        night=night,
        new=tonight - before,
        changed=changed,
        unchanged=(tonight & before) - changed,
        gone_candidates=gone,
        walls=walls,
        duplicates=frozenset(),
        problems=frozenset(problems),
        never_fetched=closed,
    )
