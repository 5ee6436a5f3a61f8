"""The ways to an operator: a program, a webhook in the shape its receiver wants, e-mail, a heartbeat.

Secrets stand in environment variables that config.toml names; neither they nor a webhook's address, which is
a secret of its own, are ever written into a log.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import smtplib
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode

from crawler.config import AlertsConfig

#: The longest a channel may take; a night's end does not wait for a dead mail server.
SECONDS = 20.0

#: 企业微信 refuses texts above 2,048 bytes; the others take more, and nobody reads it.
_LONGEST = {"wecom": 2000, "dingtalk": 15_000, "slack": 30_000}

#: What a channel may fail with: the network, a receiver's refusal, a program.
FAILURES = (OSError, HTTPException, subprocess.SubprocessError, smtplib.SMTPException, ValueError)


class ChannelRefused(OSError):
    """The receiver took the message and refused it, or a secret is not where config.toml says."""


def run(command: Sequence[str], message: Mapping[str, str]) -> None:
    """The operator's own program, without a shell, the message on its standard input as a line."""
    line = json.dumps(message, ensure_ascii=False) + "\n"
    subprocess.run(list(command), input=line.encode(), timeout=SECONDS, check=True)  # noqa: S603 - from config.toml


def post(config: AlertsConfig, message: Mapping[str, Any]) -> None:
    """The message as JSON to the webhook. Raises `ChannelRefused` when the receiver answers with an error code."""
    url, secret = config.webhook, _secret(config.webhook_secret_env, "alerts.webhook_secret_env")
    if secret and config.webhook_shape == "dingtalk":
        url += ("&" if "?" in url else "?") + urlencode(_signature(secret, str(round(time.time() * 1000))))
    body = json.dumps(message, ensure_ascii=False).encode()
    answer = ask(url, body)
    try:
        said = json.loads(answer)
    except ValueError:
        return
    if isinstance(said, dict) and said.get("errcode"):
        raise ChannelRefused(f"the receiver said {said.get('errcode')}: {said.get('errmsg', '')}")


def shaped(shape: str, text: str) -> dict[str, Any]:
    """A text as 企业微信 (`wecom`), 钉钉 (`dingtalk`) or Slack take it, cut to what they take."""
    encoded = text.encode()
    if len(encoded) > _LONGEST[shape]:
        text = encoded[: _LONGEST[shape]].decode(errors="ignore") + "\n…"
    if shape == "slack":
        return {"text": text}
    return {"msgtype": "text", "text": {"content": text}}


def _signature(secret: str, moment: str) -> dict[str, str]:
    """钉钉's 加签: HMAC-SHA256 over the time in milliseconds and the secret."""
    digest = hmac.new(secret.encode(), f"{moment}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": moment, "sign": base64.b64encode(digest).decode()}


def mail(config: AlertsConfig, subject: str, text: str, *, context: ssl.SSLContext | None = None) -> None:
    """One e-mail to everybody in `email_to`; `context` replaces the system's trust in certificates."""
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = subject, config.email_from, ", ".join(config.email_to)
    letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain="gongkai.invalid")
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text, cte="base64")  # every server takes it, whatever it says of eight bits
    context = context or ssl.create_default_context()
    host, port = config.smtp_host, config.smtp_port
    connection: smtplib.SMTP
    if config.smtp_security == "tls":
        connection = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    else:
        connection = smtplib.SMTP(host, port, timeout=SECONDS)
    with connection as server:
        if config.smtp_security == "starttls":
            server.starttls(context=context)
        if config.smtp_user:
            server.login(config.smtp_user, _secret(config.smtp_password_env, "alerts.smtp_password_env"))
        server.send_message(letter)


def ask(url: str, body: bytes | None = None) -> bytes:
    """A short answer from an address of config.toml; POST when there is a body."""
    headers = {"Content-Type": "application/json; charset=utf-8"} if body is not None else {}
    request = urllib.request.Request(quote(url, safe=":/?&=#%@!$'()*+,;~-._[]"), data=body, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - http(s), see config
        return bytes(answer.read(4096))


def _secret(name: str, key: str) -> str:
    """What the environment holds under `name`, '' when config.toml names none."""
    if not name:
        return ""
    if name not in os.environ:
        raise ChannelRefused(f"{key} names {name}, but there is no such environment variable")
    return os.environ[name]
