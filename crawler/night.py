"""The night: APScheduler says when, the archive's own record says what was missed; nothing else.

The traps of APScheduler 3.11 (docs: misfire grace of one second, the trigger's own time zone, shutdown
that cancels a running coroutine) are why its job only rings a bell: the night itself runs here, one at
a time, and is never cancelled before it had its chance to finish the page in hand.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from archive.store.errors import StoreError
from crawler.config import Config, ScheduleConfig
from crawler.errors import HarvestError
from sites.errors import SiteError

log = logging.getLogger("gongkai.night")

#: A night's work: it receives the event that tells it to end after the page in hand.
Job = Callable[[asyncio.Event], Awaitable[None]]

#: How long a night that was told to stop may still take: within the ten seconds that systemd and
#: container runtimes wait before they kill.
STOP_SECONDS = 9.0

#: How often the end of the window is looked at; a suspended machine must not overrun it.
_WATCH_SECONDS = 30.0


def utc_now() -> datetime:
    """The wall clock, aware, UTC."""
    return datetime.now(UTC)


async def run_schedule(
    config: Config,
    job: Job,
    *,
    last_night: Callable[[], datetime | None],
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run `job` every night until SIGTERM or SIGINT.

    `last_night` tells when the newest finished night ended (None: never); a night that was missed
    while nothing ran is caught up at the start, if the window is open. The job's event is set at the
    end of the window and on a signal; a job that does not end `STOP_SECONDS` after a signal is
    cancelled. A night that ends in an error a person can mend is logged, and the next one comes.
    """
    schedule = config.schedule
    ending, bell = asyncio.Event(), asyncio.Event()
    _listen(ending)
    scheduler = build_scheduler(schedule, bell.set)
    scheduler.start()
    try:
        if is_missed(clock(), last_night(), schedule):
            log.info("the last night was missed: catching up")
            bell.set()
        while await _rings(bell, ending):
            bell.clear()
            end = find_window_end(clock(), schedule)
            if end is None:
                log.warning("a night was due outside the window %s–%s", schedule.window_start, schedule.window_end)
                continue
            await _one_night(job, ending, end=end, clock=clock, sleep=sleep)
            _listen(ending)  # the job may have listened for signals itself
    finally:
        scheduler.shutdown(wait=False)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def build_scheduler(schedule: ScheduleConfig, ring: Callable[[], None]) -> AsyncIOScheduler:
    """The scheduler with its one job, not started."""
    scheduler = AsyncIOScheduler(timezone=schedule.zone)
    scheduler.add_job(
        ring,
        CronTrigger(hour=schedule.hour, minute=schedule.minute, timezone=schedule.zone),
        id="night",
        misfire_grace_time=int(schedule.grace_hours * 3600),
        coalesce=True,
        max_instances=1,
    )
    return scheduler


async def _rings(bell: asyncio.Event, ending: asyncio.Event) -> bool:
    """Wait for the bell (True) or the end (False)."""
    waits = [asyncio.ensure_future(event.wait()) for event in (bell, ending)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return not ending.is_set()


async def _one_night(
    job: Job,
    ending: asyncio.Event,
    *,
    end: datetime,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    stop, over = asyncio.Event(), asyncio.Event()

    async def watch_window() -> None:
        while (left := (end - clock()).total_seconds()) > 0:
            await sleep(min(left, _WATCH_SECONDS))
        over.set()
        stop.set()

    async def watch_end() -> None:
        await ending.wait()
        stop.set()

    night = asyncio.ensure_future(job(stop))
    watches = [asyncio.ensure_future(watch()) for watch in (watch_window, watch_end)]
    told = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([night, told], return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set() and not over.is_set():
            # By a signal, whoever caught it: the job or this module.
            ending.set()
            await asyncio.wait([night], timeout=STOP_SECONDS)
        elif not night.done():
            log.info("the window is over: the night ends after the page in hand")
            ended = asyncio.ensure_future(ending.wait())
            await asyncio.wait([night, ended], return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            if not night.done():
                await asyncio.wait([night], timeout=STOP_SECONDS)
        if not night.done():
            log.warning("the night did not end within %.0f s of being told to: it is cut off", STOP_SECONDS)
            night.cancel()
        await night
    except asyncio.CancelledError:
        if not night.cancelled():
            raise
    except (HarvestError, SiteError, StoreError) as error:
        log.error("the night failed: %s", error)
    finally:
        for task in (*watches, told):
            task.cancel()


def _listen(ending: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)


def is_missed(now: datetime, last: datetime | None, schedule: ScheduleConfig) -> bool:
    """Whether the newest night that should have begun by `now` did not finish, and the window is open."""
    if find_window_end(now, schedule) is None:
        return False
    local = now.astimezone(schedule.zone)
    begin = local.replace(hour=schedule.hour, minute=schedule.minute, second=0, microsecond=0)
    if begin > local:
        begin -= timedelta(days=1)
    return last is None or last < begin


def find_next(now: datetime, schedule: ScheduleConfig) -> datetime:
    """When the next night begins, in the schedule's own time zone."""
    local = now.astimezone(schedule.zone)
    begin = local.replace(hour=schedule.hour, minute=schedule.minute, second=0, microsecond=0)
    return begin if begin > local else begin + timedelta(days=1)


def find_window_end(now: datetime, schedule: ScheduleConfig) -> datetime | None:
    """When the window that is open at `now` ends, or None when it is closed. Equal times mean it is
    always open: then the night has a day."""
    zone = schedule.zone
    local = now.astimezone(zone)
    start, end = time.fromisoformat(schedule.window_start), time.fromisoformat(schedule.window_end)
    if start == end:
        return now + timedelta(days=1)
    for day in (local.date() - timedelta(days=1), local.date()):
        opened = datetime.combine(day, start, zone)
        closed = datetime.combine(day if start < end else day + timedelta(days=1), end, zone)
        if opened <= local < closed:
            return closed
    return None
