"""`gongkai status`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from archive.store.archive import Archive
from archive.store.health import PortalHealth, Sizes, metrics, portals_of, sizes_of
from archive.store.nights import CutNight, cut_nights
from archive.store.withheld import active
from crawler.cli.options import ArchiveOption, ConfigOption, JsonOption, console, existing, load, printer, utc_now
from sites.reading.dates import CHINA

PrometheusOption = Annotated[
    bool, typer.Option("--prometheus", help="Prometheus' text format, for a textfile collector.")
]


def status(
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
    prometheus: PrometheusOption = False,
) -> None:
    """How every portal is, what its last night brought, and how long the disk lasts."""
    loaded = load(config, archive)
    now = utc_now()
    with Archive.read(existing(loaded)) as opened:
        portals = portals_of(opened.db.conn, now.astimezone(CHINA).date())
        sizes = sizes_of(opened.db.conn, min_free=loaded.archive.min_free_mb * 1_000_000)
        last = opened.last_finished("crawl")
        hidden = active(opened.db.conn)
        cut = cut_nights(opened.db.conn)
    if prometheus:
        typer.echo("\n".join(metrics(portals, sizes)))
        return
    if as_json:
        for portal in portals:
            printer(True)(portal.as_row())
        night = last.isoformat() if last else None
        told = [{"target": one.target, "reason": one.reason} for one in hidden]
        printer(True)(
            {
                "sizes": sizes.as_row(),
                "last_night": night,
                "cut_short": [asdict(one) for one in cut],
                "withheld": told,
            }
        )
        return
    crawled = [portal for portal in portals if portal.standing != "never"]
    if crawled:
        out = console()
        out.print(_table(crawled), width=None if out.is_terminal else 200)
    resting = len(portals) - len(crawled)
    if resting:
        console().print(f"{resting} portals are described and were never crawled")
    for line in _notes(crawled):
        console().print(line)
    console().print(f"last night: {_moment(last.isoformat()) if last else 'none yet'} (China time)")
    for one_night in cut:
        console().print(_cut(one_night))
    for one in hidden:
        console().print(f"withheld, not asked for: {one.target} ({one.reason})")
    console().print(_disk(sizes))


def _table(portals: list[PortalHealth]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0))
    for name in ("portal", "is", "complete on", "new", "changed", "walls", "problems", "entries", "newest"):
        table.add_column(name, no_wrap=True)
    for portal in portals:
        numbers = (portal.new, portal.changed, portal.walls, portal.problems)
        usual = f" of {portal.usual_refs}" if portal.usual_refs is not None else ""
        table.add_row(
            portal.site,
            portal.standing,
            _moment(portal.last_complete),
            *("–" if number is None else str(number) for number in numbers),
            "–" if portal.refs is None else f"{portal.refs}{usual}",
            portal.newest_on or "–",
        )
    return table


def _notes(portals: list[PortalHealth]) -> list[str]:
    """What a person should look into, a line each."""
    lines = []
    for portal in portals:
        if portal.trouble:
            lines.append(f"{portal.site} is {portal.standing}: {portal.trouble}")
        if portal.drift:
            lines.append(
                f"{portal.site}: {portal.drift} problems say that the portal is not as described; "
                f"gongkai sites drift {portal.site} shows what differs"
            )
        if portal.overdue:
            lines.append(
                f"{portal.site}: nothing published for {portal.silent_days} days; "
                f"its longest silence so far was {portal.longest_silence} days"
            )
    return lines


def _cut(night: CutNight) -> str:
    return f"the night of {night.day} was cut short: {night.reason}"


def _disk(sizes: Sizes) -> str:
    parts = ", ".join(f"{kind} {_megabytes(taken)}" for kind, taken in sizes.kinds.items())
    grows = (
        f"grows by {_megabytes(sizes.a_night)} a night, the disk lasts {sizes.days_left} nights"
        if sizes.a_night and sizes.days_left is not None
        else f"{_megabytes(sizes.free)} free"
    )
    return (
        f"archive: {_megabytes(sizes.total)} (database {_megabytes(sizes.database)}, WARCs {_megabytes(sizes.warcs)}"
        f"{f': {parts}' if parts else ''}, journal {_megabytes(sizes.journal)}); {grows}"
    )


def _megabytes(amount: int) -> str:
    return f"{amount / 1e9:,.1f} GB" if amount >= 1e9 else f"{amount / 1e6:,.1f} MB"


def _moment(stamp: str | None) -> str:
    if stamp is None:
        return "never"
    return datetime.fromisoformat(stamp).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
