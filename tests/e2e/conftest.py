"""A real server over a real archive, and a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.web_archive import build

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SERVE = "import sys; from pathlib import Path; from archive.web.serve import serve; serve(Path(sys.argv[1]), port=0, per_second=None)"


@contextmanager
def served(path: Path) -> Iterator[str]:
    """The address of the archive at `path`, served by a process of its own until the block ends."""
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", _SERVE, str(path)], stdout=subprocess.PIPE, text=True, cwd=root)
    assert process.stdout is not None
    base = process.stdout.readline().strip().rstrip("/")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(base, timeout=5)
            break
        except httpx.TransportError:
            continue
    try:
        yield base
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


@pytest.fixture(scope="module")
def archive_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample archive."""
    return build(tmp_path_factory.mktemp("e2e"))


@pytest.fixture(scope="module")
def address(archive_path: Path) -> Iterator[str]:
    """The address of the served sample archive."""
    with served(archive_path) as base:
        yield base


@dataclass
class Browser:
    """A page with a record of what went wrong on it."""

    page: object
    base: str
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")  # closed with its module: while it is open, no other event loop can run
def chromium() -> Iterator[object]:
    if not CHROMIUM.exists():
        pytest.skip(f"needs a browser: {CHROMIUM} is absent (apt-get install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


def complaining(page, base: str) -> Browser:
    """`page` with every console error, script error, dialog, and request to another host written down."""
    seen = Browser(page=page, base=base)
    page.on("console", lambda message: seen.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((base, "data:", "blob:")) else seen.complaints.append(f"asked {request.url}")
        ),
    )
    page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    return seen


@pytest.fixture
def visitor(chromium, address: str):
    """A visitor reading Chinese; any console error, script error or request to another host fails the test."""
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}, accept_downloads=True)
    seen = complaining(context.new_page(), address)
    yield seen
    context.close()
    assert seen.complaints == []
