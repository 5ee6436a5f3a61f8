"""Old WARC files in cold storage: rolled with the year, moved and brought back whole, told and not called damage."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from store_making import Clock, extracted, put, report, spec, url

from archive.store.archive import Archive
from archive.store.backup import backup
from archive.store.cold import cold_files
from archive.store.cooling import ColdRefused, bring_back, move_away
from archive.store.errors import BrokenArchive, ColdCapture
from archive.store.rebuild import rebuild
from archive.store.restore import restore
from archive.store.scope import NothingMeant, Part
from archive.store.verify import verify


def same(exchange, context):
    text = exchange.body.decode()
    return extracted(text), report("甲镇", int(text[:4])), "static"


@pytest.fixture
def archive(tmp_path: Path):
    """One page captured in 2024, one in 2025."""
    clock = Clock(datetime(2024, 12, 30, 17, tzinfo=UTC))
    with Archive.open(tmp_path / "archive.db", clock=clock) as opened:
        opened.put_sites([spec()])
        put(opened, "old", "2022 旧", said=report("甲镇", 2022))
        clock.at = datetime(2025, 1, 2, 17, tzinfo=UTC)
        put(opened, "new", "2023 新", said=report("甲镇", 2023))
        yield opened


def files(archive: Archive) -> list[str]:
    return sorted(path.name for path in archive.warcs.iterdir())


def test_a_new_year_begins_a_new_file(archive: Archive) -> None:
    assert files(archive) == ["archive-20241230-00001.warc.gz", "archive-20250102-00002.warc.gz"]


def test_what_lies_in_cold_storage_is_told_and_is_no_damage(archive: Archive, tmp_path: Path) -> None:
    (moved,) = move_away(archive, tmp_path / "cold", before=2025, this_year=2025)
    assert moved.file == "archive-20241230-00001.warc.gz"
    assert files(archive) == ["archive-20241230-00001.warc.gz.cold", "archive-20250102-00002.warc.gz"]
    assert verify(archive) == []
    capture = archive.last_capture(url("old"))
    assert capture is not None
    with pytest.raises(ColdCapture, match=r"cold storage, at .*gongkai cold --back"):
        archive.body_of(capture)
    result = rebuild(archive, same, everything=True)
    assert (result.read, result.cold, result.unreadable) == (1, 1, 0)
    assert archive.db.execute("select count(*) from problems").fetchone()[0] == 0
    put(archive, "newer", "2023 更新", said=report("乙镇", 2023))  # the writer goes on
    assert [cold.file for cold in bring_back(archive)] == [moved.file]
    assert archive.body_of(capture) == "2022 旧".encode()
    assert cold_files(archive.warcs) == []
    assert verify(archive) == []


def test_a_file_that_is_gone_without_a_note_is_damage(archive: Archive) -> None:
    (archive.warcs / "archive-20241230-00001.warc.gz").unlink()
    assert {damage.kind for damage in verify(archive)} >= {"warc", "capture"}


def test_this_years_files_stay(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(ColdRefused, match="still being written"):
        list(move_away(archive, tmp_path / "cold", before=2026, this_year=2025))


def test_a_file_that_is_not_what_was_moved_is_refused(archive: Archive, tmp_path: Path) -> None:
    (moved,) = move_away(archive, tmp_path / "cold", before=2025, this_year=2025)
    moved.place.write_bytes(b"something else")
    with pytest.raises(ColdRefused, match="SHA-256"):
        list(bring_back(archive))
    assert [cold.file for cold in cold_files(archive.warcs)] == [moved.file]


def test_a_backup_keeps_what_it_has_and_notes_what_is_away(archive: Archive, tmp_path: Path) -> None:
    backup(archive.path, tmp_path / "whole")
    list(move_away(archive, tmp_path / "cold", before=2025, this_year=2025))
    backup(archive.path, tmp_path / "whole")
    assert (tmp_path / "whole" / "warcs" / "archive-20241230-00001.warc.gz").exists()
    backup(archive.path, tmp_path / "late")
    assert (tmp_path / "late" / "warcs" / "archive-20241230-00001.warc.gz.cold").exists()


def test_a_lost_database_is_not_restored_without_its_cold_files(archive: Archive, tmp_path: Path) -> None:
    list(move_away(archive, tmp_path / "cold", before=2025, this_year=2025))
    archive.close()
    archive.path.unlink()
    with pytest.raises(BrokenArchive, match="1 WARC files lie in cold storage"):
        restore(archive.path, same)


@pytest.mark.parametrize(
    ("part", "read"),
    [
        (Part(), 2),
        (Part(sites=("demo",)), 2),
        (Part(bodies=("甲镇",)), 2),
        (Part(years=(2022,)), 1),
        (Part(years=(2022, 2023)), 2),
        (Part(sites=("demo",), bodies=("甲镇",), years=(2023,)), 1),
    ],
)
def test_a_part_of_the_archive_is_rebuilt(archive: Archive, part: Part, read: int) -> None:
    assert rebuild(archive, same, everything=True, part=part).read == read


@pytest.mark.parametrize("part", [Part(sites=("other",)), Part(bodies=("无此镇",)), Part(years=(1999,))])
def test_a_part_that_is_not_there_is_refused(archive: Archive, part: Part) -> None:
    with pytest.raises(NothingMeant, match="the archive knows no"):
        rebuild(archive, same, part=part)
