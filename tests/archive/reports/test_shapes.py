"""Reports in every shape that portals are known to print: from bytes to cells, no number under another label."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from archive.reports.model import Cell, Context, Report
from archive.reports.read import read_report
from sites.formats.text import read_text
from sites.model import Extracted
from sites.reading.article import read_article
from sites.reading.decode import page_of
from tests.archive.reports.shapes import CHOICES, Page, draw, flattened

URL = "https://www.example.gov.cn/a.html"
STYLES = ("tabs", "tabbed lines", "pipes", "spaces", "one cell a line", "glued", "commas")


def extracted(page: Page) -> Extracted:
    return read_article(page_of(url=URL, body=f"<html><meta charset=utf-8>{page.html}".encode()))


def cells_of(report: Report) -> dict[str, Cell]:
    return {cell.key: cell for cell in report.cells if cell.form != "text"}


def misread(cells: Mapping[str, Cell], truth: Mapping[str, int]) -> list[str]:
    """Cells that say another number than was printed, and printed numbers that were made up."""
    wrong = [key for key, value in truth.items() if key in cells and (cells[key].value or 0) != value]
    return wrong + [key for key in cells.keys() - truth.keys() if cells[key].value and cells[key].raw]


@pytest.mark.parametrize("name", CHOICES)
def test_every_single_departure_from_the_form_is_read_whole(name: str) -> None:
    official = {key: choices[0] for key, choices in CHOICES.items()}
    for number, choice in enumerate(CHOICES[name]):
        chance = random.Random(number)
        page = Page(chance, draw(chance, **(official | {name: choice})))
        report = read_report([extracted(page)], Context(url=URL))
        cells = cells_of(report)
        assert report.kind == "report"
        assert not misread(cells, page.truth), choice
        assert not page.truth.keys() - cells.keys(), choice
        assert not [one for one in report.findings if one.severity == "E" and one.verdict == "FAIL"], choice


@pytest.mark.parametrize("seed", range(30))
def test_departures_together_are_read_right(seed: int) -> None:
    chance = random.Random(seed)
    page = Page(chance, draw(chance))
    report = read_report([extracted(page)], Context(url=URL))
    cells = cells_of(report)
    assert not misread(cells, page.truth), page.shape
    assert not page.truth.keys() - cells.keys(), page.shape
    assert not [one for one in report.findings if one.severity == "E" and one.verdict == "FAIL"], page.shape


@pytest.mark.parametrize("style", STYLES)
def test_text_without_a_grid_is_read_right_or_refused(style: str) -> None:
    for seed in range(6):
        chance = random.Random(seed)
        page = Page(chance, draw(chance))
        report = read_report([read_text(flattened(extracted(page), style))], Context())
        assert not misread(cells_of(report), page.truth), (seed, page.shape)
