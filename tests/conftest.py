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
