"""Everything from the web is text everywhere: in pages, feeds, files, and in Datasette's own pages."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pyarrow.parquet
import pytest
from openpyxl import load_workbook
from selectolax.lexbor import LexborHTMLParser

from archive.web.serve import build_datasette
from tests.web_addresses import DATASETTE, every_file, every_page
from tests.web_attack import build_attack

#: What reorders or hides the text around it.
REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_attack(tmp_path_factory.mktemp("attack"))


@pytest.fixture
async def web(attacked: Path) -> AsyncIterator[httpx.AsyncClient]:
    datasette = build_datasette(attacked, contact="<script>alert(1)</script>")
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()


def harms(html: str, *, inline: bool = False) -> list[str]:
    """What in a page would run, ask, or has been evaluated. Datasette has inline scripts and handlers of its own
    (`inline`)."""
    tree = LexborHTMLParser(html)
    found = []
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            target = (value or "").strip().lower()
            if name.lower().startswith("on") and (not inline or "alert" in target):
                found.append(f"{name}={value}")
            if name in {"href", "src", "action", "formaction"} and re.match(r"(?:javascript|data|vbscript):", target):
                found.append(f"{name}={value}")
    found += [script.html or "" for script in tree.css("script") if "alert(1)" in (script.text() or "")]
    if not inline:
        found += [script.html or "" for script in tree.css("script:not([src])")]
        found += [node.html or "" for node in tree.css("[style], style")]
    found += [image.html or "" for image in tree.css("img[src=x], [onerror]")]
    text = tree.body.text() if tree.body else ""
    found += ["a template was evaluated"] if "$49" in text or re.search(r"calc'!A0[^{]{0,90}49", text) else []
    return found


async def test_every_page_shows_attacks_as_text(web: httpx.AsyncClient, attacked: Path) -> None:
    shown = 0
    for address in every_page(attacked):
        for lang in ("zh", "en"):
            answer = await web.get(f"{address}{'&' if '?' in address else '?'}lang={lang}")
            assert answer.status_code == 200, address
            assert harms(answer.text) == [], address
            assert not REORDERING.search(answer.text), address
            assert len(answer.content) < 300_000, address
            shown += "{{7*7}}" in answer.text
    assert shown > 40


async def test_a_replay_of_an_attack_has_nothing_that_runs(web: httpx.AsyncClient) -> None:
    for capture in range(1, 7):
        answer = await web.get(f"/capture/{capture}/replay?cell=t3_new_requests__total")
        if answer.status_code == 404:
            continue  # a PDF is not replayed
        assert harms(answer.text) == []
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


async def test_datasettes_own_pages_show_attacks_as_text(web: httpx.AsyncClient) -> None:
    for address in DATASETTE:
        answer = await web.get(address, follow_redirects=True)  # 1.0 moved the page of a query to /-/query
        assert answer.status_code == 200, address
        assert harms(answer.text, inline=True) == [], address


async def test_every_file_carries_attacks_as_data(web: httpx.AsyncClient, attacked: Path) -> None:
    kinds = set()
    for address in every_file(attacked):
        answer = await web.get(address)
        assert answer.status_code == 200, (address, answer.text[:300])
        assert answer.headers["x-content-type-options"] == "nosniff", address
        kind = answer.headers["content-type"].partition(";")[0]
        path = address.partition("?")[0]
        kinds.add(kind)
        if kind == "application/json":
            json.loads(answer.text)
        elif kind in {"application/xml", "application/atom+xml"}:
            ET.fromstring(answer.text)
            assert not REORDERING.search(answer.text), address
        elif path.endswith(".csv"):
            assert answer.content.startswith(b"\xef\xbb\xbf"), address
            rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
            assert [len(row) for row in rows] == [len(rows[0])] * len(rows), address
            assert [cell for row in rows for cell in row if re.match(r"\s*(?:[=@\t\r]|[+-](?!\d))", cell)] == [], (
                address
            )
        elif path.endswith(".xlsx"):
            book = load_workbook(io.BytesIO(answer.content))
            assert [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"] == [], address
        elif path.endswith(".parquet"):
            table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
            assert table.num_columns, address
        elif kind == "application/octet-stream":
            assert answer.headers["content-disposition"].startswith("attachment"), address
        else:
            assert kind == "text/plain", address
        disposition = answer.headers.get("content-disposition", "")
        assert re.fullmatch(r'(?:attachment; filename="[A-Za-z0-9._-]+")?', disposition), address
    assert len(kinds) >= 7


async def test_a_citation_cannot_leave_its_braces(web: httpx.AsyncClient, attacked: Path) -> None:
    address = next(page for page in every_page(attacked) if page.startswith("/report/"))
    page = LexborHTMLParser((await web.get(address)).text)
    entry = page.css("pre.cite")[0].text()
    depth = 0
    for char in entry.strip()[:-1]:
        depth += (char == "{") - (char == "}")
        assert depth >= 1 or char not in "}", entry
    assert entry.count("{") == entry.count("}")
    assert "\\" not in entry
