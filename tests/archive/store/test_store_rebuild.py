from pathlib import Path

import pytest
from store_making import Clock, cell, exchange, extracted, put, report, spec, url

from archive.reports.model import Report
from archive.store import judgement, pages
from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.dump import dump_rows
from archive.store.model import Exchange
from archive.store.rebuild import PageContext, read_rows, rebuild, stale_readings
from sites.errors import Drift
from sites.model import Extracted, PageRef


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as opened:
        opened.put_sites([spec()])
        yield opened


def said(text: str) -> Report:
    """A made-up reading: the first number is the year, the second a cell."""
    year, number = text.split(maxsplit=1)[0], text.split()[1]
    return report("甲镇", int(year), cells=(cell("new_requests", "total", float(number)),))


def same(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
    """The reader that `put` stands for."""
    text = exchange.body.decode()
    return extracted(text), None if context.parent_url else said(text), "static"


def better(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
    """Knows that a trailing counter is chrome, and that one number was misread."""
    text = exchange.body.decode()
    if "drift" in text:
        raise Drift("no container", evidence="div#x")
    text = text.partition(" 阅读")[0].replace("2021 7", "2021 9")
    return extracted(text), said(text) if not context.parent_url else None, "static"


def publish(archive: Archive, name: str, text: str) -> None:
    put(archive, name, text, said=said(text))


def reader(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    for module in (pages, judgement):
        monkeypatch.setattr(module, "READER_VERSION", version)
    monkeypatch.setattr("archive.store.rebuild.READER_VERSION", version)
    monkeypatch.setattr("archive.store.archive.READER_VERSION", version)
    monkeypatch.setattr("archive.store.known.READER_VERSION", version)
    monkeypatch.setattr("archive.store.already.READER_VERSION", version)


def rows(archive: Archive, sql: str) -> list[tuple]:
    return archive.db.execute(sql).fetchall()


def dump(archive: Archive) -> list[str]:
    return list(dump_rows(archive.db.conn))


def test_rebuilding_with_the_same_reader_writes_nothing(archive: Archive) -> None:
    publish(archive, "a", "2020 5 旧")
    publish(archive, "a", "2020 6 新")
    publish(archive, "b", "2021 7")
    assert rebuild(archive, same).read == 0  # nobody finished a run: what follows one is made up for here
    before = archive.db.conn.total_changes
    result = rebuild(archive, same, everything=True)
    assert (result.read, result.texts, result.cells) == (3, [], [])
    assert archive.db.conn.total_changes == before


def test_a_better_reader_replaces_in_place_and_says_which_cells(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(archive, "a", "2020 5 正文 阅读100")
    publish(archive, "a", "2020 6 正文 阅读200")
    publish(archive, "b", "2021 7")
    archive.put_decision(Decision(kind="cell", page=url("b"), key="t3_new_requests__total", value="8", by="x"))
    changes = rows(archive, "select url, kind, changed_at from changes")
    versions = rows(archive, "select page, from_at, to_at, capture from versions order by 1, 2")
    reader(monkeypatch, "2")
    assert stale_readings(archive) == 2
    result = rebuild(archive, better)
    assert (result.read, sorted(set(result.texts))) == (3, [url("a"), url("b")])
    assert [str(diff) for diff in result.cells] == [
        f"{url('b')} t3_new_requests__total: '7' = 7 (given) → '9' = 9 (given)"
    ]
    assert rows(archive, "select text from document_texts order by text") == [
        ("2020 5 正文",),
        ("2020 6 正文",),
        ("2021 9",),
    ]
    assert rows(archive, "select url, kind, changed_at from changes") == changes
    assert rows(archive, "select page, from_at, to_at, capture from versions order by 1, 2") == versions
    assert rows(archive, "select standing, count(*) from reports group by 1 order by 1") == [
        ("chosen", 2),
        ("superseded", 1),
    ]
    assert rows(archive, "select value, decided from cells where decided is not null") == [(9.0, 8.0)]
    assert stale_readings(archive) == 0
    before = archive.db.conn.total_changes
    assert rebuild(archive, better).read == 0
    assert rebuild(archive, better, everything=True).cells == []
    assert archive.db.conn.total_changes == before
    archive.db.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")


def test_a_rebuild_tells_which_pages_are_now_judged_otherwise(archive: Archive) -> None:
    def other_town(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
        text = exchange.body.decode()
        return extracted(text), report("乙镇" if text.startswith("2021") else "甲镇", int(text[:4])), "static"

    publish(archive, "a", "2020 5")
    publish(archive, "b", "2021 7")
    (told,) = rebuild(archive, other_town, everything=True).judged
    assert told.page == url("b")
    assert (told.before.partition(" (")[0], told.after.partition(" (")[0]) == ("report of 甲镇", "report of 乙镇")
    assert rebuild(archive, other_town, everything=True).judged == []


def test_a_rule_that_drifts_keeps_the_old_reading_and_says_so_once(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(archive, "a", "2020 5 drift")
    before = [row for row in dump(archive) if not row.startswith("problems")]
    reader(monkeypatch, "2")
    for _ in range(2):
        assert rebuild(archive, better).unreadable == 1
    assert [row for row in dump(archive) if not row.startswith("problems")] == before
    assert rows(archive, "select kind, message, evidence, site from problems") == [
        ("drift", "no container", "div#x", "demo")
    ]


def test_a_damaged_capture_keeps_its_reading(archive: Archive) -> None:
    publish(archive, "a", "2020 5")
    for path in archive.warcs.iterdir():
        path.unlink()
    assert rebuild(archive, same, everything=True).unreadable == 1
    assert rows(archive, "select kind from problems") == [("damaged-capture",)]
    assert rows(archive, "select count(*) from reports") == [(1,)]


def test_a_page_is_read_with_its_files_and_its_listing_context(archive: Archive) -> None:
    publish(archive, "a", "2020 5")
    with archive.step():
        capture = archive.put_capture(exchange(url("f.pdf"), b"2020 file"))
        archive.put_reading(
            capture=capture,
            url=url("f.pdf"),
            section=None,
            extracted=extracted("2020 file"),
            report=None,
            family="pdf",
            ref=PageRef(url=url("f.pdf"), title="附件", context=(("n", "1"),)),
            parent_url=url("a"),
        )
    seen: list[PageContext] = []

    def watch(exchange: Exchange, context: PageContext) -> tuple[Extracted, Report | None, str]:
        seen.append(context)
        return same(exchange, context)

    rebuild(archive, watch, everything=True, mapper=lambda read, rows: list(read_rows(archive, read, rows)))
    file, page = seen
    assert (file.url, file.parent_url, file.family, file.ref) == (
        url("f.pdf"),
        url("a"),
        "pdf",
        PageRef(url=url("f.pdf"), title="附件", context=(("n", "1"),)),
    )
    assert (page.site_id, page.section_key) == ("demo", "nb")
    (attachment,) = page.attachments
    assert (attachment.url, attachment.name, attachment.exchange.body) == (url("f.pdf"), "附件", b"2020 file")
    assert rows(archive, "select parent_page from pages where family = 'static' or parent_page is not null") == [
        (None,),
        (url("a"),),
    ]
