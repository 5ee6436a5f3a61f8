"""What a person does here, done in a browser: search, open, follow, compare, chart, download, by mouse and keyboard."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

AXE = Path(__file__).parent / "assets" / "axe-4.14.1.min.js"


def report_address(visitor, year: int = 2022) -> str:
    reports = visitor.page.request.get(f"{visitor.base}/api/reports.json").json()["rows"]
    body = next(row["body"] for row in reports if row["name"] == "盖北镇")
    return f"{visitor.base}/report/{body}/{year}"


def addresses(visitor) -> list[str]:
    report = report_address(visitor)
    body = report.split("/")[-2]
    rows = visitor.page.request.get(f"{visitor.base}/api/reports.json").json()["rows"]
    attacked = next(row for row in rows if row["year"] == 2020)
    change = visitor.page.request.get(f"{visitor.base}/api/changes.json").json()["rows"][0]
    return [
        f"{visitor.base}/",
        f"{visitor.base}/search?q=复议",
        f"{visitor.base}/bodies",
        f"{visitor.base}/body/{body}",
        report,
        f"{visitor.base}/report/{attacked['body']}/2020",
        f"{visitor.base}/compare?a={body}&a_year=2021&b={body}&b_year=2022",
        f"{visitor.base}/coverage",
        f"{visitor.base}/changes",
        f"{visitor.base}/changes?page_url={change['url']}&at={change['changed_at']}",
        f"{visitor.base}/audit",
        f"{visitor.base}/status",
        f"{visitor.base}/method",
        f"{visitor.base}/api",
        f"{visitor.base}/capture/1",
        f"{visitor.base}/capture/{attacked['capture']}",
    ]


def test_search_opens_a_report_with_a_failed_cell_explained_and_its_capture(visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.base}/")
    page.get_by_label("搜索全部报告").fill("复议 盖北")
    page.get_by_role("button", name="搜索").click()
    page.wait_for_url("**/search?q=*")
    page.locator("mark", has_text="复议").first.wait_for()
    page.get_by_role("link", name="2022年盖北镇政府信息公开年度报告").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "2022年盖北镇政府信息公开年度报告"
    failed = page.locator("td.failed")
    assert failed.count() == 2
    failed.first.get_by_role("link").click()
    finding = page.locator("#finding-1")
    assert "T3-ID" in finding.inner_text()
    assert "原文如此" in finding.inner_text()
    page.get_by_role("link", name="存档的网页").click()
    frame = page.frame_locator("iframe.replay")
    assert "一、总体情况" in frame.locator("body").inner_text()
    assert page.title() != "pwned"


def test_language_switches_and_is_remembered_while_content_stays(visitor) -> None:
    page = visitor.page
    page.goto(report_address(visitor))
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert "2022年盖北镇政府信息公开年度报告" in page.get_by_role("heading", level=1).inner_text()
    page.goto(f"{visitor.base}/coverage")
    assert page.get_by_role("heading", level=1).inner_text() == "Coverage"


def test_a_table_sorts_and_says_so(visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.base}/body/{report_address(visitor).split('/')[-2]}")
    table = page.locator("table.sortable").first
    years = table.locator("tbody tr th")
    assert years.first.inner_text() == "2023"
    table.get_by_role("button", name="年度").click()
    assert years.first.inner_text() == "2021"
    assert table.locator("thead th").first.get_attribute("aria-sort") == "ascending"


def test_a_chart_is_drawn_from_the_table_beside_it(visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.base}/body/{report_address(visitor).split('/')[-2]}")
    figure = page.locator("figure.chart").first
    assert figure.locator("svg.drawn").count() == 1
    figure.locator("summary").click()
    rows = figure.locator("tbody tr").all_inner_texts()
    assert [row.split()[:2] for row in rows] == [["2021", "1"], ["2022", "2"], ["2023", "3"]]


def test_two_years_are_compared(visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.base}/compare")
    for place, year in ((0, "2021"), (1, "2022")):
        page.get_by_label("机构编号或名称").nth(place).fill("盖北镇")
        page.get_by_label("年度").nth(place).fill(year)
    page.get_by_role("button", name="对比").click()
    assert page.locator(".diff del").first.inner_text() == "2021"
    assert page.locator(".diff ins").first.inner_text() == "2022"
    assert page.locator("table.numbers tbody tr").count() >= 4


def test_the_numbers_download_as_a_workbook(visitor) -> None:
    page = visitor.page
    page.goto(report_address(visitor))
    with page.expect_download() as waiting:
        page.get_by_role("link", name="XLSX").click()
    book = load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][:3] == ("form", "row", "column")
    assert ("t3", "new_requests", "total") in {row[:3] for row in rows}


def test_it_all_works_by_keyboard(visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.base}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("盖北")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    page.get_by_role("link", name="2022年盖北镇政府信息公开年度报告").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/**")
    flag = page.locator("td.failed a.flag").first
    flag.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#finding-1")
    head = page.goto(f"{visitor.base}/body/{page.url.split('/')[-2]}")
    assert head is not None
    page.locator("table.sortable button.sort").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("table.sortable thead th").first.get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_any_page_type(chromium, visitor, scheme: str) -> None:
    context = chromium.new_context(locale="zh-CN", color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    script = AXE.read_text(encoding="utf-8")
    found = []
    for address in addresses(visitor):
        page.goto(address)
        page.evaluate(script)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
        result = page.evaluate("tags => axe.run(document, {runOnly: tags, iframes: false})", tags)
        found += [(address, violation["id"], violation["nodes"][0]["html"][:120]) for violation in result["violations"]]
    context.close()
    assert found == []


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_type_scrolls_sideways_or_complains(visitor, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 900})
    for address in addresses(visitor):
        visitor.page.goto(address)
        over = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over == 0, address


def test_datasettes_own_pages_survive_their_policy(visitor) -> None:
    page = visitor.page
    for address in (
        "/archive",
        "/archive/documents?_search=公开",
        "/archive/reports?_facet=year",
        "/archive?sql=select+1",
    ):
        page.goto(f"{visitor.base}{address}")
        assert page.get_by_role("heading", level=1).count() == 1
