"""Every archive an earlier issue left migrates, verifies, and equals what today's code makes of the same inputs."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archive.store import upgrade as upgrading
from archive.store.archive import Archive
from archive.store.backup import BackupDamaged, restore_backup
from archive.store.dump import logical_dump
from archive.store.errors import OutdatedArchive
from archive.store.files import pending_migrations
from archive.store.rebuild import stale_readings
from archive.store.schema import migrations
from archive.store.times import utc_now
from archive.store.upgrade import upgrade
from archive.store.verify import verify
from crawler.cli import app
from sites.model import READER_VERSION

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "archives"
LEFT = sorted(path for path in FIXTURES.iterdir() if path.is_dir())
HOST = "http://www.example.gov.cn"
#: The commands each fixture's README tells, in order.
_FIRST = (
    ("import", "inputs/gaibei-2016.txt", "inputs/liutang-2022.txt"),
    ("import", "--site", "example-xian", "--url", f"{HOST}/yunxi/nb/2024/t1.html", "inputs/yunxi-2023.html"),
    ("import", "--site", "example-xian", "--url", f"{HOST}/nanling/nb/2020/t2.html", "inputs/nanling-2019.html"),
    ("import", "--site", "example-xian", "--url", f"{HOST}/yunxi/nb/2024/t1.html", "inputs/yunxi-2023-edited.html"),
    ("import", "--url", f"{HOST}/nanling/nb/2021/t3.pdf", "inputs/broken.pdf"),
    (
        "review", "--page", "http://example.gov.cn/nanling/nb/2020/t2.html", "--decide", "cell",
        "--key", "t3_carried_in__total", "--value", "1", "--by", "档案员", "--reason", "与纸质件一致",
    ),
)  # fmt: skip
COMMANDS = {
    "issues-1-to-3": _FIRST,
    "issues-3-to-5": (
        *_FIRST,
        ("withhold", "import:da405b78c746f68d/liutang-2022.txt", "--by", "档案员", "--reason", "含个人信息"),
    ),
}
#: How many readings are of an older reader than today's.
STALE = {"issues-1-to-3": 4, "issues-3-to-5": 0}
#: What a run tells that had not ended yet in the fixture (README): only a finished run has its counts.
UNFINISHED = {"issues-1-to-3": 'run_sites {"bytes":38683,'}


def unpack(fixture: Path, folder: Path, *, archive: bool = True) -> Path:
    """A fixture as it lay on its day, or its inputs alone."""
    shutil.copytree(LEFT[0], folder)  # inputs and portals are everybody's
    if fixture != LEFT[0]:
        shutil.rmtree(folder / "warcs")
        shutil.copytree(fixture, folder, dirs_exist_ok=True)
    (folder / "config.toml").write_text('[archive]\npath = "archive.db"\n[sites]\nfolders = ["portals"]\n', "utf-8")
    path = folder / "archive.db"
    packed = folder / "archive.db.gz"
    if archive:
        path.write_bytes(gzip.decompress(packed.read_bytes()))
    else:
        (folder / "journal.jsonl").unlink()
        shutil.rmtree(folder / "warcs")
    packed.unlink()
    return path


def run(folder: Path, *words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, [words[0], "--config", str(folder / "config.toml"), *words[1:]])
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.exit_code, answer.output


@pytest.mark.parametrize("fixture", LEFT, ids=lambda path: path.name)
def test_an_archive_of_an_earlier_issue_becomes_what_today_makes_of_the_same(fixture: Path, tmp_path: Path) -> None:
    old = unpack(fixture, tmp_path / "old")
    with pytest.raises(OutdatedArchive, match="gongkai upgrade"):
        Archive.open(old)
    before = old.read_bytes()
    code, said = run(old.parent, "upgrade", "--backup", str(tmp_path / "saved"))
    assert code == 0, said
    assert f"{STALE[fixture.name]} readings are stale" in said
    with Archive.open(old) as archive:
        assert verify(archive) == []
        assert stale_readings(archive) == 0
    fresh = unpack(fixture, tmp_path / "new", archive=False)
    for command in COMMANDS[fixture.name]:
        inputs = [str(fresh.parent / word) if word.startswith("inputs/") else word for word in command]
        code, said = run(fresh.parent, *inputs)
        assert code in {0, 1}, said
    unfinished = UNFINISHED.get(fixture.name)
    counted = [line for line in logical_dump(fresh).splitlines() if not unfinished or not line.startswith(unfinished)]
    # a run keeps the version of the reader that it was made with
    upgraded = logical_dump(old).replace('"reader_version":"1",', f'"reader_version":"{READER_VERSION}",')
    assert upgraded.splitlines() == counted
    restore_backup(tmp_path / "saved", tmp_path / "back" / "archive.db")
    assert len((tmp_path / "back" / "archive.db").read_bytes()) == len(before), "the backup is of what was there"
    assert pending_migrations(tmp_path / "back" / "archive.db")


def test_an_upgrade_of_todays_archive_does_nothing(tmp_path: Path) -> None:
    old = unpack(LEFT[0], tmp_path / "old")
    assert run(old.parent, "upgrade", "--no-rebuild")[0] == 0
    code, said = run(old.parent, "upgrade", "--json", "--no-rebuild")
    assert code == 0
    assert '"backup": null, "migrations": [], "stale": 4' in said, "the rebuild is still to be done"


@pytest.mark.parametrize("place", ["mark", "middle", "settle"])
def test_an_interrupted_upgrade_goes_on_with_the_backup_it_made(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, broken = unpack(LEFT[0], tmp_path / "whole"), unpack(LEFT[0], tmp_path / "broken")
    original = broken.read_bytes()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def begin(path: Path) -> None:
        upgrade(path, folder=None, masked=True, clock=utc_now)

    with monkeypatch.context() as patched:
        match place:
            case "mark":
                patched.setattr(upgrading, "upgrade_schema", interrupt)
            case "middle":
                patched.setattr(migrations._migrations[6], "fn", interrupt)
            case "settle":
                patched.setattr(upgrading.privacy, "settle", interrupt)
        with pytest.raises(KeyboardInterrupt):
            begin(broken)
    if place == "middle":
        assert 0 < len(pending_migrations(broken)) < len(pending_migrations(whole)), "stopped between two"
    begin(whole)
    begin(broken)
    with Archive.open(broken) as archive:
        assert verify(archive) == []
    assert logical_dump(broken) == logical_dump(whole)
    assert not broken.with_name("archive.db.upgrading").exists()
    kept = [folder for folder in (broken.parent / "backups").iterdir() if (folder / "backup.json").exists()]
    assert len(kept) == 1, "one whole backup, that of the archive as it was"
    assert pending_migrations(kept[0] / "archive.db") == pending_migrations_of(original, tmp_path)


def pending_migrations_of(content: bytes, folder: Path) -> list[str]:
    path = folder / "as-it-was.db"
    path.write_bytes(content)
    return pending_migrations(path)


def test_a_damaged_backup_stops_an_upgrade_before_it_touches_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = unpack(LEFT[0], tmp_path / "old")
    (path.parent / "warcs" / "archive-20261122-00001.warc.gz").write_bytes(b"short")
    with pytest.raises(BackupDamaged):
        upgrade(path, folder=None, masked=True, clock=utc_now)
    assert pending_migrations(path)


@pytest.mark.soak
def test_an_upgrade_killed_at_any_moment_is_finished_by_the_next(tmp_path: Path) -> None:
    whole = unpack(LEFT[0], tmp_path / "whole")
    assert run(whole.parent, "upgrade")[0] == 0
    expected = logical_dump(whole)
    for moment in (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0):
        path = unpack(LEFT[0], tmp_path / f"killed-{moment}")
        process = subprocess.Popen(
            [sys.executable, "-m", "crawler.cli", "upgrade", "--config", str(path.parent / "config.toml")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
        )
        while process.poll() is None and not (path.parent / "backups").exists():
            time.sleep(0.01)
        time.sleep(moment)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert run(path.parent, "upgrade")[0] == 0
        assert logical_dump(path) == expected


@pytest.mark.parametrize("command", [("schedule",), ("crawl", "example-xian"), ("rebuild",), ("status",)])
def test_nothing_migrates_an_archive_unasked(command: tuple[str, ...], tmp_path: Path) -> None:
    path = unpack(LEFT[0], tmp_path / "old")
    with (path.parent / "config.toml").open("a", encoding="utf-8") as stream:
        stream.write('[crawl]\ncontact = "archive@library.org"\n')
    with pytest.raises(OutdatedArchive, match="gongkai upgrade"):
        run(path.parent, *command)
    assert pending_migrations(path)
