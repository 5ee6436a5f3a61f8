from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from store_making import START, Clock, cell, listed, put, report, spec, url

from archive.reports.model import Finding, RawGrid, ReportSection
from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.errors import UnknownDecision
from archive.store.judgement import drop_report


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(tmp_path: Path, clock: Clock):
    with Archive.open(tmp_path / "archive.db", clock=clock) as opened:
        opened.put_sites([spec()])
        yield opened


def rows(archive: Archive, sql: str, *parameters: object) -> list[tuple]:
    return archive.db.execute(sql, parameters).fetchall()


FULL = report(
    "甲镇",
    2021,
    sections=(
        ReportSection(key="overview", ordinal_raw="一、", heading="总体情况", text="我镇公开"),
        ReportSection(key="requests", ordinal_raw="三、", heading="收到和处理", text="", dup_index=1),
    ),
    cells=(
        cell("new_requests", "total", 12),
        cell("carried_in", "total", None, raw="/"),
        cell("issued", "x", 3, form="t2"),
        cell("review", "total", 2, form="t4"),
        cell("art20_1_normative", "issued", 4, form="t2"),
        cell("new_requests", "total", 99),
    ),
    findings=(
        Finding(
            rule="T3-ID",
            severity="E",
            verdict="FAIL",
            where="total",
            blame="theirs",
            expected="12",
            actual="11",
            evidence=("t3_new_requests__total",),
        ),
        Finding(rule="T4-SUM", severity="E", verdict="PASS"),
    ),
)


def test_what_a_report_says_stands_in_rows(archive: Archive) -> None:
    put(archive, "a", "甲", said=FULL)
    assert rows(archive, "select position, key, heading, dup_index from report_sections") == [
        (0, "overview", "总体情况", 0),
        (1, "requests", "收到和处理", 1),
    ]
    assert rows(archive, "select raw, value, status from cells where form = 't3' order by \"row\"") == [
        ("/", None, "blank"),
        ("12", 12.0, "given"),
    ], "a key read twice keeps its first reading"
    assert rows(archive, "select rule, verdict, evidence from findings") == [
        ("T3-ID", "FAIL", '["t3_new_requests__total"]'),
        ("T4-SUM", "PASS", "[]"),
    ]


def test_views_read_only_the_chosen_report(archive: Archive) -> None:
    put(archive, "a", "甲", said=FULL)
    put(
        archive,
        "b",
        "甲图",
        said=report("甲镇", 2021, tables_status="image", cells=(cell("new_requests", "total", 1),)),
    )
    put(archive, "c", "通知", said=report("甲镇", 2021, kind="notice", cells=(cell("new_requests", "total", 7),)))
    assert rows(archive, "select body_name, year, new_requests, carried_in, county, url from applications") == [
        ("甲镇", 2021, 12.0, None, "示例区", url("a"))
    ]
    assert rows(archive, "select art20_1_normative__issued, art20_5_license__decisions from proactive") == [(4.0, None)]
    assert rows(archive, "select review__total from litigation") == [(2.0,)]
    assert rows(archive, "select indicator, value, basis, comparable_from, quality from indicators order by 1") == [
        ("normative_documents_issued", 4.0, "2021", 2021, "given"),
        ("requests_new", 12.0, "2019", 2019, "contradicted"),
        ("reviews", 2.0, "2019", 2019, "given"),
    ]
    assert rows(archive, "select rule, expected, actual from audit") == [("T3-ID", "12", "11")]


def test_old_and_new_forms_are_two_bases_of_an_indicator(archive: Archive) -> None:
    put(archive, "a", "甲", said=report("甲镇", 2018, cells=(cell("req_total", "count", 5, form="s14"),)))
    put(archive, "b", "乙", said=report("甲镇", 2019, cells=(cell("new_requests", "total", 6),)))
    assert rows(archive, "select year, value, basis from indicators order by year") == [
        (2018, 5.0, "2014"),
        (2019, 6.0, "2019"),
    ]


def test_decisions_stand_over_what_was_read_and_leave_it_as_printed(archive: Archive) -> None:
    put(archive, "a", "甲", said=FULL)
    who = {"page": url("a"), "by": "审核人", "reason": "看过原件"}
    archive.put_decision(Decision(kind="cell", key="t3_new_requests__total", value="13", **who))
    archive.put_decision(Decision(kind="finding", key="T3-ID total", value="rejected", **who))
    archive.put_decision(Decision(kind="year", value="2022", **who))
    archive.put_decision(Decision(kind="body", value="乙镇", **who))

    def shown() -> list[list[tuple]]:
        return [
            rows(archive, "select raw, value, decided from cells where \"row\" = 'new_requests'"),
            rows(archive, "select body_name, year, new_requests from applications"),
            rows(archive, "select * from audit"),
            rows(archive, "select standing, year_source, body_source from reports"),
            rows(archive, "select quality from indicators where indicator = 'requests_new'"),
        ]

    expected = [
        [("12", 12.0, 13.0)],
        [("乙镇", 2022, 13.0)],
        [],
        [("chosen", "decision", "decision")],
        [("decided",)],
    ]
    assert shown() == expected
    put(archive, "a", "甲", said=FULL, body=b"fetched again")
    assert shown() == expected, "read again, the decisions are applied again"
    archive.put_decision(Decision(kind="cell", key="t3_new_requests__total", value="", **who))
    assert rows(archive, "select decided from cells where \"row\" = 'new_requests'") == [(None,)]
    archive.put_decision(Decision(kind="kind", value="notice", **who))
    assert rows(archive, "select kind, standing from reports") == [("notice", "")]
    assert len(rows(archive, "select 1 from decisions")) == 6


def test_a_decision_taken_back_makes_the_reading_stale(archive: Archive) -> None:
    put(archive, "a", "甲", said=FULL)
    archive.put_decision(Decision(kind="year", page=url("a"), value="2022", by="x"))
    archive.put_decision(Decision(kind="year", page=url("a"), value="", by="x"))
    assert archive.find_stale(url("a")) is not None
    put(archive, "a", "甲", said=FULL, body=b"again")
    assert rows(archive, "select year, year_source from reports") == [(2021, "")]


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision(kind="kind", page="http://nowhere.example.gov.cn/", value="report", by="x"), "no report was read"),
        (Decision(kind="kind", page=url("a"), value="novel", by="x"), "none of: report"),
        (Decision(kind="year", page=url("a"), value="21", by="x"), "no report year"),
        (Decision(kind="cell", page=url("a"), key="k", value="many", by="x"), "no number"),
        (Decision(kind="finding", page=url("a"), key="k", value="maybe", by="x"), "accepted, rejected"),
        (Decision(kind="kind", page=url("a"), value="report", by=""), "who decided"),
    ],
)
def test_impossible_decisions_are_refused(archive: Archive, decision: Decision, words: str) -> None:
    put(archive, "a", "甲", said=FULL)
    with pytest.raises(UnknownDecision, match=words):
        archive.put_decision(decision)
    assert rows(archive, "select * from decisions") == []


def coverage(archive: Archive) -> dict[int, str]:
    return dict(rows(archive, "select year, status from coverage where body_name = '甲镇' order by year"))


def test_coverage_tells_published_late_missing_unreadable_and_unknown(archive: Archive, clock: Clock) -> None:
    put(
        archive,
        "a",
        "2020年",
        said=report("甲镇", 2020, cells=(cell("new_requests", "total", 1),)),
        published_at="2021-01-20",
    )
    put(archive, "b", "2021年", said=report("甲镇", 2021), published_at="2022-06-01T10:00:00+08:00")
    put(archive, "c", "2024年", said=report("甲镇", 2024, tables_status="refused"), published_at="2025-01-10")
    assert coverage(archive) == {2020: "published", 2021: "late", 2022: "unknown", 2023: "unknown", 2024: "unreadable"}
    clock.at = START + timedelta(days=120)
    run = archive.start_run("crawl", "demo")
    listed(archive, run, ["a", "b", "c"])
    archive.finish_run(run)
    assert coverage(archive) == {
        2020: "published",
        2021: "late",
        2022: "missing",
        2023: "missing",
        2024: "unreadable",
        2025: "missing",
    }
    assert rows(archive, "select listing_run, due_on from coverage where year = 2025") == [(run.id, "2026-03-31")]


def test_an_unverified_or_incomplete_listing_proves_nothing_missing(tmp_path: Path) -> None:
    clock = Clock(START + timedelta(days=120))
    for verified, complete in ((False, True), (True, False)):
        with Archive.open(tmp_path / f"{verified}.db", clock=clock) as archive:
            archive.put_sites([spec(verified=verified)])
            put(archive, "a", "2020年", said=report("甲镇", 2020))
            put(archive, "b", "2022年", said=report("甲镇", 2022))
            run = archive.start_run("crawl", "demo")
            listed(archive, run, ["a", "b"], complete=complete)
            archive.finish_run(run)
            assert set(coverage(archive).values()) == {"published", "unknown"}


def test_edits_and_removals_are_changes_and_a_better_reader_is_not(
    archive: Archive, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(archive, "a", "旧文", said=report())
    put(archive, "b", "乙", said=report("乙镇"))
    clock.next_night()
    put(archive, "a", "新文", said=report())
    for _ in range(3):
        clock.next_night()
        run = archive.start_run("crawl", "demo")
        listed(archive, run, ["a"])
        archive.put_absent(url=url("b"), run=run)
        archive.finish_run(run)
    seen = rows(archive, "select url, kind, body_name, year from changes order by changed_at")
    assert seen == [(url("a"), "edited", "甲镇", 2021), (url("b"), "removed", "乙镇", 2021)]
    monkeypatch.setattr("archive.store.pages.READER_VERSION", "2")
    capture = archive.last_capture(url("a"))
    assert capture is not None
    from store_making import extracted, section

    archive.put_reading(
        capture=capture,
        url=url("a"),
        section=section(),
        extracted=extracted("新文更好"),
        report=report(),
        family="static",
    )
    assert rows(archive, "select url, kind, body_name, year from changes order by changed_at") == seen
    put(archive, "b", "乙", said=report("乙镇"))
    assert rows(archive, "select kind from changes where url = ? order by changed_at", url("b")) == [
        ("removed",),
        ("back",),
    ]


def test_bodies_of_sections_are_known_before_they_publish(archive: Archive) -> None:
    from dataclasses import replace

    known = spec("other", "other.example.gov.cn")
    archive.put_sites([replace(known, sections=(replace(known.sections[0], body="丙镇"),))])
    assert rows(archive, "select name, county from bodies") == [("丙镇", "示例区")]
    put(archive, "z", "丙", said=report("丙镇"), host="other.example.gov.cn", site="other")
    assert rows(archive, "select name, level from bodies") == [("丙镇", "town")]


def test_the_years_of_a_body_are_compared_when_a_run_ends(archive: Archive) -> None:
    def year(number: int, carried_in: float, carried_out: float, **more: str):
        both = (cell("carried_in", "total", carried_in), cell("carried_out", "total", carried_out))
        return report("甲镇", number, cells=both, **more)

    def failed() -> list[tuple]:
        return rows(archive, 'select year, rule, "where", expected, actual from audit order by year')

    run = archive.start_run("crawl", "demo")
    put(archive, "b", "2022", said=year(2022, 5, 1), run=run)
    put(archive, "a", "2021", said=year(2021, 0, 4), run=run)
    put(archive, "c", "2024", said=year(2024, 9, 9), run=run)
    assert failed() == []
    archive.finish_run(run)
    assert failed() == [(2022, "Y-CARRY", "total", "4", "5")]
    run = archive.start_run("crawl", "demo")
    put(archive, "b", "2022", said=year(2022, 5, 1), run=run, body=b"read again")
    assert failed() == [(2022, "Y-CARRY", "total", "4", "5")], "reading again keeps the second pass"
    archive.finish_run(run)
    archive.put_decision(Decision(kind="cell", page=url("a"), key="t3_carried_out__total", value="5", by="x"))
    assert failed() == []
    archive.put_decision(Decision(kind="year", page=url("b"), value="2023", by="x"))
    assert failed() == [(2024, "Y-CARRY", "total", "1", "9")]
    archive.put_decision(Decision(kind="finding", page=url("c"), key="Y-CARRY total", value="rejected", by="x"))
    assert failed() == []


def test_a_table_as_printed_stands_in_rows_is_written_when_it_changed_and_goes_with_its_report(
    archive: Archive,
) -> None:
    printed = RawGrid(section=0, title="统计表", rows=(("受理", "12"), ("办结", "")))
    put(archive, "a", "甲", said=replace(FULL, grids=(printed, replace(printed, section=None, title=""))))
    assert rows(archive, "select position, section, title, rows from report_grids") == [
        (0, 0, "统计表", '[["受理","12"],["办结",""]]'),
        (1, None, "", '[["受理","12"],["办结",""]]'),
    ]
    put(archive, "a", "甲", said=replace(FULL, grids=(replace(printed, rows=(("受理", "13"), ("办结", ""))),)))
    assert rows(archive, "select position, rows from report_grids") == [(0, '[["受理","13"],["办结",""]]')]
    (digest,) = rows(archive, "select text_digest from reports")[0]
    with archive.step():
        drop_report(archive.db.conn, url("a"), digest)
    assert rows(archive, "select * from report_grids") == []
