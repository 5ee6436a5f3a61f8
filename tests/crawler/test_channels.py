"""The ways to an operator, over real sockets on loopback; what is secret stays out of every log."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import logging
import ssl
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from email import message_from_string, policy
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler import channels
from crawler.alerts import Alert
from crawler.cli import main
from crawler.config import AlertsConfig, parse_config
from crawler.errors import ConfigError
from crawler.tell import beat, tell, try_channels
from tests.certificates import Trust
from tests.crawler.smtpserver import MailServer

DAY = date(2026, 11, 2)
ALERTS = [
    Alert(site_id="shangyu", day=DAY, before="well", now="empty", message="上虞区 (shangyu) is empty: 0 entries"),
    Alert(
        site_id="tongxiang", day=DAY, before="walled", now="well", message="桐乡 (tongxiang) is well: complete again"
    ),
]
MAIL = AlertsConfig(
    email_to=("night@example.org", "day@example.org"),
    email_from="gongkai@example.org",
    smtp_host="127.0.0.1",
    smtp_security="none",
)


@contextmanager
def receiver(answer: bytes = b"", status: int = 200):
    """A web server that keeps what is posted: (path, JSON)."""
    posted: list[tuple[str, dict]] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, json.loads(body)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", posted
        finally:
            server.shutdown()
            thread.join()


def test_an_e_mail_a_night_names_every_portal_and_goes_to_everybody():
    with MailServer() as server:
        tell(ALERTS, None, replace(MAIL, smtp_port=server.port))
    (letter,) = server.letters
    assert [to.split(":")[1] for to in letter.to] == ["<night@example.org>", "<day@example.org>"]
    read = message_from_string(letter.data, policy=policy.default)
    assert read["Subject"] == "gongkai: 1 portals in trouble, 1 well again"
    assert read.get_content().splitlines() == [alert.message for alert in ALERTS]
    assert read["Date"]
    assert read["Message-ID"]


def test_one_alert_stands_in_the_subject_and_the_digest_is_a_letter_of_its_own():
    with MailServer() as server:
        tell(ALERTS[:1], "gongkai, the week to 2026-11-02\n上虞区: 7 nights", replace(MAIL, smtp_port=server.port))
    subjects = [message_from_string(letter.data, policy=policy.default)["Subject"] for letter in server.letters]
    assert subjects == ["gongkai: shangyu is empty", "gongkai, the week to 2026-11-02"]


def test_a_password_travels_encrypted_and_comes_from_the_environment(tmp_path: Path, monkeypatch, caplog):
    trust = Trust(tmp_path)
    monkeypatch.setenv("GONGKAI_MAIL", "s3cret-password")
    config = replace(MAIL, smtp_security="starttls", smtp_user="gongkai", smtp_password_env="GONGKAI_MAIL")
    with caplog.at_level(logging.DEBUG), MailServer(trust.server("good")) as server:
        config = replace(config, smtp_port=server.port)
        channels.mail(config, "a", "b", context=ssl.create_default_context(cafile=str(trust.root_file())))
        tell(ALERTS, None, config)  # the system does not trust this certificate
    (letter,) = server.letters
    assert (letter.encrypted, letter.login) == (True, ("gongkai", "s3cret-password"))
    assert "alerts.email_to did not work" in caplog.text
    assert "certificate verify failed" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_server_without_starttls_gets_no_letter(caplog):
    with MailServer() as server:
        tell(ALERTS, None, replace(MAIL, smtp_port=server.port, smtp_security="starttls"))
    assert server.letters == []
    assert "STARTTLS" in caplog.text


def test_a_secret_that_is_not_there_is_named_by_its_variable(monkeypatch):
    monkeypatch.delenv("GONGKAI_MAIL", raising=False)
    config = replace(MAIL, smtp_user="gongkai", smtp_password_env="GONGKAI_MAIL")
    with MailServer() as server:
        ((channel, error),) = try_channels(replace(config, smtp_port=server.port))
    assert channel == "email_to"
    assert error == "alerts.smtp_password_env names GONGKAI_MAIL, but there is no such environment variable"


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("wecom", {"msgtype": "text", "text": {"content": "上虞区 (shangyu) is empty: 0 entries"}}),
        ("dingtalk", {"msgtype": "text", "text": {"content": "上虞区 (shangyu) is empty: 0 entries"}}),
        ("slack", {"text": "上虞区 (shangyu) is empty: 0 entries"}),
    ],
)
def test_group_robots_get_the_shape_they_take(shape, body):
    with receiver(b'{"errcode":0,"errmsg":"ok"}') as (url, posted):
        tell(ALERTS[:1], None, AlertsConfig(webhook=f"{url}/send?key=abc", webhook_shape=shape))
    assert posted == [("/send?key=abc", body)]


def test_a_group_gets_one_message_a_night_and_a_program_one_an_alert():
    with receiver() as (url, posted):
        tell(ALERTS, None, AlertsConfig(webhook=url, webhook_shape="slack"))
        tell(ALERTS, None, AlertsConfig(webhook=url))
    assert [body["text"].count("\n") for _, body in posted] == [1, 0, 0]
    assert [body["site"] for _, body in posted[1:]] == ["shangyu", "tongxiang"]


def test_long_news_are_cut_to_what_the_robot_takes():
    shaped = channels.shaped("wecom", "上虞区\n" * 1000)
    assert len(shaped["text"]["content"].encode()) <= 2048
    assert shaped["text"]["content"].endswith("…")


def test_dingtalk_is_signed_with_the_secret_of_the_environment(monkeypatch):
    monkeypatch.setenv("GONGKAI_DING", "SECabc")
    with receiver(b'{"errcode":0}') as (url, posted):
        config = AlertsConfig(
            webhook=f"{url}/robot?access_token=t", webhook_shape="dingtalk", webhook_secret_env="GONGKAI_DING"
        )
        tell(ALERTS[:1], None, config)
    ((path, _),) = posted
    assert path.startswith("/robot?access_token=t&timestamp=")
    query = parse_qs(urlsplit(path).query)
    signed = f"{query['timestamp'][0]}\nSECabc".encode()
    assert base64.b64decode(query["sign"][0]) == hmac.new(b"SECabc", signed, hashlib.sha256).digest()


def test_a_robot_that_refuses_with_status_200_did_not_work(caplog):
    with receiver(b'{"errcode":93000,"errmsg":"invalid webhook url"}') as (url, _):
        tell(ALERTS[:1], None, AlertsConfig(webhook=f"{url}/send?key=token-1234", webhook_shape="wecom"))
    assert "alerts.webhook did not work: the receiver said 93000" in caplog.text
    assert "token-1234" not in caplog.text


def test_a_heartbeat_may_be_a_program(tmp_path: Path):
    alive = tmp_path / "alive"
    beat(AlertsConfig(heartbeat_command=(sys.executable, "-c", f"open({str(alive)!r}, 'w').close()")))
    assert alive.exists()


def test_the_command_tries_every_channel_and_says_which_work(tmp_path: Path, monkeypatch, capsys):
    config = tmp_path / "config.toml"
    with receiver() as (url, posted):
        config.write_text(
            f'[alerts]\nwebhook = "{url}"\nheartbeat_command = ["{sys.executable}", "-c", "raise SystemExit(4)"]\n'
        )
        monkeypatch.setattr(sys, "argv", ["gongkai", "alerts", "test", "--config", str(config)])
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        "alerts.webhook: worked",
        "alerts.heartbeat_command: did not work: the program ended with 4",
    ]
    assert "test message" in posted[0][1]["text"]


def test_without_a_channel_there_is_nothing_to_try(tmp_path: Path, monkeypatch, capsys):
    config = tmp_path / "config.toml"
    config.write_text("")
    monkeypatch.setattr(sys, "argv", ["gongkai", "alerts", "test", "--config", str(config)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "names no channel" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('email_to = ["nobody"]', "alerts.email_to = 'nobody'"),
        ('email_to = ["a@example.org"]', "alerts.smtp_host"),
        ('email_to = ["a@example.org"]\nsmtp_host = "m"', "alerts.email_from"),
        ('smtp_user = "a"', "alerts.smtp_password_env"),
        ('smtp_user = "a"\nsmtp_password_env = "P"\nsmtp_security = "none"', "a password does not travel in the open"),
        ('smtp_password_env = "hunter-2!"', "not the secret itself"),
        ('webhook_shape = "teams"', "choices: json, wecom, dingtalk, slack"),
    ],
)
def test_a_wrong_channel_is_refused_at_once_and_no_secret_is_repeated(lines, words):
    with pytest.raises(ConfigError) as refused:
        parse_config(f"[alerts]\n{lines}\n")
    assert words in str(refused.value)
    assert "hunter-2" not in str(refused.value)
