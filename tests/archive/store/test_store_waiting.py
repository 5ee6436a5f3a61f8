from dataclasses import replace
from pathlib import Path

import pytest
from store_making import Clock, cell, extracted, put, report, spec, url

from archive.reports.model import Cell, Finding, Report
from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.dump import dump_rows, logical_dump
from archive.store.errors import UnknownDecision
from archive.store.model import Exchange
from archive.store.rebuild import PageContext, decide, rebuild
from archive.store.restore import restore
from archive.store.waiting import waiting
from sites.model import Extracted


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        yield opened


def unsure(row: str, confidence: float, status: str = "given", raw: str = "7") -> Cell:
    return replace(cell(row, "total", 7), confidence=confidence, status=status, raw=raw)


FAILED = Finding(
    rule="T3-ROW", severity="E", verdict="FAIL", where="new_requests", expected="12", actual="13", evidence=("a", "b")
)
SOFT = Finding(rule="TXT-T2", severity="W", verdict="FAIL", expected="1", actual="2")
PASSED = Finding(rule="T4-SUM", severity="E", verdict="PASS")

#: What each made-up text says; the reader of `rebuild` and `restore` says the same.
SAID: dict[str, Report] = {
    "middle": replace(report("甲镇", 2020, kind="other"), score=4.0, reasons=("+4 x", "in between")),
    "low": replace(report("甲镇", 2019, kind="other"), score=2.5),
    "sure": replace(report("甲镇", 2018), score=9.0),
    "sample": replace(report("甲镇", 2017, kind="clone"), score=4.0),
    "nobody": replace(report(None, 2021), score=9.0),
    "noyear": replace(report("乙镇", None), score=9.0),
    "cells": replace(
        report(
            "丙镇",
            2021,
            cells=(
                unsure("new_requests", 0.5),
                unsure("carried_in", 0.95, "inferred"),
                unsure("disclosed", 0.9, "ocr"),
                unsure("partial", 1.0, "unparsable", raw="七"),
                cell("carried_out", "total", 3),
                replace(unsure("other_misc", 0.6), status="given"),
            ),
            findings=(SOFT, FAILED, PASSED),
        ),
        score=9.0,
    ),
}


def read(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
    text = exchange.body.decode()
    said = SAID[text]
    if text == "middle" and context.decided.kind == "report":
        said = replace(said, cells=(cell("new_requests", "total", 5),), tables_status="complete")
    return extracted(text), said, "static"


def fill(archive: Archive) -> None:
    for text, said in SAID.items():
        put(archive, text, text, said=said)


def queue(archive: Archive, **options) -> list[tuple[str, str, str]]:
    return [
        (entry.kind, entry.page.rpartition("/")[2].removesuffix(".html"), entry.key)
        for entry in waiting(archive.db.conn, **options)
    ]


WHOLE = [
    ("kind", "middle", ""),
    ("body", "nobody", ""),
    ("year", "noyear", ""),
    ("finding", "cells", "T3-ROW new_requests"),
    ("finding", "cells", "TXT-T2"),
    ("cell", "cells", "t3_new_requests__total"),
    ("cell", "cells", "t3_disclosed__total"),
    ("cell", "cells", "t3_carried_in__total"),
    ("cell", "cells", "t3_partial__total"),
]
DECISIONS = [
    ("kind", "middle", "", "report"),
    ("body", "nobody", "", "丁镇"),
    ("year", "noyear", "", "2022"),
    ("finding", "cells", "T3-ROW new_requests", "accepted"),
    ("finding", "cells", "TXT-T2", "rejected"),
    ("cell", "cells", "t3_new_requests__total", "8"),
    ("cell", "cells", "t3_disclosed__total", "7"),
    ("cell", "cells", "t3_carried_in__total", "0"),
    ("cell", "cells", "t3_partial__total", "7"),
]


def decision(kind: str, page: str, key: str, value: str) -> Decision:
    return Decision(kind=kind, page=url(page), key=key, value=value, by="审核人", reason="看过原件")


def test_the_queue_holds_what_was_not_sure_and_nothing_else(archive: Archive) -> None:
    fill(archive)
    assert queue(archive) == WHOLE
    assert queue(archive, kinds=("year", "body")) == WHOLE[1:3]
    assert queue(archive, limit=4) == WHOLE[:4]


def test_an_entry_says_why_it_waits_what_is_printed_and_what_is_known(archive: Archive) -> None:
    fill(archive)
    kind, body, year, finding, _, least, *_, strange = waiting(archive.db.conn)
    assert kind.why == "scored 4: between 3 (no report) and 6 (a report)"
    assert (kind.printed, kind.known) == ("甲镇2020年政府信息公开工作年度报告", "other: +4 x; in between")
    assert (body.body_name, body.year, body.known) == ("", 2021, "year 2021, section 年报")
    assert (year.body_name, year.year, year.known) == ("乙镇", None, "body 乙镇, section 年报")
    assert (finding.why, finding.printed) == ("a hard rule fails", "13")
    assert finding.known == "expected 12, from a; b"
    assert (least.why, least.printed, least.known) == ("read with confidence 0.5", "7", "7件, table 3")
    assert (strange.why, strange.printed) == ("read with confidence 1, status unparsable", "七")
    assert "accepted" in finding.choices
    assert least.as_json()["key"] == "t3_new_requests__total"


def test_what_a_page_said_before_and_other_editions_do_not_wait(archive: Archive) -> None:
    put(archive, "cells", "cells", said=SAID["cells"])
    put(archive, "z", "z", said=SAID["cells"])
    assert {page for _, page, _ in queue(archive)} == {"cells"}, "one edition is enough"
    put(archive, "cells", "corrected", said=report("丙镇", 2021))
    put(archive, "z", "corrected too", said=report("丙镇", 2021))
    assert queue(archive) == []


def test_a_decision_leaves_the_queue_and_shows_at_once(archive: Archive) -> None:
    fill(archive)
    for count, what in enumerate(DECISIONS, 1):
        decide(archive, read, decision(*what))
        assert queue(archive) == WHOLE[count:]
    rows = archive.db.execute("select body_name, year, new_requests from applications order by body_name").fetchall()
    assert ("甲镇", 2020, 5.0) in rows, "decided to be a report, it is read as one"
    assert ("丁镇", 2021, None) in rows
    assert ("乙镇", 2022, None) in rows
    assert ("丙镇", 2021, 8.0) in rows
    assert archive.db.execute("select rule, decision from audit").fetchall() == [("T3-ROW", "accepted")]
    raw = archive.db.execute("select raw, value, decided from cells where \"row\" = 'partial'").fetchall()
    assert raw == [("七", 7.0, 7.0)]
    assert archive.db.execute("select distinct region_code, level from bodies").fetchall() == [("330604", "town")], (
        "a decided body is one of the page's portal"
    )
    assert archive.db.execute("select distinct decided_by, reason from decisions").fetchall() == [
        ("审核人", "看过原件")
    ]


def test_decisions_survive_a_rebuild_and_a_restoration_to_the_last_row(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path, clock=Clock()) as archive:
        archive.put_sites([spec()])
        fill(archive)
        for what in DECISIONS:
            decide(archive, read, decision(*what))
        decided = list(dump_rows(archive.db.conn))
        before = archive.db.conn.total_changes
        assert rebuild(archive, read, everything=True).cells == []
        assert archive.db.conn.total_changes == before, "a decision wrote what reading again would write"
        assert queue(archive) == []
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    restore(path, read)
    assert logical_dump(path).splitlines() == decided


def test_a_decision_of_the_store_alone_says_what_reading_again_says(archive: Archive) -> None:
    fill(archive)
    for what in DECISIONS[1:]:
        archive.put_decision(decision(*what))
    archive.put_decision(decision("kind", "sure", "", "notice"))
    archive.put_decision(decision("kind", "sure", "", "summary"))
    archive.put_decision(decision("body", "cells", "", "110000|戊市"))
    archive.put_decision(decision("body", "cells", "", "己镇"))
    decided = list(dump_rows(archive.db.conn))
    rebuild(archive, read, everything=True)
    assert list(dump_rows(archive.db.conn)) == decided
    assert not any("丙镇" in row for row in decided if row.startswith("bodies")), "nobody is called so any more"


def test_a_decision_taken_back_waits_again(archive: Archive) -> None:
    fill(archive)
    before = [row for row in dump_rows(archive.db.conn) if not row.startswith("decisions")]
    for kind, page, key, value in DECISIONS:
        decide(archive, read, decision(kind, page, key, value))
    for kind, page, key, _ in DECISIONS:
        decide(archive, read, decision(kind, page, key, ""))
    assert queue(archive) == WHOLE
    after = [row for row in dump_rows(archive.db.conn) if not row.startswith("decisions")]
    assert after == before


def test_years_beside_a_report_are_compared_again_when_a_decision_is_taken_back(archive: Archive) -> None:
    def carried(year: int, carried_in: float, carried_out: float) -> Report:
        cells = (cell("carried_in", "total", carried_in), cell("carried_out", "total", carried_out))
        return report("甲镇", year, cells=cells)

    said = {"first": carried(2020, 0, 4), "then": carried(2022, 5, 1)}
    for text, one in said.items():
        put(archive, text, text, said=one)

    def again(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
        text = exchange.body.decode()
        return extracted(text), said[text], "static"

    assert queue(archive) == []
    decide(archive, again, decision("year", "first", "", "2021"))
    assert queue(archive) == [("finding", "then", "Y-CARRY total")]
    decide(archive, again, decision("body", "first", "", "乙镇"))
    assert queue(archive) == []
    decide(archive, again, decision("body", "first", "", ""))
    assert queue(archive) == [("finding", "then", "Y-CARRY total")]
    decide(archive, again, decision("year", "first", "", ""))
    assert queue(archive) == []


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (("colour", "cells", "", "red"), "choices: kind, body, year, cell, finding"),
        (("cell", "cells", "t3_new_request__total", "8"), "it has: t3_new_requests__total"),
        (("finding", "cells", "T4-SUM", "accepted"), "it has: .*T3-ROW new_requests"),
        (("cell", "sure", "t3_x__total", "8"), "it has none at all"),
        (("cell", "cells", "t3_new_requests__total", "inf"), "no number"),
        (("year", "noyear", "", "²"), "no report year"),
        (("year", "noyear", "year", "2021"), "has no key"),
        (("body", "nobody", "", "330604|"), "write its name"),
        (("body", "nobody", "", "here|甲镇"), "write its name"),
        (("kind", "middle", "", ""), "nothing is decided of kind to take back"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_the_choices(
    archive: Archive, what: tuple[str, str, str, str], words: str
) -> None:
    fill(archive)
    with pytest.raises(UnknownDecision, match=words):
        archive.put_decision(decision(*what))
    assert archive.db.execute("select count(*) from decisions").fetchone() == (0,)


def test_the_queue_reads_its_indexes_not_every_cell(archive: Archive) -> None:
    fill(archive)
    asked: list[str] = []
    archive.db.conn.set_trace_callback(asked.append)
    waiting(archive.db.conn)
    archive.db.conn.set_trace_callback(None)
    plans = " ".join(row[3] for sql in asked for row in archive.db.execute(f"explain query plan {sql}").fetchall())
    assert "reports_doubtful" in plans
    assert "cells_unsure" in plans
    assert "findings_waiting" in plans
    assert "TEMP B-TREE" not in plans, "nothing is sorted: it is read as far as it is shown"
