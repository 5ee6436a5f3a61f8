import sqlite3
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.store.search import NOTHING, fts_query, register, segment

TEXTS = [
    "政府信息公开工作年度报告，行政复议、行政诉讼情况。",
    "行政复议：结果维持0件；行政诉讼：结果纠正1件。",
    "盖北镇2021年政府信息公开工作年度报告",
    "公 开与复\n议（不相邻）",
    "收费 3.5 万元，ＡＢＣ与abc",
    "维",
]


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    register(connection)
    connection.execute("create table t (id integer primary key, text text)")
    connection.execute("create virtual table f using fts5(text, tokenize='ascii')")
    yield connection
    connection.close()


def fill(connection: sqlite3.Connection, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        connection.execute("insert into t values (?, ?)", (number, text))
        connection.execute("insert into f (rowid, text) values (?, gongkai_segment(?))", (number, text))


def found(connection: sqlite3.Connection, query: str) -> set[int]:
    return {row for (row,) in connection.execute("select rowid from f where f match ?", (fts_query(query),))}


def alike(connection: sqlite3.Connection, *words: str) -> set[int]:
    sql = "select id from t where " + " and ".join(["text like ? escape '\\'"] * len(words))
    escaped = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words]
    return {row for (row,) in connection.execute(sql, [f"%{word}%" for word in escaped])}


@pytest.mark.parametrize(
    "words",
    [("公开",), ("复议",), ("维",), ("行政复议", "维持"), ("，",), ("（",), ("3.5",), ("021年",), ("、行政",), ("件",)],
)
def test_search_finds_what_like_finds(index: sqlite3.Connection, words: tuple[str, ...]) -> None:
    fill(index, TEXTS)
    assert found(index, " ".join(words)) == alike(index, *words)


ALPHABET = "公开复议维持政府镇年报，。（）《》、：abc019 \n"


@settings(max_examples=50, deadline=None)
@given(
    texts=st.lists(st.text(ALPHABET, max_size=12), min_size=1, max_size=6),
    word=st.text(ALPHABET.replace(" ", "").replace("\n", ""), min_size=1, max_size=4),
)
def test_any_word_is_found_exactly_where_it_stands(texts: list[str], word: str) -> None:
    connection = sqlite3.connect(":memory:")
    register(connection)
    connection.execute("create virtual table f using fts5(text, tokenize='ascii')")
    for number, text in enumerate(texts):
        connection.execute("insert into f (rowid, text) values (?, ?)", (number, segment(text)))
    folded = unicodedata.normalize("NFKC", word)
    expected = {n for n, text in enumerate(texts) if folded in unicodedata.normalize("NFKC", text)}
    assert found(connection, word) == expected
    connection.close()


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30) | st.text('"“”|-()*^:+ 公开复a', max_size=12))
def test_no_query_is_an_error(query: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("create virtual table f using fts5(text)")
    connection.execute("select rowid from f where f match ?", (fts_query(query),)).fetchall()
    connection.close()


@pytest.mark.parametrize("query", ["", " ", '"', "“”", "|", None, '""'])
def test_nothing_to_look_for_finds_nothing(index: sqlite3.Connection, query: str | None) -> None:
    fill(index, TEXTS)
    assert fts_query(query) == NOTHING
    assert found(index, query or "") == set()


def test_operators_combine(index: sqlite3.Connection) -> None:
    fill(index, ["甲乙", "乙丙", "丙丁", "甲 丁"])
    assert found(index, "甲|丙") == {0, 1, 2, 3}
    assert found(index, "甲 | 丙") == {0, 1, 2, 3}
    assert found(index, "乙 -甲") == {1}
    assert found(index, "-乙") == {2, 3}
    assert found(index, "丁 甲|丙") == {2, 3}
    assert found(index, '-"甲乙" 甲') == {3}
    assert found(index, "“甲 丁”") == {3}
    assert found(index, 'a"b') == set()


def test_width_and_case_do_not_matter(index: sqlite3.Connection) -> None:
    fill(index, ["ＡＢＣ２０２１", "abc2021"])
    assert found(index, "Abc2021") == {0, 1}


def test_characters_apart_are_not_a_word(index: sqlite3.Connection) -> None:
    fill(index, ["公 开", "公\n开", "公，开", "公\u200b开", "公开"])
    assert found(index, "公开") == {4}
