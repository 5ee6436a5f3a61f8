"""A year of nights, by a script: every event on the right night, none invented, alerts exactly as scripted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from crawler.config import RevisitConfig
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
    life = Life(tmp_path, county, RevisitConfig(current_days=4, older_days=12, all_days=30))
    script = Script(county, life, date(2025, 1, 1), current=4, older=12)
    a_month(script)
    assert compare(script, await live(script, 30)) == []
