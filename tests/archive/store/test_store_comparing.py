"""Readings compared where they are read: "same" is only said of what writing would not change."""

from dataclasses import replace
from pathlib import Path

import pytest
from store_making import Clock, cell, extracted, put, report, spec, url

from archive.store.archive import Archive
from archive.store.comparing import Comparer
from archive.store.decisions import Decision
from archive.store.dump import logical_dump
from archive.store.rebuild import compared, rebuild
from sites.errors import Drift
from sites.model import READER_VERSION

READERS = ("archive.store.comparing", "archive.store.pages", "archive.store.judgement", "archive.store.rebuild")


def read(exchange, context):
    """As the pages were read first: the body is the text, its first word the year."""
    text = exchange.body.decode()
    if text.startswith("broken"):
        raise Drift("no body", evidence=text)
    year = int(text[:4])
    return extracted(text), report("甲镇", year, cells=(cell("carried_in", "total", year - 2000),)), "static"


def better(exchange, context):
    """The same, but 2021's cell is another, 2022's text is printed otherwise, and 2023's title is known."""
    said, judged, family = read(exchange, context)
    if judged.year == 2021:
        judged = replace(judged, cells=(cell("carried_in", "total", 99),))
    if judged.year == 2022:
        said = replace(said, text=said.text.replace(" ", "\n"))
    if judged.year == 2023:
        said = replace(said, title="更正")
    return said, judged, family


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive.db"
    with Archive.open(path, clock=Clock()) as archive:
        archive.put_sites([spec()])
        for year in (2019, 2020, 2021, 2022, 2023):
            text = f"{year} 行政复议"
            put(archive, f"p{year}", text, said=report("甲镇", year, cells=(cell("carried_in", "total", year - 2000),)))
        put(archive, "twin", "2020 行政复议", said=report("甲镇", 2020, cells=(cell("carried_in", "total", 20),)))
        put(archive, "p2019", "2018 后来", said=report("甲镇", 2018, cells=(cell("carried_in", "total", 18),)))
        archive.put_decision(Decision(kind="cell", page=url("p2020"), key="t3_carried_in__total", value="7", by="x"))
    return path


def new_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in READERS:
        monkeypatch.setattr(f"{module}.READER_VERSION", "2")


def rebuilt(path: Path, reader, *, comparing: bool) -> tuple[str, list[bool], object]:
    told: list[bool] = []

    def mapper(attempt, jobs):
        comparer = Comparer(path)
        for job in jobs:
            outcome = attempt(job)
            if comparing:
                outcome = compared(comparer, outcome)
                told.append(outcome.same)
            assert outcome.job.exchange is None  # the bytes do not come back
            yield outcome

    with Archive.open(path, clock=Clock()) as archive:
        result = rebuild(archive, reader, everything=True, mapper=mapper)
        rows = archive.db.execute("select url, reader_version from pages order by url").fetchall()
        rows += archive.db.execute("select page, reader_version from versions order by page, from_at").fetchall()
        rows += archive.db.execute("select page, reader_version from reports order by page, text_digest").fetchall()
    assert {version for _, version in rows} == {"2"}
    return logical_dump(path), told, (result.read, result.texts, [str(diff) for diff in result.cells])


def test_a_rebuild_that_compares_writes_what_one_that_does_not_writes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_reader(monkeypatch)
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "archive.db"
    for source in (path, path.parent / "journal.jsonl"):
        (tmp_path / "other" / source.name).write_bytes(source.read_bytes())
    (tmp_path / "other" / "warcs").symlink_to(path.parent / "warcs")
    expected, _, result = rebuilt(other, better, comparing=False)
    found, told, same_result = rebuilt(path, better, comparing=True)
    assert found == expected
    assert same_result == result
    assert told.count(True) == 4  # both versions of p2019, p2020 and its twin


def test_a_reader_that_reads_the_same_makes_everything_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_reader(monkeypatch)
    before = logical_dump(path).replace(f'"reader_version":"{READER_VERSION}"', '"reader_version":"2"')
    found, told, _ = rebuilt(path, read, comparing=True)
    assert told == [True] * 7
    assert found == before


def test_what_cannot_be_read_is_told_as_before(path: Path) -> None:
    def unreadable(exchange, context):
        raise Drift("no body", evidence="x")

    def mapper(attempt, jobs):
        comparer = Comparer(path)
        return [compared(comparer, attempt(job)) for job in jobs]

    with Archive.open(path, clock=Clock()) as archive:
        result = rebuild(archive, unreadable, everything=True, mapper=mapper)
        assert result.unreadable == 7
        assert archive.db.execute("select count(*) from problems where kind = 'drift'").fetchone()[0] > 0


def test_a_rebuild_that_died_before_its_bodies_were_compared_is_made_good(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_reader(monkeypatch)
    with Archive.open(path, clock=Clock()) as archive:
        with monkeypatch.context() as patched:
            patched.setattr("archive.store.rebuild._settle", lambda archive, bodies: None)
            rebuild(archive, better)
        waiting = "select count(*) from archive_info where key glob 'unsettled:*'"
        assert archive.db.execute(waiting).fetchone() == (1,)
        assert rebuild(archive, better).read == 0
        assert archive.db.execute(waiting).fetchone() == (0,)
