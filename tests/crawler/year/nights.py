"""Living through the nights: a clock that only sleeping moves, one crawl a night, and what the archive says after it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from archive.store.archive import Archive
from crawler.config import Config, RevisitConfig, parse_config
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.night import find_window_end, is_missed
from crawler.run import Crawl, Tools
from crawler.tell import news_of
from tests.crawler.year.county import County, CountyTransport, Portal

Event = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class Seen:
    """What one night found: pages by what happened to them, changes of state, alerts, kinds of problems."""

    day: date
    events: set[Event] = field(default_factory=set)
    alerts: set[tuple[str, str, str]] = field(default_factory=set)
    problems: set[tuple[str, str]] = field(default_factory=set)
    digest: bool = False
    requests: int = 0
    taken: int = 0


class Clock:
    """The wall clock and the monotonic one; a script may make the first one leap."""

    def __init__(self) -> None:
        self.now = datetime(2025, 1, 1, tzinfo=UTC)
        self.seconds = 0.0
        self.leap_at: tuple[float, timedelta] | None = None

    def wall(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)
        if self.leap_at is not None and self.seconds >= self.leap_at[0]:
            self.now += self.leap_at[1]
            self.leap_at = None
        await asyncio.sleep(0)

    def leap(self, by: timedelta, *, after: float) -> None:
        """Let the wall clock jump `after` so many seconds of tonight's work."""
        self.leap_at = (self.seconds + after, by)


class Life:
    """The county's crawler: its folder, its portals' descriptions, its nights."""

    def __init__(self, folder: Path, county: County, revisit: RevisitConfig) -> None:
        self.county = county
        self.clock = Clock()
        self.portals = folder / "portals"
        self.portals.mkdir()
        base = parse_config(
            '[crawl]\ncontact = "operator@library.edu"\ndelay_seconds = 1.0\n[alerts]\nwebhook = "http://127.0.0.1:9/"\n'
        )
        self.config: Config = replace(
            base,
            archive=replace(base.archive, path=folder / "archive.db", min_free_mb=0),
            sites=replace(base.sites, folders=(self.portals,)),
            revisit=revisit,
        )
        for portal in county.portals.values():
            self.describe(portal)

    def describe(self, portal: Portal, *, family: str = "") -> None:
        """Write the portal's TOML as its curator would, from what stands there now."""
        url = f"http://{portal.host}{portal.column}"
        (self.portals / f"{portal.key}.toml").write_text(
            f'id = "{portal.key}"\nname = "{portal.key}"\nhome = "http://{portal.host}/"\nverified = 2024-12-01\n'
            f'family = "{family or portal.family}"\n[[section]]\nkey = "nb"\nname = "政府信息公开年报"\n'
            f'url = "{url}"\nmin_refs = 2\n',
            encoding="utf-8",
        )

    async def night(self, day: date, *, hour: int = 0, minute: int = 30) -> Seen:
        """One night, begun at this China time, as `gongkai schedule` would: it must be due, the window open."""
        self.county.today = day
        self.clock.now = datetime(day.year, day.month, day.day, hour, minute, 1, tzinfo=UTC) - timedelta(hours=8)
        return await self.crawl(day)

    async def crawl(self, day: date, *, due: bool = True) -> Seen:
        clock, config = self.clock, self.config
        begun, last = clock.now, None
        served = len(self.county.served)
        library = Library.load(config.sites.folders)
        specs = [library.sites[key] for key in sorted(self.county.portals)]
        with Archive.open(config.archive.path, clock=clock.wall) as archive:
            last = archive.last_finished("crawl")
            assert is_missed(begun, last, config.schedule) is due, (
                f"{day}: the night was not due at {begun} after {last}"
            )
            assert find_window_end(begun, config.schedule) is not None
            async with Fetcher(
                config,
                clock=clock.wall,
                sleep=clock.sleep,
                monotonic=clock.monotonic,
                chance=lambda: 0.5,
                transport=CountyTransport(self.county),
            ) as fetcher:
                tools = Tools(archive=archive, fetcher=fetcher, library=library, config=config, clock=clock.wall)
                result = await Crawl(tools, specs).run()
            assert result is not None
            alerts, digest = news_of(archive, config, clock.now)
            seen = self._look(archive, day, result.run.id)
        seen.alerts = {(alert.site_id, alert.before, alert.now) for alert in alerts}
        seen.digest = digest is not None
        seen.requests = len(self.county.served) - served
        return seen

    @staticmethod
    def _look(archive: Archive, day: date, run: int) -> Seen:
        ask = archive.db.execute
        seen = Seen(day=day)
        seen.events |= {("new", url) for (url,) in ask("select url from pages where first_run = ?", [run])}
        seen.events |= {
            ("edited", url)
            for (url,) in ask(
                "select v.page from versions v join captures c on c.id = v.capture where c.run = ? and v.from_at > "
                "(select min(from_at) from versions where page = v.page)",
                [run],
            )
        }
        seen.events |= {(state, url) for state, url in ask("select state, page from page_states where run = ?", [run])}
        seen.problems = {(site, kind) for site, kind in ask("select site, kind from problems where run = ?", [run])}
        return seen
