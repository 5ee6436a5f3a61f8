"""Moments as the database keeps them: UTC, always the same width, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

#: China has one time zone and no daylight saving.
CHINA = timezone(timedelta(hours=8))


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """`2026-01-31T02:30:00.000000Z`. Raises `ValueError` for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; the archive keeps aware times only")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment_of(text: str) -> datetime:
    """The moment a stamp names."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def china_day(text: str) -> date:
    """The China date of a stamp: a night belongs to one day."""
    return moment_of(text).astimezone(CHINA).date()
