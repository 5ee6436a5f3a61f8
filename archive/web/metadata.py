"""Datasette's metadata, from the data dictionary: a title and a description for everything it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.store.dictionary import TABLES, Table

#: Newest first where a reader would look there first; (column, descending).
_SORTED = {
    "documents": ("published_at", True),
    "pages": ("first_seen_at", True),
    "captures": ("fetched_at", True),
    "problems": ("occurred_at", True),
    "runs": ("started_at", True),
    "reports": ("year", True),
    "decisions": ("decided_at", True),
}

#: Tables of SQLite and of the migrations, which say nothing about reports.
_BOOKKEEPING = ("_sqlite_migrations", "sqlite_sequence")

#: What a row is called where another table points to it.
_LABELS = {"bodies": "name", "sites": "name", "sections": "name", "documents": "title", "reports": "title"}


def metadata_of(database: str, plugins: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The metadata of the archive served under the name `database`; internal tables are hidden."""
    return {
        "title": "公开 gongkai",
        "description": "政府信息公开工作年度报告档案 · An archive of Chinese government information-disclosure reports",
        "plugins": {name: dict(config) for name, config in plugins.items()},
        "databases": {
            database: {
                "title": "公开 gongkai",
                "description": "各表的类型：证据索引、派生（可由 WARC 重算）、日志（不可重算）。"
                " Kinds of tables: evidence index, derived (rebuildable from the WARCs), journal (not rebuildable).",
                "tables": {
                    **{name: {"hidden": True} for name in _BOOKKEEPING},
                    **{name: _table(table) for name, table in TABLES.items()},
                },
            }
        },
    }


def _table(table: Table) -> dict[str, Any]:
    columns = {column.name for column in table.columns}
    described: dict[str, Any] = {
        "title": f"{table.title_zh} · {table.title_en}",
        "description": f"{table.zh} {table.en} [{table.kind}]",
        "columns": {column.name: f"{column.zh} · {column.en}" for column in table.columns},
    }
    if table.kind == "internal":
        described["hidden"] = True
    sorting, descending = _SORTED.get(table.name, ("", False))
    if sorting in columns and not table.view:
        described["sort_desc" if descending else "sort"] = sorting
    if _LABELS.get(table.name, "") in columns:
        described["label_column"] = _LABELS[table.name]
    if table.name == "documents":
        # Datasette cannot see that a full text over a view belongs to this table.
        described |= {"fts_table": "documents_fts", "fts_pk": "id"}
    return described
