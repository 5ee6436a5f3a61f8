from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest

from archive.store.errors import StoreError
from crawler import night
from crawler.config import Config, ScheduleConfig
from crawler.night import build_scheduler, find_window_end, is_missed, run_schedule
from tests.crawler.faketime import FakeTime

SCHEDULE = ScheduleConfig()


def china(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_the_job_is_protected_from_every_trap():
    scheduler = build_scheduler(SCHEDULE, lambda: None)
    job = scheduler.get_jobs()[0]
    # Before start() a job is pending and keeps what it was added with.
    assert str(job.trigger.timezone) == "Asia/Shanghai"
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (5 * 3600, True, 1)
    following = job.trigger.get_next_fire_time(None, china(22, 12))
    assert following == china(23, 0, 30)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (china(22, 0), china(22, 6)),
        (china(22, 5, 59), china(22, 6)),
        (china(22, 6), None),
        (china(22, 23, 59), None),
    ],
)
def test_the_window_is_chinese_time(now: datetime, end: datetime | None):
    assert find_window_end(now, SCHEDULE) == end


def test_a_window_over_midnight_and_one_that_never_closes():
    late = ScheduleConfig(window_start="22:00", window_end="06:00")
    assert find_window_end(china(22, 23), late) == china(23, 6)
    assert find_window_end(china(23, 1), late) == china(23, 6)
    assert find_window_end(china(23, 7), late) is None
    always = ScheduleConfig(window_start="00:00", window_end="00:00")
    assert find_window_end(china(22, 13), always) == china(23, 13)


@pytest.mark.parametrize(
    ("now", "last", "missed"),
    [
        (china(22, 3), None, True),
        (china(22, 3), china(21, 2), True),
        (china(22, 3), china(22, 2), False),
        (china(22, 0, 10), china(21, 2), False),  # tonight's begins in twenty minutes
        (china(22, 0, 10), china(20, 2), True),
        (china(22, 12), None, False),  # the window is closed: tonight will do
    ],
)
def test_what_was_missed_is_known_from_the_archive(now: datetime, last: datetime | None, missed: bool):
    assert is_missed(now, last, SCHEDULE) is missed


async def scheduled(job, *, now: datetime, last: datetime | None = None, config: Config | None = None) -> FakeTime:
    time = FakeTime(now)
    config = config or Config()
    await asyncio.wait_for(
        run_schedule(config, job, last_night=lambda: last, clock=time.clock, sleep=time.sleep), timeout=20
    )
    return time


async def test_a_missed_night_is_caught_up_and_a_signal_ends_the_schedule():
    nights = []

    async def job(stop: asyncio.Event) -> None:
        nights.append(stop)
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()

    await scheduled(job, now=china(22, 3))
    assert len(nights) == 1


async def test_a_night_finishes_the_page_in_hand_before_the_schedule_ends():
    done = []

    async def job(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await stop.wait()
        await asyncio.sleep(0.01)
        done.append("page")

    await scheduled(job, now=china(22, 3))
    assert done == ["page"]


async def test_a_night_that_does_not_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(night, "STOP_SECONDS", 0.01)
    cut = []

    async def job(_: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cut.append(True)
            raise

    await scheduled(job, now=china(22, 3))
    assert cut == [True]


async def test_a_job_that_caught_the_signal_itself_ends_the_schedule_too():
    async def job(stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, stop.set)
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        loop.remove_signal_handler(signal.SIGTERM)

    await scheduled(job, now=china(22, 3))


async def test_the_end_of_the_window_ends_the_night_but_not_the_schedule():
    stopped_at = []
    time = FakeTime(china(22, 3))

    async def job(stop: asyncio.Event) -> None:
        await stop.wait()
        stopped_at.append(time.clock())
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(
        run_schedule(Config(), job, last_night=lambda: None, clock=time.clock, sleep=time.sleep), timeout=20
    )
    assert stopped_at == [china(22, 6)]


async def test_a_night_that_fails_for_a_reason_a_person_can_mend_is_not_the_last(caplog):
    async def job(_: asyncio.Event) -> None:
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
        raise StoreError("the archive is locked by pid 7")

    await scheduled(job, now=china(22, 3))
    assert "locked by pid 7" in caplog.text


async def test_a_programming_error_is_not_hidden():
    async def job(_: asyncio.Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await scheduled(job, now=china(22, 3))


async def test_a_bell_outside_the_window_starts_nothing(monkeypatch):
    ring = []

    def build(schedule, bell):
        ring.append(bell)
        return build_scheduler(schedule, bell)

    monkeypatch.setattr(night, "build_scheduler", build)

    async def job(_: asyncio.Event) -> None:
        raise AssertionError("the window is closed")

    loop = asyncio.get_running_loop()

    def ring_it() -> None:
        ring.pop()()

    loop.call_later(0.01, ring_it)
    loop.call_later(0.03, os.kill, os.getpid(), signal.SIGTERM)
    await scheduled(job, now=china(22, 12))
