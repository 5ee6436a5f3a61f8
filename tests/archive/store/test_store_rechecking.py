"""Derived rows against their captures, by reading again: what was tampered with is told, the rest is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_making import Clock, cell, extracted, put, report, spec, url

from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.dump import logical_dump
from archive.store.rechecking import mend, recheck
from archive.store.verify import verify
from sites.errors import Drift


def judged(text: str):
    return report("甲镇", int(text[:4]), cells=(cell("carried_in", "total", int(text[:4]) - 2000),))


def read(exchange, context):
    text = exchange.body.decode()
    return extracted(text), judged(text), "static"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    clock = Clock()
    with Archive.open(tmp_path / "archive.db", clock=clock) as opened:
        opened.put_sites([spec()])
        for name, text in (
            ("a", "2020 行政复议"),
            ("b", "2021 维持 电话 13800138000"),
            ("twin", "2020  行政复议"),
            ("a", "2022 后来"),
        ):
            put(opened, name, text, said=judged(text))
            clock.next_night()
        opened.put_decision(Decision(kind="cell", page=url("b"), key="t3_carried_in__total", value="7", by="x"))
        yield opened


def tamper(archive: Archive, sql: str) -> None:
    with archive.step():
        assert archive.db.conn.execute(sql).rowcount == 1


def test_rows_that_their_captures_say_are_not_told_and_nothing_is_written(archive: Archive) -> None:
    before = logical_dump(archive.path)
    with Archive.read(archive.path) as reader:
        checked = recheck(reader, read)
    assert (checked.read, checked.stale, checked.skipped) == (4, 0, 0)
    assert checked.found == []
    assert logical_dump(archive.path) == before


@pytest.mark.parametrize(
    ("sql", "page", "told"),
    [
        ("update cells set value = 99 where value = 21", "b", "cell t3 carried_in total value is 99.0, its capture sa"),
        ("update cells set decided = null where value = 21", "b", "cell t3 carried_in total decided is nothing"),
        ("delete from cells where value = 21", "b", "cell t3 carried_in total is missing"),
        (
            'insert into findings (report, position, rule, severity, verdict, "where", blame, blame_alone, evidence, '
            "expected, actual, decision) "
            "select id, 5, 'X', 'E', 'FAIL', '', 'theirs', 'theirs', '[]', '1', '2', '' from reports where year = 2021",
            "b",
            "finding 5 is not in its capture",
        ),
        ("update document_texts set text = '2021 撤销' where text glob '2021*'", "b", "its text is not what"),
        ("update pages set title = '别的' where url glob '*/b.html'", "b", "page title is '别的', its capture says"),
        (
            "update documents set issuer = '某局' where url glob '*/b.html'",
            "b",
            "issuer is '某局', its capture says no",
        ),
        ("update reports set kind = 'notice' where year = 2021", "b", "report kind is 'notice', its capture says"),
        ("update reports set year = 2019 where year = 2022", "a", "year is 2019, its capture says 2022"),
        ("update reports set body = null where year = 2021", "b", "report body is nothing, its capture says"),
    ],
)
def test_a_row_that_its_capture_does_not_say_is_told_with_its_page_and_mended(
    archive: Archive, sql: str, page: str, told: str
) -> None:
    before = logical_dump(archive.path)
    tamper(archive, sql)
    tampered = logical_dump(archive.path)
    checked = recheck(archive, read)
    assert logical_dump(archive.path) == tampered
    assert {damage.what for damage in checked.found} == {url(page)}
    assert any(told in damage.message for damage in checked.found), checked.found
    assert all("gongkai verify --reread --repair" in damage.message for damage in checked.found)
    mended = mend(archive, read, checked)
    assert {damage.repaired for damage in mended} == {"written anew"}
    assert recheck(archive, read).found == []
    assert verify(archive) == []
    assert logical_dump(archive.path) == before
    assert archive.db.execute("select count(*) from changes").fetchone() == (1,)  # none came of it


def test_readings_by_an_older_reader_are_stale_and_no_damage(archive: Archive) -> None:
    tamper(archive, "update pages set reader_version = '0', title = '旧' where url glob '*/b.html'")
    checked = recheck(archive, read)
    assert (checked.read, checked.stale, checked.found) == (3, 1, [])


def test_what_cannot_be_read_any_more_is_told_and_kept(archive: Archive) -> None:
    def fails(exchange, context):
        if context.url == url("b"):
            raise Drift("no body")
        return read(exchange, context)

    before = archive.db.execute("select text_digest, title from pages order by url").fetchall()
    checked = recheck(archive, fails)
    assert [damage.what for damage in checked.found] == [url("b")]
    assert "cannot read its capture: no body" in checked.found[0].message
    assert mend(archive, fails, checked)[0].repaired == ""
    assert archive.db.execute("select text_digest, title from pages order by url").fetchall() == before


def test_what_has_no_capture_at_hand_is_skipped(archive: Archive) -> None:
    for path in archive.warcs.iterdir():
        path.unlink()
    checked = recheck(archive, read)
    assert (checked.read, checked.skipped, checked.found) == (0, 4, [])
