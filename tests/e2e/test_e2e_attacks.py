"""The archive of attacks in a browser: nothing runs, nothing asks another host, and pictures of charts are harmless."""

from __future__ import annotations

import sqlite3
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archive.web.headers import REPLAY
from tests.e2e.conftest import complaining, served
from tests.web_addresses import every_page
from tests.web_attack import build_attack

#: A page that tries everything at once: scripts, handlers, frames, images, styles, forms, refreshes.
HOSTILE = """<!doctype html><html><head>
<base href="http://outside.example.com/"><link rel="stylesheet" href="http://outside.example.com/x.css">
<link rel="dns-prefetch" href="//outside.example.com"><link rel="preload" as="image" href="http://outside.example.com/p.png">
<style>@import "http://outside.example.com/i.css"; body { background: url(http://outside.example.com/b.png) }</style>
<script>parent.postMessage("pwned", "*"); top.document.title = "pwned"; fetch("http://outside.example.com/f")</script>
</head><body onload="top.location = 'http://outside.example.com/top'"><img src="http://outside.example.com/a.png" onerror="alert(1)">
<iframe src="http://outside.example.com/frame"></iframe><object data="http://outside.example.com/o"></object>
<video autoplay src="http://outside.example.com/v.mp4"></video><svg><image href="http://outside.example.com/s.png"/></svg>
<form action="http://outside.example.com/form"><input autofocus onfocus="alert(1)"><button>ok</button></form>
<a href="http://outside.example.com/link" ping="http://outside.example.com/ping">链接</a><p>一、总体情况</p></body></html>"""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_attack(tmp_path_factory.mktemp("attack"))


@pytest.fixture(scope="module")
def base(attacked: Path) -> Iterator[str]:
    with served(attacked) as address:
        yield address


@pytest.fixture
def victim(chromium, base: str):
    """A visitor of the archive of attacks; anything that runs, asks or complains fails the test."""
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}, accept_downloads=True)
    seen = complaining(context.new_page(), base)
    yield seen
    context.close()
    assert seen.complaints == []


def test_nothing_runs_on_any_page(victim, attacked: Path) -> None:
    for address in every_page(attacked):
        victim.page.goto(victim.base + address)
        victim.page.wait_for_load_state("load")


def test_a_chart_of_attacks_downloads_as_a_harmless_picture(victim) -> None:
    page = victim.page
    page.goto(f"{victim.base}/compare/bodies")
    with page.expect_download() as waiting:
        page.locator("#chart-panel").get_by_role("button", name="SVG").click()
    root = ET.fromstring(Path(waiting.value.path()).read_bytes())
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not names & {"script", "foreignObject", "image", "a", "use", "iframe"}
    assert not [name for element in root.iter() for name in element.attrib if name.lower().startswith("on")]
    assert "<script>alert(1)</script>" in "".join(root.itertext())


def test_a_replayed_capture_cannot_run_a_script_or_reach_the_network(victim, attacked: Path) -> None:
    connection = sqlite3.connect(attacked)
    captures = [capture for (capture,) in connection.execute("select id from captures where media_type = 'text/html'")]
    connection.close()
    for capture in captures:
        victim.page.goto(f"{victim.base}/capture/{capture}/replay")
        assert victim.page.evaluate("document.title") != "pwned"


def test_the_policy_alone_would_hold_if_the_cleaning_failed(chromium, base: str) -> None:
    """The hostile page is given to the frame as it came, under the policy of a replay alone; what would be another
    host listens on loopback and hears nothing."""
    heard: list[str] = []

    class Outside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the name http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    outside = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    threading.Thread(target=outside.serve_forever, daemon=True).start()
    page = chromium.new_context(locale="zh-CN").new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    headers = {"content-security-policy": REPLAY, "content-type": "text/html; charset=utf-8"}
    body = HOSTILE.replace("outside.example.com", f"127.0.0.1:{outside.server_port}")
    page.route("**/replay*", lambda route: route.fulfill(status=200, headers=headers, body=body))
    page.goto(f"{base}/capture/1")
    page.frame_locator("iframe.replay").get_by_text("一、总体情况").wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    assert page.title() != "pwned"
    assert page.url == f"{base}/capture/1"
    assert dialogs == []
    outside.shutdown()
    outside.server_close()
    assert heard == []
    page.context.close()
