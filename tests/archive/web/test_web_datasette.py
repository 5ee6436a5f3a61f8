"""Datasette's own pages over the archive: search, descriptions, headers, hostile query strings."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from archive.store import search
from archive.store.dictionary import TABLES
from archive.web.metadata import metadata_of

WORDS = {
    "公开": "text like '%公开%'",
    "复议": "text like '%复议%'",
    "维": "text like '%维%'",
    "行政复议 维持": "text like '%行政复议%' and text like '%维持%'",
    "复议 -盖北": "text like '%复议%' and text not like '%盖北%'",
    "盖北|谢塘": "(text like '%盖北%' or text like '%谢塘%')",
}


def counted(path: Path, where: str) -> int:
    connection = sqlite3.connect(path)
    search.register(connection)
    number = connection.execute(f"select count(*) from document_texts where {where}").fetchone()[0]
    connection.close()
    return int(number)


@pytest.mark.parametrize("typed", WORDS)
async def test_search_box_counts_what_like_counts(web: httpx.AsyncClient, archive_path: Path, typed: str) -> None:
    answer = await web.get(f"/archive/documents.json?_search={quote(typed)}&_shape=objects&_extra=count")
    assert answer.status_code == 200
    found = answer.json()
    total = found.get("filtered_table_rows_count", found.get("count"))  # Datasette 0.65, 1.0
    assert total == counted(archive_path, WORDS[typed]) > 0


@pytest.mark.parametrize(
    "typed", ['"', "(", 'a"b', "-x", "a|b", "|", "''", "*", "NEAR(", "公开:", "“公开", "\x00", "-"]
)
@pytest.mark.parametrize("mode", ["", "&_searchmode=raw", "&_searchmode=escaped", "&_searchmode=%zz"])
async def test_any_search_is_a_page(web: httpx.AsyncClient, typed: str, mode: str) -> None:
    for shape in ("", ".json", ".csv"):
        answer = await web.get(f"/archive/documents{shape}?_search={quote(typed)}{mode}")
        assert answer.status_code == 200, (typed, mode, shape)


async def test_csv_and_json_work_and_lists_carry_no_bodies(web: httpx.AsyncClient) -> None:
    csv = await web.get("/archive/documents.csv?_search=%E5%85%AC%E5%BC%80")
    assert csv.status_code == 200
    assert "text_digest" in csv.text
    rows = (await web.get("/archive/documents.json?_shape=array")).json()
    assert rows
    assert all("text" not in row for row in rows)
    page = await web.get("/archive/documents")
    assert "推进重点领域信息公开" not in page.text


async def test_every_table_and_column_is_described(web: httpx.AsyncClient) -> None:
    tables = metadata_of("archive", {})["databases"]["archive"]["tables"]
    for name, table in TABLES.items():
        assert tables[name]["title"] == f"{table.title_zh} · {table.title_en}"
        assert set(tables[name]["columns"]) == {column.name for column in table.columns}
    page = (await web.get("/archive/reports")).text
    assert tables["reports"]["description"].split(" [")[0][:20] in page
    assert tables["reports"]["columns"]["regime"] in page


async def test_internal_tables_are_hidden(web: httpx.AsyncClient) -> None:
    listed = {table["name"]: table["hidden"] for table in (await web.get("/archive.json")).json()["tables"]}
    assert listed["frontier"] is True
    assert listed["documents"] is False


async def test_every_answer_carries_security_headers(web: httpx.AsyncClient) -> None:
    for address in ("/", "/archive", "/archive/documents", "/nothing/here", "/api/reports.json", "/-/versions.json"):
        headers = (await web.get(address)).headers
        assert headers["x-content-type-options"] == "nosniff", address
        assert headers["x-frame-options"] == "DENY", address
        assert headers["referrer-policy"] in {"same-origin", "no-referrer"}, address
        assert "default-src 'none'" in headers["content-security-policy"], address


async def test_our_pages_allow_no_inline_code(web: httpx.AsyncClient) -> None:
    for address in ("/", "/search?q=公开", "/bodies", "/coverage", "/changes", "/audit", "/status", "/method", "/api"):
        answer = await web.get(address)
        assert "unsafe-inline" not in answer.headers["content-security-policy"], address
        assert " style=" not in answer.text, address
        assert "<script>" not in answer.text, address


async def test_the_database_file_is_not_offered(web: httpx.AsyncClient) -> None:
    assert (await web.get("/archive.db")).status_code == 403
