import os
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from store_making import START, Clock, cell, exchange, extracted, put, report, spec, url

from archive.store import merge_rows, warc_copies
from archive.store.archive import Archive
from archive.store.decisions import Decision
from archive.store.dictionary import TABLES
from archive.store.dump import logical_dump
from archive.store.errors import BrokenArchive, OutdatedArchive
from archive.store.merge import MergeRefused, conclude, merge
from archive.store.merge_rows import MERGED
from archive.store.restore import restore
from archive.store.seeding import Seeder
from archive.store.verify import verify
from sites.model import PageRef

SITES = ("a", "b", "c", "d")
NIGHTS = 4

#: An example takes a second: a failing one is told as it was found.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)


def host(site: str) -> str:
    return f"{site}.example.gov.cn"


def place(site: str):
    return spec(site, host(site))


def said(site: str, page: int):
    return report(f"{'甲乙'[SITES.index(site) % 2]}镇", 2020 + page, cells=(cell("carried_in", "total", page),))


def text_of(site: str, page: int, night: int) -> str:
    return f"共同文本 {page}" if page < 2 else f"{site} 第{night}版"


def crawl(archive: Archive, sites: list[str], night: int, scope: str) -> None:
    """One night: texts, payloads and bodies are shared between portals; page 1 of `a` leaves its listing and is gone
    in the end; a stranger's address is asked."""
    archive.put_sites([place(site) for site in sites])
    run = archive.start_run("crawl", scope)
    for site in sites:
        listed = [page for page in range(3) if (site, page) != ("a", 1) or night < 1]
        for page in listed:
            put(archive, f"p{page}", text_of(site, page, night), run=run, said=said(site, page), host=host(site),
                site=site, issuer=f"{site} 政府")  # fmt: skip
        if len(listed) < 3:
            archive.put_absent(url=url("p1", host(site)), run=run)
        refs = tuple(PageRef(url=url(f"p{page}", host(site)), title="t") for page in listed)
        archive.put_listing(section=place(site).sections[0], run=run, refs=refs, complete=True)
        archive.put_problem(run=run, site_id=site, section_key="nb", url="u", kind="drift", message=site)
        archive.put_capture(exchange(f"http://strange-{site}.example.org/x", b"x", at=archive._clock()), run=run)
    archive.finish_run(run)


def nights(path: Path, sites: list[str], clock: Clock, *, count: int = NIGHTS, first: int = 0) -> None:
    with Archive.open(path, clock=clock) as archive:
        for night in range(first, first + count):
            crawl(archive, sites, night, " ".join(sites))
            if night == 0:
                for site in sites:
                    page = url("p0", host(site))
                    archive.put_decision(Decision(kind="year", page=page, value="2019", by="某人", reason="封面"))
                    archive.put_decision(
                        Decision(kind="cell", page=page, key="t3_carried_in__total", value="7", by="某人")
                    )
            clock.next_night()


def ordered(shards: list[Path], order: list[int]) -> list[Path]:
    return [shards[place] for place in order if place < len(shards)]


def partitions(assignment: list[int]) -> list[list[str]]:
    shards: dict[int, list[str]] = {}
    for site, shard in zip(SITES, assignment, strict=True):
        shards.setdefault(shard, []).append(site)
    return list(shards.values())


@pytest.fixture(scope="module")
def one_machine(tmp_path_factory):
    """What one machine's archive says after so many nights over all portals."""
    path = tmp_path_factory.mktemp("one") / "archive.db"
    clock, dumps = Clock(), []
    for night in range(NIGHTS):
        nights(path, list(SITES), clock, count=1, first=night)
        dumps.append(logical_dump(path))
    return lambda night: dumps[night]


@settings(max_examples=5, deadline=None, phases=QUICK)
@given(
    assignment=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    order=st.permutations(range(4)),
    halt=st.integers(1, NIGHTS - 1),
)
def test_any_partition_of_portals_merges_to_what_one_machine_made(
    tmp_path_factory, one_machine, assignment, order, halt
) -> None:
    """Merged once in between, after `halt` nights, and again at the end."""
    folder = tmp_path_factory.mktemp("merge")
    shards, clocks = [], []
    for number, sites in enumerate(partitions(assignment)):
        path, clock = folder / f"shard{number}" / "archive.db", Clock()
        nights(path, sites, clock, count=halt)
        shards.append((path, sites))
        clocks.append(clock)
    target = folder / "merged" / "archive.db"
    with Archive.open(target, clock=Clock()) as archive:
        merge(archive, ordered([path for path, _ in shards], order))
        assert verify(archive) == []
        assert logical_dump(target) == one_machine(halt - 1)
        for (path, sites), clock in zip(shards, clocks, strict=True):
            nights(path, sites, clock, count=NIGHTS - halt, first=halt)
        for path in ordered([path for path, _ in shards], order):
            merge(archive, [path])
        assert verify(archive) == []
    assert logical_dump(target) == one_machine(NIGHTS - 1)
    shutil.rmtree(folder)


@settings(max_examples=2, deadline=None, phases=QUICK)
@given(assignment=st.lists(st.integers(0, 3), min_size=4, max_size=4), order=st.permutations(range(4)))
def test_nights_crawled_in_seeded_shards_are_nights_of_one_machine(
    tmp_path_factory, one_machine, assignment, order
) -> None:
    folder = tmp_path_factory.mktemp("seeded")
    target, clock = folder / "archive.db", Clock()
    nights(target, list(SITES), clock, count=1)
    for night in range(1, NIGHTS):
        with Archive.open(target, clock=clock) as archive:
            archive.put_sites([place(site) for site in SITES])
            run = archive.start_run("crawl", " ".join(SITES))
            shards = []
            seeder = Seeder(archive, run, clock=clock)
            for number, sites in enumerate(partitions(assignment)):
                path = folder / "shards" / f"{night}-{number}" / "archive.db"
                seeder.seed(path, sites)
                with Archive.open(path, clock=replace_clock(clock)) as shard:
                    assert all(shard.body_of(shard.capture(known[0])) for known in bodies_held(shard))
                    crawl(shard, sites, night, run.scope)
                shards.append(path)
            merge(archive, ordered(shards, order), linked=True)
            conclude(archive, run, at=clock())
            shutil.rmtree(folder / "shards")
            assert verify(archive) == []
        assert logical_dump(target) == one_machine(night)
        clock.next_night()
    assert_restores(target)
    shutil.rmtree(folder)


def replace_clock(clock: Clock) -> Clock:
    """Shards run at the same time, each by its own clock."""
    return Clock(clock.at)


def bodies_held(archive: Archive) -> list[tuple[int]]:
    return archive.db.execute("select id from captures where payload_length > 0").fetchall()


def assert_restores(path: Path) -> None:
    """Journal and WARCs make the same archive again."""
    expected = logical_dump(path)
    for file in path.parent.glob("archive.db*"):
        file.unlink()

    def read(answer, context):
        text, page = answer.body.decode(), int(context.url[-6:-5])
        return extracted(text, issuer=f"{context.site_id} 政府"), said(context.site_id, page), "static"

    assert restore(path, read).lost == 0
    assert logical_dump(path) == expected


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    path = tmp_path / "shard" / "archive.db"
    nights(path, ["a", "b"], Clock(), count=2)
    return path


@pytest.fixture
def target(tmp_path: Path):
    with Archive.open(tmp_path / "all" / "archive.db", clock=Clock()) as archive:
        yield archive


def test_every_table_is_merged_or_made_here(target: Archive) -> None:
    own = {name for name, table in TABLES.items() if table.view or table.kind == "internal" or name.endswith("_fts")}
    reference = {"indicator_keys", "years"}
    followed = {"similar", "successions"}  # from what is merged
    assert set(TABLES) - own - reference - followed == MERGED


def test_a_shard_merged_again_adds_nothing(target: Archive, shard: Path) -> None:
    (first,) = merge(target, [shard])
    assert (first.pages, first.captures, first.reports) == (6, 15, 8)
    once = logical_dump(target.path)
    journal = target.journal.read_bytes()
    merge(target, [shard])
    assert logical_dump(target.path) == once
    assert target.journal.read_bytes() == journal


def test_a_merged_archive_goes_on_in_files_of_its_own_and_can_be_restored(target: Archive, shard: Path) -> None:
    merge(target, [shard])
    path = target.path
    capture, _ = put(target, "p0", "新页", host=host("d"), site="d", said=said("d", 0), issuer="d 政府")
    assert capture.warc_file == "archive-20260105-00001.warc.gz"
    target.close()
    assert_restores(path)


def test_what_a_shard_does_not_say_any_more_goes(target: Archive, shard: Path) -> None:
    """A body decided away from a page, and a report read away, leave the archive as they left the shard."""
    merge(target, [shard])
    page = url("p0", host("a"))
    with Archive.open(shard, clock=Clock(START + timedelta(days=9))) as opened:
        for name in ("a", "b"):
            for number in range(3):
                decided = Decision(kind="body", page=url(f"p{number}", host(name)), value="丙镇", by="某人")
                opened.put_decision(decided)
        opened.put_decision(Decision(kind="year", page=page, value="", by="某人"))  # read again at the next rebuild
    merge(target, [shard])
    assert logical_dump(target.path) == logical_dump(shard)
    assert target.db.execute("select distinct name from bodies").fetchall() == [("丙镇",)]


def test_decisions_made_in_the_archive_outlive_the_next_merge(target: Archive, shard: Path) -> None:
    merge(target, [shard])
    page = url("p2", host("a"))
    target.put_decision(Decision(kind="year", page=page, value="2015", by="某人"))
    later = Clock(START + timedelta(days=2))
    nights(shard, ["a", "b"], later, count=1, first=2)
    merge(target, [shard])
    years = target.db.execute("select distinct year from reports where page = ?", [page]).fetchall()
    assert years == [(2015,)]


def test_the_story_of_a_shard_that_was_killed_before_its_journal_was_written_is_whole(
    target: Archive, shard: Path
) -> None:
    journal = shard.parent / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    with Archive.open(shard, clock=Clock()) as opened:
        opened.put_problem(run=None, site_id="a", section_key="", url="u", kind="x", message="last words")
        kept = opened.db.execute("select count(*) from journal").fetchone()[0]
        assert kept == 1
        journal.write_text("".join(lines))  # the line that was on its way never arrived
        merge(target, [shard])
    assert "last words" in target.journal.read_text()


def test_shards_that_must_not_be_merged_are_refused(target: Archive, shard: Path, tmp_path: Path) -> None:
    with pytest.raises(MergeRefused, match="named twice"):
        merge(target, [shard, shard])
    other = tmp_path / "other" / "archive.db"
    nights(other, ["b"], Clock(), count=1)
    with pytest.raises(MergeRefused, match="portal b stands in"):
        merge(target, [shard, other])
    with pytest.raises(MergeRefused, match="the archive itself"):
        merge(target, [target.path])
    with Archive.open(other, clock=Clock()) as unfinished:
        unfinished.start_run("crawl", "b")
    with pytest.raises(MergeRefused, match="not finished"):
        merge(target, [other])
    assert target.db.execute("select count(*) from captures").fetchone() == (0,)


def test_a_portal_crawled_elsewhere_meanwhile_is_refused(target: Archive, shard: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "archive.db"
    nights(other, ["b"], Clock(START + timedelta(days=3)), count=1)
    merge(target, [shard])
    before = logical_dump(target.path)
    with pytest.raises(MergeRefused, match=r"portal b that .* does not know"):
        merge(target, [other])
    assert logical_dump(target.path) == before


def test_an_archive_with_an_open_run_takes_no_shard(target: Archive, shard: Path) -> None:
    target.start_run("crawl", "z")
    with pytest.raises(MergeRefused, match="its own run over 'z' is not finished"):
        merge(target, [shard])


def test_a_part_of_another_archives_crawl_is_refused(target: Archive, shard: Path, tmp_path: Path) -> None:
    with Archive.open(shard, clock=Clock()) as opened:
        run = opened.start_run("crawl", "a")
        Seeder(opened, run, clock=Clock()).seed(tmp_path / "part" / "archive.db", ["a"])
    with Archive.open(tmp_path / "part" / "archive.db", clock=Clock()) as part:
        part.finish_run(part.start_run("crawl", "a"))
    with pytest.raises(MergeRefused, match="part of another archive's crawl"):
        merge(target, [tmp_path / "part" / "archive.db"])


def cut_warc(shard: Path) -> None:
    (warc,) = (shard.parent / "warcs").iterdir()
    os.truncate(warc, warc.stat().st_size - 1)


def drop_warc(shard: Path) -> None:
    next((shard.parent / "warcs").iterdir()).unlink()


def cut_journal(shard: Path) -> None:
    journal = shard.parent / "journal.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-2]))


def drop_journal(shard: Path) -> None:
    (shard.parent / "journal.jsonl").unlink()


def older_database(shard: Path) -> None:
    older = shard.read_bytes()
    nights(shard, ["a", "b"], Clock(START + timedelta(days=2)), count=1, first=2)
    for file in shard.parent.glob("archive.db-*"):
        file.unlink()
    shard.write_bytes(older)


@pytest.mark.parametrize("harm", [cut_warc, drop_warc, cut_journal, drop_journal, older_database])
def test_a_shard_copied_by_halves_is_refused(target: Archive, shard: Path, harm) -> None:
    harm(shard)
    with pytest.raises(MergeRefused, match="Copy it again"):
        merge(target, [shard])
    assert target.db.execute("select count(*) from captures").fetchone() == (0,)


def test_a_torn_database_is_refused(target: Archive, shard: Path) -> None:
    size = shard.stat().st_size
    os.truncate(shard, size // 2 // 4096 * 4096)
    with pytest.raises(BrokenArchive):
        merge(target, [shard])
    assert target.db.execute("select count(*) from captures").fetchone() == (0,)


def test_a_shard_of_another_schema_or_reader_is_refused(target: Archive, shard: Path) -> None:
    put(target, "z", "新页")
    with Archive.open(shard, clock=Clock()) as opened:
        opened.db.conn.execute("update pages set reader_version = '0'")
    with pytest.raises(MergeRefused, match="another version of the reader"):
        merge(target, [shard])
    with Archive.open(shard, clock=Clock()) as opened:
        opened.db.conn.execute("delete from _sqlite_migrations where name like 'm002%'")
    with pytest.raises(OutdatedArchive, match="gongkai upgrade"):
        merge(target, [shard])


STOPS = [
    (warc_copies, "sync_folder"),
    (merge_rows.ShardRows, "_reports"),
    (merge_rows.ShardRows, "_settle"),
    (Archive, "close"),
]


def test_a_merge_killed_in_the_middle_is_repeated(tmp_path: Path, shard: Path) -> None:
    path, expected = tmp_path / "all" / "archive.db", tmp_path / "expected" / "archive.db"
    with Archive.open(expected, clock=Clock()) as archive:
        merge(archive, [shard])
    for owner, name in STOPS:
        child = os.fork()
        if child == 0:
            setattr(owner, name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            try:
                with Archive.open(path, clock=Clock()) as archive:
                    merge(archive, [shard])
            finally:
                os._exit(3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, name
    with Archive.open(path, clock=Clock()) as archive:
        merge(archive, [shard])
        assert verify(archive) == []
    assert logical_dump(path) == logical_dump(expected)


def test_a_torn_copy_left_by_a_power_failure_is_made_anew(target: Archive, shard: Path) -> None:
    (warc,) = (shard.parent / "warcs").iterdir()
    identity = shard_identity(shard)
    torn = target.warcs / f"archive-{identity[:8]}-{warc.name}"
    torn.write_bytes(bytes(warc.stat().st_size))  # the right length, none of the bytes
    merge(target, [shard])
    assert verify(target) == []


def shard_identity(shard: Path) -> str:
    with Archive.read(shard) as opened:
        return str(opened.db.execute("select value from archive_info where key = 'id'").fetchone()[0])


@pytest.mark.parametrize("name", ["../../evil.warc.gz", "/tmp/evil.warc.gz", ".hidden.warc.gz"])
def test_a_shard_whose_file_names_lead_elsewhere_is_refused(target: Archive, shard: Path, name: str) -> None:
    with Archive.open(shard) as opened:
        opened.db.execute("update warc_files set file = ?", [name])
    with pytest.raises(MergeRefused, match="names a WARC file"):
        merge(target, [shard])
