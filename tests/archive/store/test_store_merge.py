import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_making import Clock, cell, extracted, put, report, spec

from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.merge import MergeRefused, merge
from archive.store.restore import restore
from archive.store.verify import verify
from sites.model import PageRef

SITES = ("a", "b", "c", "d")


def host(site: str) -> str:
    return f"{site}.example.gov.cn"


def nights(path: Path, sites: list[str], clock: Clock, *, count: int = 2, first: int = 0) -> None:
    """Some nights over some portals; texts, payloads and bodies are shared between portals."""
    with Archive.open(path, clock=clock) as archive:
        archive.put_sites([spec(site, host(site)) for site in sites])
        for night in range(first, first + count):
            run = archive.start_run("crawl", " ".join(sites))
            for site in sites:
                number = SITES.index(site)
                for page in range(3):
                    text = f"共同文本 {page}" if page < 2 else f"{site} 第{night}版"
                    said = report(f"{'甲乙'[number % 2]}镇", 2020 + page, cells=(cell("carried_in", "total", page),))
                    put(
                        archive, f"p{page}", text, run=run, said=said, host=host(site), site=site, issuer=f"{site} 政府"
                    )
                refs = tuple(PageRef(url=f"http://{host(site)}/art/p{page}.html", title="t") for page in range(3))
                archive.put_listing(section=spec(site, host(site)).sections[0], run=run, refs=refs, complete=True)
                archive.put_problem(run=run, site_id=site, section_key="nb", url="u", kind="drift", message=site)
            archive.finish_run(run)
            clock.next_night()


def partitions(assignment: list[int]) -> list[list[str]]:
    shards: dict[int, list[str]] = {}
    for site, shard in zip(SITES, assignment, strict=True):
        shards.setdefault(shard, []).append(site)
    return list(shards.values())


@settings(max_examples=12, deadline=None)
@given(assignment=st.lists(st.integers(0, 3), min_size=4, max_size=4), order=st.randoms(use_true_random=False))
def test_any_partition_of_portals_merges_to_what_one_machine_made(tmp_path_factory, assignment, order) -> None:
    folder = tmp_path_factory.mktemp("merge")
    nights(folder / "one" / "archive.db", list(SITES), Clock())
    expected = logical_dump(folder / "one" / "archive.db")
    shards = []
    for number, sites in enumerate(partitions(assignment)):
        path = folder / f"shard{number}" / "archive.db"
        nights(path, sites, Clock())
        shards.append(path)
    order.shuffle(shards)
    target = folder / "merged" / "archive.db"
    with Archive.open(target, clock=Clock()) as archive:
        merge(archive, shards)
        assert verify(archive) == []
    assert logical_dump(target) == expected
    shutil.rmtree(folder)


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    path = tmp_path / "shard" / "archive.db"
    nights(path, ["a", "b"], Clock())
    return path


@pytest.fixture
def target(tmp_path: Path):
    with Archive.open(tmp_path / "all" / "archive.db", clock=Clock()) as archive:
        yield archive


def test_a_shard_merged_again_adds_only_what_is_new(target: Archive, shard: Path) -> None:
    (first,) = merge(target, [shard])
    assert (first.pages, first.captures, first.reports) == (6, 12, 8)
    once = logical_dump(target.path)
    journal = target.journal.read_bytes()
    merge(target, [shard])
    assert logical_dump(target.path) == once
    assert target.journal.read_bytes() == journal
    later = Clock()
    for _ in range(2):
        later.next_night()
    nights(shard, ["a", "b"], later, count=1, first=2)
    merge(target, [shard])
    assert verify(target) == []
    assert logical_dump(target.path) == logical_dump(shard)


def test_a_merged_archive_goes_on_in_files_of_its_own_and_can_be_restored(target: Archive, shard: Path) -> None:
    merge(target, [shard])
    path = target.path
    capture, _ = put(target, "z", "新页")
    assert capture.warc_file == "archive-20260105-00001.warc.gz"
    expected = logical_dump(path)
    target.close()
    for file in path.parent.glob("archive.db*"):
        file.unlink()

    def read(exchange, context):
        text = exchange.body.decode()
        site, page = context.site_id, context.url[-6:-5]
        if text == "新页":
            return extracted(text), report(), "static"

        said = report(
            f"{'甲乙'[SITES.index(site) % 2]}镇", 2020 + int(page), cells=(cell("carried_in", "total", int(page)),)
        )
        return extracted(text, issuer=f"{site} 政府"), said, "static"

    assert restore(path, read).lost == 0
    assert logical_dump(path) == expected


def test_shards_that_must_not_be_merged_are_refused(target: Archive, shard: Path, tmp_path: Path) -> None:
    with pytest.raises(MergeRefused, match="named twice"):
        merge(target, [shard, shard])
    other = tmp_path / "other" / "archive.db"
    nights(other, ["b"], Clock())
    with pytest.raises(MergeRefused, match="portal b stands in"):
        merge(target, [shard, other])
    with pytest.raises(MergeRefused, match="the archive itself"):
        merge(target, [target.path])
    with Archive.open(other, clock=Clock()) as unfinished:
        unfinished.start_run("crawl", "b")
    with pytest.raises(MergeRefused, match="not finished"):
        merge(target, [other])
    (warc,) = (shard.parent / "warcs").iterdir()
    warc.write_bytes(warc.read_bytes()[:-1])
    with pytest.raises(MergeRefused, match="by halves"):
        merge(target, [shard])
    assert target.db.execute("select count(*) from captures").fetchone() == (0,)


def test_a_shard_read_by_another_version_is_refused(target: Archive, shard: Path) -> None:
    put(target, "z", "新页")
    with Archive.open(shard, clock=Clock()) as opened:
        opened.db.conn.execute("update pages set reader_version = '0'")
    with pytest.raises(MergeRefused, match="another version of the reader"):
        merge(target, [shard])


@pytest.mark.parametrize("name", ["../../evil.warc.gz", "/tmp/evil.warc.gz", ".hidden.warc.gz"])
def test_a_shard_whose_file_names_lead_elsewhere_is_refused(target: Archive, shard: Path, name: str) -> None:
    with Archive.open(shard) as opened:
        opened.db.execute("update warc_files set file = ?", [name])
    with pytest.raises(MergeRefused, match="names a WARC file"):
        merge(target, [shard])
