"""What a machine must have for gongkai to work, looked at one by one: `gongkai doctor`.

Each check is a small function that gives one line: what it looked at, whether it is well, and what to do when not.
Nothing is changed; the only files written are probes that are deleted again.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from archive.store import privacy
from archive.store.archive import Archive
from archive.store.errors import StoreError
from archive.store.rebuild import stale_readings
from crawler.config import Config
from crawler.convert import converters_found
from crawler.errors import ConfigError
from crawler.politeness import find_address, is_loopback_host, is_public_address
from sites.model import SiteSpec

State = Literal["ok", "warn", "fail"]

#: No clock that tells an earlier day than this release can be right.
_RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
#: `upsert … returning`, `strict` and JSON functions that the store uses.
_LEAST_SQLITE = (3, 37, 0)
#: A name server or a portal that takes longer is a problem of its own (seconds).
_PATIENCE = 5.0
#: How many portals are looked up.
_PORTALS = 3
_SECRETIVE = stat.S_IRGRP | stat.S_IROTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line. `todo` says what to do about a warning or a failure."""

    name: str
    state: State
    message: str
    todo: str = ""


def examine(
    config: Config,
    portals: Sequence[SiteSpec],
    *,
    clock: Callable[[], datetime],
    resolve: Callable[[str, int], list[str]] | None = None,
) -> Iterator[Check]:
    """All checks in turn. `portals` are those a night would ask; without `resolve` no name is looked up."""
    yield _python()
    yield _sqlite()
    yield _clock(config, clock())
    yield from _folder(config)
    yield _disk(config)
    yield from _archive(config)
    yield _secrets(config)
    yield _contact(config, portals)
    yield from _converters()
    yield _fonts()
    yield _extra("ocr", "rapidocr_onnxruntime", "pictures of tables stay unread")
    yield _extra("export", "pyarrow", "no Parquet can be written")
    yield Check(name="browser", state="ok", message="none is needed: portals are asked without one")
    yield from _network(portals, resolve)


def _python() -> Check:
    # an older Python could not have come so far
    return Check(name="python", state="ok", message=".".join(map(str, sys.version_info[:3])))


def _sqlite() -> Check:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < _LEAST_SQLITE:
        wanted = ".".join(map(str, _LEAST_SQLITE))
        return Check(
            name="sqlite", state="fail", message=version, todo=f"use a Python built with SQLite {wanted} or newer"
        )
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("create virtual table t using fts5(text, tokenize='ascii')")
        except sqlite3.OperationalError as error:
            return Check(
                name="sqlite",
                state="fail",
                message=f"{version} without full text ({error})",
                todo="use a Python whose SQLite has FTS5",
            )
    return Check(name="sqlite", state="ok", message=f"{version} with FTS5")


def _clock(config: Config, now: datetime) -> Check:
    local = now.astimezone(config.schedule.zone)
    told = f"{local:%Y-%m-%d %H:%M} in {config.schedule.timezone}"
    newest = _newest_moment(config.archive.path)
    if now < _RELEASED:
        return Check(name="clock", state="fail", message=f"{told}: before this release", todo="set the clock (NTP)")
    if newest is not None and now < newest - timedelta(minutes=5):
        return Check(
            name="clock",
            state="fail",
            message=f"{told}: earlier than the archive's newest run ({newest:%Y-%m-%d %H:%M} UTC)",
            todo="set the clock (NTP): versions and absences are told by it",
        )
    return Check(name="clock", state="ok", message=told)


def _newest_moment(path: Path) -> datetime | None:
    if not path.exists():
        return None
    try:
        with Archive.read(path) as archive:
            (newest,) = archive.db.execute("select max(coalesce(finished_at, started_at)) from runs").fetchone()
    except StoreError:
        return None
    return datetime.fromisoformat(newest.replace("Z", "+00:00")) if newest else None


def _folder(config: Config) -> Iterator[Check]:
    """The archive's folder can be written, and its file system can hold a write-ahead log."""
    folder = config.archive.path.parent
    there = next(place for place in (folder, *folder.resolve().parents) if place.exists())
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".gongkai-doctor-", dir=there) as probe,
            closing(sqlite3.connect(Path(probe) / "probe.db")) as connection,
        ):
            (mode,) = connection.execute("pragma journal_mode = wal").fetchone()
            connection.execute("create table t (x)")
    except (OSError, sqlite3.OperationalError) as error:
        yield Check(
            name="permissions",
            state="fail",
            message=f"{there} cannot be written ({error})",
            todo="give the user who runs gongkai write access, or name another archive.path",
        )
        return
    if mode != "wal":
        yield Check(
            name="permissions",
            state="fail",
            message=f"{there} cannot hold a write-ahead log (a network disk?)",
            todo="put the archive on a local disk",
        )
        return
    for path in (config.archive.path, folder / "warcs"):
        if path.exists() and not os.access(path, os.W_OK):
            yield Check(
                name="permissions",
                state="fail",
                message=f"{path} cannot be written",
                todo="give it to the user who runs gongkai (chown)",
            )
            return
    yield Check(name="permissions", state="ok", message=f"{there} can be written")


def _disk(config: Config) -> Check:
    folder = config.archive.path.parent
    there = next(place for place in (folder, *folder.resolve().parents) if place.exists())
    free = shutil.disk_usage(there).free // 1_000_000
    least = config.archive.min_free_mb
    told = f"{free:,} MB free at {there}"
    if free < least:
        return Check(
            name="disk",
            state="fail",
            message=f"{told}, less than archive.min_free_mb = {least}",
            todo="free some space: a night ends before it begins",
        )
    if free < 5 * least:
        return Check(name="disk", state="warn", message=told, todo="a full disk ends the night; make room in time")
    return Check(name="disk", state="ok", message=told)


def _archive(config: Config) -> Iterator[Check]:
    path = config.archive.path
    if not path.exists():
        yield Check(name="archive", state="ok", message=f"{path} is not there yet: the first crawl makes it")
        return
    try:
        with Archive.read(path) as archive:
            stale = stale_readings(archive)
            settled = privacy.is_settled(archive.db.conn, masked=config.privacy.mask)
    except StoreError as error:
        yield Check(name="archive", state="fail", message=str(error), todo="see the message")
        return
    if not settled:
        yield Check(
            name="archive",
            state="warn",
            message=f"its texts are not masked as [privacy] mask = {str(config.privacy.mask).lower()} wants",
            todo="gongkai rebuild",
        )
    elif stale:
        yield Check(name="archive", state="warn", message=f"{stale} readings are stale", todo="gongkai rebuild")
    else:
        yield Check(name="archive", state="ok", message=f"{path} is of this version")


def _secrets(config: Config) -> Check:
    alerts = config.alerts
    holds = bool(alerts.webhook or alerts.heartbeat or alerts.command)
    if not config.source or not holds:
        return Check(name="secrets", state="ok", message="the configuration holds none")
    mode = Path(config.source).stat().st_mode
    if mode & _SECRETIVE:
        return Check(
            name="secrets",
            state="warn",
            message=f"{config.source} holds alert addresses and can be read by others",
            todo=f"chmod 600 {config.source}",
        )
    return Check(name="secrets", state="ok", message=f"{config.source} is its owner's only")


def _contact(config: Config, portals: Sequence[SiteSpec]) -> Check:
    hosts = [host for spec in portals for host in spec.hosts] or ["www.gov.cn"]
    try:
        config.require_contact(hosts)
    except ConfigError as error:
        return Check(
            name="contact",
            state="fail" if portals else "warn",
            message=str(error),
            todo="write an e-mail address or web page into [crawl] contact",
        )
    return Check(name="contact", state="ok", message=config.crawl.contact or "only this machine is asked")


def _converters() -> Iterator[Check]:
    found = converters_found()
    if not found:
        yield Check(
            name="converters",
            state="warn",
            message="none for .doc and .xls: such attachments are kept unread",
            todo="install antiword, catdoc or LibreOffice (writer and calc, without a screen)",
        )
        return
    yield Check(
        name="converters", state="ok", message=", ".join(f"{name} {told}".strip() for name, told in found.items())
    )


def _fonts() -> Check:
    program = shutil.which("fc-list")
    listed = b""
    if program is not None:
        try:
            listed = subprocess.run(  # noqa: S603 - a program of the system, no words of others
                [program, ":lang=zh", "family"], capture_output=True, timeout=_PATIENCE, check=False
            ).stdout
        except (OSError, subprocess.SubprocessError):
            listed = b""
    if not listed.strip():
        return Check(
            name="fonts",
            state="warn",
            message="no Chinese font: only LibreOffice's conversions and screenshots want one",
            todo="install fonts-noto-cjk where these are made",
        )
    return Check(name="fonts", state="ok", message=f"{len(listed.splitlines())} Chinese families")


def _extra(name: str, module: str, without: str) -> Check:
    if importlib.util.find_spec(module) is None:
        return Check(
            name=name, state="warn", message=f"not installed: {without}", todo=f"pip install 'gongkai[{name}]'"
        )
    return Check(name=name, state="ok", message="installed")


def lookup(host: str, port: int) -> list[str]:
    """The addresses of a name. Raises `OSError` when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


def _network(portals: Sequence[SiteSpec], resolve: Callable[[str, int], list[str]] | None) -> Iterator[Check]:
    """Names of portals are looked up, nothing is asked of them: that is the crawl's to do, politely."""
    homes = [urlsplit(spec.home) for spec in portals]
    hosts = [home.hostname for home in homes if home.hostname and find_address(home.hostname) is None]
    named = [host for host in dict.fromkeys(hosts) if not is_loopback_host(host)][:_PORTALS]
    if resolve is None:
        yield Check(name="network", state="ok", message="left out (--offline)")
        return
    if not named:
        yield Check(name="network", state="ok", message="no verified portal beyond this machine to look up")
        return
    for host in named:
        try:
            addresses = resolve(host, 80)
        except (OSError, UnicodeError) as error:
            yield Check(
                name="network",
                state="fail",
                message=f"{host} cannot be looked up ({error})",
                todo="check the name server and the way out (a firewall, a proxy: gongkai uses none)",
            )
            continue
        inside = [address for address in addresses if not is_public_address(address)]
        if inside:
            yield Check(
                name="network",
                state="fail",
                message=f"{host} is at {', '.join(inside)}: not a public address, so it is not asked",
                todo="a name server that answers with its own addresses? Or set address_allowed and why for this host",
            )
        else:
            yield Check(name="network", state="ok", message=f"{host} is at {', '.join(addresses)}")
