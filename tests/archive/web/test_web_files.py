"""Files for spreadsheets and programs: Datasette's CSV in passing, Parquet, sitemap, robots, llms.txt."""

from __future__ import annotations

import builtins
import csv
import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from archive.web.exports import csv_of, defused
from archive.web.pages import machines
from archive.web.rendering import marked
from archive.web.serve import build_datasette
from archive.web.spreadsheets import SafeCsv

_CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co")), max_size=12) | st.sampled_from(
    ["=1+1", "@x", "+a", "-3", "a\nb", 'say "x"', "公开，复议", ""]
)


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(st.lists(_CELLS, min_size=2, max_size=4), max_size=6), cut=st.integers(1, 9))
def test_a_csv_cut_anywhere_is_the_same_rows_made_safe(rows: list[list[str]], cut: int) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    content = out.getvalue().encode()
    stream = SafeCsv()
    made = b"".join(stream.feed(content[at : at + cut]) for at in range(0, len(content), cut)) + stream.feed(
        b"", last=True
    )
    assert made.startswith(b"\xef\xbb\xbf")
    back = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    assert back == [[str(defused(cell)) for cell in row] for row in rows]
    assert not [cell for row in back for cell in row if re.match(r"\s*[=@]", cell)]


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from("公开 <b>&\"'abc，。1\u202e"), max_size=30))
def test_marking_chinese_changes_no_word(text: str) -> None:
    shown = str(marked(text))
    assert not re.search(r"<(?!/?span)", shown)
    assert marked(text).striptags() == marked(text.replace("\u202e", "")).striptags()
    assert re.sub(r"\s+", " ", text.replace("\u202e", "")).strip() == marked(text).striptags()


async def test_parquet_holds_the_same_rows_with_numbers_as_numbers(web: httpx.AsyncClient) -> None:
    rows = (await web.get("/api/cells.json?form=t3&limit=1000")).json()["rows"]
    table = pyarrow.parquet.read_table(io.BytesIO((await web.get("/api/cells.parquet?form=t3&limit=1000")).content))
    assert table.num_rows == len(rows)
    assert str(table.schema.field("value").type) == "double"
    assert str(table.schema.field("year").type) == "int64"
    assert table.column("raw").to_pylist() == [row["raw"] for row in rows]


async def test_without_pyarrow_parquet_is_refused_clearly(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    for address in ("/api/reports.parquet", "/archive/reports.parquet"):
        answer = await web.get(address, headers={"accept-language": "en"})
        assert answer.status_code == 501
        assert "pyarrow" in answer.text
    assert (await web.get("/api/reports.xlsx")).status_code == 200


async def test_the_sitemap_names_every_report_and_body_and_robots_names_the_sitemap(web: httpx.AsyncClient) -> None:
    robots = (await web.get("/robots.txt")).text
    assert "Sitemap: http://localhost/sitemap.xml" in robots
    assert "Disallow: /search" in robots
    root = ET.fromstring((await web.get("/sitemap.xml")).text)
    found = [element.text or "" for element in root.iter() if element.tag.endswith("loc")]
    assert len(found) == len(set(found))
    reports = (await web.get("/api/reports.json?limit=1000")).json()["rows"]
    assert {f"http://localhost/report/{row['body']}/{row['year']}" for row in reports} <= set(found)
    for address in found:
        assert (await web.get(address)).status_code == 200


async def test_a_large_sitemap_is_an_index_of_parts(web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ET.fromstring((await web.get("/sitemap.xml")).text)
    monkeypatch.setattr(machines, "ADDRESSES", 4)
    index = ET.fromstring((await web.get("/sitemap.xml")).text)
    assert index.tag.endswith("sitemapindex")
    parts = [element.text or "" for element in index.iter() if element.tag.endswith("loc")]
    assert len(parts) > 1
    found = []
    for part in parts:
        found += [
            element.text for element in ET.fromstring((await web.get(part)).text).iter() if element.tag.endswith("loc")
        ]
    assert found == [element.text for element in whole.iter() if element.tag.endswith("loc")]
    assert (await web.get(f"/sitemap-{len(parts) + 1}.xml")).status_code == 404


async def test_llms_txt_says_what_is_here_and_where(web: httpx.AsyncClient) -> None:
    text = (await web.get("/llms.txt")).text
    assert text.startswith("# 公开 gongkai\n\n> ")
    assert "7 reports of 2 public bodies" in text
    for address in re.findall(r"\]\((http[^)]+)\)", text):
        assert (await web.get(address)).status_code == 200, address


async def test_below_a_prefix_every_link_stays_below_it(archive_path: Path) -> None:
    datasette = build_datasette(archive_path, base_url="/gongkai/")
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for page in ("/", "/search?q=公开", "/coverage", "/compare/bodies", "/api", "/review", "/status"):
            text = (await client.get(f"/gongkai{page}")).text
            for link in re.findall(r'(?:href|src|action)="(/[^"]*)"', text):
                assert link.startswith("/gongkai/"), (page, link)
        root = ET.fromstring((await client.get("/gongkai/sitemap.xml")).text)
        found = [element.text or "" for element in root.iter() if element.tag.endswith("loc")]
        assert all(address.startswith("http://localhost/gongkai/") for address in found)
        for address in (found[0], found[-1]):
            assert (await client.get(address)).status_code == 200
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()


async def test_a_query_cannot_name_a_column_as_a_formula(web: httpx.AsyncClient) -> None:
    query = "sql=" + quote('select 1 as "=1+1"')
    xlsx = await web.get(f"/archive.xlsx?{query}", follow_redirects=True)
    cells = [cell for row in load_workbook(io.BytesIO(xlsx.content)).active.iter_rows() for cell in row]
    assert [(cell.value, cell.data_type) for cell in cells] == [("=1+1", "s"), (1, "n")]
    table = await web.get(f"/archive.csv?{query}", follow_redirects=True)
    assert table.content.decode("utf-8-sig").splitlines()[0] == "'=1+1"
    assert csv_of(["=1+1"], []).decode("utf-8-sig").strip() == "'=1+1"


async def test_an_edit_in_the_feed_leads_to_what_was_edited(web: httpx.AsyncClient) -> None:
    feed = ET.fromstring((await web.get("/feed.atom")).text)
    atom = "{http://www.w3.org/2005/Atom}"
    edits = [entry for entry in feed.iter(f"{atom}entry") if entry.find(f"{atom}category").get("term") == "edited"]
    assert edits
    page = await web.get(edits[0].find(f"{atom}link").get("href"))
    assert "<del>" in page.text
