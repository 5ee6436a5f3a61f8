"""Served bytes: nothing of what is withheld in any page, feed, table, file or API; numbers of people masked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from archive.reports.masking import MAIL, PHONE
from archive.reports.model import Report
from archive.store import takedown
from archive.store.archive import Archive
from archive.store.dictionary import TABLES
from archive.store.model import Exchange
from archive.store.rebuild import PageContext
from archive.web.contract import ENDPOINTS
from archive.web.routes import _PAGES
from archive.web.serve import build_datasette
from sites.model import Extracted, PageRef
from tests.web_archive import BEIGAI, HOST, build, exchange_of, extracted_of, report_of, section_of

MARK, TITLE, TELEPHONE, ADDRESS = "龘靐齉正文", "龗麤标题", "0575-82812345", "zhang.san@sx.gov.cn"
URL = f"http://{HOST.removeprefix('www.')}/art/2020/1/20/marked.html"
ASKED = f"http://{HOST}/art/2020/1/20/marked.html"
LISTING = f"http://{HOST}/col/beigai/index.html"


def read(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
    raise AssertionError("nothing is read again")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The web tests' archive with one more report, edited once, and a listing that names it."""
    path = build(tmp_path, attack=False)
    with Archive.open(path, clock=lambda: datetime(2026, 3, 1, 18, 0, tzinfo=UTC)) as archive:
        run = archive.start_run("crawl", "demo")
        for night, words in enumerate(("初版", "改版")):
            said = report_of(BEIGAI, 2019, requests=3, upheld=0, title=f"{BEIGAI}{TITLE}2019年度报告")
            extracted = extracted_of(said, BEIGAI, 2019, requests=3, upheld=0)
            text = f"{extracted.text}\n{MARK}{words}。联系电话：{TELEPHONE}，邮箱 {ADDRESS}"
            extracted = Extracted(title=extracted.title, text=text, metadata=extracted.metadata)
            page = f"<html><title>{said.title}</title><body><p>{text}</p></body></html>".encode()
            with archive.step():
                capture = archive.put_capture(exchange_of(ASKED, page, datetime(2026, 3, 1 + night, tzinfo=UTC)))
                archive.put_reading(
                    capture=capture,
                    url=URL,
                    section=section_of(BEIGAI, "beigai"),
                    extracted=extracted,
                    report=said,
                    family="static",
                    ref=PageRef(url=URL, title=said.title),
                    run=run,
                )
                archive.put_capture(
                    exchange_of(
                        LISTING, f"<a>{said.title}{night}</a>".encode(), datetime(2026, 3, 1 + night, tzinfo=UTC)
                    )
                )
        archive.put_problem(
            run=run, site_id="demo", section_key="beigai", url=URL, kind="drift", message=MARK, evidence=TITLE
        )
        archive.finish_run(run)
    return path


@asynccontextmanager
async def served(path: Path) -> AsyncIterator[httpx.AsyncClient]:
    datasette = build_datasette(path, contact="档案室 archive@example.org")
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()


async def everything(path: Path) -> dict[str, str]:
    """Every page type, API list in every shape, table as page and JSON and CSV: address → content."""
    with Archive.read(path) as archive:
        captures = [row[0] for row in archive.db.execute("select id from captures").fetchall()]
        body = archive.db.execute("select id from bodies where name = ?", [BEIGAI]).fetchone()[0]
    addresses = [f"/search?q={word}" for word in (MARK[:2], TITLE[:2], "公开", TELEPHONE[:9])]
    for pattern, _ in _PAGES:
        plain = pattern.strip("^$")
        if "(" not in plain and "\\" not in plain:
            addresses.append(plain)
    addresses += [f"/body/{body}", f"/compare?a={body}&a_year=2019&b={body}&b_year=2021", f"/changes?page={URL}"]
    addresses += [f"/report/{body}/{year}{shape}" for year in (2019, 2021) for shape in ("", ".json", ".txt", ".csv")]
    addresses += [f"/capture/{one}{part}" for one in captures for part in ("", "/replay", "/original")]
    for endpoint in ENDPOINTS:
        for shape, address in endpoint.addresses:
            if "{" not in address and shape != "parquet":
                addresses.append(f"{address}?{endpoint.example}&q={MARK[:2]}&limit=1000")
    addresses += [f"/archive/{name}.json?_size=max" for name in TABLES]
    for name in ("document_texts", "pages", "report_sections", "report_grids", "problems"):
        addresses += [f"/archive/{name}", f"/archive/{name}.csv?_size=max"]
    addresses += [f"/archive/documents?_search={MARK[:2]}", "/archive.json?sql=select+text+from+document_texts"]
    found = {}
    async with served(path) as client:
        for address in addresses:
            answer = await client.get(address, follow_redirects=True)
            assert answer.status_code < 500, address
            content = answer.content
            if content.startswith(b"PK"):
                with zipfile.ZipFile(io.BytesIO(content)) as parts:
                    content = b"".join(parts.read(name) for name in parts.namelist())
            found[address] = content.decode("utf-8", "replace")
    return found


async def test_nothing_served_shows_what_is_withheld_or_a_persons_numbers(path: Path) -> None:
    before = await everything(path)
    assert len([address for address, shown in before.items() if MARK in shown]) > 10
    assert len([address for address, shown in before.items() if TITLE in shown]) > 10
    leaks = [address for address, shown in before.items() if TELEPHONE in shown or ADDRESS in shown]
    assert [address.rpartition("/")[2] for address in leaks] == ["original"] * 2, "only the evidence keeps numbers"
    for address in (f"/search?q={MARK[:2]}", next(a for a in before if a.endswith("/2019.txt"))):
        assert PHONE in before[address]
        assert MAIL in before[address]
    assert any(PHONE in shown for address, shown in before.items() if address.endswith("/replay"))
    with Archive.open(path) as archive:
        takedown.withhold(archive, URL, reason="本人申请", by="档案员", read=read)
    after = await everything(path)
    assert [address for address, shown in after.items() if MARK in shown or TITLE in shown] == []
    assert "本人申请" in after["/status"]
    assert URL in after["/archive/withheld.json?_size=max"]


async def test_a_withheld_capture_answers_451_with_the_reason_in_both_languages(path: Path) -> None:
    with Archive.open(path) as archive:
        done = takedown.withhold(archive, URL, reason="本人申请", by="档案员", read=read)
        assert done.captures == 4, "two of the page, two of the listing"
        hidden = archive.last_capture(ASKED)
        assert hidden is None
        (identifier,) = archive.db.execute("select max(id) from captures where url = ?", [ASKED]).fetchone()
        body = archive.db.execute("select id from bodies where name = ?", [BEIGAI]).fetchone()[0]
    async with served(path) as client:
        for part in ("", "/replay", "/original"):
            for language, word in (("zh", "不予展示"), ("en", "Withheld")):
                answer = await client.get(f"/capture/{identifier}{part}?lang={language}")
                assert answer.status_code == 451, part
                assert word in answer.text
                assert "本人申请" in answer.text
        answer = await client.get(f"/report/{body}/2019.json")
        assert answer.status_code == 451
        status = (await client.get("/api/status.json")).json()
        assert [one["target"] for one in status["withheld"]] == [URL]


async def test_every_page_says_whom_to_write_to_and_on_what_terms(path: Path) -> None:
    async with served(path) as client:
        for address in (
            "/",
            "/legal",
            "/method",
            "/status",
            "/search",
            "/archive",
            "/archive/reports",
            "/archive/pages",
        ):
            text = (await client.get(address)).text
            assert "archive@example.org" in text, address
            assert 'href="/legal"' in text, address
            assert 'href="/method"' in text, address
        assert "Article 5 of the Copyright Law" in (await client.get("/legal?lang=en")).text
        assert PHONE in (await client.get("/legal?lang=zh")).text
