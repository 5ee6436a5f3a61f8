"""A year of nights, by a script: every event on the right night, none invented, alerts exactly as scripted."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.rebuild import rebuild
from crawler.config import RevisitConfig
from crawler.errors import ConfigError
from crawler.library import Library
from crawler.rereading import reread
from tests.crawler.year.county import County, html
from tests.crawler.year.nights import Life, Seen
from tests.crawler.year.script import Script

CDN = html("<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>", 502)


async def live(script: Script, nights: int) -> list[Seen]:
    """The nights of the script, those the machine slept through left out."""
    seen = []
    for number in range(1, nights + 1):
        day = script.day(number)
        script.morning(day)
        if day in script.ledger.asleep:
            continue
        late = day in script.ledger.late
        seen.append(await script.life.night(day, hour=3 if late else 0, minute=10 if late else 30))
    return seen


def compare(script: Script, seen: list[Seen]) -> list[str]:
    """What was missed, found on the wrong night, or invented; [] for a right archive."""
    ledger, wrong = script.ledger, []
    awake = [night.day for night in seen]
    open_ = list(ledger.promises)
    for night in seen:
        for event in sorted(night.events):
            promise = next((p for p in open_ if p.event == event and p.earliest <= night.day), None)
            if promise is None:
                wrong.append(f"{night.day}: invented {event}")
                continue
            open_.remove(promise)
            due = next((day for day in awake if day >= promise.latest), awake[-1])
            if night.day > due:
                wrong.append(f"{night.day}: {event} found late, due {due}")
        if night.alerts != ledger.alerts[night.day]:
            wrong.append(f"{night.day}: alerts {night.alerts}, scripted {ledger.alerts[night.day]}")
        scripted = ledger.problems[night.day]
        sites = {site for site, _ in scripted}
        unexpected = {problem for problem in night.problems if problem[0] not in sites}
        if not scripted <= night.problems or unexpected:
            wrong.append(f"{night.day}: problems {night.problems}, scripted {scripted}")
        if night.digest != (night.day.weekday() == 0):
            wrong.append(f"{night.day}: a digest on the wrong day")
    wrong += [f"never found {p.event} of {p.earliest}" for p in open_ if p.latest <= awake[-1]]
    return wrong


def a_month(script: Script) -> None:
    """Thirty nights in which everything happens once."""
    script.publish(2, "gaibei", 2024)
    script.publish(3, "yunxi", 2024)
    script.publish(9, "nanling", 2024)
    script.edit(4, "gaibei", 2020)
    script.edit(5, "yunxi", 2022, cell=True)
    script.edit(5, "gaibei", 2024)
    script.attach(3, "shiqiao", 2023, "公开工作统计情况说明。")
    script.edit_file(11, "shiqiao", 2023, "公开工作统计情况更正说明。")
    script.remove(4, "gaibei", 2018)
    script.remove(5, "yunxi", 2019, answers="soft")
    script.remove(6, "liutang", 2020, answers="410")
    script.blink(4, "liutang", 2019)
    script.unlist(6, "changfeng", 2018, until=12)
    script.restore(20, "gaibei", 2018)
    script.move(8, "yunxi", 2021)
    script.move(10, "changfeng", 2020)
    script.wall(10, 16, "gaibei")
    script.cut_in_half(12, 14, "yunxi")
    script.storm(18, 20, "nanling")
    script.storm(18, 18, "changfeng", 502)
    script.robots(16, 18, "shiqiao", (200, "User-agent: *\nDisallow: /\n"))
    script.robots(21, 21, "changfeng", (503, "busy"))
    script.wall(23, 24, "changfeng", robots=True)
    script.relaunch(20, "shiqiao", mended=23)
    script.relaunch(14, "liutang", mended=17, same_column=True)
    script.to_https(7, "nanling", closed=12)
    script.asleep(26, 27)
    script.edit(23, "gaibei", 2021)
    script.leap(24, 3.0)


async def test_a_month_of_nights_is_told_as_it_happened(tmp_path: Path) -> None:
    """Thirty nights with a short rotation, so that every page comes round."""
    county = County(first_year=2018)
    life = Life(tmp_path, county, RevisitConfig(current_days=4, older_days=12, all_days=30, listing_days=5))
    script = Script(county, life, date(2025, 1, 1), current=4, older=12, walk=5)
    a_month(script)
    assert compare(script, await live(script, 30)) == []


async def test_a_clock_days_behind_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    county = County(first_year=2023)
    life = Life(tmp_path, county, RevisitConfig())
    await life.night(date(2025, 3, 10))
    asked = len(county.served)
    life.clock.now -= timedelta(days=9)
    with pytest.raises(ConfigError, match="set the clock"):
        await life.crawl(date(2025, 3, 1), due=False)
    assert len(county.served) == asked
    assert (await life.night(date(2025, 3, 11))).events == set()


def a_year(script: Script) -> None:
    """A year of six portals: publication in the first quarter, then all that portals do to what they published."""
    spring = {"gaibei": 20, "yunxi": 27, "shiqiao": 41, "changfeng": 55, "liutang": 74, "nanling": 88}
    for key, number in spring.items():
        script.publish(number, key, 2024)
    for place, key in enumerate(sorted(spring)):
        script.edit(100 + 9 * place, key, 2024)
        script.edit(160 + 5 * place, key, 2024, cell=True)
        script.edit(40 + 3 * place, key, 2020, cell=True)
    script.attach(110, "nanling", 2024, "公开工作统计情况说明。")
    script.edit_file(122, "nanling", 2024, "公开工作统计情况更正说明。")
    script.remove(35, "gaibei", 2014)
    script.restore(60, "gaibei", 2014)
    script.remove(90, "gaibei", 2014, answers="410")
    script.remove(64, "yunxi", 2015, answers="soft")
    script.remove(120, "liutang", 2016, answers="410")
    script.blink(50, "gaibei", 2019, nights=1)
    script.blink(70, "changfeng", 2019, nights=2)
    script.unlist(45, "changfeng", 2018, until=80)
    script.move(33, "yunxi", 2017)
    script.move(110, "changfeng", 2016)
    script.wall(130, 136, "gaibei")
    script.wall(210, 216, "changfeng", robots=True)
    script.cut_in_half(140, 142, "yunxi")
    script.cut_in_half(230, 232, "gaibei")
    script.storm(150, 153, "nanling")
    for number in (59, 117, 171, 224, 290, 333):  # a content network's bad nights, each over in a night
        script.storm(number, number, "liutang", 502)
    script.storm(191, 191, "changfeng", 504)
    script.robots(180, 184, "shiqiao", (200, "User-agent: *\nDisallow: /\n"))
    script.robots(199, 199, "yunxi", (500, "error"))
    script.relaunch(240, "shiqiao", mended=247)
    script.relaunch(260, "liutang", mended=263, same_column=True)
    script.to_https(200, "nanling", closed=270)
    script.edit(300, "nanling", 2024)
    script.edit(310, "shiqiao", 2024, cell=True)
    script.remove(320, "nanling", 2014)
    script.asleep(280, 284)
    script.edit(282, "gaibei", 2024)
    script.remove(340, "changfeng", 2015)
    script.asleep(350, 350)
    script.leap(311, 3.0)
    script.leap(325, -2.0)


async def lived(tmp_path: Path, revisit: RevisitConfig, *, nights: int, **waits: int) -> tuple[Life, Script]:
    county = County()
    life = Life(tmp_path, county, revisit)
    script = Script(county, life, date(2025, 1, 1), **waits)
    a_year(script)
    started = time.perf_counter()
    seen = await live(script, nights)
    wrong = compare(script, seen)
    found = sum(len(night.events) for night in seen)
    print(
        f"{len(seen)} nights, {sum(len(p.docs) for p in county.portals.values())} reports, {found} events found of "
        f"{len(script.ledger.promises)} scripted, {sum(len(night.alerts) for night in seen)} alerts, "
        f"{sum(night.requests for night in seen)} requests, {time.perf_counter() - started:.0f} s, wrong: {len(wrong)}"
    )
    print(*wrong, sep="\n")
    assert wrong == []
    return life, script


def changes_of(path: Path) -> list[tuple[str, str, str]]:
    with Archive.read(path) as archive:
        return sorted(archive.db.execute("select url, kind, changed_at from changes").fetchall())


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_a_year_is_told_as_it_happened_and_a_better_reader_changes_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life, script = await lived(tmp_path, RevisitConfig(), nights=365, current=7, older=180, walk=7)
    path = life.config.archive.path
    before = changes_of(path)
    kinds = {"gone": "removed", "edited": "edited", "moved": "moved", "back": "back"}
    scripted = sorted(
        (p.event[1], kinds[p.event[0]])
        for p in script.ledger.promises
        if p.event[0] in kinds and not p.event[1].endswith(".docx")
    )
    assert [(url, kind) for url, kind, _ in before] == scripted
    # Another way of cleaning: every text reads differently, and nothing was changed by anybody.
    monkeypatch.setattr("sites.reading.article.drop_word_residue", lambda line: line.replace("工作", ""))
    for module in ("store.pages", "store.judgement", "store.rebuild", "store.archive", "store.known", "store.already"):
        monkeypatch.setattr(f"archive.{module}.READER_VERSION", "next")
    monkeypatch.setattr("crawler.steps.READER_VERSION", "next")
    library = Library.load(life.config.sites.folders)
    with Archive.open(path) as archive:
        texts = "select group_concat(text_digest) from (select text_digest from documents order by 1)"
        said = archive.db.execute(texts).fetchone()
        result = rebuild(archive, lambda exchange, context: reread(exchange, context, library))
        assert result.read > 100
        assert archive.db.execute(texts).fetchone() != said
        assert rebuild(archive, lambda exchange, context: reread(exchange, context, library)).read == 0
    assert changes_of(path) == before
    night = await life.night(script.day(366))
    assert (night.events, night.alerts) == (set(), set())


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_when_every_page_is_asked_every_night_everything_is_told_the_same_night(tmp_path: Path) -> None:
    """The first four months of the year again: each page of the county read each night costs more than the year."""
    await lived(tmp_path, RevisitConfig(mode="always"), nights=120)
