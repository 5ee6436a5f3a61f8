"""What happens in the county, and what a right archive must therefore say on which night.

Every event changes the portals and writes down what must be found: on one night exactly, or, for edits, on the first
night the policy asks for that page, no later than its rule says. What is not written down must not be found.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.crawler.year.county import (
    Answer,
    County,
    Doc,
    Portal,
    doc_of,
    html,
    path_for,
    reports,
    with_cell,
    word_file,
)
from tests.crawler.year.nights import Event, Life

Action = Callable[[date], None]


@dataclass(slots=True)
class Promise:
    """An event that must be found between two nights, ends included."""

    event: Event
    earliest: date
    latest: date


@dataclass(slots=True)
class Ledger:
    """What must be found, and when the crawler does not run."""

    promises: list[Promise] = field(default_factory=list)
    alerts: dict[date, set[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(set))
    problems: dict[date, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    asleep: set[date] = field(default_factory=set)
    late: set[date] = field(default_factory=set)

    def must(self, kind: str, url: str, day: date, *, within: int = 0) -> None:
        self.promises.append(Promise((kind, url), day, day + timedelta(days=within)))


class Script:
    """Events by day. `current` and `older` are how many nights an edit may wait until its page's turn, `walk` how many
    a removal may wait behind an unchanged first page that does not say how many records there are."""

    def __init__(
        self, county: County, life: Life, first: date, *, current: int = 0, older: int = 0, walk: int = 0
    ) -> None:
        self.county, self.life, self.first = county, life, first
        self.current, self.older, self.walk = current, older, walk
        self.ledger = Ledger()
        self._actions: dict[date, list[Action]] = defaultdict(list)
        for portal in county.portals.values():
            for doc in portal.docs:
                self.ledger.must("new", portal.url(doc), first)

    def day(self, number: int) -> date:
        return self.first + timedelta(days=number - 1)

    def at(self, number: int, action: Action) -> None:
        self._actions[self.day(number)].append(action)

    def morning(self, day: date) -> None:
        """Do what the portals did before this night."""
        for action in self._actions.pop(day, []):
            action(day)

    def _portal(self, key: str) -> Portal:
        return self.county.portals[key]

    def _wait(self, doc: Doc, day: date) -> int:
        return self.current if doc.year == day.year - 1 else self.older

    def _lag(self, portal: Portal) -> int:
        return 0 if portal.family == "hanweb_jpage" else self.walk

    # --- what portals publish

    def publish(self, number: int, key: str, year: int) -> None:
        def act(day: date) -> None:
            portal = self._portal(key)
            article = next(article for article in reports(key) if article.year == year)
            doc = doc_of(portal, article)
            doc.published = f"{day} 09:00"
            doc.path = path_for(portal, doc.title, doc.published)
            portal.docs.append(doc)
            self.ledger.must("new", portal.url(doc), day)

        self.at(number, act)

    def edit(self, number: int, key: str, year: int, *, cell: bool = False) -> None:
        def act(day: date) -> None:
            portal = self._portal(key)
            doc = portal.doc(year)
            before = doc.body
            doc.body = with_cell(before) if cell else re.sub(r"。", f"（更正于第{number}日）。", before, count=1)
            assert doc.body != before
            self.ledger.must("edited", portal.url(doc), day, within=self._wait(doc, day))

        self.at(number, act)

    def attach(self, number: int, key: str, year: int, text: str) -> None:
        """The page of a report gets a file: its text names it, and the file is a page of its own."""

        def act(day: date) -> None:
            portal = self._portal(key)
            doc = portal.doc(year)
            doc.file = f"/files/{year}.docx"
            portal.files[doc.file] = word_file(text)
            wait = self._wait(doc, day)
            self.ledger.must("edited", portal.url(doc), day, within=wait)
            self.ledger.must("new", f"http://{key}.example{doc.file}", day, within=wait)

        self.at(number, act)

    def edit_file(self, number: int, key: str, year: int, text: str) -> None:
        def act(day: date) -> None:
            portal = self._portal(key)
            doc = portal.doc(year)
            portal.files[doc.file] = word_file(text)
            self.ledger.must("edited", f"http://{key}.example{doc.file}", day, within=self._wait(doc, day))

        self.at(number, act)

    # --- what portals take away, and bring back

    def remove(self, number: int, key: str, year: int, *, answers: str = "404") -> None:
        def act(day: date) -> None:
            portal = self._portal(key)
            doc = portal.doc(year)
            doc.listed, doc.answers = False, answers
            lag = self._lag(portal)
            self.ledger.must("missing", portal.url(doc), day, within=lag)
            self.ledger.must("gone", portal.url(doc), day + timedelta(days=2), within=lag)

        self.at(number, act)

    def blink(self, number: int, key: str, year: int, *, nights: int = 2) -> None:
        """Gone for fewer nights than it takes: missing, and there again."""

        def act(day: date) -> None:
            portal = self._portal(key)
            doc = portal.doc(year)
            doc.listed, doc.answers = False, "404"
            self.ledger.must("missing", portal.url(doc), day)

        def back(day: date) -> None:
            portal = self._portal(key)
            doc = portal.doc(year)
            doc.listed, doc.answers = True, "page"
            self.ledger.must("present", portal.url(doc), day)

        self.at(number, act)
        self.at(number + nights, back)

    def restore(self, number: int, key: str, year: int) -> None:
        def act(day: date) -> None:
            portal = self._portal(key)
            doc = portal.doc(year)
            doc.listed, doc.answers = True, "page"
            self.ledger.must("back", portal.url(doc), day)

        self.at(number, act)

    def unlist(self, number: int, key: str, year: int, *, until: int) -> None:
        def act(day: date) -> None:
            portal = self._portal(key)
            portal.doc(year).listed = False
            self.ledger.must("missing", portal.url(portal.doc(year)), day)

        def again(day: date) -> None:
            portal = self._portal(key)
            portal.doc(year).listed = True
            self.ledger.must("present", portal.url(portal.doc(year)), day)

        self.at(number, act)
        self.at(until, again)

    def move(self, number: int, key: str, year: int) -> None:
        def act(day: date) -> None:
            portal = self._portal(key)
            doc = portal.doc(year)
            old = portal.url(doc)
            doc.path = doc.path.replace("art_", "art_9").replace("/t20", "/moved/t20").replace("/nb/20", "/nb/old20")
            assert portal.url(doc) != old
            lag = self._lag(portal)
            self.ledger.must("new", portal.url(doc), day, within=lag)
            self.ledger.must("missing", old, day, within=lag)
            self.ledger.must("moved", old, day + timedelta(days=2), within=lag)

        self.at(number, act)

    def forward(self, number: int, key: str, year: int) -> None:
        """A page answers with a script that leads to its new address on the same host; the text is the same."""

        def act(day: date) -> None:
            portal = self._portal(key)
            doc = portal.doc(year)
            target = doc.path.replace(".html", "_n.html")
            portal.docs.append(Doc(f"{year}n", year, doc.title, doc.published, doc.body, target, listed=False))
            portal.forwards[doc.path] = target

        self.at(number, act)

    # --- what breaks

    def weather(self, first: int, last: int, key: str, answer: Callable[[Portal, str], Answer | None]) -> None:
        def begin(_: date) -> None:
            self._portal(key).weather = answer

        def end(_: date) -> None:
            self._portal(key).weather = None

        self.at(first, begin)
        self.at(last + 1, end)

    def told(self, number: int, key: str, before: str, now: str) -> None:
        self.ledger.alerts[self.day(number)].add((key, before, now))

    def troubled(self, first: int, last: int, key: str, kind: str) -> None:
        for number in range(first, last + 1):
            self.ledger.problems[self.day(number)].add((key, kind))

    def wall(self, first: int, last: int, key: str, *, robots: bool = False) -> None:
        shell = html("<script>document.cookie='__jsl_clearance_s=1';location.href=location.pathname</script>", 521)
        self.weather(first, last, key, lambda _, path: None if path == "/robots.txt" and not robots else shell)
        self.troubled(first, last, key, "wall:jsl")
        self._lasting(first, last, key, "walled")

    def storm(self, first: int, last: int, key: str, status: int = 500) -> None:
        """Server errors on everything but robots.txt."""
        self.weather(
            first, last, key, lambda _, path: None if path == "/robots.txt" else html("<h1>error</h1>", status)
        )
        self.troubled(first, last, key, f"server-error:{status}")
        self._lasting(first, last, key, "failing")

    def robots(self, first: int, last: int, key: str, answer: tuple[int, str]) -> None:
        def begin(_: date) -> None:
            self._portal(key).robots = answer

        def end(_: date) -> None:
            self._portal(key).robots = (404, "")

        self.at(first, begin)
        self.at(last + 1, end)
        self.troubled(first, last, key, "refused")
        self._lasting(first, last, key, "failing")

    def _lasting(self, first: int, last: int, key: str, state: str) -> None:
        if last > first:
            self.told(first + 1, key, "well", state)
            self.told(last + 1, key, state, "well")

    def cut_in_half(self, first: int, last: int, key: str) -> None:
        """The listing shows less than half, with every sign of being whole; nothing is gone."""

        def begin(day: date) -> None:
            portal = self._portal(key)
            whole = portal.shown()
            portal.half = True
            for doc in whole:
                if doc not in portal.shown():
                    self.ledger.must("missing", portal.url(doc), day)

        def end(day: date) -> None:
            portal = self._portal(key)
            cut = portal.shown()
            portal.half = False
            for doc in portal.shown():
                if doc not in cut:
                    self.ledger.must("present", portal.url(doc), day)

        self.at(first, begin)
        self.at(last + 1, end)
        self.told(first, key, "well", "thin")
        self.told(last + 1, key, "thin", "well")

    def broken_page(self, number: int, key: str, year: int, answer: Answer) -> None:
        """One page answers something that is no document, for one night; nobody is told, nothing changes."""
        path: list[str] = []

        def on(portal: Portal, asked: str) -> Answer | None:
            path[:] = path or [portal.doc(year).path]
            return answer if asked == path[0] else None

        self.weather(number, number, key, on)

    # --- what is made anew

    def relaunch(self, number: int, key: str, *, mended: int, same_column: bool = False) -> None:
        """The whole portal looks and is addressed otherwise; the curator mends its description later.

        With `same_column` the old address of the listing answers with the new look, whose rows only a script could
        show; otherwise it is not there any more.
        """

        was: dict[str, str] = {}

        def act(_: date) -> None:
            portal = self._portal(key)
            portal.design = 2
            old = [doc for doc in portal.docs if doc.listed]
            for doc in old:
                was[doc.key] = portal.url(doc)
                doc.path = path_for(portal, doc.title, doc.published)
            column = portal.column
            portal.column = "/xxgk/baogao/"
            if same_column:
                empty = html("<html><body><div class='list'></div></body></html>")
                portal.weather = lambda _, path: empty if path == column else None

        def mend(day: date) -> None:
            portal = self._portal(key)
            portal.weather = None
            portal.family = "static"
            self.life.describe(portal)
            for doc in portal.docs:
                if doc.listed:
                    self.ledger.must("new", portal.url(doc), day)
                    self.ledger.must("missing", was[doc.key], day)
                    self.ledger.must("moved", was[doc.key], day + timedelta(days=2))

        self.at(number, act)
        self.at(mended, mend)
        self.told(number, key, "well", "empty")
        self.told(mended, key, "empty", "well")
        self.troubled(number, mended - 1, key, "drift" if same_column else "absent-listing")

    def to_https(self, number: int, key: str, *, closed: int) -> None:
        """The portal moves to https; later nothing listens on the old port."""

        def act(_: date) -> None:
            self._portal(key).scheme = "https"

        def close(_: date) -> None:
            self._portal(key).http_closed = True

        self.at(number, act)
        self.at(closed, close)

    def asleep(self, first: int, last: int) -> None:
        """The machine is off; on the morning after, a night is caught up late."""
        for number in range(first, last + 1):
            self.ledger.asleep.add(self.day(number))
        self.ledger.late.add(self.day(last + 1))

    def leap(self, number: int, hours: float) -> None:
        """The wall clock jumps in the middle of the night's work."""

        def act(_: date) -> None:
            self.life.clock.leap(timedelta(hours=hours), after=4.0)

        self.at(number, act)
