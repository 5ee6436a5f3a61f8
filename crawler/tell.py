"""Telling an operator what a night changed. What cannot be told is logged and ends nothing."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from archive.store.archive import Archive
from crawler import channels
from crawler.alerts import Alert, find_alerts, find_digest
from crawler.config import AlertsConfig, Config

log = logging.getLogger("gongkai.tell")

#: How far back nights are looked at to know what is new: longer than any state needs to settle.
HISTORY = timedelta(days=120)

#: One message through one channel, not sent yet: the channel's key in config.toml, and the sending.
Sending = tuple[str, Callable[[], None]]


def news_of(archive: Archive, config: Config, now: datetime) -> tuple[tuple[Alert, ...], str | None]:
    """What the newest night changed, and the week's digest when today is its day."""
    history = archive.nights((now - HISTORY).date())
    today = now.astimezone(config.schedule.zone).date()
    return find_alerts(history, config.alerts), find_digest(history, today, config.alerts)


def tell(alerts: Sequence[Alert], digest: str | None, config: AlertsConfig) -> None:
    """Tell every alert and the digest through each configured channel.

    The command and a plain webhook get one JSON object each: kind, text, and for an alert site, day, before, now.
    People (e-mail, 企业微信, 钉钉, Slack) get one message a night with a line an alert, and one for the digest.
    """
    for alert in alerts:
        log.warning("%s", alert.message)
    if digest:
        log.warning("%s", digest)
    for sending in sendings(alerts, digest, config):
        _try(*sending)


def beat(config: AlertsConfig) -> None:
    """Say that a night was finished. A dead scheduler cannot alert; its silence can."""
    if config.heartbeat:
        _try("heartbeat", lambda: _ignore(channels.ask(config.heartbeat)))
    if config.heartbeat_command:
        _try("heartbeat_command", partial(channels.run, config.heartbeat_command, {"kind": "heartbeat"}))


def try_channels(config: AlertsConfig) -> list[tuple[str, str]]:
    """Send a test message through every configured channel; gives each channel's key and its error, '' for none."""
    text = "gongkai: a test message. Whoever reads this is told when a portal's state changes."
    tests = _through([{"kind": "test", "text": text}], [("gongkai: a test", text)], config)
    if config.heartbeat:
        tests.append(("heartbeat", lambda: _ignore(channels.ask(config.heartbeat))))
    if config.heartbeat_command:
        tests.append(("heartbeat_command", partial(channels.run, config.heartbeat_command, {"kind": "heartbeat"})))
    return [(name, _error_of(send)) for name, send in tests]


def sendings(alerts: Sequence[Alert], digest: str | None, config: AlertsConfig) -> list[Sending]:
    """The messages that these alerts and this digest make, one a channel and message."""
    objects: list[dict[str, str]] = [
        {
            "kind": "alert",
            "text": alert.message,
            "site": alert.site_id,
            "day": alert.day.isoformat(),
            "before": alert.before,
            "now": alert.now,
        }
        for alert in alerts
    ]
    letters: list[tuple[str, str]] = []
    if alerts:
        letters.append((_subject(alerts), "\n".join(alert.message for alert in alerts)))
    if digest:
        objects.append({"kind": "digest", "text": digest})
        letters.append((digest.splitlines()[0], digest))
    return _through(objects, letters, config)


def tell_trouble(text: str, config: AlertsConfig) -> None:
    """Tell that the night itself went wrong (the disk is nearly full), through each configured channel: kind
    `trouble`, and the text."""
    log.warning("%s", text)
    for sending in _through([{"kind": "trouble", "text": text}], [("gongkai: the night went wrong", text)], config):
        _try(*sending)


def _through(
    objects: Sequence[dict[str, str]], letters: Sequence[tuple[str, str]], config: AlertsConfig
) -> list[Sending]:
    """Objects through the channels of programs, letters (subject, text) through those of people."""
    found: list[Sending] = []
    if config.command:
        found += [("command", partial(channels.run, config.command, message)) for message in objects]
    if config.webhook and config.webhook_shape == "json":
        found += [("webhook", partial(channels.post, config, message)) for message in objects]
    elif config.webhook:
        found += [
            ("webhook", partial(channels.post, config, channels.shaped(config.webhook_shape, text)))
            for _, text in letters
        ]
    if config.email_to:
        found += [("email_to", partial(channels.mail, config, subject, text)) for subject, text in letters]
    return found


def _subject(alerts: Sequence[Alert]) -> str:
    first = alerts[0]
    if len(alerts) == 1:
        return f"gongkai: {first.site_id} is {first.now}"
    well = sum(alert.now == "well" for alert in alerts)
    return f"gongkai: {len(alerts) - well} portals in trouble, {well} well again"


def _error_of(send: Callable[[], None]) -> str:
    try:
        send()
    except subprocess.CalledProcessError as error:
        return f"the program ended with {error.returncode}"  # its arguments may hold a secret
    except subprocess.TimeoutExpired as error:
        return f"the program did not end within {error.timeout:.0f} s"
    except channels.FAILURES as error:
        return str(error) or type(error).__name__
    return ""


def _try(channel: str, send: Callable[[], None]) -> None:
    if error := _error_of(send):
        log.error("alerts.%s did not work: %s", channel, error)


def _ignore(_: bytes) -> None:
    """A heartbeat's answer says nothing."""
