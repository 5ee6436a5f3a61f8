"""When an operator is told: on a change of state, once, and not for weather. Pure.

The history of nights is folded from its beginning, so what was told before needs no memory of its own:
the same history always tells the same. A complete listing that yields nothing, or far less than it used
to, is told the same night; walls and failures only when they last.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Literal

from archive.store.nights import SiteNight
from crawler.config import AlertsConfig

#: Where a portal stands. `empty`: a complete listing with no entries, or a column that is not there any more.
#: `thin`: one with far fewer entries than it used to have. `walled`: not complete, and a wall stood there.
#: `failing`: not complete for another reason. `stale`: no complete night for a long time, whatever the single
#: nights said.
State = Literal["well", "empty", "thin", "walled", "failing", "stale"]

#: States that are told the first night they are seen.
_AT_ONCE = frozenset({"well", "empty", "thin", "stale"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One change of state of one portal, in words a person can act on."""

    site_id: str
    day: date
    before: State
    now: State
    message: str


@dataclass(slots=True)
class _Portal:
    """What the fold knows of one portal. `typical` are the entries of its last complete nights."""

    name: str
    typical: deque[int]
    first_day: date
    last_complete: date | None = None
    told: State = "well"
    pending: State = "well"
    nights: int = 0
    tonight: SiteNight | None = field(default=None)


def find_alerts(history: Sequence[SiteNight], rules: AlertsConfig) -> tuple[Alert, ...]:
    """What the newest night of `history` gives an operator to know; () when nothing changed.

    `history` may be in any order; of several crawls of a portal on one day the last one counts.
    """
    by_day: dict[date, dict[str, SiteNight]] = defaultdict(dict)
    for night in history:
        by_day[night.day][night.site_id] = night
    portals: dict[str, _Portal] = {}
    alerts: list[Alert] = []
    for day in sorted(by_day):
        for site_id, night in by_day[day].items():
            if site_id not in portals:
                portals[site_id] = _Portal(night.name, deque(maxlen=rules.history_nights), day)
            portals[site_id].tonight = night
        alerts = []
        for site_id, portal in sorted(portals.items()):
            alert = _turn(site_id, portal, day, rules)
            if alert is not None:
                alerts.append(alert)
    return tuple(alerts)


def _turn(site_id: str, portal: _Portal, day: date, rules: AlertsConfig) -> Alert | None:
    """One portal's step over one day, crawled or not; the alert it gives."""
    night, portal.tonight = portal.tonight, None
    state = portal.pending if night is None else _state(night, portal, rules)
    message = "" if night is None else _words(night, state, portal)
    since = portal.last_complete or portal.first_day
    if night is not None and night.complete:
        portal.last_complete = since = day
        if state == "well":
            portal.typical.append(night.refs)
    if (day - since).days > rules.stale_days:
        state = "stale"
        message = f"no complete night since {since.isoformat()}"
    if night is None and state != "stale":
        return None  # not crawled: nothing was learned
    portal.nights = portal.nights + 1 if _alike(state, portal.pending) else 1
    portal.pending = state
    if _alike(state, portal.told) or (state not in _AT_ONCE and portal.nights < rules.after_nights):
        return None
    before, portal.told = portal.told, state
    return Alert(
        site_id=site_id, day=day, before=before, now=state, message=f"{portal.name} ({site_id}) is {state}: {message}"
    )


def _alike(one: State, other: State) -> bool:
    """Whether going from one state to the other is no news: an incomplete night is one, wall or not."""
    return one == other or {one, other} == {"walled", "failing"}


def _state(night: SiteNight, portal: _Portal, rules: AlertsConfig) -> State:
    if night.lost:
        return "empty"
    if not night.complete and night.walls:
        return "walled"
    if not night.complete and not night.drift:
        return "failing"
    if not night.complete and night.refs:
        return "thin"  # fewer than its min_refs
    if night.refs == 0:
        return "empty"
    if portal.typical and night.refs < median(portal.typical) * rules.thin_share:
        return "thin"
    return "well"


def _words(night: SiteNight, state: State, portal: _Portal) -> str:
    usual = f"; it usually has {median(portal.typical):.0f}" if portal.typical else ""
    match state:
        case "empty" if night.lost:
            return f"{night.lost} of its columns are not there any more (404 or the like): has the portal moved them?"
        case "empty" | "thin":
            return f"its listings have {night.refs} entries{usual}"
        case "walled":
            return f"{night.walls} of {night.requests} answers were walls"
        case "failing":
            return f"a listing was not read to its end, {night.problems} problems"
        case _:
            return f"complete again, {night.refs} entries, {night.new} new"


def find_digest(history: Sequence[SiteNight], today: date, rules: AlertsConfig) -> str | None:
    """The week's summary, a line a portal, on the day of the week the operator chose; None on others, and
    when there was no night."""
    if rules.digest_weekday != today.strftime("%a").lower():
        return None
    week: dict[str, list[SiteNight]] = defaultdict(list)
    for night in history:
        if today - timedelta(days=7) < night.day <= today:
            week[night.site_id].append(night)
    lines = [
        f"{nights[-1].name} ({site_id}): {len(nights)} nights, {sum(night.complete for night in nights)} complete, "
        f"{sum(night.new for night in nights)} new, {sum(night.changed for night in nights)} changed, "
        f"{sum(night.problems + night.walls for night in nights)} problems"
        for site_id, nights in sorted(week.items())
    ]
    return "\n".join([f"gongkai, the week to {today.isoformat()}", *lines]) if lines else None
