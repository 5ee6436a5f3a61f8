"""Tables as printed on the page of their report."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import httpx

from archive.web.serve import build_datasette

HOSTILE = '"><script>alert(1)</script>\u202e'


async def test_a_table_as_printed_stands_escaped_under_its_section_and_in_the_json(
    archive_path: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copytree(archive_path.parent, tmp_path / "copy")) / archive_path.name
    connection = sqlite3.connect(path)
    report, body, year = connection.execute(
        "select id, body, year from reports r where standing = 'chosen' and body is not null "
        "and exists (select 1 from report_sections s where s.report = r.id and s.position = 1) order by id"
    ).fetchone()
    lines = [["受理", "12"], [HOSTILE, "3"]]
    for position, (section, title) in enumerate(((1, HOSTILE), (None, ""))):
        connection.execute(
            "insert into report_grids values (?, ?, ?, ?, ?)",
            (report, position, section, title, json.dumps(lines)),
        )
    connection.commit()
    connection.close()
    datasette = build_datasette(path)
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        page = (await client.get(f"/report/{body}/{year}")).text
        told = (await client.get(f"/report/{body}/{year}.json")).json()
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()
    assert page.count('<td><bdi lang="zh-CN">受理</bdi></td>') == 2
    assert page.index('id="s2"') < page.index("受理</bdi></td>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert [(grid["section"], grid["rows"]) for grid in told["grids"]] == [(1, lines), (None, lines)]
