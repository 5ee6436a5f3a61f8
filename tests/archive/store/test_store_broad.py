"""Searches that very many documents answer are remembered; what comes is added, what changes makes them forgotten."""

from pathlib import Path

import pytest
from store_making import Clock, put, report, spec

from archive.store import broad, finding
from archive.store.archive import Archive
from archive.store.catalogue import catalogue


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(finding, "RANKED_UP_TO", 1)
    monkeypatch.setattr(finding, "CHARACTER_RANKED_UP_TO", 1)
    broad._KNOWN.clear()
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        for name, town in (("one", "甲镇"), ("two", "乙镇"), ("three", "丙镇")):
            put(opened, name, f"{town}公开信息{name}", said=report(town, 2021))
        yield opened


def total(archive: Archive, query: str, *words: str) -> int:
    wanted = finding.Wanted(query=query, words=words or (query,))
    return finding.find(archive.db.conn, wanted, catalogue(archive.db.conn)).total


def asked(archive: Archive, query: str) -> tuple[int, list[str]]:
    """How many documents a search finds, and what it asked the index."""
    said: list[str] = []
    archive.db.conn.set_trace_callback(said.append)
    found = total(archive, query, *query.split())
    archive.db.conn.set_trace_callback(None)
    return found, [sql for sql in said if "documents_fts match" in sql]


BROAD = ["公开", "公", "公开 信息", "公开 -甲镇", "“公开”|信息"]


@pytest.mark.parametrize("query", BROAD)
def test_a_broad_search_is_asked_once_and_then_of_what_came(archive: Archive, query: str) -> None:
    before, _ = asked(archive, query)
    assert asked(archive, query) == (before, [])
    put(archive, "four", "丁镇公开信息four", said=report("丁镇", 2021))
    put(archive, "five", "戊镇没有别的", said=report("戊镇", 2021), title="戊镇")
    found, questions = asked(archive, query)
    assert found == before + 1
    assert all("rowid > 3" in sql for sql in questions)
    assert asked(archive, query) == (before + 1, [])


@pytest.mark.parametrize("query", BROAD)
def test_what_is_remembered_is_what_the_index_would_say(
    archive: Archive, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    total(archive, query, *query.split())
    for number, (text, title) in enumerate(
        [
            ("公 开", "年报"),
            ("Ａ公", "公开"),
            ("没有", "信息公开"),
            ("公开，信息", "甲镇"),
            ("信-公", "无"),
            ("", "公开 信息"),
        ]
    ):
        put(archive, f"n{number}", f"{text}{number}", said=report("丁镇", 2010 + number), title=title)
        wanted = finding.Wanted(query=query, words=tuple(query.split()))
        remembered = finding.find(archive.db.conn, wanted, catalogue(archive.db.conn))
        kept = broad._KNOWN.copy()
        broad._KNOWN.clear()
        assert finding.find(archive.db.conn, wanted, catalogue(archive.db.conn)) == remembered
        broad._KNOWN.clear()
        broad._KNOWN.update(kept)
    with monkeypatch.context() as patched:
        patched.setattr(finding, "READ_UP_TO", 0)
        put(archive, "last", "最后公开信息", said=report("丁镇", 2000))
        assert total(archive, query, *query.split()) == remembered.total + 1


@pytest.mark.parametrize(
    "change",
    [
        "update documents set title = title || '改' where id = 2",
        "update document_texts set text = '公开信息的另一篇' where id = 2",
        "delete from document_texts where id = 2",
    ],
)
def test_a_known_text_that_changes_makes_the_search_anew(archive: Archive, change: str) -> None:
    total(archive, "公开")
    with archive.step():
        archive.db.execute(change)
    found, questions = asked(archive, "公开")
    assert found == (2 if change.startswith("delete") else 3)
    assert questions
    assert not any("rowid > 3" in sql for sql in questions)


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
