"""Kept answers: given while nothing changed, and for a moment after."""

from __future__ import annotations

from pathlib import Path

from archive.store.broad import stamp_of
from archive.web.kept import FRESH, MOST, Kept


def test_an_answer_holds_while_nothing_changed_and_a_moment_longer() -> None:
    now = [0.0]
    kept = Kept(clock=lambda: now[0])
    before, after = ((1, 1),), ((2, 1),)
    assert kept.find("q", before) is None
    kept.keep("q", before, None)
    now[0] = FRESH * 100
    assert kept.find("q", before) == (None,)
    assert kept.find("q", after) is None
    kept.keep("q", before, "answer")
    now[0] += FRESH / 2
    assert kept.find("q", after) == ("answer",)


def test_the_longest_unused_answer_is_forgotten() -> None:
    kept = Kept(clock=lambda: 0.0)
    stamp = ((0, 0),)
    for question in range(MOST + 1):
        kept.keep(question, stamp, question)
        kept.find(0, stamp)
    assert kept.find(0, stamp) == (0,)
    assert kept.find(1, stamp) is None


def test_a_commit_changes_the_stamp(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    stamps = [stamp_of(path)]
    for file in (path, tmp_path / "archive.db-wal"):
        file.write_bytes(b"x")
        stamps.append(stamp_of(path))
    assert len(set(stamps)) == 3
