"""Reading again by several processes: as many as pay, each comparing what it reads."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from archive.store.archive import Archive
from archive.store.dump import logical_dump
from archive.store.rebuild import context_of, rebuild
from crawler import rereading
from crawler.rereading import Rereader, local_mapper
from sites.model import Rule
from tests.archive.store.store_making import Clock, extracted, put, report, spec, url

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


def test_a_portal_that_the_configuration_no_longer_defines_is_read_as_the_archive_remembers_it(tmp_path: Path) -> None:
    rule = Rule(until=date(2020, 1, 1), family="static", options={"container": "div.article"})
    section = replace(spec().sections[0], body="盖北镇", region_code="330604", rules=(rule,))
    known = replace(spec(), sections=(section,))
    text = "根据《中华人民共和国政府信息公开条例》编制本报告。" * 20
    html = (
        f"<html><title>2021年年报</title><div class=article><h1>2021年政府信息公开年报</h1><p>{text}</p></div></html>"
    )
    with Archive.open(tmp_path / "archive.db", clock=Clock()) as archive:
        archive.put_sites([known])
        assert archive.portal(known.id) == known
        assert archive.portal("nobody") is None
        put(archive, "p", html)
        context, capture = context_of(archive, url("p"))
        kept = archive.capture(capture)
        assert kept is not None
        _, judged, _ = Rereader()(archive.exchange_of(kept), context)
        assert judged is not None
        assert judged.body is not None
        assert (judged.body.name, judged.body.source) == ("盖北镇", "section")
        archive.put_sites([replace(known, sections=(replace(section, body="松厦镇"),))])
        assert context_of(archive, url("p"))[0].portal != known
