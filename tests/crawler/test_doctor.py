"""What the doctor looks at, and what it says to do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archive.store import privacy
from archive.store.archive import Archive
from crawler import doctor
from crawler.cli import app
from crawler.config import AlertsConfig, ArchiveConfig, Config, CrawlConfig, PrivacyConfig
from sites.model import SiteSpec

NOW = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)


def spec(home: str = "http://www.town.gov.cn") -> SiteSpec:
    return SiteSpec(
        id="town",
        name="镇",
        home=home,
        family="static",
        sections=(),
        hosts=(home.partition("://")[2],),
        verified=date(2026, 1, 1),
    )


def config(folder: Path, **changes: object) -> Config:
    made = Config(archive=ArchiveConfig(path=folder / "archive.db"), crawl=CrawlConfig(contact="desk@library.org"))
    return replace(made, **changes)  # type: ignore[arg-type]


def checks(config: Config, portals=(), *, now: datetime = NOW, resolve=None) -> dict[str, doctor.Check]:
    return {check.name: check for check in doctor.examine(config, portals, clock=lambda: now, resolve=resolve)}


def test_a_machine_that_has_everything_is_well(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db", clock=lambda: NOW) as archive:
        archive.finish_run(archive.start_run("crawl", "town"))
    found = checks(config(tmp_path), [spec()], resolve=lambda host, port: ["93.184.216.34"])
    for name in ("python", "sqlite", "clock", "permissions", "archive", "secrets", "contact", "browser", "network"):
        assert found[name].state == "ok", found[name]
        assert not found[name].todo
    assert list(tmp_path.glob(".gongkai-doctor-*")) == [], "its probe is gone"


def test_a_clock_behind_the_release_or_the_archive_is_wrong(tmp_path: Path) -> None:
    assert checks(config(tmp_path), now=datetime(2020, 1, 1, tzinfo=UTC))["clock"].state == "fail"
    with Archive.open(tmp_path / "archive.db", clock=lambda: datetime(2027, 1, 1, tzinfo=UTC)) as archive:
        archive.finish_run(archive.start_run("crawl", "town"))
    assert "newest run" in checks(config(tmp_path))["clock"].message


def test_a_full_disk_fails_and_a_nearly_full_one_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, state in ((100, "fail"), (1000, "warn"), (10_000, "ok")):
        usage = type("usage", (), {"free": free * 1_000_000})
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _, usage=usage: usage)
        assert checks(config(tmp_path))["disk"].state == state


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryDirectory", refuse)
    found = checks(config(tmp_path))["permissions"]
    assert found.state == "fail"
    assert "write access" in found.todo


def test_an_archive_of_another_version_or_masking_is_told(tmp_path: Path) -> None:
    made = config(tmp_path)
    with Archive.open(made.archive.path) as archive, archive.step():
        privacy.settle(archive.db.conn, masked=True)
    unmasked = replace(made, privacy=PrivacyConfig(mask=False))
    assert checks(unmasked)["archive"].todo == "gongkai rebuild"
    with Archive.open(made.archive.path) as archive:
        archive.db.execute("delete from _sqlite_migrations where name = 'm004_review'")
    assert "gongkai upgrade" in checks(made)["archive"].message
    made.archive.path.write_bytes(b"no database at all, and longer than a header is" * 10)
    assert checks(made)["archive"].state == "fail"


def test_secrets_that_others_can_read_are_told(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("", encoding="utf-8")
    made = config(tmp_path, alerts=AlertsConfig(webhook="https://x.example.org/secret"), source=str(file))
    file.chmod(0o644)
    told = checks(made)["secrets"]
    assert told.state == "warn"
    assert "chmod 600" in told.todo
    assert "secret" not in told.message.replace("secrets", "")
    file.chmod(0o600)
    assert checks(made)["secrets"].state == "ok"


def test_a_contact_that_reaches_nobody_fails_once_there_are_portals(tmp_path: Path) -> None:
    nobody = config(tmp_path, crawl=CrawlConfig())
    assert checks(nobody)["contact"].state == "warn"
    assert checks(nobody, [spec()])["contact"].state == "fail"


def test_missing_converters_fonts_and_extras_are_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "converters_found", dict)
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda _: None)
    found = checks(config(tmp_path))
    for name in ("converters", "fonts", "ocr", "export"):
        assert found[name].state == "warn"
        assert found[name].todo


def test_names_that_lead_nowhere_or_inside_fail(tmp_path: Path) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    assert checks(config(tmp_path), [spec()], resolve=nowhere)["network"].state == "fail"
    inside = checks(config(tmp_path), [spec()], resolve=lambda host, port: ["10.0.0.1"])["network"]
    assert "not a public address" in inside.message
    assert checks(config(tmp_path), [spec("http://127.0.0.1:8000")], resolve=nowhere)["network"].state == "ok"
    assert "left out" in checks(config(tmp_path), [spec()])["network"].message


def test_the_command_prints_lines_or_json_and_its_exit_code_tells(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[archive]\npath = "a.db"\nmin_free_mb = 0\n', encoding="utf-8")
    words = ["doctor", "--offline", "--config", str(tmp_path / "config.toml")]
    plain = CliRunner().invoke(app, words)
    assert plain.exit_code == 0, plain.output
    assert "OK   sqlite" in plain.output
    lines = [json.loads(line) for line in CliRunner().invoke(app, [*words, "--json"]).output.splitlines()]
    assert {line["state"] for line in lines} <= {"ok", "warn", "fail"}
    (tmp_path / "config.toml").write_text('[archive]\npath = "a.db"\nmin_free_mb = 999999999\n', encoding="utf-8")
    assert CliRunner().invoke(app, words).exit_code == 1
