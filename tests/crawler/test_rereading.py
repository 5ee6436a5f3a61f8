"""Reading again by several processes: as many as pay, each comparing what it reads."""

from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.rebuild import rebuild
from crawler import rereading
from crawler.rereading import Rereader, local_mapper
from tests.archive.store.store_making import Clock, extracted, put, report, spec

PAGES = 7


class ByTheBody(Rereader):
    """The body is the text; the first page now reads otherwise."""

    def __call__(self, exchange, context):
        text = exchange.body.decode()
        said = extracted(text + " 更正" if text.startswith("2015") else text)
        return said, report("甲镇", int(text[:4])), "static"

    def load(self) -> None:
        """Nothing to load."""


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as archive:
        archive.put_sites([spec()])
        for year in range(2015, 2015 + PAGES):
            put(archive, f"p{year}", f"{year} 行政复议", said=report("甲镇", year))
        yield archive


def test_two_processes_write_what_one_writes(archive: Archive) -> None:
    reader = ByTheBody()
    with local_mapper(reader, archive.path, 2, waiting=PAGES) as mapper:
        result = rebuild(archive, reader, everything=True, mapper=mapper)
    assert (result.read, len(result.texts)) == (PAGES, 1)
    by_two = logical_dump(archive.path)
    again = rebuild(archive, reader, everything=True)
    assert (again.read, again.texts) == (PAGES, [])
    assert logical_dump(archive.path) == by_two


@pytest.mark.parametrize(("cores", "waiting"), [(1, 10_000), (8, 150)])
def test_one_core_or_few_pages_need_no_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, waiting: int
) -> None:
    monkeypatch.setattr(rereading, "_cores", lambda: cores)
    with local_mapper(ByTheBody(), tmp_path / "archive.db", None, waiting=waiting) as mapper:
        assert mapper is None
