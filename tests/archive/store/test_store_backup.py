from pathlib import Path

import pytest
from store_making import Clock, exchange, put, spec, url

from archive.store.archive import Archive
from archive.store.backup import BackupDamaged, backup, check_backup, restore_backup
from archive.store.dump import logical_dump
from archive.store.errors import BrokenArchive
from archive.store.verify import verify


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "live" / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        put(opened, "a", "甲")
        yield opened


def test_a_backup_made_while_writing_restores_what_was_committed(archive: Archive, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[archive]\n", encoding="utf-8")
    folder = tmp_path / "backup"
    with archive.step():
        archive.put_capture(exchange(url("open"), b"not yet committed"))
        result = backup(archive.path, folder, extras=[config])
    expected = logical_dump(folder / "archive.db")
    put(archive, "b", "乙")
    assert result.files == 4
    assert (folder / "extras" / "config.toml").exists()
    place = tmp_path / "elsewhere" / "archive.db"
    restore_backup(folder, place)
    assert logical_dump(place) == expected
    assert "not yet" not in expected
    with Archive.open(place, clock=Clock()) as again:
        assert verify(again) == []
        assert put(again, "c", "丙")[1].kind == "new"
    with pytest.raises(BrokenArchive, match="still there"):
        restore_backup(folder, place)


def test_the_next_backup_copies_only_what_grew(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    put(archive, "big", "x" * 5, body=bytes(range(256)) * 4000)
    backup(archive.path, folder)
    warc = next((folder / "warcs").iterdir())
    before, inode = warc.stat().st_size, warc.stat().st_ino
    put(archive, "b", "乙")
    backup(archive.path, folder)
    assert warc.stat().st_ino == inode
    assert warc.stat().st_size > before
    place = tmp_path / "elsewhere" / "archive.db"
    restore_backup(folder, place)
    assert logical_dump(place) == logical_dump(archive.path)


def test_a_damaged_or_unfinished_backup_is_refused(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    with pytest.raises(BackupDamaged, match="no finished backup"):
        check_backup(folder)
    backup(archive.path, folder)
    warc = next((folder / "warcs").iterdir())
    content = warc.read_bytes()
    warc.write_bytes(content[:-1])
    with pytest.raises(BackupDamaged, match="in full"):
        check_backup(folder)
    warc.write_bytes(content[:-1] + b"\xff")
    with pytest.raises(BackupDamaged, match="not what was backed up"):
        restore_backup(folder, tmp_path / "elsewhere" / "archive.db")
    assert not (tmp_path / "elsewhere").exists()


def test_a_backup_of_an_archive_that_lost_its_warcs_says_so(archive: Archive, tmp_path: Path) -> None:
    for path in archive.warcs.iterdir():
        path.unlink()
    with pytest.raises(BackupDamaged, match="gongkai verify"):
        backup(archive.path, tmp_path / "backup")


def test_a_backup_keeps_its_name(archive: Archive, tmp_path: Path) -> None:
    backup(archive.path, tmp_path / "backup")
    with pytest.raises(BrokenArchive, match="under that name"):
        restore_backup(tmp_path / "backup", tmp_path / "third" / "other.db")
