"""The queue of what waits for a person, as a person or a script meets it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.dump import logical_dump
from crawler.cli import main

WHO = ("--by", "审核人", "--reason", "看过原件")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Gongkai = Callable[..., Done]


@pytest.fixture
def gongkai(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gongkai:
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["gongkai", *map(str, words), "--archive", str(tmp_path / "a.db")])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)

    return run


def saved(folder: Path, name: str, title: str, *parts: str) -> Path:
    path = folder / f"{name}.html"
    text = "".join(part if part.startswith("<") else f"<p>{part}</p>" for part in parts)
    path.write_text(f"<title>{title}</title><h1>{title}</h1><div id='zoom'>{text}</div>", encoding="utf-8")
    return path


def row(*cells: object) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


#: Table four of the statutory form; the total of the first group is one too high.
TABLE_FOUR = (
    "<table>"
    "<tr><td colspan=5>行政复议</td><td colspan=10>行政诉讼</td></tr>"
    "<tr><td rowspan=2>结果维持</td><td rowspan=2>结果纠正</td><td rowspan=2>其他结果</td><td rowspan=2>尚未审结</td>"
    "<td rowspan=2>总计</td><td colspan=5>未经复议直接起诉</td><td colspan=5>复议后起诉</td></tr>"
    "<tr>"
    + "<td>结果维持</td><td>结果纠正</td><td>其他结果</td><td>尚未审结</td><td>总计</td>" * 2
    + "</tr>"
    + row(1, 2, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    + "</table>"
)
BODY = (
    "一、总体情况",
    "政府信息公开工作有序。主动公开政府信息12条，未收到政府信息公开申请。",
    "二、主动公开政府信息情况",
)


@pytest.fixture
def pages(gongkai: Gongkai, tmp_path: Path) -> dict[str, str]:
    """Four pages that wait, by name; gives the address each was kept under."""
    files = [
        saved(
            tmp_path,
            "middle",
            "甲镇2020年政务工作情况",
            "根据《中华人民共和国政府信息公开条例》，现将有关情况公布如下。",
            "2020年，我镇主动公开政府信息12条，收到依申请公开0件。",
        ),
        saved(tmp_path, "nobody", "2020年政府信息公开年度报告", *BODY),
        saved(tmp_path, "noyear", "乙镇政府信息公开年度报告", *BODY),
        saved(
            tmp_path,
            "failed",
            "丙镇2022年政府信息公开工作年度报告",
            *BODY,
            "四、政府信息公开行政复议、行政诉讼情况",
            TABLE_FOUR,
        ),
    ]
    done = gongkai("import", *files, "--json")
    assert done.code == 0, done.err
    return {Path(str(told["file"])).stem: str(told["url"]) for told in done.objects}


def rows(tmp_path: Path, sql: str) -> list[tuple[object, ...]]:
    with Archive.read(tmp_path / "a.db") as archive:
        return [tuple(found) for found in archive.db.execute(sql).fetchall()]


def waits(gongkai: Gongkai, *options: object) -> list[tuple[object, object]]:
    return [(told["kind"], told["page"]) for told in gongkai("review", "--json", *options).objects]


def test_the_queue_tells_page_reason_print_and_knowledge(gongkai: Gongkai, pages: dict[str, str]) -> None:
    told = gongkai("review", "--json")
    assert told.code == 0, told.err
    assert [(entry["kind"], entry["page"]) for entry in told.objects][:3] == [
        ("kind", pages["middle"]),
        ("body", pages["nobody"]),
        ("year", pages["noyear"]),
    ]
    finding = next(entry for entry in told.objects if entry["page"] == pages["failed"])
    assert finding["kind"] == "finding"
    assert str(finding["key"]).startswith("T4-")
    assert (finding["body_name"], finding["year"]) == ("丙镇", 2022)
    assert all(entry["why"] for entry in told.objects)
    assert "甲镇2020年政务工作情况" in str(told.objects[0]["printed"])
    assert waits(gongkai, "--kind", "body", "--kind", "year") == [("body", pages["nobody"]), ("year", pages["noyear"])]
    assert len(waits(gongkai, "--limit", 2)) == 2
    for_people = gongkai("review")
    assert for_people.code == 0
    for url in pages.values():
        assert f"  {url}\n" in for_people.out, "an address stands whole, to be copied"
    assert "between 3 (no report) and 6 (a report)" in for_people.out


def test_decisions_take_effect_at_once_and_survive_rebuild_and_restore(
    gongkai: Gongkai, pages: dict[str, str], tmp_path: Path
) -> None:
    (key,) = (entry["key"] for entry in gongkai("review", "--json", "--kind", "finding", "--limit", 1).objects)
    for page, what, value, *more in (
        ("middle", "kind", "report"),
        ("middle", "body", "330604|甲镇"),
        ("nobody", "body", "丁镇"),
        ("noyear", "year", "2021"),
        ("failed", "finding", "accepted", "--key", key),
        ("failed", "cell", "3", "--key", "t4_review__total"),
    ):
        done = gongkai("review", "--page", pages[page], "--decide", what, "--value", value, *more, *WHO, "--json")
        assert done.code == 0, done.err
        assert done.objects[0]["value"] == value

    def shown() -> list[list[tuple[object, ...]]]:
        return [
            rows(tmp_path, "select body_name, year, standing from reports where kind = 'report' order by 1, 2"),
            rows(tmp_path, "select raw, value, decided from cells where \"row\" = 'review' and \"column\" = 'total'"),
            rows(tmp_path, "select review__total from litigation where body_name = '丙镇'"),
            rows(tmp_path, f"select decision, verdict from findings where trim(rule || ' ' || \"where\") = '{key}'"),
            rows(tmp_path, "select decided_by, reason, kind from decisions order by id"),
        ]

    expected = shown()
    assert [row[:2] for row in expected[0]] == [("丁镇", 2020), ("丙镇", 2022), ("乙镇", 2021), ("甲镇", 2020)]
    assert {row[2] for row in expected[0]} == {"chosen"}
    assert expected[1:4] == [[("4", 4.0, 3.0)], [(3.0,)], [("accepted", "PASS")]]
    assert expected[4][0] == ("审核人", "看过原件", "kind")
    dump = logical_dump(tmp_path / "a.db")
    assert gongkai("rebuild", "--all").code == 0
    assert logical_dump(tmp_path / "a.db") == dump
    for file in tmp_path.glob("a.db*"):
        file.unlink()
    assert gongkai("restore").code == 0
    assert shown() == expected
    assert logical_dump(tmp_path / "a.db") == dump


def test_wrong_input_ends_with_2_and_names_the_choices(gongkai: Gongkai, pages: dict[str, str]) -> None:
    page = ("--page", pages["failed"])
    for words, names in (
        (("--page", "http://nowhere.example.gov.cn/", "--decide", "kind", "--value", "report", *WHO), pages["middle"]),
        ((*page, "--decide", "colour", "--value", "red", *WHO), "kind, body, year, cell, finding"),
        ((*page, "--decide", "kind", "--value", "novel", *WHO), "report, template"),
        ((*page, "--decide", "cell", "--key", "t4_revue__total", "--value", "3", *WHO), "t4_review__total"),
        ((*page, "--decide", "finding", "--key", "T9", "--value", "accepted", *WHO), "T4-"),
        ((*page, "--decide", "finding", "--key", "T9", "--value", "perhaps", *WHO), "accepted, rejected"),
        ((*page, "--decide", "year", "--value", "2022"), "--by, --reason"),
        (("--kind", "colour"), "kind, body, year, cell, finding"),
    ):
        done = gongkai("review", *words)
        assert done.code == 2, words
        assert names in done.err, words
    assert gongkai("review", "--json", "--kind", "finding").objects != []


def test_without_an_archive_there_is_nothing_to_review(gongkai: Gongkai) -> None:
    done = gongkai("review")
    assert done.code == 2
    assert "a.db" in done.err


def test_a_decision_taken_back_waits_again(gongkai: Gongkai, pages: dict[str, str]) -> None:
    about = ("--page", pages["noyear"], "--decide", "year")
    assert gongkai("review", *about, "--value", "2021", *WHO).code == 0
    assert ("year", pages["noyear"]) not in waits(gongkai)
    done = gongkai("review", *about, "--value", "", *WHO)
    assert done.code == 0, done.err
    assert ("year", pages["noyear"]) in waits(gongkai)


def test_a_page_decided_to_be_a_report_stays_one_when_it_changes(gongkai: Gongkai, tmp_path: Path) -> None:
    title, url = "甲镇2020年政务工作情况", "http://town.example.gov.cn/art/2.html"
    text = ("根据《中华人民共和国政府信息公开条例》，现将有关情况公布如下。", "2020年，我镇主动公开政府信息12条。")
    first = saved(tmp_path, "first", title, *text)
    assert gongkai("import", first, "--url", url, "--json").objects[0]["kind"] == "other"
    assert gongkai("review", "--page", url, "--decide", "kind", "--value", "report", *WHO).code == 0
    later = saved(tmp_path, "later", title, *text, "四、政府信息公开行政复议、行政诉讼情况", TABLE_FOUR)
    assert gongkai("import", later, "--url", url).code == 0
    cells = (
        "select c.raw from cells c join reports r on r.id = c.report where r.kind = 'report' and c.\"row\" = 'review'"
    )
    assert len(rows(tmp_path, cells)) == 5


def test_a_person_walks_the_queue(
    gongkai: Gongkai, pages: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["审核人", "", "丁镇", "看过原件", "1066", "误会", "2021", "看过原件"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(answers) + "\nq\n"))
    done = gongkai("review", "--walk")
    assert done.code == 0, done.err
    assert "no report year" in done.out, "a wrong answer is told and asked again"
    assert rows(tmp_path, "select kind, value, decided_by from decisions order by id") == [
        ("body", "丁镇", "审核人"),
        ("year", "2021", "审核人"),
    ]
    assert [kind for kind, _ in waits(gongkai)][:2] == ["kind", "finding"]


def test_a_changed_rule_tells_its_cells_and_keeps_changes_and_decisions(
    gongkai: Gongkai, pages: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What issue 3 shows: rebuild after one rule was changed."""
    url = pages["failed"]
    edited = saved(
        tmp_path,
        "edited",
        "丙镇2022年政府信息公开工作年度报告",
        *BODY,
        "四、政府信息公开行政复议、行政诉讼情况",
        TABLE_FOUR,
        "五、存在的主要问题及改进情况",
        "后来补充的一句话。",
    )
    for file in (tmp_path / "failed.html", edited):
        assert gongkai("import", file, "--url", "http://town.example.gov.cn/art/1.html").code == 0
    for page in (url, "http://town.example.gov.cn/art/1.html"):
        about = ("--page", page, "--decide", "cell", "--key", "t4_review__total", "--value", "3")
        assert gongkai("review", *about, *WHO).code == 0
    changes = rows(tmp_path, "select * from changes order by url, changed_at")
    versions = rows(tmp_path, "select page, from_at, to_at from versions order by 1, 2")
    assert [row[1] for row in changes] == ["edited"]
    read_tables = change_rule(monkeypatch)
    done = gongkai("rebuild", "--all")
    assert done.code == 0, done.err
    assert f"{url} t4_review__upheld: '1' = 1 (given) → '1' = 10 (given)" in done.out
    assert "t4_review__total" not in done.out, "only what reads differently is told"
    assert read_tables
    assert rows(tmp_path, "select * from changes order by url, changed_at") == changes
    assert rows(tmp_path, "select page, from_at, to_at from versions order by 1, 2") == versions
    decided = "select distinct raw, value, decided from cells where \"row\" = 'review' and \"column\" = 'total'"
    assert rows(tmp_path, decided) == [("4", 4.0, 3.0)]
    dump = logical_dump(tmp_path / "a.db")
    again = gongkai("rebuild", "--all", "--json")
    assert again.objects[0]["cells"] == again.objects[0]["texts"] == []
    assert logical_dump(tmp_path / "a.db") == dump
    assert rows(tmp_path, decided) == [("4", 4.0, 3.0)]


def change_rule(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tomorrow's rule reads one cell of table four ten times as large. Gives the titles it was asked for."""
    from archive.reports import read

    asked: list[str] = []
    today = read.read_tables

    def tomorrow(sources):
        asked.append(sources[0].title)
        reading = today(sources)
        for key, cell in reading.cells.items():
            if key == "t4_review__upheld":
                reading.cells[key] = replace(cell, value=cell.value * 10)
        return reading

    monkeypatch.setattr(read, "read_tables", tomorrow)
    return asked
