"""Every page type: what it shows, that attacks stay text, that any query string is a page or a clear refusal."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from openpyxl import load_workbook
from selectolax.lexbor import LexborHTMLParser

from tests.web_addresses import every_page
from tests.web_archive import BEIGAI

LISTS = ("reports", "bodies", "cells", "findings", "coverage", "changes")


async def body_of(web: httpx.AsyncClient, name: str = BEIGAI) -> str:
    rows = (await web.get("/api/bodies.json")).json()["rows"]
    return str(next(row["id"] for row in rows if row["name"] == name))


async def test_every_page_type_answers_within_300_kb_in_both_languages(
    web: httpx.AsyncClient, archive_path: Path
) -> None:
    for address in every_page(archive_path):
        for lang, tag in (("zh", "zh-CN"), ("en", "en")):
            answer = await web.get(f"{address}{'&' if '?' in address else '?'}lang={lang}")
            assert answer.status_code == 200, address
            assert len(answer.content) < 300_000, address
            page = LexborHTMLParser(answer.text)
            assert page.root is not None
            assert page.root.attributes["lang"] == tag, address


async def test_a_replay_has_no_power(web: httpx.AsyncClient) -> None:
    answer = await web.get("/capture/1/replay")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    page = LexborHTMLParser(answer.text)
    assert not page.css("script, link, iframe, meta[http-equiv], base, object, embed")
    assert not page.css("[src], [href], [onload], [onerror], [srcset], [action]")
    assert "outside.example.com" not in answer.text
    assert "主动公开政府信息" in answer.text


async def test_the_original_is_a_download_never_a_page(web: httpx.AsyncClient) -> None:
    answer = await web.get("/capture/1/original")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="capture-1.html"'
    assert b"<script>" in answer.content


async def test_exports_defuse_formulas_and_keep_chinese(web: httpx.AsyncClient) -> None:
    for name in LISTS:
        table = await web.get(f"/api/{name}.csv")
        assert table.content.startswith(b"\xef\xbb\xbf"), name
        rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
        assert rows, name
        assert not [cell for row in rows for cell in row if re.match(r"[=+@\t\r]", cell)], name
        book = load_workbook(io.BytesIO((await web.get(f"/api/{name}.xlsx")).content))
        cells = [cell for row in book.active.iter_rows() for cell in row]
        assert len(cells) == sum(len(row) for row in rows), name
        assert not [cell for cell in cells if cell.data_type == "f"], name


async def test_the_feed_is_well_formed_and_leads_here(web: httpx.AsyncClient) -> None:
    answer = await web.get("/feed.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.text)
    space = "{http://www.w3.org/2005/Atom}"
    entries = feed.findall(f"{space}entry")
    assert len(entries) == 8
    assert any("alert(1)" in (entry.findtext(f"{space}title") or "") for entry in entries)
    for entry in entries:
        link = entry.find(f"{space}link")
        assert link is not None
        assert link.attrib["href"].startswith("http://localhost/")


async def test_lists_page_through_everything_once(web: httpx.AsyncClient) -> None:
    for name in LISTS:
        whole = (await web.get(f"/api/{name}.json?limit=1000")).json()
        seen, address = [], f"/api/{name}.json?limit=3"
        while address and len(seen) < 100:
            answer = (await web.get(address)).json()
            seen += answer["rows"]
            address = answer["next"]
        assert seen == whole["rows"][: len(seen)]
        assert (address is None) == (len(seen) == len(whole["rows"]))


async def test_search_finds_titles_and_counts_facets_exactly(web: httpx.AsyncClient) -> None:
    answer = (await web.get("/api/search.json?q=盖北")).json()
    assert answer["total"] == 3
    assert {facet["value"]: facet["count"] for facet in answer["facets"]["year"]} == {2023: 1, 2022: 1, 2021: 1}
    narrowed = (await web.get("/api/search.json?q=公开&year=2022&place=上虞区&level=town")).json()
    assert narrowed["total"] == 2
    everything = (await web.get("/api/search.json?q=公开")).json()
    assert everything["total"] == 8
    assert sum(facet["count"] for facet in everything["facets"]["year"]) == 8


async def test_a_failed_cell_is_marked_and_explained(web: httpx.AsyncClient) -> None:
    page = LexborHTMLParser((await web.get(f"/report/{await body_of(web)}/2022")).text)
    failed = page.css("td.failed")
    assert [node.text(strip=True) for node in failed] == ["21", "31"]  # the number, then its flag
    for node in failed:
        flag = node.css_first("a.flag")
        assert flag is not None
        assert page.css_first(flag.attributes["href"] or "") is not None
    assert "本年新收" in page.css_first("#finding-1").text()  # type: ignore[union-attr]
    derived = page.css_first("td.derived")
    assert derived is not None
    assert derived.text(strip=True) == "0"


async def test_tables_stand_in_their_printed_shape(web: httpx.AsyncClient) -> None:
    page = LexborHTMLParser((await web.get(f"/report/{await body_of(web)}/2021")).text)
    tables = {node.css_first("caption").text(strip=True): node for node in page.css("table.statutory")}  # type: ignore[union-attr]
    assert len(tables) == 3
    third = tables["收到和处理政府信息公开申请情况"]
    assert len(third.css("td")) == 25 * 7
    assert len(tables["政府信息公开行政复议、行政诉讼情况"].css("td")) == 15
    assert len(tables["主动公开政府信息情况"].css("td")) == 10
    for table in tables.values():
        widths = {}
        for place, row in enumerate(table.css("tr")):
            for cell in row.css("th, td"):
                span = int(cell.attributes.get("colspan") or 1)
                for line in range(place, place + int(cell.attributes.get("rowspan") or 1)):
                    widths[line] = widths.get(line, 0) + span
        assert len(set(widths.values())) == 1, widths


async def test_a_report_reads_as_text_json_csv_and_workbook(web: httpx.AsyncClient) -> None:
    address = f"/report/{await body_of(web)}/2022"
    assert (await web.get(f"{address}.txt")).text.startswith("我镇根据")
    answer = (await web.get(f"{address}.json")).json()
    assert answer["report"]["title"] == "2022年盖北镇政府信息公开年度报告"
    assert len(answer["cells"]) == 200
    assert (await web.get(f"{address}.csv")).content.startswith(b"\xef\xbb\xbf")
    assert load_workbook(io.BytesIO((await web.get(f"{address}.xlsx")).content)).active.max_row == 201


async def test_names_lead_to_the_one_body_of_that_name(web: httpx.AsyncClient) -> None:
    answer = await web.get(f"/report/{quote(BEIGAI)}/2022")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"/report/{await body_of(web)}/2022"
    assert (await web.get(f"/body/{quote('没有镇')}")).status_code == 404


async def test_an_edit_is_shown_as_a_difference(web: httpx.AsyncClient) -> None:
    change = (await web.get("/api/changes.json")).json()["rows"][0]
    page = await web.get(f"/changes?page_url={quote(change['url'], safe='')}&at={change['changed_at']}")
    assert "<del>5</del><ins>9</ins>" in page.text
    cells = LexborHTMLParser(page.text).css("table.numbers tbody tr")
    assert {tuple(cell.text() for cell in row.css("td")[1:]) for row in cells} == {("5", "9", "+4")}


async def test_the_language_follows_the_browser_the_switch_and_the_memory(web: httpx.AsyncClient) -> None:
    assert 'lang="zh-CN"' in (await web.get("/")).text.partition("<body>")[0]
    english = await web.get("/", headers={"accept-language": "de, en;q=0.8, zh;q=0.5"})
    assert 'lang="en"' in english.text.partition("<body>")[0]
    chosen = await web.get("/?lang=en", headers={"accept-language": "zh"})
    assert "gongkai_lang=en" in chosen.headers["set-cookie"]
    kept = await web.get("/", headers={"accept-language": "zh", "cookie": "gongkai_lang=en"})
    assert 'lang="en"' in kept.text.partition("<body>")[0]


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=x&year=12345",
        "/search?q=x&year=abc",
        "/search?q=x&page=0",
        f"/search?q={'x' * 201}",
        "/bodies?page=-1",
        "/api/reports.json?limit=0",
        "/api/reports.json?limit=1001",
        "/api/cells.json?year=%00",
    ],
)
async def test_a_wrong_argument_is_refused_by_name(web: httpx.AsyncClient, address: str) -> None:
    answer = await web.get(address)
    assert answer.status_code == 400
    name = re.findall(r"(?:[?&])(\w+)=", address)[-1]
    assert name in answer.text


async def test_unknown_addresses_are_not_found(web: httpx.AsyncClient) -> None:
    first = await body_of(web)
    for address in (
        f"/report/{first}/1999",
        "/body/zzz",
        "/capture/999999",
        "/api/nothing",
        "/-/gongkai/../x",
        "/-/gongkai/no.js",
    ):
        assert (await web.get(address)).status_code == 404, address
