import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from store_making import Clock, put, report, spec

from archive.store import search
from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.dictionary import TABLES
from archive.store.publish import PRIVATE, CannotPublish, check_snapshot, find_snapshot, publish

AT = datetime(2026, 1, 6, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "archive.db"
    with Archive.open(path, clock=Clock()) as archive:
        archive.put_sites([spec()])
        for number in range(5):
            put(archive, f"p{number}", f"行政复议 维持 {number}", said=report("甲镇", 2018 + number))
        archive.put_decision(
            Decision(kind="year", page="http://town.example.gov.cn/art/p0.html", value="2012", by="某某某", reason="密")
        )
    return path


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_publishing_again_gives_the_same_snapshot_when_nothing_changed(path: Path, tmp_path: Path) -> None:
    first = publish(path, tmp_path / "web", at=AT)
    index = (tmp_path / "web" / "manifest.json").read_bytes()
    again = publish(path, tmp_path / "web", at=AT.replace(day=7))
    assert (first.new, again.new, again.sha256) == (True, False, first.sha256)
    assert (tmp_path / "web" / "manifest.json").read_bytes() == index
    elsewhere = publish(path, tmp_path / "other", at=AT)
    assert elsewhere.database.read_bytes() == first.database.read_bytes()
    assert names(tmp_path / "web") == sorted(["current", "manifest.json", first.folder.name])


def test_a_new_night_is_a_new_snapshot_and_old_ones_stay_as_long_as_wanted(path: Path, tmp_path: Path) -> None:
    made = [publish(path, tmp_path / "web", at=AT)]
    for number in range(3):
        with Archive.open(path, clock=Clock()) as archive:
            put(archive, f"q{number}", f"新的一夜 {number}", said=report("乙镇", 2018 + number))
        made.append(publish(path, tmp_path / "web", at=AT, keep=2))
        assert find_snapshot(tmp_path / "web").sha256 == made[-1].sha256
    kept = [snapshot.folder.name for snapshot in made[-2:]]
    assert names(tmp_path / "web") == sorted(["current", "manifest.json", *kept])
    index = json.loads((tmp_path / "web" / "manifest.json").read_text())
    assert [entry["snapshot"] for entry in index["snapshots"]] == kept
    assert index["current"] == kept[-1]


def test_a_snapshot_is_searchable_inspected_and_small(path: Path, tmp_path: Path) -> None:
    snapshot = publish(path, tmp_path / "web", at=AT)
    check_snapshot(snapshot)
    connection = sqlite3.connect(f"{snapshot.database.as_uri()}?mode=ro&immutable=1", uri=True)
    search.register(connection)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    assert connection.execute("pragma journal_mode").fetchone() == ("delete",)
    assert connection.execute("pragma freelist_count").fetchone() == (0,)
    found = "select count(*) from documents_fts where documents_fts match ?"
    assert connection.execute(found, (search.fts_query("复议 维持"),)).fetchone() == (5,)
    assert connection.execute("select count(*) from sqlite_stat1").fetchone()[0] > 0
    (inspected,) = json.loads(snapshot.inspect.read_text()).values()
    assert (inspected["hash"], inspected["tables"]["pages"]) == (snapshot.sha256, {"count": 5})
    connection.close()


def test_nothing_private_stands_in_a_snapshot(path: Path, tmp_path: Path) -> None:
    """Who decided what, and a crawl's working tables; also not as bytes that were deleted."""
    snapshot = publish(path, tmp_path / "web", at=AT)
    content = snapshot.database.read_bytes()
    assert "某某某".encode() not in content
    assert b"decided_at" in content  # the tables are there, empty
    connection = sqlite3.connect(snapshot.database)
    there = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    for table in there & set(PRIVATE):
        assert connection.execute(f"select count(*) from {table}").fetchone() == (0,), table
    assert {key for (key,) in connection.execute("select key from archive_info")} <= {
        "id",
        "shelves_changed",
        "texts_changed",
    }
    assert connection.execute("select year from reports where page like '%p0.html'").fetchone() == (2012,)
    connection.close()
    assert {"frontier", "listed", "absent", "journal", "decisions"} <= set(PRIVATE) & set(TABLES)


def test_a_snapshot_that_is_not_whole_is_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotPublish, match="gongkai publish"):
        find_snapshot(tmp_path / "nowhere")
    snapshot = publish(path, tmp_path / "web", at=AT)
    content = snapshot.database.read_bytes()
    snapshot.database.write_bytes(content[:-1])
    with pytest.raises(CannotPublish, match="not there in full"):
        find_snapshot(tmp_path / "web")
    snapshot.database.write_bytes(content[:-1] + b"x")
    with pytest.raises(CannotPublish, match="not what was published"):
        check_snapshot(snapshot)


def test_a_folder_with_other_things_is_left_alone(path: Path, tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "letter.txt").write_text("x")
    with pytest.raises(CannotPublish, match="other things"):
        publish(path, tmp_path / "web", at=AT)
    assert names(tmp_path / "web") == ["letter.txt"]


def test_what_a_killed_publish_left_is_cleared_away(path: Path, tmp_path: Path) -> None:
    part = tmp_path / "web" / ".part-1"
    part.mkdir(parents=True)
    (part / "raw.db").write_bytes(b"x")
    publish(path, tmp_path / "web", at=AT)
    assert not part.exists()
