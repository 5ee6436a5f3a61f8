"""What is withheld stands nowhere: not in the database file, an export, the journal; once purged, in no WARC."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from store_making import Clock, cell, exchange, extracted, listed, put, report, section, spec, url

from archive.reports.model import Report
from archive.store import takedown, withheld
from archive.store.archive import Archive
from archive.store.backup import backup
from archive.store.dump import logical_dump
from archive.store.erasing import ERASING
from archive.store.errors import DamagedCapture, NothingToWithhold, WithheldCapture
from archive.store.export import export
from archive.store.merge import MergeRefused, merge
from archive.store.model import Exchange, Wish
from archive.store.purging import PurgeRefused
from archive.store.rebuild import PageContext, rebuild
from archive.store.restore import restore
from archive.store.verify import verify
from sites.model import Extracted, PageRef, Request

MARK = "龘靐齉MARKER7731"
TITLE = "龗麤TITLE9142"


def said(text: str) -> Report:
    return report(text[:2], 2021, title=text[:20], cells=(cell("new_requests", "total", 1.0, raw=text),))


def read(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
    text = exchange.body.decode()
    return extracted(text), None if context.parent_url else said(text), "static"


def traces(folder: Path, *marks: str) -> list[str]:
    """Files under a folder that hold a mark, WARCs unpacked, or the index's pairs of one."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.name.endswith(".warc.gz"):
            content = gzip.decompress(content)
        for mark in marks:
            pairs = [mark[i : i + 2].lower() for i in range(2)]
            if any(piece.encode() in content for piece in (mark, *pairs)):
                found.append(f"{path.name}: {mark}")
    return found


def fill(path: Path, clock: Clock | None = None) -> Clock:
    """Two nights: a marked page in two versions with a file, another page, a listing that names both."""
    clock = clock or Clock()
    with Archive.open(path, clock=clock) as archive:
        archive.put_sites([spec()])
        for night in range(2):
            run = archive.start_run("crawl", "demo")
            with archive.step():
                archive.put_capture(
                    exchange(section().url, f"<a href='/art/a.html'>{TITLE}</a> 第{night}夜".encode(), at=clock()),
                    run=run,
                )
            text = f"甲镇 {MARK} 第{night}版"
            put(archive, "a", text, said=said(text), run=run, title=TITLE)
            put(archive, "b", "乙镇 别的报告", said=said("乙镇 别的报告"), run=run)
            if night == 0:
                with archive.step():
                    capture = archive.put_capture(exchange(url("f"), f"附件 {MARK}".encode(), at=clock()), run=run)
                    made = archive.put_conversion(
                        capture, media_type="text/plain", body=f"附件 {MARK}。".encode(), made_by="x 1"
                    )
                    archive.put_reading(
                        capture=made,
                        url=url("f"),
                        section=section(),
                        extracted=extracted(f"附件 {MARK}。", title=TITLE),
                        report=None,
                        family="static",
                        ref=PageRef(url=url("f"), title=TITLE),
                        parent_url=url("a"),
                        run=run,
                    )
            archive.put_problem(
                run=run,
                site_id="demo",
                section_key="nb",
                url=url("a"),
                kind="drift",
                message=f"odd: {MARK}",
                evidence=MARK,
            )
            listed(archive, run, ["a", "b"])
            archive.finish_run(run)
            clock.next_night()
    return clock


def withhold(archive: Archive, what: str) -> takedown.Takedown:
    return takedown.withhold(archive, what, reason="个人信息", by="档案员", read=read)


def test_a_withheld_page_stands_in_no_file_but_the_warcs_and_once_purged_in_none(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = fill(path)
    assert len({line.partition(":")[0] for line in traces(tmp_path, MARK, TITLE)}) >= 3, "database, journal, WARC"
    with Archive.open(path, clock=clock) as archive:
        done = withhold(archive, url("a").replace("http://", "https://www."))
        assert done.pages == (url("a"), url("f"))
        assert not done.log_held
        exports = tmp_path / "exports"
        for kind in ("csv", "jsonl", "xlsx", "parquet", "datapackage"):
            export(archive, kind, exports / kind)
        assert verify(archive) == []
        with pytest.raises(WithheldCapture):
            archive.body_of(archive.capture(2))
        (warc,) = (path.name for path in (tmp_path / "warcs").iterdir())
        assert {line.partition(":")[0] for line in traces(tmp_path, MARK, TITLE)} == {warc}
        assert rebuild(archive, read, everything=True).read == 1
        purged = takedown.purge(archive, url("a"))
        assert list(purged.files.values()) == ["archive-20260105-00001-p1.warc.gz"]
        assert traces(tmp_path, MARK, TITLE) == []
        assert verify(archive) == []
        assert archive.body_of(archive.last_capture(url("b"))) == "乙镇 别的报告".encode()
        put(archive, "c", "丙镇 新报告")
        assert archive.body_of(archive.last_capture(url("c"))) == "丙镇 新报告".encode()
    warcs = sorted((tmp_path / "warcs").iterdir())
    assert len(warcs) == 2
    for file in warcs:
        checked = subprocess.run(
            [sys.executable, "-m", "warcio.cli", "check", "-v", str(file)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert "fail" not in checked.stdout


def test_the_index_finds_nothing_of_it_and_the_reason_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = fill(path)
    with Archive.open(path, clock=clock) as archive:
        withhold(archive, url("a"))
        for word in (MARK, "甲镇", "附件"):
            found = archive.db.execute(
                "select count(*) from documents_fts where documents_fts match gongkai_fts_query(?)", [word]
            ).fetchone()
            assert found == (0,), word
        (one,) = withheld.active(archive.db.conn)
        assert (one.target, one.reason, one.by) == (url("a"), "个人信息", "档案员")
        assert archive.db.execute("select count(*) from changes").fetchone() == (0,)
        assert archive.db.execute("select message, evidence, kind from problems").fetchall() == [
            ("withheld", "", "drift"),
            ("withheld", "", "drift"),
        ]
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    (told,) = [line["data"] for line in lines if line["kind"] == "withhold"]
    assert (told["target"], told["reason"], told["by"]) == (url("a"), "个人信息", "档案员")


def test_a_withheld_report_is_unknown_and_never_missing(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = Clock()
    with Archive.open(path, clock=clock) as archive:
        archive.put_sites([spec()])
        run = archive.start_run("crawl", "demo")
        for year in (2020, 2021, 2022):
            put(archive, f"y{year}", f"甲镇 {year}年", said=report("甲镇", year), run=run)
        listed(archive, run, ["y2020", "y2021", "y2022"])
        archive.finish_run(run)
        withhold(archive, url("y2021"))
        status = dict(archive.db.execute("select year, status from coverage").fetchall())
        assert status[2021] == "unknown"
        assert status[2022] == "published"


def test_a_later_crawl_does_not_ask_for_it_and_hides_the_listing_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = fill(path)
    with Archive.open(path, clock=clock) as archive:
        withhold(archive, url("a"))
        run = archive.start_run("crawl", "demo")
        asked = [
            Wish(site_id="demo", section_key="nb", role="page", request=Request(url=url(name))) for name in ("a", "b")
        ]
        assert archive.add_wishes(run, asked) == 1
        with archive.step():
            capture = archive.put_capture(exchange(section().url, f"{TITLE} 第3夜".encode(), at=clock()), run=run)
            takedown.hide_listing(archive, capture, [url("a"), url("b")])
        with pytest.raises(WithheldCapture):
            archive.body_of(archive.capture(capture.id))
        capture, change = put(archive, "a", f"甲镇 {MARK} 又来了", run=run, title=TITLE)
        assert capture.withheld == "purged"
        assert change.text_digest == ""
        assert not archive.is_known(url("a"))
        purged = takedown.purge(archive, url("a"))
        assert len(purged.files) == 1
    assert traces(tmp_path, MARK, TITLE) == []


def test_a_digest_is_withheld_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = Clock()
    with Archive.open(path, clock=clock) as archive:
        archive.put_sites([spec()])
        first, _ = put(archive, "a", f"甲镇 {MARK}", said=said(f"甲镇 {MARK}"))
        put(archive, "twin", f"甲镇 {MARK}", said=said(f"甲镇 {MARK}"))
        put(archive, "edited", f"乙镇 {MARK}", body=f"甲镇 {MARK}".encode(), said=said(f"乙镇 {MARK}"))
        clock.next_night()
        put(archive, "edited", "乙镇 改过了", said=said("乙镇 改过了"))
        done = withhold(archive, first.payload_digest)
        assert done.pages == (url("a"), url("twin"))
        assert done.trimmed == (url("edited"),)
        assert archive.db.execute("select page, text_digest is null from versions").fetchall() == [(url("edited"), 0)]
        capture, _ = put(archive, "elsewhere", f"甲镇 {MARK}")
        assert capture.withheld == "purged"
        assert verify(archive) == []
        takedown.purge(archive, first.payload_digest)
    assert traces(tmp_path, MARK) == []


def test_a_page_whose_newest_text_is_withheld_says_what_it_said_before(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = Clock()
    with Archive.open(path, clock=clock) as archive:
        archive.put_sites([spec()])
        put(archive, "a", "甲镇 先前", said=said("甲镇 先前"))
        clock.next_night()
        _, change = put(archive, "a", f"甲镇 {MARK}", said=said(f"甲镇 {MARK}"))
        done = withhold(archive, change.text_digest)
        assert done.trimmed == (url("a"),)
        row = archive.db.execute(
            "select t.text, p.title, p.reader_version <> '' from pages p join document_texts t using (text_digest)"
        ).fetchall()
        assert row == [("甲镇 先前", "年度报告", 1)]
        assert archive.db.execute("select standing from reports").fetchall() == [("chosen",)]
        assert verify(archive) == []


def test_the_same_text_elsewhere_is_told_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = Clock()
    with Archive.open(path, clock=clock) as archive:
        put(archive, "a", f"甲镇 {MARK}", said=said(f"甲镇 {MARK}"))
        put(archive, "b", f"甲镇 {MARK}", said=said(f"甲镇 {MARK}"))
        with archive.step():
            unmodified = archive.put_capture(exchange(url("b"), b"", status=304, at=clock()))
        done = withhold(archive, url("a"))
        assert done.elsewhere == (url("b"),)
        takedown.purge(archive, url("a"))
        for capture in (archive.last_capture(url("b")), archive.capture(unmodified.id)):
            assert archive.body_of(capture) == f"甲镇 {MARK}".encode(), "its bytes are its own now"
        assert verify(archive) == []


def test_what_is_released_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = fill(path)
    before = [line for line in logical_dump(path).splitlines() if not line.startswith(("problems", "withheld"))]
    with Archive.open(path, clock=clock) as archive:
        withhold(archive, url("a"))
        done = takedown.release(archive, url("a"), reason="误会", by="档案员", read=read)
        assert done.pages == (url("a"), url("f"))
        assert withheld.active(archive.db.conn) == []
        assert verify(archive) == []
        with pytest.raises(NothingToWithhold):
            takedown.release(archive, url("a"), reason="误会", by="档案员", read=read)
    after = [line for line in logical_dump(path).splitlines() if not line.startswith(("problems", "withheld"))]
    # the journal forgot what the listing called it, and nothing else is lost (`read` gives every page one title)
    forgotten = [line.replace(f'"listed_title":"{TITLE}"', '"listed_title":""') for line in before]
    assert sorted(line.replace(TITLE, "年度报告") for line in forgotten) == sorted(after)


@pytest.mark.parametrize("purged", [False, True])
def test_a_restored_archive_withholds_what_was_withheld(tmp_path: Path, purged: bool) -> None:
    path = tmp_path / "archive.db"
    clock = fill(path)
    with Archive.open(path, clock=clock) as archive:
        withhold(archive, url("a"))
        if purged:
            takedown.purge(archive, url("a"))
    expected = logical_dump(path)
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    restored = restore(path, read)
    assert (restored.lost, restored.unreadable) == (0, 0)
    assert logical_dump(path) == expected
    assert len(traces(tmp_path, MARK)) == (0 if purged else 1)


def test_a_release_is_restored_as_well(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = fill(path)
    with Archive.open(path, clock=clock) as archive:
        withhold(archive, url("a"))
        takedown.release(archive, url("a"), reason="误会", by="档案员", read=read)
    expected = logical_dump(path)
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    restore(path, read)
    assert logical_dump(path) == expected


def test_a_shard_brings_its_withholdings_and_gets_none_of_what_is_withheld_here(tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "archive.db", tmp_path / "there" / "archive.db"
    clock = fill(there)
    with Archive.open(there, clock=clock) as shard:
        withhold(shard, url("b"))
    with Archive.open(here, clock=clock) as archive:
        withhold(archive, url("a"))
        merge(archive, [there])
        assert {one.target for one in withheld.active(archive.db.conn)} == {url("a"), url("b")}
        assert archive.db.execute("select count(*) from pages").fetchone() == (0,)
        assert verify(archive) == []
        assert [line for line in traces(here.parent, MARK) if "warc" not in line] == []
        expected = logical_dump(here)
    for file in here.parent.glob("archive.db*"):
        file.unlink()
    restore(here, read)
    assert [line for line in logical_dump(here).splitlines() if not line.startswith("sites")] == [
        line for line in expected.splitlines() if not line.startswith("sites")
    ]


def test_a_shard_that_still_holds_what_was_purged_is_refused(tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "archive.db", tmp_path / "there" / "archive.db"
    clock = fill(there)
    with Archive.open(here, clock=clock) as archive:
        withhold(archive, url("a"))
        takedown.purge(archive, url("a"))
        with pytest.raises(MergeRefused, match="purged here"):
            merge(archive, [there])
        with Archive.open(there, clock=clock) as shard:
            withhold(shard, url("a"))
            takedown.purge(shard, url("a"))
        merge(archive, [there])
        assert verify(archive) == []
    assert traces(here.parent, MARK) == []


def test_backups_that_still_hold_it_are_named_until_they_are_renewed(tmp_path: Path) -> None:
    path, known, given = tmp_path / "live" / "archive.db", tmp_path / "known", tmp_path / "given"
    clock = fill(path)
    backup(path, known)
    backup(path, given)
    path.with_name("archive.db.backups").write_text(f"2026-01-01T00:00:00Z\t{known}\n", encoding="utf-8")
    with Archive.open(path, clock=clock) as archive:
        withhold(archive, url("a"))
        purged = takedown.purge(archive, url("a"), backups=[given])
        assert [file.parent.parent for file in purged.held] == [known, given]
        backup(path, known)
        assert traces(known, MARK, TITLE) == []
        again = takedown.purge(archive, url("a"), backups=[given])
        assert [file.parent.parent for file in again.held] == [given]
        assert again.files == {}


def test_a_process_that_died_while_erasing_is_finished_by_the_next(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "archive.db"
    clock = fill(path)

    def die(*_: object) -> bool:
        raise KeyboardInterrupt

    with Archive.open(path, clock=clock) as archive:
        with monkeypatch.context() as patched:
            patched.setattr(takedown, "erase", die)
            with pytest.raises(KeyboardInterrupt):
                withhold(archive, url("a"))
        with monkeypatch.context() as patched:
            patched.setattr(takedown, "delete_replaced", die)
            with pytest.raises(KeyboardInterrupt):
                takedown.purge(archive, url("a"))
    assert traces(tmp_path, MARK, TITLE)
    with Archive.open(path, clock=clock) as archive:
        assert archive.db.execute("select count(*) from archive_info where key = ?", [ERASING]).fetchone() == (0,)
        assert verify(archive) == []
    assert traces(tmp_path, MARK, TITLE) == []


def test_a_purge_that_died_before_its_commit_is_begun_again(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "archive.db"
    clock = fill(path)
    with Archive.open(path, clock=clock) as archive:
        withhold(archive, url("a"))
        expected = logical_dump(path)

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("archive.store.purging._adopt", die)
            with pytest.raises(KeyboardInterrupt):
                takedown.purge(archive, url("a"))
        assert verify(archive) == []
    assert logical_dump(path) == expected
    copy = tmp_path / "copy"
    for file in tmp_path.glob("archive.db*"):
        file.rename(tmp_path / f"kept-{file.name}")
    assert restore(path, read).lost == 0, "the successor nobody adopted is left alone"
    assert logical_dump(path) == expected
    with Archive.open(path, clock=clock) as archive:
        takedown.purge(archive, url("a"))
        assert verify(archive) == []
    assert not copy.exists()
    assert traces(tmp_path / "warcs", MARK, TITLE) == []


def test_a_file_in_cold_storage_is_brought_back_before_it_is_purged(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    clock = fill(path)
    with Archive.open(path, clock=clock) as archive:
        withhold(archive, url("a"))
        archive.leave_warc()
        (file,) = archive.warcs.glob("*.warc.gz")
        file.rename(tmp_path / "away")
        with pytest.raises(PurgeRefused, match="cold storage"):
            takedown.purge(archive, url("a"))
        (tmp_path / "away").rename(file)
        takedown.purge(archive, url("a"))
    assert traces(tmp_path, MARK) == []


@pytest.mark.parametrize("what", ["", "甲镇", "sha1:short", "http://", "ftp://x.example.gov.cn/a", "sha256:zz"])
def test_what_is_neither_address_nor_digest_is_refused(tmp_path: Path, what: str) -> None:
    with Archive.open(tmp_path / "archive.db") as archive, pytest.raises(NothingToWithhold):
        withhold(archive, what)


def test_nobody_withholds_without_a_name_and_a_reason(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "archive.db") as archive:
        for by, reason in (("", "x"), ("x", " ")):
            with pytest.raises(NothingToWithhold):
                takedown.withhold(archive, url("a"), reason=reason, by=by, read=read)
        with pytest.raises(NothingToWithhold):
            takedown.purge(archive, url("a"))


def test_an_address_may_be_withheld_before_it_was_ever_fetched(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(path, clock=Clock()) as archive:
        assert withhold(archive, url("a")).captures == 0
        capture, _ = put(archive, "a", f"甲镇 {MARK}")
        assert capture.withheld
        with pytest.raises(DamagedCapture):
            archive.exchange_of(capture)
    assert traces(tmp_path, MARK) == []
