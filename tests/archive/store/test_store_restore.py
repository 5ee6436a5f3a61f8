from datetime import timedelta
from pathlib import Path

import pytest
from store_making import START, Clock, cell, exchange, extracted, listed, put, report, section, spec, url

from archive.reports.model import Report
from archive.reports.roster import parse_roster
from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.dump import logical_dump
from archive.store.errors import BrokenArchive
from archive.store.model import Exchange
from archive.store.rebuild import PageContext
from archive.store.restore import restore
from archive.store.takedown import withhold
from archive.store.verify import verify
from sites.errors import Drift
from sites.model import Extracted, PageRef


def said(text: str) -> Report:
    return report(text[:2], 2021, cells=(cell("new_requests", "total", float(len(text))),))


def read(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
    text = exchange.body.decode()
    if "drift" in text:
        raise Drift("gone wrong")
    return extracted(text), None if context.parent_url else said(text), "static"


def publish(archive: Archive, name: str, text: str, run) -> None:
    put(archive, name, text, said=said(text), run=run)


def live(path: Path) -> None:
    """Five nights: new, changed, identical, unchanged, an attachment, a wall, absences, decisions."""
    clock = Clock()
    with Archive.open(path, clock=clock) as archive:
        archive.put_sites([spec()])
        for night in range(5):
            run = archive.start_run("crawl", "demo")
            publish(archive, "a", f"甲镇 第{night // 2}版", run)
            if night == 0:
                publish(archive, "b", "乙镇 报告", run)
                publish(archive, "c", "甲镇 第0版", run)
                with archive.step():
                    capture = archive.put_capture(exchange(url("f"), "附件".encode(), at=clock()))
                    archive.put_reading(
                        capture=capture,
                        url=url("f"),
                        section=section(),
                        extracted=extracted("附件"),
                        report=None,
                        family="static",
                        ref=PageRef(url=url("f"), title="附件"),
                        parent_url=url("a"),
                        run=run,
                    )
                    made = archive.put_conversion(capture, media_type="text/plain", body=b"x", made_by="y 1")
                assert made.status == 0
                archive.put_decision(Decision(kind="body", page=url("b"), value="丙镇", by="x", reason="r"))
            else:
                archive.put_absent(url=url("b"), run=run)
                with archive.step():
                    capture = archive.put_capture(exchange(url("c"), b"", status=304, at=clock()))
                    archive.put_unchanged(capture=capture, url=url("c"), run=run)
            archive.put_problem(
                run=run, site_id="demo", section_key="nb", url=url("w"), kind="wall:waf", message="WAF", capture=capture
            )
            listed(archive, run, ["a", "c"])
            archive.finish_run(run)
            clock.next_night()
        archive.start_run("crawl", "unfinished")


def test_warcs_and_journal_restore_the_database(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    live(path)
    expected = logical_dump(path)
    journal = (tmp_path / "journal.jsonl").read_bytes()
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    result = restore(path, read)
    assert (result.captures, result.unreadable, result.lost) == (13, 0, 0)
    assert logical_dump(path) == expected
    assert "丙镇" in expected
    assert '"state":"gone"' in expected
    assert (tmp_path / "journal.jsonl").read_bytes() == journal
    with Archive.open(path, clock=Clock()) as archive:
        capture, change = put(archive, "new", "丁镇 新报告")
        assert change.kind == "new"
        assert archive.body_of(capture) == "丁镇 新报告".encode()
        for (held,) in archive.db.execute("select id from captures").fetchall():
            found = archive.capture(held)
            assert found is not None
            archive.body_of(found)
        archive.db.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    restore(path, read)
    assert "丁镇" in logical_dump(path), "what came after a restoration is restored as well"


def test_decisions_withheld_pages_rosters_and_problems_are_all_restored_together(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    live(path)
    with Archive.open(path, clock=Clock(START + timedelta(days=9))) as archive:
        publish(archive, "hidden", "戊镇 不予展示的字句", None)
        publish(archive, "judged", "己镇 报告", None)
        archive.put_decision(Decision(kind="year", page=url("judged"), value="2019", by="x", reason="r"))
        archive.put_decision(Decision(kind="cell", page=url("judged"), key="t3_new_requests__total", value="7", by="x"))
        withhold(archive, url("hidden"), reason="r", by="x", read=read)
        bodies, _ = parse_roster(
            "name,region_code,level,parent,valid_from,valid_to,predecessor,source\n庚镇,330604,town,,,,,\n"
        )
        archive.put_roster(bodies)
        archive.put_problem(run=None, site_id="demo", section_key="nb", url=url("w"), kind="timeout", message="late")
        counts = {
            table: archive.db.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("decisions", "withheld", "roster", "problems")
        }
        assert all(counts.values()), counts
    expected = logical_dump(path)
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    restore(path, read)
    assert logical_dump(path) == expected
    assert "不予展示的字句" not in expected
    assert "庚镇" in expected
    with Archive.read(path) as archive:
        assert verify(archive) == []
        for table, count in counts.items():
            assert archive.db.execute(f"select count(*) from {table}").fetchone() == (count,), table


def test_a_torn_warc_loses_only_what_was_torn(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    live(path)
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    (warc,) = (tmp_path / "warcs").iterdir()
    content = warc.read_bytes()
    warc.write_bytes(content[:-100])
    result = restore(path, read)
    assert (result.captures, result.lost) == (12, 1)
    assert warc.stat().st_size < len(content) - 100


def test_damage_in_the_middle_of_a_warc_loses_only_what_was_damaged(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    live(path)
    with Archive.read(path) as archive:
        (offset,) = archive.db.execute("select warc_offset from captures where id = 2").fetchone()
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    (warc,) = (tmp_path / "warcs").iterdir()
    content = warc.read_bytes()
    warc.write_bytes(content[: offset + 100] + bytes(30) + content[offset + 130 :])
    result = restore(path, read)
    assert (result.captures, result.lost) == (12, 1)
    assert warc.stat().st_size == len(content), "nothing behind the damage is cut"


def test_what_cannot_be_read_any_more_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path, clock=Clock()) as archive:
        put(archive, "a", "drift 甲")
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    assert restore(path, read).unreadable == 1
    assert '"kind":"drift"' in logical_dump(path)


def test_nothing_is_restored_over_a_database_or_from_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with pytest.raises(BrokenArchive, match="without the journal"):
        restore(path, read)
    live(path)
    with pytest.raises(BrokenArchive, match="still there"):
        restore(path, read)


def test_a_journal_from_the_future_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    live(path)
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    with (tmp_path / "journal.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"id":9999,"at":"2026-01-01T00:00:00.000000Z","kind":"prophecy","data":{}}\n')
    with pytest.raises(BrokenArchive, match="newer gongkai"):
        restore(path, read)
    assert not path.exists()
