"""Bodies side by side, the years beside a report, the queue of what waits, and the marked place in a capture."""

from __future__ import annotations

import re
import shlex
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser
from typer.testing import CliRunner

from archive.reports import form
from archive.store.waiting import waiting
from archive.web.pointing import MARKED, point_out
from archive.web.rendering import plain
from archive.web.serve import build_datasette
from archive.web.vocabulary import VALUES
from crawler.cli import app
from tests.web_archive import BEIGAI, XIEYA
from tests.web_attack import build_attack


@pytest.fixture
async def odd(tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Path]]:
    """An archive whose reports do not match each other and leave much to a person, and its file."""
    path = build_attack(tmp_path)
    datasette = build_datasette(path)
    await datasette.invoke_startup()
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client, path
    datasette.executor.shutdown(wait=True)
    for database in datasette.databases.values():
        database.close()


async def test_bodies_stand_side_by_side_the_largest_first(web: httpx.AsyncClient) -> None:
    page = LexborHTMLParser((await web.get("/compare/bodies?indicator=requests_new&year=2022&place=上虞区")).text)
    rows = page.css("table.sortable tbody tr")
    assert [row.css_first("th a").text() for row in rows] == [XIEYA, BEIGAI]  # type: ignore[union-attr]
    assert [row.css("td.here a")[0].text() for row in rows] == ["4", "2"]
    for link in page.css("table.sortable tbody a"):
        assert (await web.get(link.attributes["href"] or "")).status_code == 200
    rows = (await web.get("/compare/bodies.json?indicator=requests_new&year=2022")).json()["rows"]
    assert [(row["name"], row["value"]) for row in rows] == [(XIEYA, 4), (BEIGAI, 2)]


async def test_an_unknown_indicator_is_refused_with_the_known_ones(web: httpx.AsyncClient) -> None:
    answer = await web.get("/compare/bodies?indicator=happiness")
    assert answer.status_code == 400
    assert "indicator" in answer.text
    assert "requests_new" in answer.text


async def test_requests_that_do_not_match_the_year_before_are_told_with_both_captures(
    odd: tuple[httpx.AsyncClient, Path],
) -> None:
    web, _ = odd
    reports = (await web.get("/api/reports.json")).json()["rows"]
    body = reports[0]["body"]
    page = LexborHTMLParser((await web.get(f"/report/{body}/2022")).text)
    told = next(node for node in page.css(".notice") if "2022 年报告" in node.text())
    assert "2022 年报告的“上年结转”为 4 件，而 2021 年报告的“结转下年度继续办理”为 3 件" in told.text()
    links = [link.attributes["href"] or "" for link in told.css("a")]
    assert [link.partition("?")[2] for link in links] == ["cell=t3_carried_out__total", "cell=t3_carried_in__total"]
    for link in links:
        assert (await web.get(link)).status_code == 200
    # the evidence of the year before is a place on that year's page, and no cell of this one
    others = [
        node.attributes["href"] or "" for node in page.css(".evidence a") if "/2021#" in (node.attributes["href"] or "")
    ]
    assert others
    address, _, anchor = others[0].partition("#")
    assert LexborHTMLParser((await web.get(address)).text).css_first(f"[id='{anchor}']") is not None


async def test_what_waits_is_shown_with_the_command_that_decides_it(odd: tuple[httpx.AsyncClient, Path]) -> None:
    web, path = odd
    connection = sqlite3.connect(path)
    queue = waiting(connection)
    page = LexborHTMLParser((await web.get("/review")).text)
    lines = [node.text() for node in page.css("code.command")]
    assert len(lines) == len(queue)
    assert {entry.kind for entry in queue} >= {"kind", "body", "finding", "cell"}
    for entry, line in zip(queue, lines, strict=True):
        words = shlex.split(line)
        given = dict(zip(words[2::2], words[3::2], strict=True))
        assert words[:2] == ["gongkai", "review"]
        assert given["--page"] == entry.page
        assert given["--decide"] == entry.kind
        assert given.get("--key", "") == plain(entry.key)  # what reorders text is not shown
    for kind, value in (("kind", "notice"), ("body", "330604|新镇")):
        line = next(line for line, entry in zip(lines, queue, strict=True) if entry.kind == kind)
        words = shlex.split(line.replace("VALUE", shlex.quote(value)).replace("NAME", "tester"))
        done = CliRunner().invoke(app, [*words[1:], "--archive", str(path)])
        assert done.exit_code == 0, done.output
    kept = connection.execute("select kind, value, decided_by, reason from decisions order by id").fetchall()
    connection.close()
    assert kept == [("kind", "notice", "tester", "WHY"), ("body", "330604|新镇", "tester", "WHY")]


async def test_why_it_waits_is_said_in_the_reader_s_language(odd: tuple[httpx.AsyncClient, Path]) -> None:
    web, path = odd
    connection = sqlite3.connect(path)
    queue = waiting(connection)
    connection.close()
    for lang in ("zh", "en"):
        page = LexborHTMLParser((await web.get(f"/review?lang={lang}")).text)
        lists = page.css(".queue dl.meta")
        assert len(lists) == len(queue)
        for shown, entry in zip(lists, queue, strict=True):
            told = shown.css("dd")[0].text()
            chinese = VALUES[f"because:{entry.because}"][0].format(measure=entry.measure or 0)
            assert told.startswith(chinese) == (lang == "zh"), told
            if lang == "zh":
                facts = [line.text() for line in shown.css("div") if line.css_first("code.command") is None]
                printed = [line for line in facts if "alert" not in line]  # what the attacked page says stays as it is
                assert not [line for line in printed if re.search(r"[a-z]{3,} [a-z]{3,}", line)]


def test_a_cell_is_pointed_out_where_it_is_printed() -> None:
    lines = "".join(
        f"<tr><td>{row.label}</td>" + "".join(f"<td>{place}{key}</td>" for place in range(7)) + "</tr>"
        for key, row in enumerate(form.T3_ROWS)
    )
    label = form.T3_ROW["carried_in"].label
    page = f"<table><tr><td>{label}</td><td>words</td></tr></table><table>{lines}</table>"
    for column, name in enumerate(form.T3_COLUMN_KEYS):
        tree = LexborHTMLParser(page)
        assert point_out(tree, f"t3_carried_in__{name}")
        marked = tree.css(f"[id={MARKED}]")
        place = [row.key for row in form.T3_ROWS].index("carried_in")
        assert [node.text() for node in marked] == [f"{column}{place}"]


def test_table_four_is_counted_through_its_one_line_of_numbers() -> None:
    cells = "".join(f"<td>{number}</td>" for number in range(15))
    tree = LexborHTMLParser(f"<table><tr><th>行政复议</th></tr><tr>{cells}</tr></table>")
    assert point_out(tree, "t4_suit_direct__total")
    assert tree.css_first(f"[id={MARKED}]").text() == "9"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "key", ["t3_carried_in__total", "t4_review__total", "t2_art20_1_rules__issued", "s14_x__y", "<b>", ""]
)
def test_what_is_not_found_is_not_marked(key: str) -> None:
    tree = LexborHTMLParser("<table><tr><td>没有这一行</td><td>1</td></tr></table>")
    assert not point_out(tree, key)
    assert not tree.css(f"[id={MARKED}]")
