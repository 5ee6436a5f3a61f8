"""Disks that refuse, clocks that jump, readers that stay: told with what to do, nothing committed lost."""

from __future__ import annotations

import errno
import io
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from store_making import Clock, exchange, put, spec, url

from archive.store import warc
from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.errors import Unwritable
from archive.store.files import unwritable
from archive.store.journal import JournalFile, entries
from archive.store.verify import verify


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        put(opened, "a", "甲 正文")
        yield opened


def test_a_full_disk_takes_the_step_back_and_the_next_one_works(archive: Archive, monkeypatch) -> None:
    before = logical_dump(archive.path)

    def full(self: warc.WarcFile) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(self.folder / self.name))

    with monkeypatch.context() as patch:
        patch.setattr(warc.WarcFile, "sync", full)
        with pytest.raises(Unwritable, match=r"warc\.gz cannot be written \(No space left.*run the same command again"):
            archive.put_capture(exchange(url("b"), b"b"))
    assert logical_dump(archive.path) == before
    put(archive, "b", "乙 正文")
    assert verify(archive) == []


def test_a_journal_on_a_full_disk_keeps_whole_lines_and_catches_up(archive: Archive, monkeypatch) -> None:
    class Full(io.FileIO):
        def write(self, data: object) -> int:
            super().write(bytes(data)[:5])  # type: ignore[call-overload]
            raise OSError(errno.ENOSPC, "No space left on device")

    opened = Path.open

    def open_full(self: Path, mode: str = "r", *rest: object, **named: object) -> object:
        if self.name == "journal.jsonl" and mode == "ab":
            return io.BufferedWriter(Full(self, "ab"), buffer_size=1)
        return opened(self, mode, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_full)
        with pytest.raises(Unwritable):
            put(archive, "b", "乙 正文")
    put(archive, "c", "丙 正文")
    kinds = [entry.kind for entry in entries(archive.journal)]
    assert kinds.count("reading") == 3, "what was committed is told, with the next step at the latest"
    assert verify(archive) == []


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (sqlite3.SQLITE_FULL, "Free some space"),
        (sqlite3.SQLITE_IOERR, "Free some space"),
        (sqlite3.SQLITE_READONLY, "mounted read-only"),
        (sqlite3.SQLITE_CANTOPEN, "permissions"),
        (sqlite3.SQLITE_BUSY, "end that program"),
    ],
)
def test_what_sqlite_refuses_is_told_with_what_to_do(tmp_path: Path, code: int, remedy: str) -> None:
    error = sqlite3.OperationalError("refused")
    error.sqlite_errorcode = code
    with pytest.raises(Unwritable, match=remedy), unwritable(tmp_path / "archive.db"):
        raise error


def test_mistakes_of_our_own_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), unwritable(tmp_path):
        sqlite3.connect(":memory:").execute("select * from absent")
    with pytest.raises(FileNotFoundError), unwritable(tmp_path):
        (tmp_path / "nothing").read_bytes()


def test_a_reader_that_stays_holds_up_no_writer_and_sees_one_moment(archive: Archive) -> None:
    with Archive.read(archive.path) as reader:
        reader.db.execute("begin")
        before = reader.db.execute("select count(*) from pages").fetchone()
        put(archive, "b", "乙 正文")
        assert reader.db.execute("select count(*) from pages").fetchone() == before
        reader.db.execute("commit")
        assert reader.db.execute("select count(*) from pages").fetchone() == (2,)


def test_a_foreign_program_that_writes_is_told_and_waited_out(archive: Archive) -> None:
    archive.db.execute("pragma busy_timeout = 0")
    foreign = sqlite3.connect(archive.path, isolation_level=None)
    foreign.execute("begin immediate")
    with pytest.raises(Unwritable, match="Another program holds it"):
        put(archive, "b", "乙 正文")
    foreign.execute("rollback")
    foreign.close()
    put(archive, "b", "乙 正文")
    assert verify(archive) == []


def test_a_clock_that_jumps_back_loses_nothing_and_invents_nothing(tmp_path: Path) -> None:
    clock = Clock()
    with Archive.open(tmp_path / "archive.db", clock=clock) as archive:
        archive.put_sites([spec()])
        put(archive, "a", "甲 第一版")
        clock.at -= timedelta(days=3)
        _, same = put(archive, "a", "甲 第一版")
        _, other = put(archive, "a", "甲 第零版")
        assert (same.kind, other.kind) == ("unchanged", "unchanged"), "what is older is history"
        clock.at += timedelta(days=9)
        _, now = put(archive, "a", "甲 第二版")
        assert now.kind == "changed"
        texts = archive.db.execute("select text from document_texts order by text").fetchall()
        assert [text for (text,) in texts] == ["甲 第一版", "甲 第二版", "甲 第零版"]
        assert verify(archive) == []


def test_the_outbox_waits_when_the_journal_cannot_be_settled(archive: Archive, monkeypatch) -> None:
    def refuse(self: JournalFile, connection: sqlite3.Connection) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(JournalFile, "settle", refuse)
    archive.close()
    monkeypatch.undo()
    with Archive.open(archive.path, clock=Clock()) as again:
        assert verify(again) == []
        assert any(entry.kind == "reading" for entry in entries(again.journal))


#: Writes more than its memory holds into an archive without a write-ahead log, and dies.
_DYING = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("pragma journal_mode = delete")
connection.execute("pragma cache_size = 1")
connection.execute("begin")
connection.execute("create table half as with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) "
                   "select i, hex(zeroblob(500)) from n")
os._exit(9)
"""


def test_a_reader_finds_an_archive_that_a_killed_writer_left_half_written(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path) as archive:
        put(archive, "a", "2020 甲")
        before = logical_dump(path)
    assert subprocess.run([sys.executable, "-c", _DYING, str(path)], check=False).returncode == 9
    assert path.with_name("archive.db-journal").stat().st_size > 0
    with Archive.read(path) as archive:
        assert archive.db.execute("select count(*) from pages").fetchone() == (1,)
        assert archive.db.execute("select count(*) from sqlite_master where name = 'half'").fetchone() == (0,)
    assert logical_dump(path) == before
