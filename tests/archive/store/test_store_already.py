"""Readings compared where they are read: "same" is only said of what writing would not change."""

from dataclasses import replace
from pathlib import Path

import pytest
from store_making import Clock, cell, extracted, put, report, spec, url

from archive.store.already import is_said
from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.dump import logical_dump
from archive.store.rebuild import attempt, open_job, read_rows, reading_of, rebuild
from sites.errors import Drift
from sites.model import READER_VERSION

READERS = ("archive.store.already", "archive.store.pages", "archive.store.judgement", "archive.store.rebuild")


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

    def mapper(read, rows):
        with Archive.read(path) as stored:
            if comparing:
                outcomes = list(read_rows(stored, read, rows))
            else:
                outcomes = [attempt(read, open_job(stored, row)) for row in rows]
        told.extend(outcome.same for outcome in outcomes)
        assert all(outcome.job.exchange is None for outcome in outcomes)  # the bytes do not come back
        return outcomes

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

    with Archive.open(path, clock=Clock()) as archive:
        result = rebuild(archive, unreadable, everything=True)
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


#: What somebody may have done to the rows of p2021, each of which writing its reading would put right.
TAMPERED = (
    *(
        f"update pages set {column} = 'x' where url = :page"
        for column in ("title", "issuer", "published_at", "breadcrumb", "provenance", "media_type", "flags", "family")
    ),
    "insert into page_files values (:page, 'http://town.example.gov.cn/f.pdf')",
    *(
        f"update documents set {column} = 'x' where url = :page"
        for column in ("title", "issuer", "url", "provenance", "dated_on")
    ),
    *(
        f"update reports set {column} = 'x' where page = :page"
        for column in ("kind", "reasons", "body", "body_name", "title", "regime", "tables_status", "notes", "standing")
    ),
    "update reports set year = 1999 where page = :page",
    "update cells set value = 3 where report = (select id from reports where page = :page)",
    "update cells set raw = 'x' where report = (select id from reports where page = :page)",
    "delete from cells where report = (select id from reports where page = :page)",
    "insert into findings select id, 0, 'R', 'E', 'PASS', '', '', '', '', '[]', '', '' from reports where page = :page",
    "insert into report_sections select id, 0, '', '', '', 'x', 0 from reports where page = :page",
    "insert into report_grids select id, 0, null, 'x', '[]' from reports where page = :page",
    "update bodies set level = ''",
    "update bodies set province = ''",
)
#: What only counts as different: the reading is of another capture, or of another version.
OTHER = (
    "update pages set capture = capture + 1 where url = :page",
    "update pages set last_listed_at = null where url = :page",
    "update versions set to_at = '' where page = :page",
    "update versions set text_digest = 'x' where page = :page",
    "update documents set media_type = 'x' where url = :page",
    "update document_texts set text = 'x' where text_digest = (select text_digest from pages where url = :page)",
)


@pytest.mark.parametrize("done", [*TAMPERED, *OTHER])
def test_what_a_reading_would_put_right_is_not_said_already(path: Path, done: str) -> None:
    with Archive.open(path, clock=Clock()) as archive:
        connection = archive.db.conn
        (row,) = connection.execute("select rowid from versions where page = ?", (url("p2021"),)).fetchone()
        outcome = attempt(read, open_job(archive, row))
        assert is_said(connection, reading_of(outcome))
        before = logical_dump(path)
        connection.execute(done, {"page": url("p2021")})
        assert not is_said(connection, reading_of(outcome))
        if done in TAMPERED:
            rebuild(archive, read, urls=[url("p2021")])
            assert logical_dump(path) == before
