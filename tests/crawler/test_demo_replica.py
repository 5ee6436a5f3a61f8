"""The demo portal is what its script says it is: checked over HTTP and from the printed pages alone."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from protego import Protego
from selectolax.lexbor import LexborHTMLParser

from crawler.demo.answers import CHALLENGE, Answer
from crawler.demo.content import NEW_REPORT, TAKEN_DOWN_REPORT, articles, figures_of, listed
from crawler.demo.figures import COLUMNS, MISTAKES, OTHER_ROWS, RESULTS_BEFORE_OTHER
from crawler.demo.reports import COPIED_BY, COPIED_YEAR, EDITED_REPORT, GBK_REPORT
from crawler.demo.script import expected, report_path
from crawler.demo.server import Replica
from crawler.demo.towns import BY_KEY, CLOSED_COLUMN, COUNTY_COLUMN, TOWNS, YEARS

PROXY = "/module/web/jpage/dataproxy.jsp"
T3_KEYS = {
    regime: (
        "new_requests",
        "carried_in",
        *RESULTS_BEFORE_OTHER,
        *OTHER_ROWS[regime],
        "result_total",
        "carried_out",
    )
    for regime in OTHER_ROWS
}


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica() as running:
        yield running


class Browser:
    """One keep-alive connection."""

    def __init__(self, replica: Replica) -> None:
        self.connection = http.client.HTTPConnection(replica.host, replica.port, timeout=10)

    def ask(
        self, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        self.connection.request(method, path, body=body, headers=headers or {})
        response = self.connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


@pytest.fixture
def browser(replica: Replica) -> Iterator[Browser]:
    opened = Browser(replica)
    yield opened
    opened.connection.close()


def words(page: bytes) -> str:
    """The body's text without white space: what was said, whatever the counter shows."""
    text = page.decode("gb18030" if b"charset=gb2312" in page else "utf-8")
    node = LexborHTMLParser(text).css_first("#zoom")
    assert node is not None
    return re.sub(r"\s", "", node.text())


def printed_t3(html: str, regime: str) -> dict[tuple[str, str], str]:
    """Table 三 as printed: the last seven cells of each row below the header."""
    table = next(t for t in LexborHTMLParser(html).css("table") if "勾稽关系" in t.text())
    rows = [[cell.text().replace("\xa0", "").strip() for cell in row.css("td")] for row in table.css("tr")][3:]
    assert len(rows) == len(T3_KEYS[regime])
    return {
        (key, column): row[len(row) - 7 + place]
        for key, row in zip(T3_KEYS[regime], rows, strict=True)
        for place, column in enumerate(COLUMNS)
    }


def number(raw: str) -> int:
    return int(raw) if raw not in ("", "/") else 0


def failing_rules(cells: dict[tuple[str, str], str], regime: str) -> set[str]:
    value = {key: number(raw) for key, raw in cells.items()}
    results = (*RESULTS_BEFORE_OTHER, *OTHER_ROWS[regime])
    failed = set()
    for column in COLUMNS:
        if (
            value["new_requests", column] + value["carried_in", column]
            != value["result_total", column] + value["carried_out", column]
        ):
            failed.add("T3-ID")
        if sum(value[row, column] for row in results) != value["result_total", column]:
            failed.add("T3-RES")
    for row in T3_KEYS[regime]:
        if sum(value[row, column] for column in COLUMNS[:-1]) != value[row, "total"]:
            failed.add("T3-ROW")
    return failed


@pytest.mark.parametrize("town", [town.key for town in TOWNS])
@pytest.mark.parametrize("night", [1, 2])
def test_printed_tables_add_up_but_for_the_mistakes_the_script_names(town: str, night: int) -> None:
    for article in articles():
        if article.owner != town or article.kind != "report" or (article.year or 0) < 2019:
            continue
        regime = figures_of(town, article.year or 0).regime
        wanted = {
            rule
            for mistake in MISTAKES
            if (mistake.town, mistake.year) == (town, article.year)
            and (not mistake.until_night or night <= mistake.until_night)
            for rule in mistake.rules
            if rule.startswith("T3")
        }
        assert failing_rules(printed_t3(article.bodies[night], regime), regime) == wanted, article.title


@pytest.mark.parametrize("town", [town.key for town in TOWNS])
def test_requests_are_carried_from_year_to_year_except_into_gaibei_2024(town: str) -> None:
    reports = {a.year: a for a in articles() if (a.owner, a.kind) == (town, "report")}
    for year in range(2020, 2025):
        before = printed_t3(reports[year - 1].bodies[2], figures_of(town, year - 1).regime)
        after = printed_t3(reports[year].bodies[2], figures_of(town, year).regime)
        agrees = all(number(before["carried_out", c]) == number(after["carried_in", c]) for c in COLUMNS)
        assert agrees is ((town, year) != ("gaibei", 2024)), (town, year)


def test_rule_documents_in_force_follow_from_year_to_year() -> None:
    for town in TOWNS:
        for year in (2022, 2023, 2024):
            then, now = figures_of(town.key, year - 1).t2, figures_of(town.key, year).t2
            row = "art20_1_normative"
            assert int(now[row, "in_force"]) == int(then[row, "in_force"]) + int(now[row, "issued"]) - int(
                now[row, "repealed"]
            )


def test_a_total_of_table_four_is_blank_beside_a_figure() -> None:
    html = next(a for a in articles() if (a.owner, a.year, a.kind) == ("changfeng", 2020, "report")).bodies[1]
    last = LexborHTMLParser(html).css("table")[-1].css("tr")[-1]
    cells = [cell.text().replace("\xa0", "").strip() for cell in last.css("td")]
    assert len(cells) == 15
    assert (cells[5], cells[9], cells[14]) == ("1", "", "0")


def test_every_town_reports_every_year_and_no_two_towns_share_a_text_but_one_pair() -> None:
    reports = [a for a in articles() if a.kind == "report" and a.owner in BY_KEY]
    assert {(a.owner, a.year) for a in reports} == {(town.key, year) for town in TOWNS for year in YEARS}
    by_text: dict[str, list[tuple[str, int | None]]] = {}
    for article in reports:
        text = re.sub(r"\s", "", LexborHTMLParser(article.bodies[2]).text())
        by_text.setdefault(text, []).append((article.owner, article.year))
    assert [sorted(who) for who in by_text.values() if len(who) > 1] == [
        sorted((town, COPIED_YEAR) for town in COPIED_BY)
    ]


def test_towns_share_hardly_a_sentence() -> None:
    def sentences(town: str) -> set[str]:
        html = next(a for a in articles() if (a.owner, a.year, a.kind) == (town, 2022, "report")).bodies[2]
        tree = LexborHTMLParser(html)
        for table in tree.css("table"):
            table.decompose()
        return {s for s in re.split(r"[。；\n]", tree.text()) if len(s) > 20}

    towns = {town.key: sentences(town.key) for town in TOWNS}
    for one in TOWNS:
        for other in TOWNS:
            if one.key < other.key:
                assert len(towns[one.key] & towns[other.key]) <= 3, (one.key, other.key)


def test_one_page_is_gbk_that_declares_gb2312_and_holds_what_gb2312_lacks(browser: Browser) -> None:
    status, headers, page = browser.ask(report_path(*GBK_REPORT))
    assert status == 200
    assert "charset" not in headers["content-type"]
    assert b"charset=gb2312" in page
    text = page.decode("gb18030")
    assert all(mark in text for mark in ("喆", "·", "——"))
    with pytest.raises(UnicodeDecodeError):
        page.decode("gb2312")
    with pytest.raises(UnicodeDecodeError):
        page.decode("utf-8")


def test_the_view_counter_changes_and_nothing_else(browser: Browser) -> None:
    path = report_path("liutang", 2020)
    first, second = browser.ask(path)[2], browser.ask(path)[2]
    assert first != second
    assert re.sub(rb"\d+\xe6\xac\xa1</span>", b"", first) == re.sub(rb"\d+\xe6\xac\xa1</span>", b"", second)


def test_unchanged_articles_answer_304_until_they_are_edited(replica: Replica, browser: Browser) -> None:
    path = report_path(*EDITED_REPORT)
    _, headers, _ = browser.ask(path)
    by_tag = {"If-None-Match": headers["etag"]}
    by_date = {"If-Modified-Since": headers["last-modified"]}
    assert browser.ask(path, headers=by_tag)[::2] == (304, b"")
    assert browser.ask(path, headers=by_date)[0] == 304
    replica.advance()
    assert browser.ask(path, headers=by_tag)[0] == 200
    assert browser.ask(path, headers=by_date)[0] == 200
    assert "etag" not in browser.ask(report_path("liutang", 2019))[1]


def records(answer: bytes) -> list[str]:
    return re.findall(r"href=['\"](/art/[^'\"]+)['\"]", answer.decode())


def test_the_largest_column_needs_three_groups_that_overlap_by_one(browser: Browser) -> None:
    town = BY_KEY["gaibei"]
    everything = [a.path for a in listed("gaibei", 1)]
    page = browser.ask(f"/col/col{town.column}/index.html")[2].decode()
    embedded = records(page[page.index("<datastore>") : page.index("</datastore>")].encode())
    groups = [embedded]
    for start in (11, 21):
        form = f"col=1&appid=1&webid=3099&path=%2F&columnid={town.column}&unitid={town.unit}&permissiontype=0"
        query = f"?startrecord={start}&endrecord={start + 9}&perpage=5"
        groups.append(records(browser.ask(PROXY + query, "POST", body=form.encode())[2]))
    assert [len(group) for group in groups] == [10, 11, len(everything) - 20]
    assert groups[1][-1] == groups[2][0]
    assert list(dict.fromkeys(path for group in groups for path in group)) == everything
    following = re.search(r"<nextgroup><!\[CDATA\[<a href=\"([^\"]+)\"", page)
    assert following
    assert records(browser.ask(following[1])[2]) == groups[1]


def test_one_towns_server_honours_page_alone(browser: Browser) -> None:
    town = BY_KEY["liutang"]
    ids = f"columnid={town.column}&unitid={town.unit}"
    first = records(browser.ask(f"{PROXY}?{ids}")[2])
    assert records(browser.ask(f"{PROXY}?{ids}&startrecord=11&endrecord=20&perpage=5")[2]) == first
    assert records(browser.ask(f"{PROXY}?{ids}&page=1")[2])[0] == first[-1]
    assert records(browser.ask(f"{PROXY}?{ids}&page=9")[2]) == []


@pytest.mark.parametrize("night", [1, 2])
def test_the_script_says_what_the_portal_serves(replica: Replica, browser: Browser, night: int) -> None:
    script = expected(night)
    before: dict[str, str] = {}
    if night == 2:
        before = {path: words(browser.ask(path)[2]) for path in expected(1).new}
        replica.advance()
    refs = {a.path for owner in (*BY_KEY, "quji") for a in listed(owner, night)}
    robots = Protego.parse(browser.ask("/robots.txt")[2].decode())
    allowed = {path for path in refs if robots.can_fetch(replica.url.rstrip("/") + path, "gongkai")}
    assert refs - allowed == script.never_fetched
    answers = {path: browser.ask(path) for path in allowed | set(before)}
    texts = {path: words(page) for path, (status, _, page) in answers.items() if status == 200}
    assert texts.keys() - before.keys() == script.new
    assert {path for path in texts.keys() & before.keys() if texts[path] != before[path]} == script.changed
    assert {path for path in texts.keys() & before.keys() if texts[path] == before[path]} == script.unchanged
    assert {path for path, (status, _, _) in answers.items() if status == 404} == script.gone_candidates
    assert {path for path, (status, _, _) in answers.items() if status == 521} == script.walls
    by_text: dict[str, set[str]] = {}
    for path, text in texts.items():
        by_text.setdefault(text, set()).add(path)
    assert {frozenset(paths) for paths in by_text.values() if len(paths) > 1} == expected(1).duplicates


def test_two_texts_stand_twice() -> None:
    assert expected(1).counts()["duplicates"] == 2
    assert all(len(paths) == 2 for paths in expected(1).duplicates)


def test_between_the_nights_one_is_edited_one_taken_down_one_new() -> None:
    script = expected(2)
    assert script.counts() | {"unchanged": 0} == {
        "new": 1,
        "changed": 1,
        "unchanged": 0,
        "gone_candidates": 1,
        "walls": 1,
        "duplicates": 0,
        "problems": 0,
    }
    assert script.new == {report_path(*NEW_REPORT)}
    assert script.gone_candidates == {report_path(*TAKEN_DOWN_REPORT)}
    edited = next(a for a in articles() if a.path in script.changed)
    assert edited.bodies[1] != edited.bodies[2]
    assert len(expected(1).new) == len(script.unchanged) + 2


def test_the_wall_is_a_521_with_a_challenge_shell(browser: Browser) -> None:
    (path,) = expected(1).walls
    status, headers, page = browser.ask(path)
    assert (status, page) == (521, CHALLENGE.encode())
    assert headers["set-cookie"].startswith("__jsluid_h=")


def test_the_portal_file_names_each_column_with_its_body() -> None:
    with Replica() as replica:
        spec = tomllib.loads(replica.portal_toml)
        assert spec["home"] == replica.url
        assert spec["verified"].isoformat() == "2026-01-01"
        urls = {section["url"] for section in spec["section"]}
        assert urls == {
            f"{replica.url}col/col{column}/index.html" for column in [*(t.column for t in TOWNS), COUNTY_COLUMN]
        }
        assert [section.get("body") for section in spec["section"]] == [*(town.name for town in TOWNS), None]
        assert all(
            len(listed(section["key"], night)) >= section["min_refs"] for section in spec["section"] for night in (1, 2)
        )


def test_the_log_holds_every_request_with_times_headers_and_body(replica: Replica, browser: Browser) -> None:
    browser.ask("/robots.txt", headers={"User-Agent": "gongkai-test"})
    browser.ask(PROXY, "POST", body=b"columnid=1")
    first, second = replica.log
    assert (first.method, first.path, first.status) == ("GET", "/robots.txt", 200)
    assert first.headers["user-agent"] == "gongkai-test"
    assert first.host == urlsplit(replica.url).netloc
    assert (second.method, second.body) == ("POST", "columnid=1")
    assert first.started <= first.ended <= second.started <= second.ended


def test_a_hook_can_answer_in_the_portals_place() -> None:
    with Replica(hook=lambda method, path, headers: Answer(503, b"busy") if path == "/" else None) as replica:
        browser = Browser(replica)
        assert browser.ask("/")[0] == 503
        assert browser.ask("/robots.txt")[0] == 200
        browser.connection.close()


def test_what_is_not_there_is_a_404_or_405(browser: Browser) -> None:
    assert browser.ask("/art/2020/1/1/art_1_1.html")[0] == 404
    assert browser.ask("/col/col1/index.html")[0] == 404
    assert browser.ask(f"/col/col{TOWNS[0].column}/index_1.html")[0] == 404
    assert browser.ask("/", "POST", body=b"")[0] in (200, 405)
    assert browser.ask(report_path("gaibei", 2020), "POST", body=b"")[0] == 405
    assert browser.ask(PROXY + "?columnid=1&unitid=1")[2].count(b"<record>") == 0
    assert browser.ask(f"/art/2023/3/9/art_{CLOSED_COLUMN}_1.html")[0] == 404


def test_the_replica_serves_loopback_only() -> None:
    with pytest.raises(ValueError, match="loopback"):
        Replica(host="0.0.0.0")


def test_two_replicas_print_the_same_pages() -> None:
    path = report_path("nanling", 2022)
    pages = []
    for _ in range(2):
        with Replica() as replica:
            browser = Browser(replica)
            pages.append(browser.ask(path)[2])
            browser.connection.close()
    assert pages[0] == pages[1]


def test_it_runs_as_a_process_of_its_own_and_writes_its_log(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "crawler.demo.server", "--log", str(log)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        url = urlsplit(process.stdout.readline().strip())
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=20)
        connection.request("GET", report_path(*TAKEN_DOWN_REPORT))
        assert connection.getresponse().read()
        connection.close()
        process.stdin.write("stop\n")
        process.stdin.flush()
        assert process.wait(20) == 0
    (entry,) = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert (entry["status"], entry["path"]) == (200, report_path(*TAKEN_DOWN_REPORT))
