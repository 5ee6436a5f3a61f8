"""The units and container files: they parse, and what they run exists. They are not run here."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
import typer
import yaml

from crawler.cli import app

DEPLOY = Path(__file__).resolve().parents[1] / "docs" / "deploy"
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["gongkai.service", "gongkai-web.service"])
def test_a_unit_runs_a_command_that_exists_and_may_write_only_its_data(name: str):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    service = unit["Service"]
    assert service["ExecStart"].split()[1] in COMMANDS
    assert service["ReadWritePaths"] == service["WorkingDirectory"] + "/data"
    assert service["ProtectSystem"] == "strict"


def test_the_night_is_given_time_to_end():
    assert "TimeoutStopSec=30" in (DEPLOY / "gongkai.service").read_text(encoding="utf-8")
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert compose["services"]["night"]["stop_grace_period"] == "30s"


def test_the_containers_run_commands_that_exist_over_one_folder():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    assert all(service["command"][0] in COMMANDS for service in services.values())
    assert services["night"]["volumes"] == services["web"]["volumes"]
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])
    recipe = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert re.search(r'^ENTRYPOINT \["gongkai"\]$', recipe, re.MULTILINE)
    assert re.search(r"^USER gongkai$", recipe, re.MULTILINE)
    assert "gongkai-*.whl" in recipe
