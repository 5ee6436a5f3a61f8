"""Who the bodies are: roster, parents, successions, and what follows for coverage and the checks between reports."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_making import Clock, cell, extracted, listed, put, report, spec, url

from archive.reports.model import Blame, Body, Finding, Report
from archive.reports.roster import RosterRow, parse_roster
from archive.store.archive import Archive
from archive.store.bodies import RosterRefused, roster_of
from archive.store.codec import body_id
from archive.store.decisions import Decision
from archive.store.dump import logical_dump
from archive.store.merge import merge
from archive.store.model import Exchange
from archive.store.rebuild import PageContext, rebuild
from archive.store.restore import restore
from sites.model import Extracted

REGION = "330604"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(tmp_path: Path, clock: Clock) -> Iterator[Archive]:
    with Archive.open(tmp_path / "archive.db", clock=clock) as opened:
        opened.put_sites([spec()])
        yield opened


def rows(text: str) -> list[RosterRow]:
    found, bad = parse_roster("name,region_code,level,parent,valid_from,valid_to,predecessor,source\n" + text)
    assert bad == []
    return found


def carried(body: str, year: int, *, into: float, out: float) -> Report:
    return report(body, year, cells=(cell("carried_in", "total", into), cell("carried_out", "total", out)))


def government(year: int, total: float) -> Report:
    said = report("示例区", year, cells=(cell("new_requests", "total", total),))
    body = Body(name="示例区", raw="示例区人民政府", level="county", region_code=REGION)
    return replace(said, body=body, scope="consolidated")


def crawl(archive: Archive, clock: Clock, told: dict[str, Report]) -> None:
    """A night whose complete listing carried these reports."""
    run = archive.start_run("crawl", "demo")
    for name, said in told.items():
        put(archive, name, f"{name}，{said.title}。", run=run, said=said)
    listed(archive, run, list(told))
    archive.finish_run(run)
    clock.next_night()


def findings(archive: Archive, rule: str) -> list[tuple]:
    return archive.db.execute(
        'select r.body_name, r.year, f."where", f.verdict, f.expected, f.actual from findings f '
        "join reports r on r.id = f.report where f.rule = ? order by 1, 2, 3",
        [rule],
    ).fetchall()


def coverage(archive: Archive, body: str) -> list[tuple]:
    return archive.db.execute(
        "select year, status, known_from from coverage where body_name = ? order by year", [body]
    ).fetchall()


def test_a_town_stands_under_the_government_of_its_region(archive: Archive, clock: Clock) -> None:
    crawl(archive, clock, {"a": report("甲镇", 2021), "g": government(2021, 5)})
    assert archive.db.execute(
        "select b.name, p.name, b.source from bodies b left join bodies p on p.id = b.parent_id order by b.name"
    ).fetchall() == [("甲镇", "示例区", "report"), ("示例区", None, "report")]


def test_a_roster_s_parent_goes_before_the_region_s(archive: Archive, clock: Clock) -> None:
    crawl(archive, clock, {"a": report("甲镇", 2021), "g": government(2021, 5)})
    archive.put_roster(rows("甲镇,330604,,示例开发区,,,,\n示例开发区,330604,zone,,,,,\n"))
    found = {row["name"]: (row["parent"], row["known_from"]) for row in roster_of(archive.db.conn)}
    assert found == {
        "甲镇": ("330604|示例开发区", "roster"),
        "示例开发区": ("330604|示例区", "roster"),
        "示例区": ("", "report"),
    }


def test_a_consolidated_total_is_checked_against_the_members_known(archive: Archive, clock: Clock) -> None:
    new = {name: report(name, 2021, cells=(cell("new_requests", "total", 4),)) for name in ("甲镇", "乙镇")}
    crawl(archive, clock, {"a": new["甲镇"], "b": new["乙镇"], "g": government(2021, 7)})
    assert findings(archive, "H-SUM") == [("示例区", 2021, "new_requests", "FAIL", "≥ 8", "7")]
    crawl(archive, clock, {"a": new["甲镇"], "b": new["乙镇"], "g": government(2021, 9)})
    assert [row[3] for row in findings(archive, "H-SUM")] == ["PASS"]
    archive.put_roster(rows("丙镇,330604,,,,,,\n"))
    assert findings(archive, "H-SUM") == [("示例区", 2021, "", "NOT_ASSESSABLE", "3 members", "2 with numbers")]


def test_a_rename_is_followed_from_year_to_year(archive: Archive, clock: Clock) -> None:
    crawl(archive, clock, {"a": carried("甲乡", 2020, into=0, out=3), "b": carried("甲镇", 2021, into=2, out=0)})
    assert findings(archive, "Y-CARRY") == []
    archive.put_roster(rows("甲镇,330604,,,2021,,甲乡,\n甲乡,330604,,,,2020,,\n"))
    assert findings(archive, "Y-CARRY") == [("甲镇", 2021, "total", "FAIL", "3", "2")]
    (evidence,) = archive.db.execute("select evidence from findings where rule = 'Y-CARRY'").fetchone()
    assert "2020 甲乡 t3_carried_out__total=3" in evidence
    archive.put_roster([], replace=True)
    assert findings(archive, "Y-CARRY") == []


def test_what_merged_towns_left_is_added_to_the_town_s_own(archive: Archive, clock: Clock) -> None:
    told = {
        "a": carried("甲镇", 2020, into=0, out=3),
        "b": carried("乙镇", 2020, into=0, out=2),
        "c": carried("甲镇", 2021, into=5, out=0),
    }
    crawl(archive, clock, told)
    assert [row[3] for row in findings(archive, "Y-CARRY")] == ["FAIL"]
    archive.put_roster(rows("甲镇,330604,,,,,乙镇,\n"))
    assert [row[3:] for row in findings(archive, "Y-CARRY")] == [("PASS", "5", "5")]


def test_two_bodies_of_one_name_stay_apart(archive: Archive, clock: Clock) -> None:
    archive.put_roster(rows("城关镇,330604,,,,,,\n城关镇,330702,,,,,,\n新镇,330604,,,,,城关镇,\n"))
    assert archive.db.execute("select count(*) from bodies where name = '城关镇'").fetchone() == (2,)
    (predecessor,) = archive.db.execute("select predecessor from successions").fetchone()
    assert predecessor == body_id(REGION, "城关镇")


def test_a_roster_that_names_nobody_known_is_not_taken(archive: Archive) -> None:
    with pytest.raises(RosterRefused, match="line 3: parent '无名区' is neither"):
        archive.put_roster(rows("甲镇,330604,,,,,,\n乙镇,330604,,无名区,,,,\n"))
    with pytest.raises(RosterRefused, match=r"one of several \(330604\|丙镇, 330702\|丙镇\)"):
        archive.put_roster(rows("丙镇,330604,,,,,,\n丙镇,330702,,,,,,\n丁镇,,,,,,丙镇,\n"))
    assert archive.db.execute("select count(*) from roster").fetchone() == (0,)
    assert archive.db.execute("select count(*) from bodies").fetchone() == (0,)


def test_a_body_only_the_roster_knows_is_missing_where_its_like_publish(archive: Archive, clock: Clock) -> None:
    archive.put_roster(rows("丙镇,330604,,,,,,\n丁局,330604,department,,,,,\n"))
    crawl(archive, clock, {"a": report("甲镇", 2024), "b": report("乙镇", 2024)})
    assert coverage(archive, "丙镇") == [(2024, "missing", "roster"), (2025, "unknown", "roster")]
    assert coverage(archive, "丁局") == []  # no column is known in which departments publish
    assert coverage(archive, "甲镇")[0] == (2024, "published", "report")


def test_a_body_answers_for_the_years_it_was_there(archive: Archive, clock: Clock) -> None:
    archive.put_roster(rows("丙镇,330604,,,2022,2023-06-30,,\n"))
    crawl(archive, clock, {"a": report("甲镇", 2021), "b": report("乙镇", 2024)})
    assert coverage(archive, "丙镇") == [(2022, "missing", "roster"), (2023, "unknown", "roster")]


def test_a_missing_report_links_the_captures_that_prove_it(archive: Archive, clock: Clock) -> None:
    run = archive.start_run("crawl", "demo")
    capture, _ = put(archive, "a", "甲", run=run, said=report("甲镇", 2021))
    site = spec().sections[0]
    archive.put_listing(section=site, run=run, refs=(), complete=True, captures=[capture])
    archive.db.execute("update sections set min_refs = 0")
    archive.finish_run(run)
    found = archive.db.execute(
        "select year, status, listing_section, listing_captures from coverage where status = 'missing' order by year"
    ).fetchall()
    assert found[0] == (2022, "missing", "demo/nb", f"[{capture.id}]")


def test_a_template_s_name_is_no_body(archive: Archive) -> None:
    put(archive, "t", "XX镇", said=report("20_年度镇", 2021, kind="template"))
    assert archive.db.execute("select count(*) from bodies").fetchone() == (0,)


def edition(total: float, confidence: float, blame: Blame) -> Report:
    """A report whose table 四 gives 1 + 2 and this total; the page's own readings blame so."""
    cells = [cell("review", name, value, form="t4") for name, value in (("upheld", 1), ("corrected", 2), ("other", 0))]
    cells += [cell("review", "pending", 0, form="t4"), cell("review", "total", total, form="t4")]
    sure = tuple(replace(one, confidence=confidence) for one in cells)
    failed = Finding(
        rule="T4-SUM",
        severity="E",
        verdict="PASS" if total == 3 else "FAIL",
        where="review",
        blame="" if total == 3 else blame,
        evidence=tuple(f"{one.key}={one.raw}" for one in sure),
    )
    return report("甲镇", 2021, cells=sure, findings=(failed,))


@pytest.mark.parametrize(
    ("confidence", "alone", "other", "blame"),
    [
        (1.0, "unknown", 4, "theirs"),  # both editions print the same wrong total
        (0.8, "unknown", 3, "ours"),  # the PDF's numbers add up, ours were not sure
        (1.0, "theirs", 3, "unknown"),  # the editions differ in print
        (1.0, "theirs", 5, "theirs"),  # the other one does not add up either
    ],
)
def test_other_editions_are_asked_before_the_agency_is_blamed(
    archive: Archive, clock: Clock, confidence: float, alone: Blame, other: float, blame: Blame
) -> None:
    def blames() -> list[tuple]:
        return archive.db.execute(
            "select f.blame, f.blame_alone from findings f join reports r on r.id = f.report where r.page = ?",
            [url("html")],
        ).fetchall()

    said = {"html": edition(4, confidence, alone)}
    crawl(archive, clock, said)
    assert blames() == [(alone, alone)]
    crawl(archive, clock, said | {"pdf": edition(other, 1.0, "unknown")})
    assert blames() == [(blame, alone)]

    def read(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report, str]:
        name = context.url.rpartition("/")[2].removesuffix(".html")
        both = said | {"pdf": edition(other, 1.0, "unknown")}
        return extracted(exchange.body.decode()), both[name], "static"

    changes = archive.db.conn.total_changes
    rebuild(archive, read, everything=True)
    assert archive.db.conn.total_changes == changes, "a rebuild asks the other editions, too"
    archive.put_decision(Decision(kind="year", page=url("pdf"), value="2020", by="x", reason="misread"))
    assert blames() == [(alone, alone)]


def test_restored_and_merged_archives_have_the_same_roster(tmp_path: Path, clock: Clock) -> None:
    def said(text: str) -> Report:
        body, year, into, out = text.split()
        return carried(body, int(year), into=float(into), out=float(out))

    def read(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report, str]:
        text = exchange.body.decode()
        return extracted(text), said(text), "static"

    path = tmp_path / "archive.db"
    with Archive.open(path, clock=clock) as archive:
        archive.put_sites([spec()])
        run = archive.start_run("crawl", "demo")
        for name, text in {"a": "甲乡 2020 0 3", "b": "甲镇 2021 2 0"}.items():
            put(archive, name, text, run=run, said=said(text))
        listed(archive, run, ["a", "b"])
        archive.finish_run(run)
        archive.put_roster(rows("甲镇,330604,,示例区,2021,,甲乡,\n示例区,330604,,,,,,\n"))
        assert len(findings(archive, "Y-CARRY")) == 1
        assert rebuild(archive, read, everything=True).cells == []
    whole = logical_dump(path)
    with Archive.open(tmp_path / "merged.db", clock=clock) as merged:
        merge(merged, [path])
    assert logical_dump(tmp_path / "merged.db") == whole
    path.unlink()
    restore(path, read, clock=clock)
    assert logical_dump(path) == whole
