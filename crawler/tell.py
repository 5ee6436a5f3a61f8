"""Telling an operator: a command, a webhook, a heartbeat. What cannot be told is logged and ends nothing."""

from __future__ import annotations

import json
import logging
import subprocess
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPException

from archive.store.archive import Archive
from crawler.alerts import Alert, find_alerts, find_digest
from crawler.config import AlertsConfig, Config

log = logging.getLogger("gongkai.tell")

#: The longest a channel may take; a night's end does not wait for a dead mail server.
SECONDS = 20.0


#: How far back nights are looked at to know what is new: longer than any state needs to settle.
HISTORY = timedelta(days=120)


def news_of(archive: Archive, config: Config, now: datetime) -> tuple[tuple[Alert, ...], str | None]:
    """What the newest night changed, and the week's digest when today is its day."""
    history = archive.nights((now - HISTORY).date())
    today = now.astimezone(config.schedule.zone).date()
    return find_alerts(history, config.alerts), find_digest(history, today, config.alerts)


def tell(alerts: Sequence[Alert], digest: str | None, config: AlertsConfig) -> None:
    """Tell every alert and the digest through each configured channel, as one JSON object each: kind,
    text, and for an alert site, day, before, now."""
    messages: list[dict[str, str]] = [
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
    if digest:
        messages.append({"kind": "digest", "text": digest})
    for message in messages:
        _send(message, config)


def tell_trouble(text: str, config: AlertsConfig) -> None:
    """Tell that the night itself went wrong (the disk is nearly full), through each configured channel: kind
    `trouble`, and the text."""
    _send({"kind": "trouble", "text": text}, config)


def _send(message: Mapping[str, str], config: AlertsConfig) -> None:
    log.warning("%s", message["text"])
    if config.command:
        _try("command", partial(_run, config.command, message))
    if config.webhook:
        _try("webhook", partial(_post, config.webhook, message))


def beat(config: AlertsConfig) -> None:
    """Ask the heartbeat address: a night was finished. A dead scheduler cannot alert; its silence can."""
    if config.heartbeat:
        _try("heartbeat", partial(_ask, urllib.request.Request(config.heartbeat)))  # noqa: S310 - http(s), see config


def _try(channel: str, act: Callable[[], None]) -> None:
    try:
        act()
    except (OSError, HTTPException, subprocess.SubprocessError) as error:
        log.error("alerts.%s did not work: %s", channel, error)


def _run(command: Sequence[str], message: Mapping[str, str]) -> None:
    """The operator's own program, without a shell, the message on its standard input."""
    subprocess.run(  # noqa: S603 - the operator's command line, from config.toml
        list(command), input=json.dumps(message, ensure_ascii=False).encode(), timeout=SECONDS, check=True
    )


def _post(url: str, message: Mapping[str, str]) -> None:
    body = json.dumps(message, ensure_ascii=False).encode()
    _ask(urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"}))  # noqa: S310


def _ask(request: urllib.request.Request) -> None:
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        answer.read(1024)
