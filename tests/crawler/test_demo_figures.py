"""The figures read from the replica's pages are the ones its ledger printed: an independent truth of 8,000 cells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.reports.model import Report
from archive.store.model import Exchange
from crawler.demo.chrome import article_page
from crawler.demo.content import Article, articles, figures_of
from crawler.demo.figures import MISTAKES
from crawler.demo.portal import portal_toml
from crawler.demo.towns import TOWNS
from crawler.read import read
from sites.registry import load_families, parse_site

FAMILIES = load_families()
SPEC = parse_site(portal_toml("http://127.0.0.1:1/"), file="demo", families=FAMILIES)


def report_of(article: Article, night: int) -> Report:
    url = "http://127.0.0.1:1" + article.path
    exchange = Exchange(
        url=url,
        method="GET",
        request_headers=(),
        request_body=b"",
        status=200,
        reason="OK",
        http_version="1.1",
        headers=(("Content-Type", "text/html"),),
        body=article_page(article, night, 100).encode("gbk" if article.charset == "gb2312" else "utf-8"),
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    section = SPEC.section(article.owner)
    return read(exchange, families=FAMILIES, spec=SPEC, section=section, requested_url=url).report


def wanted_cells(article: Article) -> dict[tuple[str, str, str], str]:
    """What the page prints, blank and dash for nothing aside."""
    figures = figures_of(article.owner, article.year or 0)
    wanted = {("t2", row, column): raw for (row, column), raw in figures.t2.items()}
    wanted |= {("t3", row, column): str(value) for (row, column), value in figures.t3.items()}
    wanted |= {("t4", row, column): str(value) for (row, column), value in figures.t4.items()}
    for mistake in MISTAKES:
        if (mistake.town, mistake.year) == (article.owner, article.year) and not mistake.until_night:
            key = (mistake.form, mistake.row, mistake.column)
            if mistake.printed == "+1":
                wanted[key] = str(int(wanted[key]) + 1)
    return wanted


@pytest.mark.parametrize("town", [town.key for town in TOWNS])
def test_every_printed_cell_is_read_as_printed(town: str) -> None:
    compared = 0
    for article in articles():
        if article.owner != town or article.kind != "report":
            continue
        report = report_of(article, 2)
        assert (report.kind, report.year, report.body.name if report.body else "") == (
            "report",
            article.year,
            article.issuer,
        )
        cells = {(cell.form, cell.row, cell.column): cell for cell in report.cells}
        for key, raw in wanted_cells(article).items():
            cell = cells[key]
            if cell.raw.strip("/ \xa0") or raw != "0":
                assert cell.raw == raw or cell.status == "derived", (article.title, key, raw, cell)
            compared += 1
        statistics = {cell.row.removeprefix("s14_"): cell.raw for cell in report.cells if cell.form == "s14"}
        for row, raw in figures_of(town, article.year or 0).s14.items():
            assert statistics[row] == raw, (article.title, row)
            compared += 1
    assert compared > 1000


def test_the_rules_that_fail_are_those_of_the_deliberate_mistakes() -> None:
    failed = {
        (article.owner, article.year, finding.rule)
        for article in articles()
        if article.kind == "report" and not article.wall
        for finding in report_of(article, 2).findings
        if finding.verdict == "FAIL"
    }
    assert failed == {
        (mistake.town, mistake.year, rule)
        for mistake in MISTAKES
        if not mistake.until_night
        for rule in mistake.rules
        if rule.startswith("T")
    }
