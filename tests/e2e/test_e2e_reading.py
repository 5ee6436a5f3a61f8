"""What a person does here, done in a browser: search, open, follow, compare, chart, download, by mouse and keyboard."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PIL import Image

from tests.web_addresses import every_page

AXE = Path(__file__).parent / "assets" / "axe-4.14.1.min.js"


def report_address(visitor, year: int = 2022) -> str:
    reports = visitor.page.request.get(f"{visitor.base}/api/reports.json").json()["rows"]
    body = next(row["body"] for row in reports if row["name"] == "盖北镇")
    return f"{visitor.base}/report/{body}/{year}"


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
    finding.get_by_role("link", name="存档的网页").first.click()
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


def tab_to(page, selector: str, most: int = 150) -> None:
    """Press Tab until the focus is on the first element of `selector`; it must be seen to be there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement === document.querySelector(wanted)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert outline != "0px", f"the focus on {selector} cannot be seen"
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def test_it_all_works_by_keyboard(visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.base}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("盖北 2022")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    tab_to(page, ".hits h3 a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/**")
    tab_to(page, "td.failed a.flag")
    page.keyboard.press("Enter")
    page.wait_for_url("**#finding-1")
    tab_to(page, "#finding-1 .evidence a[href*='capture']", most=10)
    page.keyboard.press("Enter")
    page.wait_for_url("**/capture/**")
    page.go_back()
    page.goto(f"{visitor.base}/body/{page.url.split('/')[-2]}")
    tab_to(page, "table.sortable button.sort")
    page.keyboard.press("Enter")
    assert page.locator("table.sortable thead th").first.get_attribute("aria-sort") == "ascending"
    tab_to(page, "figure.chart summary")
    page.keyboard.press("Enter")
    assert page.locator("figure.chart tbody").first.is_visible()
    tab_to(page, ".tools button", most=5)
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == "gongkai-chart-requests.svg"
    page.goto(f"{visitor.base}/compare/bodies")
    tab_to(page, "#indicator")
    page.keyboard.press("ArrowDown")
    tab_to(page, "form.filter button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare/bodies?*")
    assert page.locator("figure.chart svg.drawn").count() >= 1


def violations(page, addresses: list[str], *, kinds: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """What axe-core finds on each page: (address, rule, where)."""
    script = AXE.read_text(encoding="utf-8")
    found = []
    for address in addresses:
        page.goto(address)
        page.evaluate(script)
        result = page.evaluate("tags => axe.run(document, {runOnly: tags, iframes: false})", list(kinds))
        found += [(address, violation["id"], violation["nodes"][0]["html"][:160]) for violation in result["violations"]]
    return found


WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
#: Language, width, colours: each value of each once; the soak run takes them all.
LOOKS = [("zh-CN", 1280, "light"), ("en-GB", 390, "dark")]
EVERY_LOOK = [
    (language, width, scheme)
    for language in ("zh-CN", "en-GB")
    for width in (1280, 390)
    for scheme in ("light", "dark")
]


def one_of_each(archive_path: Path) -> list[str]:
    """One address of every page type (and of reports, the one with a failed check and the attacked one)."""
    kinds: dict[str, str] = {}
    for page in every_page(archive_path):
        path, _, query = page.partition("?")
        year = path[-5:] if path.startswith("/report/") and path.endswith(("2022", "2020")) else ""
        kinds.setdefault(path.split("/")[1] + year + ("?" if query else "") + str(path.count("/")), page)
    return list(kinds.values())


@pytest.mark.timeout(400)  # axe reads every page type: a minute on two idle cores
@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_axe_finds_no_violation_on_any_page_type(
    chromium, address: str, archive_path: Path, language: str, width: int, scheme: str
) -> None:
    context = chromium.new_context(
        locale=language, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    pages = one_of_each(archive_path)
    assert len(pages) >= 20
    assert violations(context.new_page(), [address + page for page in pages], kinds=WCAG) == []
    context.close()


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("language", "width", "scheme"), EVERY_LOOK)
def test_axe_finds_no_violation_in_any_look(
    chromium, address: str, archive_path: Path, language: str, width: int, scheme: str
) -> None:
    context = chromium.new_context(
        locale=language, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    pages = [address + page for page in every_page(archive_path)]
    assert violations(context.new_page(), pages, kinds=WCAG) == []
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_type_scrolls_sideways_or_complains(visitor, archive_path: Path, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 900})
    for place, address in enumerate(one_of_each(archive_path)):
        lang = ("zh", "en")[place % 2]
        visitor.page.goto(f"{visitor.base}{address}{'&' if '?' in address else '?'}lang={lang}")
        over = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over == 0, address


@pytest.mark.parametrize("shape", ["SVG", "PNG"])
def test_a_chart_downloads_as_a_picture_of_its_own(visitor, shape: str) -> None:
    page = visitor.page
    page.goto(f"{visitor.base}/compare/bodies")
    with page.expect_download() as waiting:
        page.locator("#chart-panel").get_by_role("button", name=shape).click()
    assert waiting.value.suggested_filename == f"gongkai-chart-panel.{shape.lower()}"
    content = Path(waiting.value.path()).read_bytes()
    if shape == "PNG":
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.width > 600
            assert len(picture.convert("RGB").resize((200, 200)).getcolors(40_000) or ()) > 3  # not an empty sheet
    else:
        root = ET.fromstring(content)
        words = "".join(root.itertext())
        assert "盖北镇" in words
        assert "本年新收申请" in words


#: Visible runs of Chinese whose nearest `lang` says English.
_UNMARKED = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const words = walk.currentNode.data, holder = walk.currentNode.parentElement;
    if (/[\u4e00-\u9fff]{3}/.test(words) && holder.checkVisibility() && holder.closest("[lang]").lang === "en") found.push(words.trim());
  }
  return found;
}"""


def test_an_interface_in_english_says_where_the_words_are_chinese(visitor, archive_path: Path) -> None:
    unmarked = []
    for address in one_of_each(archive_path):
        visitor.page.goto(f"{visitor.base}{address}{'&' if '?' in address else '?'}lang=en")
        unmarked += [(address, words) for words in visitor.page.evaluate(_UNMARKED)]
    assert unmarked == []


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
