import json
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database
from store_making import HOST, Clock, exchange, extracted, listed, put, report, section, spec, url

from archive.store import pages
from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.errors import (
    BrokenArchive,
    Locked,
    NewerArchive,
    OrphanedEvidence,
    OutdatedArchive,
    StoreError,
)
from archive.store.files import upgrade_schema
from archive.store.health import portals_of
from archive.store.model import Wish
from archive.store.schema import APPLICATION_ID, migrations
from archive.store.search import register
from archive.store.times import stamp
from archive.store.verify import verify
from sites.model import READER_VERSION, PageRef, Request


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def archive(tmp_path: Path, clock: Clock):
    with Archive.open(tmp_path / "archive.db", clock=clock) as opened:
        opened.put_sites([spec()])
        yield opened


def one(archive: Archive, sql: str, *parameters: object) -> tuple:
    return archive.db.execute(sql, parameters).fetchone()


def wish(name: str, role: str = "page", **more) -> Wish:
    return Wish(site_id="demo", section_key="nb", role=role, request=Request(url=url(name)), **more)


# --- opening


def test_a_second_writer_is_told_who_holds_the_lock(archive: Archive) -> None:
    with pytest.raises(Locked, match=f"process {os.getpid()}"):
        Archive.open(archive.path)
    with Archive.read(archive.path) as reader:
        assert one(reader, "select count(*) from sites") == (1,)


def test_a_reader_cannot_write(archive: Archive) -> None:
    with Archive.read(archive.path) as reader, pytest.raises(StoreError, match="opened for reading"):
        reader.put_sites([spec("other")])


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(BrokenArchive, match="restore"):
        Archive.open(path)
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("create table t (x)")
    other.close()
    for opening in (Archive.open, Archive.read):
        with pytest.raises(BrokenArchive, match="not a gongkai archive"):
            opening(path)
    with pytest.raises(BrokenArchive, match="is not there"):
        Archive.read(tmp_path / "none.db")


def test_older_and_newer_archives_are_refused_with_what_to_do(archive: Archive) -> None:
    archive.start_run("crawl", "demo")
    path = archive.path
    archive.close()
    other = sqlite3.connect(path)
    other.execute("insert into _sqlite_migrations (migration_set, name, applied_at) values ('gongkai', 'm999_x', '')")
    other.commit()
    with pytest.raises(NewerArchive, match="m999_x"):
        Archive.open(path)
    other.execute("delete from _sqlite_migrations")
    other.commit()
    other.close()
    with pytest.raises(OutdatedArchive, match="gongkai upgrade"):
        Archive.open(path)


def test_a_lost_database_is_not_begun_anew_over_its_journal(archive: Archive) -> None:
    path = archive.path
    archive.close()
    path.unlink()
    with pytest.raises(OrphanedEvidence, match="gongkai restore"):
        Archive.open(path)


# --- steps


def fail_in_a_step(archive: Archive) -> None:
    with archive.step():
        archive.put_capture(exchange(url("b")))
        raise RuntimeError("boom")


def test_a_failed_step_leaves_neither_rows_nor_records(archive: Archive) -> None:
    put(archive, "a", "甲")
    before = {p.name: p.stat().st_size for p in archive.warcs.iterdir()}
    with pytest.raises(RuntimeError, match="boom"):
        fail_in_a_step(archive)
    assert {p.name: p.stat().st_size for p in archive.warcs.iterdir()} == before
    assert one(archive, "select count(*) from captures") == (1,)
    capture, _ = put(archive, "b", "乙")
    assert archive.body_of(capture) == "乙".encode()


def test_steps_do_not_nest(archive: Archive) -> None:
    with archive.step(), pytest.raises(RuntimeError, match="do not nest"), archive.step():
        pass


def test_a_warc_tail_without_a_commit_is_cut_at_opening(archive: Archive) -> None:
    capture, _ = put(archive, "a", "甲")
    path, file = archive.path, archive.warcs / capture.warc_file
    archive.close()
    size = file.stat().st_size
    with file.open("ab") as stream:
        stream.write(b"\x1f\x8b torn")
    with Archive.open(path) as again:
        assert file.stat().st_size == size
        assert again.body_of(capture) == "甲".encode()


def test_a_torn_journal_line_is_cut_and_written_again(archive: Archive) -> None:
    put(archive, "a", "甲")
    path, journal = archive.path, archive.journal
    archive.close()
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"id":99')
    Archive.open(path).close()
    assert journal.read_bytes() == whole
    journal.write_bytes(whole + b'{"id":999,"at":"","kind":"run","data":{}}\n')
    Archive.open(path).close()
    assert journal.read_bytes() == whole, "a line of a step that was lost with the power goes, too"


def test_journal_lines_are_the_events_in_order(archive: Archive) -> None:
    run = archive.start_run("crawl", "demo")
    put(archive, "a", "甲", run=run)
    archive.finish_run(run)
    lines = [json.loads(line) for line in archive.journal.read_text(encoding="utf-8").splitlines()]
    assert [line["kind"] for line in lines] == ["sites", "sections", "run", "reading", "finished"]
    assert [line["id"] for line in lines] == [1, 2, 3, 4, 5]
    assert one(archive, "select count(*) from journal") == (0,)


CRAWL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store_making import *
from archive.store.health import portals_of
from archive.store.files import upgrade_schema
from archive.store.model import Wish
from archive.store.schema import APPLICATION_ID, migrations
from archive.store.search import register
from sites.model import Request, PageRef
with Archive.open(Path(sys.argv[1])) as archive:
    archive.put_sites([spec()])
    run = archive.start_run("crawl", "demo")
    def wished(role, address, ref=None):
        return Wish(site_id="demo", section_key="nb", role=role, request=Request(url=address), ref=ref)
    with archive.step():
        archive.add_wishes(run, [wished("listing", url("list"))])
    while True:
        wishes = archive.pending(run, 1)
        if not wishes:
            break
        wish = wishes[0]
        print("step", flush=True)
        with archive.step():
            capture = archive.put_capture(exchange(wish.request.url, b"payload of " + wish.request.url[-7:].encode()))
            if wish.role == "listing":
                refs = [PageRef(url=url(str(n)), title="t") for n in range(12)]
                archive.put_listing(section=section(), run=run, refs=refs, complete=True)
                archive.add_wishes(run, [wished("page", r.url, r) for r in refs])
                archive.settle(wish, "done")
            else:
                n = int(wish.request.url[-7:-5].strip("/"))
                change = archive.put_reading(
                    capture=capture, url=wish.request.url, section=section(), extracted=extracted("正文" + str(n // 2)),
                    report=report("甲镇", 2010 + n // 2), family="static", ref=wish.ref, run=run)
                archive.settle(wish, change.kind)
        print("done", flush=True)
    archive.finish_run(run)
"""


def crawl(path: Path, *, kill_after: int | None = None) -> int:
    """A small crawl in a process of its own, killed after so many lines of progress."""
    process = subprocess.Popen(
        [sys.executable, "-c", CRAWL, str(path), str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        for number, _ in enumerate(process.stdout):
            if number == kill_after:
                process.send_signal(signal.SIGKILL)
                break
    return process.wait()


def test_a_killed_crawl_goes_on_to_the_same_archive(tmp_path: Path) -> None:
    assert crawl(tmp_path / "calm" / "archive.db") == 0
    expected = logical_dump(tmp_path / "calm" / "archive.db")
    path = tmp_path / "killed" / "archive.db"
    for moment in (0, 1, 2, 3, 4):
        assert crawl(path, kill_after=moment) == -signal.SIGKILL
    assert crawl(path) == 0
    assert logical_dump(path) == expected
    assert "captures" in expected


# --- readings


def test_a_text_at_two_addresses_is_one_document_with_two_pages(archive: Archive) -> None:
    run = archive.start_run("crawl", "demo")
    _, first = put(archive, "b", "同文", run=run, issuer="甲镇人民政府")
    _, second = put(archive, "a", "同 文", run=run, issuer="乙镇人民政府", said=report("乙镇"))
    assert (first.kind, second.kind) == ("new", "new")
    assert (first.duplicate_of, second.duplicate_of) == ("", url("b"))
    assert one(archive, "select count(*) from documents") == (1,)
    assert archive.db.execute("select url, issuer from pages order by url").fetchall() == [
        (url("a"), "乙镇人民政府"),
        (url("b"), "甲镇人民政府"),
    ]
    assert one(archive, "select url, issuer from documents") == (url("a"), "乙镇人民政府"), "same night: lowest URL"
    assert archive.db.execute("select body_name, standing from reports order by body_name").fetchall() == [
        ("乙镇", "chosen"),
        ("甲镇", "chosen"),
    ]
    assert archive.finish_run(run).total.duplicates == 1


def test_a_changed_text_is_a_version_and_the_old_report_is_superseded(archive: Archive, clock: Clock) -> None:
    put(archive, "a", "旧文")
    clock.next_night()
    _, change = put(archive, "a", "新文")
    assert (change.kind, change.previous_text_digest != change.text_digest) == ("changed", True)
    clock.next_night()
    put(archive, "a", "旧文")
    assert one(archive, "select count(*), count(distinct text_digest) from versions") == (3, 2)
    assert archive.db.execute(
        "select t.text, r.standing from reports r join document_texts t using (text_digest) order by r.id"
    ).fetchall() == [("旧文", "chosen"), ("新文", "superseded")]


def test_the_same_capture_read_better_is_no_change(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    capture, _ = put(archive, "a", "旧读法")
    monkeypatch.setattr(pages, "READER_VERSION", "2")
    change = archive.put_reading(
        capture=capture,
        url=url("a"),
        section=section(),
        extracted=extracted("新读法"),
        report=report(),
        family="static",
    )
    assert change.kind == "unchanged"
    assert archive.db.execute("select text from document_texts").fetchall() == [("新读法",)]
    assert one(archive, "select count(*), max(reader_version) from versions") == (1, "2")
    assert archive.db.execute("select standing, reader_version from reports").fetchall() == [("chosen", "2")]
    assert found(archive, "旧读") == 0
    assert found(archive, "新读") == 1


def test_another_reader_never_makes_a_version(archive: Archive, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    old, _ = put(archive, "a", "页面 计数1")
    assert archive.find_stale(url("a")) is None
    monkeypatch.setattr(pages, "READER_VERSION", "2")
    monkeypatch.setattr("archive.store.known.READER_VERSION", "2")
    assert archive.find_stale(url("a")) == replace(old)
    clock.next_night()
    _, change = put(archive, "a", "页面")
    assert change.kind == "unchanged"
    assert one(archive, "select count(*) from versions") == (1,)


def test_a_capture_from_the_past_is_history_not_the_present(archive: Archive, clock: Clock) -> None:
    put(archive, "a", "今文")
    past = exchange(url("a"), b"past", at=clock.at - timedelta(days=300))
    capture = archive.put_capture(past)
    change = archive.put_reading(
        capture=capture, url=url("a"), section=section(), extracted=extracted("古文"), report=report(), family="static"
    )
    assert change.kind == "unchanged"
    assert one(archive, "select t.text from pages join document_texts t using (text_digest)") == ("今文",)
    assert [
        t
        for (t,) in archive.db.execute(
            "select t.text from versions join document_texts t using (text_digest) order by from_at"
        )
    ] == ["古文", "今文"]


def test_a_body_without_text_is_known_by_its_pictures(archive: Archive) -> None:
    from sites.model import Link

    def pictures(*names: str):
        return replace(extracted("", title="图"), images=tuple(Link(url=url(n), name="") for n in names))

    digests = {pages.digest_of(pictures("p1")), pages.digest_of(pictures("p2")), pages.digest_of(extracted(""))}
    assert len(digests) == 3
    assert pages.digest_of(pictures("p1", "p2")) == pages.digest_of(pictures("p2", "p1"))


def test_unchanged_pages_are_seen_again(archive: Archive, clock: Clock) -> None:
    put(archive, "a", "甲", body=b"payload")
    first = one(archive, "select last_seen_at from pages")[0]
    clock.next_night()
    assert archive.is_read(url("a"), b"payload", READER_VERSION)
    assert not archive.is_read(url("a"), b"payload", "2")
    assert not archive.is_read(url("a"), b"other", READER_VERSION)
    capture = archive.put_capture(exchange(url("a"), b"", at=clock(), status=304))
    change = archive.put_unchanged(capture=capture, url=url("a"))
    assert change.kind == "unchanged"
    assert change.text_digest.startswith("sha256:")
    assert one(archive, "select last_seen_at from pages")[0] > first
    assert one(archive, "select count(*) from versions") == (1,)


def test_known_pages_carry_the_newest_validators(archive: Archive) -> None:
    put(archive, "a", "甲")
    archive.put_capture(exchange(url("a"), b"2", ETag='"2"', Last_Modified="Mon, 05 Jan 2026 00:00:00 GMT"))
    (known,) = archive.known_pages("demo", "nb")
    assert (known.etag, known.last_modified[:3], known.state) == ('"2"', "Mon", "present")
    assert archive.known_pages("demo") == [known]
    assert archive.known_pages("demo", "other") == []


def test_the_best_edition_is_chosen_and_only_one(archive: Archive) -> None:
    put(archive, "a", "图片版", said=report(tables_status="image"))
    put(archive, "b", "全文版", said=report(tables_status="complete"))
    put(archive, "c", "不明", said=report(body=None))
    put(archive, "d", "指南", said=report(kind="guide"))
    assert dict(archive.db.execute("select page, standing from reports")) == {
        url("a"): "edition",
        url("b"): "chosen",
        url("c"): "unidentified",
        url("d"): "",
    }
    assert [row[0] for row in archive.db.execute("select url from latest order by url")] == [url("b"), url("c")]


def found(archive: Archive, query: str) -> int:
    return int(
        one(archive, "select count(*) from documents_fts where documents_fts match gongkai_fts_query(?)", query)[0]
    )


@pytest.mark.parametrize("word", ["公开", "复议", "维", "，"])
def test_the_index_is_true_after_every_change(archive: Archive, word: str) -> None:
    for number, text in enumerate(["公开，复议", "公 开", "维持原判", "行政复议，维持"]):
        put(archive, str(number), text)
    put(archive, "0", "公开了")
    assert (
        found(archive, word)
        == one(archive, "select count(*) from document_texts where text like '%' || ? || '%'", word)[0]
    )
    archive.db.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")


@pytest.mark.parametrize("said", ["乙", "丙"])
def test_an_older_answer_of_the_very_second_of_another_version_takes_nothing_from_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    first = archive._clock()
    later = first + timedelta(days=1)
    for at, text in ((later, "乙"), (first, "甲"), (first, said)):
        monkeypatch.setattr(archive, "_clock", lambda at=at: at)
        put(archive, "a", text)
    versions = archive.db.execute(
        "select v.from_at, t.text from versions v join documents d using (text_digest) "
        "join document_texts t on t.id = d.id order by 1"
    ).fetchall()
    assert versions == [(stamp(first), "甲"), (stamp(later), "乙")]
    assert verify(archive) == []


# --- frontier, runs, states


def test_wishes_are_remembered_once_and_in_order(archive: Archive) -> None:
    run = archive.start_run("crawl", "demo")
    ref = PageRef(url=url("b"), title="题")
    asked = Wish(
        site_id="demo",
        section_key="nb",
        role="listing",
        request=Request(url=url("l"), method="POST", body=b"page=1", headers=(("A", "b"),), context=(("n", "1"),)),
        priority=10,
    )
    assert archive.add_wishes(run, [wish("b", ref=ref, priority=20, reason="new", parent_url="p"), asked]) == 2
    assert archive.add_wishes(run, [wish("b"), replace(asked, request=replace(asked.request, body=b"page=2"))]) == 1
    first, second, third = archive.pending(run)
    assert (first.request, second.request.body) == (asked.request, b"page=2")
    assert (third.ref, third.reason, third.parent_url) == (ref, "new", "p")
    archive.settle(first, "wall")
    archive.settle(first, "done")
    assert archive.pending(run) == [second, third]
    assert archive.pending(run, after=third.id) == [second]
    assert archive.pending(run, 1) == [second]
    assert archive.walked(run, section()) == 1
    assert archive.troubled(run, section())


def test_an_unfinished_run_is_continued_and_a_finished_one_is_not(archive: Archive) -> None:
    run = archive.start_run("crawl", "demo")
    archive.add_wishes(run, [wish("a")])
    again = archive.start_run("crawl", "demo")
    assert (again.id, again.continued, again.started_at) == (run.id, True, run.started_at)
    assert archive.start_run("fetch", "x").id != run.id
    archive.finish_run(again)
    assert archive.start_run("crawl", "demo").id != run.id
    assert one(archive, "select count(*) from frontier") == (0,)


def test_a_run_is_counted_portal_by_portal(archive: Archive) -> None:
    run = archive.start_run("crawl", "demo")
    archive.add_wishes(run, [wish(n) for n in "abcd"])
    for w, outcome in zip(archive.pending(run), ("new", "changed", "unchanged", "wall"), strict=True):
        archive.settle(w, outcome)
    put(archive, "a", "甲", run=run)
    archive.put_problem(run=run, site_id="demo", section_key="nb", url=url("d"), kind="wall:waf", message="WAF")
    archive.put_problem(
        run=run, site_id="demo", section_key="nb", url=url("e"), kind="drift", message="no list", evidence="x" * 9999
    )
    listed(archive, run, ["a"])
    result = archive.finish_run(run)
    (site,) = result.sites
    assert (site.new, site.changed, site.unchanged, site.walls, site.problems) == (1, 1, 1, 1, 1)
    assert (site.requests, site.bytes, site.complete) == (1, 3, True)
    assert (result.problems, result.walls) == (1, 1)
    assert result.as_json()["sites"][0]["site"] == "demo"
    assert one(archive, "select length(evidence) from problems where kind = 'drift'") == (2000,)
    (portal,) = portals_of(archive.db.conn, date(2026, 1, 6))
    assert (portal.site, portal.new, portal.pages) == ("demo", 1, 1)


def night(
    archive: Archive, clock: Clock, *, there: list[str], absent: tuple[str, ...] = (), complete: bool = True
) -> int:
    clock.next_night()
    run = archive.start_run("crawl", "demo")
    listed(archive, run, there, complete=complete)
    for name in absent:
        archive.put_absent(url=url(name), run=run)
    return archive.finish_run(run).total.gone_candidates


def state(archive: Archive, name: str) -> str:
    return one(archive, "select state from pages where url = ?", url(name))[0]


def test_gone_takes_three_complete_nights(archive: Archive, clock: Clock) -> None:
    put(archive, "a", "甲")
    put(archive, "b", "乙")
    assert night(archive, clock, there=["a", "b"]) == 0
    assert night(archive, clock, there=["a"], absent=("b",)) == 1
    assert state(archive, "b") == "missing"
    night(archive, clock, there=["a"], absent=("b",), complete=False)
    night(archive, clock, there=["a"], absent=("b",))
    assert state(archive, "b") == "missing", "an incomplete night does not count"
    night(archive, clock, there=["a"], absent=("b",))
    assert (state(archive, "a"), state(archive, "b")) == ("present", "gone")
    put(archive, "b", "乙")
    assert state(archive, "b") == "back"


def test_two_runs_on_one_day_are_one_night(archive: Archive, clock: Clock) -> None:
    put(archive, "a", "甲")
    for _ in range(4):
        run = archive.start_run("crawl", "demo")
        listed(archive, run, ["x"])
        archive.put_absent(url=url("a"), run=run)
        archive.finish_run(run)
    assert one(archive, "select absent_nights from pages") == (1,)


def test_an_answer_in_between_starts_the_count_again(archive: Archive, clock: Clock) -> None:
    put(archive, "a", "甲")
    for absent in (("a",), ("a",), (), ("a",), ("a",)):
        night(archive, clock, there=["x"], absent=absent)
        if not absent:
            put(archive, "a", "甲")
    assert state(archive, "a") != "gone"


def test_a_listing_below_its_minimum_proves_nothing(tmp_path: Path, clock: Clock) -> None:
    with Archive.open(tmp_path / "archive.db", clock=clock) as archive:
        archive.put_sites([spec(min_refs=2)])
        put(archive, "a", "甲")
        for _ in range(4):
            night(archive, clock, there=["b"], absent=("a",))
        assert state(archive, "a") == "present"


def test_an_unverified_portal_makes_nothing_gone_or_missing(tmp_path: Path, clock: Clock) -> None:
    with Archive.open(tmp_path / "archive.db", clock=clock) as archive:
        archive.put_sites([spec(verified=False)])
        put(archive, "a", "甲")
        for _ in range(4):
            assert night(archive, clock, there=["b"], absent=("a",)) == 0
        assert state(archive, "a") == "present"


def test_a_text_that_went_elsewhere_moved(archive: Archive, clock: Clock) -> None:
    put(archive, "a", "甲")
    put(archive, "b", "甲")
    for _ in range(3):
        night(archive, clock, there=["b"], absent=("a",))
    assert state(archive, "a") == "moved"
    assert state(archive, "b") == "present"


def test_missing_pages_that_are_listed_again_are_present(archive: Archive, clock: Clock) -> None:
    put(archive, "a", "甲")
    night(archive, clock, there=["b"])
    assert state(archive, "a") == "missing"
    night(archive, clock, there=["a", "b"])
    assert state(archive, "a") == "present"


def test_listed_urls_are_canonical(archive: Archive) -> None:
    run = archive.start_run("crawl", "demo")
    archive.put_listing(
        section=section(), run=run, refs=[PageRef(url=f"http://{HOST.upper()}/a/../b", title="")], complete=True
    )
    assert archive.listed_urls(run, section()) == {f"http://{HOST}/b"}


def test_unknown_pages_are_not_absent(archive: Archive) -> None:
    run = archive.start_run("crawl", "demo")
    assert not archive.is_known(url("a"))
    assert archive.put_absent(url=url("a"), run=run).kind == "unchanged"


def test_equal_portals_are_written_once(archive: Archive) -> None:
    before = archive.journal.read_text(encoding="utf-8")
    archive.put_sites([spec()])
    assert archive.journal.read_text(encoding="utf-8") == before
    archive.put_sites([replace(spec(), name="改名")])
    assert len(archive.journal.read_text(encoding="utf-8").splitlines()) == len(before.splitlines()) + 1


def test_an_old_archive_migrated_equals_a_new_one(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "archive.db"

    def schema(archive: Archive) -> set[tuple]:
        return {
            (kind, name, *(column for (column,) in archive.db.execute("select name from pragma_table_info(?)", [name])))
            for kind, name in archive.db.execute("select type, name from sqlite_master where name not like 'sqlite_%'")
        }

    with Archive.open(tmp_path / "new.db") as new:
        expected = schema(new)
    connection = sqlite3.connect(path, isolation_level=None)
    register(connection)
    connection.execute("pragma journal_mode = wal")
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    migrations.apply(Database(connection, recursive_triggers=False), stop_before="m002_numbers")
    connection.execute(
        "insert into runs (kind, scope, software, reader_version, started_at) values ('a','b','c','1','')"
    )
    connection.execute("insert into document_texts (id, text_digest, text) values (1, 'd', '公开')")
    connection.close()
    with pytest.raises(OutdatedArchive):
        Archive.open(path)
    later = [migration.name for migration in migrations._migrations][1:]
    assert upgrade_schema(path, now=clock()) == later
    assert upgrade_schema(path, now=clock()) == []
    with Archive.open(path) as upgraded:
        assert schema(upgraded) == expected
        assert found(upgraded, "公开") == 1


def test_an_archive_whose_making_was_interrupted_is_made(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    connection = sqlite3.connect(path)
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
    connection.execute("create table leftover (x)")
    connection.close()
    with Archive.open(path) as archive:
        assert one(archive, "select count(*) from pages") == (0,)
