"""Shared fixtures: no test leaves loopback, none needs the wall clock."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

#: Real documents beside the checkout; tests that need them skip with a reason when it is absent.
SHARED = Path(__file__).resolve().parents[2] / "shared"

_real_connect = socket.socket.connect


@pytest.fixture(autouse=True)
def no_network_beyond_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any test that connects to anything but this machine."""

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family != socket.AF_UNIX and not (str(host).startswith("127.") or host in {"localhost", "::1"}):
            raise AssertionError(f"a test tried to reach {address!r}: tests stay on loopback")
        _real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material beside the checkout, or a skip."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip(f"needs the material beside the checkout ({SHARED} is absent)")
    return SHARED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="a skipped test fails the run (the build machine has everything)"
    )
    parser.addoption(
        "--write-goldens",
        action="store_true",
        help="write expectations of goldens, then fail until a person has read them",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave soak tests to `make soak`."""
    if "soak" in (config.option.markexpr or ""):
        return
    kept = [item for item in items if item.get_closest_marker("soak") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With --no-skips, say which tests were skipped and fail."""
    if not session.config.getoption("--no-skips"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        for report in skipped:
            print(f"skipped, which fails this run: {report.nodeid}: {report.longrepr}")
