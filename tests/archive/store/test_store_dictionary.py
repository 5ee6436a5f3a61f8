import re
from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.dictionary import TABLES

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def schema(tmp_path: Path) -> dict[str, list[str]]:
    with Archive.open(tmp_path / "archive.db") as archive:
        names = [
            name
            for (name,) in archive.db.execute(
                "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' "
                "and name not like '_sqlite_%' and name not like '%#_fts#_%' escape '#'"
            )
        ]
        return {
            name: [row[0] for row in archive.db.execute("select name from pragma_table_info(?)", [name])]
            for name in names
        }


def test_dictionary_and_schema_are_the_same(schema: dict[str, list[str]]) -> None:
    described = {table.name: [column.name for column in table.columns] for table in TABLES.values()}
    assert described == schema


def test_views_are_marked_as_views(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db") as archive:
        views = {name for (name,) in archive.db.execute("select name from sqlite_master where type = 'view'")}
    assert {table.name for table in TABLES.values() if table.view} == views


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_everything_is_described_in_both_languages(table) -> None:
    assert CHINESE.search(table.title_zh)
    assert CHINESE.search(table.zh)
    assert table.title_en
    assert table.en.endswith((".", ")."))
    for column in table.columns:
        assert column.zh, column.name
        assert column.en, column.name
        assert not CHINESE.search(re.sub("[（(].*?[)）]", "", column.en)), column.name


def test_only_internal_tables_are_made_of_local_columns_alone() -> None:
    for table in TABLES.values():
        if all(column.local for column in table.columns):
            assert table.kind == "internal", table.name
