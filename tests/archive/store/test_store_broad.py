"""Searches that very many documents answer are remembered, and forgotten with the next commit."""

from pathlib import Path

import pytest
from store_making import Clock, put, report, spec

from archive.store import broad, finding
from archive.store.archive import Archive
from archive.store.catalogue import catalogue


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(finding, "RANKED_UP_TO", 1)
    broad._KNOWN.clear()
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        for name, town in (("one", "甲镇"), ("two", "乙镇"), ("three", "丙镇")):
            put(opened, name, f"{town}公开信息{name}", said=report(town, 2021))
        yield opened


def total(archive: Archive, query: str, *words: str) -> int:
    wanted = finding.Wanted(query=query, words=words or (query,))
    return finding.find(archive.db.conn, wanted, catalogue(archive.db.conn)).total


@pytest.mark.parametrize("query", ["公开", "公", "公开 信息"])
def test_a_broad_search_is_asked_once_until_something_is_committed(archive: Archive, query: str) -> None:
    words = tuple(query.split())
    assert total(archive, query, *words) == 3
    asked: list[str] = []
    archive.db.conn.set_trace_callback(asked.append)
    assert total(archive, query, *words) == 3
    archive.db.conn.set_trace_callback(None)
    assert not [sql for sql in asked if "documents_fts match" in sql]
    put(archive, "four", "丁镇公开信息four", said=report("丁镇", 2021))
    assert total(archive, query, *words) == 4


def test_a_search_with_few_answers_is_ranked_and_not_remembered(archive: Archive) -> None:
    assert total(archive, "甲镇") == 1
    assert not broad._KNOWN


def test_a_quoted_word_is_another_search_than_the_bare_one(archive: Archive) -> None:
    put(archive, "title", "无此词", said=report("甲镇公开", 2020))
    assert total(archive, "公开 信息", "公开", "信息") == total(archive, "“公开” 信息", "公开", "信息")
    assert {query for _, query in broad._KNOWN} == {"公开 信息", "“公开” 信息"}


def test_an_archive_that_is_being_written_is_not_remembered(archive: Archive) -> None:
    with archive.step():
        archive.db.conn.execute("update archive_info set value = value")
        assert total(archive, "公开") == 3
    assert not broad._KNOWN


def test_only_the_searches_asked_last_are_remembered(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broad, "MOST", 2)
    for query in ("公开", "信息", "公", "公开"):
        total(archive, query)
    assert [query for _, query in broad._KNOWN] == ["公", "公开"]
