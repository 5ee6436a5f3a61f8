"""Masked where it is stored, told apart by what was said, and undone by a rebuild."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from store_making import Clock, cell, extracted, put, report, spec, url

from archive.reports.masking import PHONE
from archive.reports.model import Report
from archive.store import privacy
from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.export import export
from archive.store.merge import MergeRefused, merge
from archive.store.model import Exchange
from archive.store.rebuild import PageContext, rebuild, stale_readings
from archive.store.restore import restore
from archive.store.verify import verify
from sites.model import Extracted
from sites.reading.digest import text_digest

NUMBER = "0575-82812345"
TEXT = f"甲镇 联系电话：{NUMBER}。新收3件"


def said(text: str) -> Report:
    return report("甲镇", 2021, title=text[:30], cells=(cell("new_requests", "total", 3.0, raw=text),))


def read(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
    text = exchange.body.decode()
    return extracted(text), said(text), "static"


def fill(path: Path) -> None:
    with Archive.open(path, clock=Clock()) as archive:
        archive.put_sites([spec()])
        put(archive, "a", TEXT, said=said(TEXT), title=f"年报 电话{NUMBER}")
        archive.put_problem(
            run=None, site_id="demo", section_key="nb", url=url("a"), kind="drift", message="m", evidence=TEXT
        )


def test_numbers_of_people_are_stored_nowhere_but_in_the_evidence(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    fill(path)
    dump = logical_dump(path)
    assert NUMBER not in dump
    assert dump.count(PHONE) >= 5, "title, text, cell, report, problem"
    with Archive.open(path) as archive:
        (digest, text) = archive.db.execute("select text_digest, text from document_texts").fetchone()
        assert digest == text_digest(TEXT), "the digest is of what was said"
        assert text == TEXT.replace(NUMBER, PHONE)
        assert NUMBER.encode() in archive.body_of(archive.last_capture(url("a")))
        matching = "select count(*) from documents_fts where documents_fts match gongkai_fts_query(?)"
        assert archive.db.execute(matching, ["82812345"]).fetchone() == (0,)
        assert archive.db.execute(matching, ["新收3件"]).fetchone() == (1,)
        assert archive.db.execute("select value from cells").fetchone() == (3.0,)
        (file,) = export(archive, "csv", tmp_path / "out", ["document_texts"])
        rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
        assert rows[0]["text"] == text
        assert verify(archive) == []


def test_another_wish_makes_everything_stale_and_a_rebuild_grants_it(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    fill(path)
    before = logical_dump(path)
    with Archive.open(path, clock=Clock()) as archive:
        for masked in (False, True):
            with archive.step():
                assert privacy.settle(archive.db.conn, masked=masked)
                assert not privacy.settle(archive.db.conn, masked=masked)
            assert stale_readings(archive) == 1
            rebuild(archive, read)
            assert stale_readings(archive) == 0
            (text,) = archive.db.execute("select text from document_texts").fetchone()
            assert (NUMBER in text) is not masked
            (versions,) = archive.db.execute("select count(*) from versions").fetchone()
            assert versions == 1, "masking makes no version"
            assert archive.db.execute("select count(*) from changes").fetchone() == (0,)
            assert verify(archive) == []
    (after,) = [line for line in logical_dump(path).splitlines() if line.startswith("document_texts")]
    assert after in before


@pytest.mark.parametrize("masked", [True, False])
def test_a_restored_archive_is_masked_as_it_is_wanted(tmp_path: Path, masked: bool) -> None:
    path = tmp_path / "archive.db"
    fill(path)
    for file in tmp_path.glob("archive.db*"):
        file.unlink()
    restore(path, read, mask=masked)
    texts = [line for line in logical_dump(path).splitlines() if line.startswith("document_texts")]
    assert (NUMBER in texts[0]) is not masked


def test_archives_that_mask_otherwise_do_not_merge(tmp_path: Path) -> None:
    here, there = tmp_path / "here" / "archive.db", tmp_path / "there" / "archive.db"
    fill(there)
    with Archive.open(here) as archive:
        with archive.step():
            privacy.settle(archive.db.conn, masked=False)
        with pytest.raises(MergeRefused, match="mask"):
            merge(archive, [there])
