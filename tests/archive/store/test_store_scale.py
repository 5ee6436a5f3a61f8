"""What keeps a large archive fast says what the rows say: summaries, the index of titles, the catalogue, the plans."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_making import Clock, cell, extracted, listed, put, report, section, spec, url

from archive.reports.model import Body, Finding
from archive.store import finding, overview, queries, search
from archive.store.archive import Archive
from archive.store.catalogue import catalogue
from archive.store.decisions import Decision
from archive.store.errors import UnknownDecision
from archive.store.judgement import drop_report
from archive.store.model import Wish
from archive.store.summaries import differing
from archive.store.upkeep import tend
from archive.store.verify import verify
from sites.model import PageRef, Request

VERDICTS = ("PASS", "FAIL", "NOT_ASSESSABLE")


def checked(*verdicts: str) -> tuple[Finding, ...]:
    return tuple(
        Finding(rule=f"R{number % 3}", severity="E", verdict=verdict, where=f"w{number}")  # type: ignore[arg-type]
        for number, verdict in enumerate(verdicts)
    )


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        yield opened


def counts(archive: Archive) -> dict[str, tuple[int, int, int]]:
    return {
        row["rule"]: (row["failed"], row["passed"], row["not_assessable"]) for row in overview.rules(archive.db.conn)
    }


steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "put",
                "put",
                "put",
                "put older",
                "decide kind",
                "decide year",
                "correct",
                "reject",
                "drop",
                "body",
                "site",
            ]
        ),
        st.integers(0, 3),
        st.sampled_from(["甲镇", "乙镇", "丙局", None]),
        st.sampled_from([2020, 2021, None]),
        st.lists(st.sampled_from(VERDICTS), max_size=4),
        st.integers(0, 2),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None)
@given(steps=steps)
def test_summaries_hold_after_whatever_happens_to_reports(tmp_path_factory, steps) -> None:
    folder = tmp_path_factory.mktemp("scale")
    clock = Clock()
    with Archive.open(folder / "archive.db", clock=clock) as archive:
        archive.put_sites([spec()])
        for number, (what, page, body, year, verdicts, text) in enumerate(steps):
            clock.next_night()
            name = f"p{page}"
            known = archive.db.execute("select text_digest from pages where url = ?", [url(name)]).fetchone()
            if what.startswith("put") or known is None:
                cells = (cell("carried_in", "total", text), cell("review", "total", text or None, form="t4"))
                said = report(body, year, findings=checked(*verdicts), cells=cells[: len(verdicts)])
                now = clock.at
                if what == "put older":
                    clock.at -= timedelta(days=7 + text, minutes=13 + number)  # no two at once
                claims = {"published_at": f"2026-0{text + 1}-1{page} 08:00"} if verdicts else {}
                put(archive, name, f"正文 {text}", said=said, title=f"{body}{year}年报 {text}", **claims)
                clock.at = now
            elif what == "decide kind":
                with contextlib.suppress(UnknownDecision):  # its report was dropped
                    archive.put_decision(Decision(page=url(name), kind="kind", value="guide", reason="r", by="x"))
            elif what == "decide year":
                with contextlib.suppress(UnknownDecision):
                    archive.put_decision(
                        Decision(page=url(name), kind="year", key="", value=f"{2015 + text}", reason="r", by="x")
                    )
            elif what == "correct":
                with contextlib.suppress(UnknownDecision):  # this page has no such cell now
                    archive.put_decision(
                        Decision(page=url(name), kind="cell", key="t3_carried_in__total", value="9", reason="r", by="x")
                    )
            elif what == "site":
                with archive.step():
                    archive.db.execute("update pages set site = site || 'x' where url = ?", [url(name)])
                    archive.db.execute("update captures set warc_length = warc_length + 1")
            elif what == "reject":
                with contextlib.suppress(UnknownDecision):  # this page has no such finding now
                    archive.put_decision(
                        Decision(page=url(name), kind="finding", key="R0 w0", value="rejected", reason="r", by="x")
                    )
            elif what == "drop":
                with archive.step():
                    drop_report(archive.db.conn, url(name), known[0])
            else:
                with archive.step():
                    archive.db.execute("update bodies set county = county || 'x', level = 'county'")
            assert differing(archive.db.conn) == []
        archive.db.execute("insert into titles_fts(titles_fts, rank) values ('integrity-check', 1)")


def test_the_audit_counts_chosen_reports_only(archive: Archive) -> None:
    put(archive, "one", "正文一", said=report("甲镇", 2021, findings=checked("PASS", "FAIL", "PASS", "FAIL")))
    put(archive, "two", "正文二", said=report("甲镇", 2021, findings=checked("FAIL")))
    assert counts(archive) == {"R0": (1, 1, 0), "R1": (1, 0, 0), "R2": (0, 1, 0)}
    assert overview.failures_count(archive.db.conn) == 2
    assert overview.failures_count(archive.db.conn, rule="R0", place="上虞区") == len(
        overview.failures(archive.db.conn, rule="R0", place="上虞区")
    )


def test_a_summary_that_does_not_hold_is_told_and_made_anew(archive: Archive) -> None:
    put(archive, "one", "正文", said=report("甲镇", 2021, findings=checked("FAIL")))
    archive.db.execute("update audit_counts set failed = 7")
    archive.db.execute("delete from shelves")
    archive.db.conn.execute("commit") if archive.db.conn.in_transaction else None
    assert {damage.what for damage in verify(archive)} == {"audit_counts", "shelves"}
    verify(archive, repair=True)
    assert verify(archive) == []


def test_a_title_is_found_as_like_finds_it(archive: Archive) -> None:
    put(archive, "one", "我镇公开信息", said=report("盖北镇", 2021), title="盖北镇2021年政府信息公开年报")
    put(archive, "two", "我局公开信息", said=report("丙局", 2021), title="丙局（办）2021年报-更正")
    connection = archive.db.conn
    for words in (("盖北",), ("盖",), ("盖北镇", "2021"), ("年报-更正",), ("（办）",), ("没有",), ('"',)):
        like = {
            row[0]
            for row in connection.execute(
                "select id from documents where " + " and ".join("title like ?" for _ in words),
                [f"%{word}%" for word in words],
            )
        }
        found = connection.execute("select rowid from titles_fts where titles_fts match ?", [search.phrases(words)])
        assert {row[0] for row in found} == like, words
    found = finding.find(connection, finding.Wanted(query="盖北 公开", words=("盖北", "公开")), catalogue(connection))
    assert [hit["title"] for hit in found.hits] == ["盖北镇2021年政府信息公开年报"]


def test_the_catalogue_follows_what_comes_and_what_changes(archive: Archive) -> None:
    connection = archive.db.conn
    put(archive, "one", "共同 正文一", said=report("甲镇", 2020))
    first = catalogue(connection)
    put(archive, "two", "共同 正文二", said=report("乙镇", 2021))
    second = catalogue(connection)
    assert second.kinds[: len(first.kinds)] == list(first.kinds), "what was known stays"
    wanted = finding.Wanted(query="共同", words=("共同",))
    assert finding.find(connection, wanted, second).facets["year"] == [(2021, 1), (2020, 1)]
    put(archive, "three", "共同 正文一", said=report("丙局", 2019))  # the same text elsewhere
    archive.put_decision(Decision(page=url("two"), kind="year", key="", value="2018", reason="r", by="x"))
    found = finding.find(connection, wanted, catalogue(connection))
    assert found.facets["year"] == [(2020, 1), (2019, 1), (2018, 1)]
    assert found.total == 2
    narrowed = finding.find(connection, finding.Wanted(query="共同", words=("共同",), year=2019), catalogue(connection))
    assert (narrowed.total, narrowed.facets["year"]) == (1, [(2019, 1)])


def test_edits_are_found_from_the_pages_that_were_edited(archive: Archive) -> None:
    clock = archive._clock
    put(archive, "one", "第一版", said=report("甲镇", 2021))
    put(archive, "two", "不变", said=report("乙镇", 2021))
    clock.next_night()  # type: ignore[attr-defined]
    put(archive, "one", "第二版", said=report("甲镇", 2021))
    assert [change["kind"] for change in overview.changes(archive.db.conn)] == ["edited"]
    assert overview.changes_count(archive.db.conn) == 1


def test_what_a_crawl_asks_after_each_answer_costs_the_same_however_much_it_wishes_for(archive: Archive) -> None:
    steps = [0]

    def count() -> None:
        steps[0] += 1

    run = archive.start_run("crawl", "demo")
    asked = Wish(site_id="demo", section_key="nb", role="listing", request=Request(url=url("nb")))

    def after(wishes: int) -> int:
        """SQLite's steps of a page of the listing, when the run wishes for so many documents more."""
        archive.add_wishes(run, [replace(asked, role="page", request=Request(url=url(f"{n}"))) for n in range(wishes)])
        newest = max(wish.id for wish in archive.pending(run))
        steps[0] = 0
        archive.db.conn.set_progress_handler(count, 1)
        assert archive.walked(run, section()) == 1
        assert not archive.troubled(run, section())
        assert archive.pending(run, after=newest) == []
        archive.db.conn.set_progress_handler(None, 0)
        return steps[0]

    archive.add_wishes(run, [asked])
    archive.settle(archive.pending(run)[0], "done")
    few, many = after(20), after(500)
    assert many == few


def test_a_night_s_end_costs_the_same_in_a_large_archive(archive: Archive) -> None:
    steps = [0]

    def count() -> None:
        steps[0] += 1

    def night(number: int) -> int:
        """One portal of four towns, two years each; gives what its end took of SQLite's steps."""
        site, host = f"s{number}", f"s{number}.example.gov.cn"
        region = f"{330600 + number}"
        archive.put_sites([replace(spec(site, host), region_code=region)])
        run = archive.start_run("crawl", site)
        for town in range(4):
            for year in (2020, 2021):
                name = f"{number}号{town}镇"
                said = replace(
                    report(name, year, findings=checked("PASS", "FAIL")),
                    body=Body(name=name, raw=name, level="town", region_code=region),
                )
                text = (
                    "，".join(f"{number} {town} {n} 项工作已经{chr(0x4E00 + number * 40 + n)}落实" for n in range(20))
                    + "。"
                )
                put(archive, f"p{town}-{year}", text, run=run, said=said, host=host, site=site)
        names = [url(f"p{town}-{year}", host) for town in range(4) for year in (2020, 2021)]
        refs = tuple(PageRef(url=name, title="") for name in names)
        archive.put_listing(section=section(site, host=host), run=run, refs=refs, complete=True)
        steps[0] = 0
        archive.db.conn.set_progress_handler(count, 1)
        archive.finish_run(run)
        archive.db.conn.set_progress_handler(None, 0)
        return steps[0]

    few = [night(number) for number in range(4)][-1]
    many = [night(number) for number in range(4, 20)][-1]
    assert many < few * 1.1


def test_a_night_leaves_statistics_and_an_index_that_holds(archive: Archive) -> None:
    run = archive.start_run("crawl", "demo")
    for number in range(30):
        put(archive, f"p{number}", f"正文 {number}", run=run, said=report(f"{number}镇", 2021))
    listed(archive, run, [f"p{number}" for number in range(30)], complete=True)
    archive.finish_run(run)
    tend(archive)
    assert archive.db.execute("select count(*) from sqlite_stat1 where tbl = 'reports'").fetchone()[0] > 0
    assert verify(archive) == []


@pytest.mark.parametrize("analysed", [False, True])
def test_pages_ask_for_a_body_through_the_index_of_its_reports(archive: Archive, analysed: bool) -> None:
    for number in range(40):
        put(archive, f"p{number}", f"正文 {number}", said=report(f"{number % 8}镇", 2015 + number // 8))
    if analysed:
        tend(archive)
    plans = [
        (queries.bodies_list, {"limit": 60}),
        (overview.coverage_of, {"bodies": [row[0] for row in archive.db.execute("select id from bodies limit 3")]}),
    ]
    for question, arguments in plans:
        asked = _plan(archive.db.conn, question, arguments)
        assert not [line for line in asked if line.startswith(("SCAN r", "SCAN q")) or "AUTOMATIC" in line], asked


def _plan(connection: sqlite3.Connection, question, arguments) -> list[str]:
    said: list[str] = []
    connection.set_trace_callback(said.append)
    try:
        question(connection, **arguments)
    finally:
        connection.set_trace_callback(None)
    return [row[3] for sql in said for row in connection.execute(f"explain query plan {sql}")]


def test_a_section_that_names_a_body_is_looked_up_by_it(archive: Archive) -> None:
    with archive.step():
        archive.put_row("sections", {**_row(archive), "id": "demo/x", "key": "x", "body": "甲镇"})
    plan = archive.db.execute("explain query plan select id from sections where body = '甲镇'").fetchall()
    assert "sections_body" in str(plan)


def _row(archive: Archive) -> dict[str, object]:
    cursor = archive.db.execute("select * from sections where id = ?", [f"demo/{section().key}"])
    return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))


def test_texts_without_reports_belong_nowhere(archive: Archive) -> None:
    put(archive, "one", "共同 正文", said=report("甲镇", 2020))
    with archive.step():
        capture, _ = archive.last_capture(url("one")), None
        assert capture is not None
        archive.put_reading(
            capture=capture,
            url=url("file"),
            section=section(),
            extracted=extracted("共同 附件"),
            report=None,
            family="pdf",
        )
    found = finding.find(archive.db.conn, finding.Wanted(query="共同", words=("共同",)), catalogue(archive.db.conn))
    assert (found.total, found.facets["year"]) == (2, [(2020, 1)])
